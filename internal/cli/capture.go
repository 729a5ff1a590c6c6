package cli

import (
	"context"
	"io"
	"os"
	"sync"
)

// OpenInterruptible opens a file; opening or reading a pipe may block
// until another process writes to it.
func OpenInterruptible(ctx context.Context, path string) (io.ReadCloser, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
		return os.Open(path)
	}
	return Interruptible(ctx, func() (io.ReadCloser, error) { return os.Open(path) }), nil
}

// Interruptible lets a read from a terminal or pipe end when the context does.
// The goroutine that waits for the pipe may stay; it ends with the process.
func Interruptible(ctx context.Context, open func() (io.ReadCloser, error)) io.ReadCloser {
	reader, writer := io.Pipe()
	p := &pipe{PipeReader: reader, stop: context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })}
	p.start = sync.OnceFunc(func() {
		go func() {
			in, err := open()
			if err == nil {
				_, err = io.Copy(writer, in)
				in.Close()
			}
			writer.CloseWithError(err)
		}()
	})
	return p
}

// A pipe starts at the first read.
type pipe struct {
	*io.PipeReader
	start func()
	stop  func() bool
}

func (p *pipe) Read(b []byte) (int, error) {
	p.start()
	return p.PipeReader.Read(b)
}

func (p *pipe) Close() error {
	p.stop()
	return p.PipeReader.Close()
}
