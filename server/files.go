package server

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
)

// Bounds of the bytes of uploaded media, of all sessions.
const (
	maxFileBytes = 1 << 30
	// maxMemoryBytes bounds what is kept in memory where there is no directory for files, for
	// example in a container without one.
	maxMemoryBytes = 64 << 20
)

// mediaFiles are the bytes of uploaded media, in a private directory that is removed with the
// server. They implement state.Files, and are safe for concurrent use.
type mediaFiles struct {
	log *slog.Logger

	mu  sync.Mutex
	max int64
	// root is the directory, which is made for the first file; nil before, and where none can be made.
	root   *os.Root
	sizes  map[string]int64
	memory map[string][]byte // without a directory
	bytes  int64
	closed bool
}

func newMediaFiles(log *slog.Logger) *mediaFiles {
	return &mediaFiles{log: log, max: maxFileBytes, sizes: map[string]int64{}}
}

// Fits reports whether there is room for so many bytes.
func (f *mediaFiles) Fits(n int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.bytes+int64(n) <= f.max
}

// Write stores bytes in a file with a random name.
func (f *mediaFiles) Write(content []byte) (name string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return "", errors.New("store media: the server is shutting down")
	}
	f.open()
	if f.bytes+int64(len(content)) > f.max {
		return "", fmt.Errorf("store media: the files of all sessions have %d bytes, and %d is the limit; delete some, or reset sessions", f.bytes, f.max)
	}
	name = rand.Text()
	if f.memory != nil {
		f.memory[name] = content
	} else if err := f.root.WriteFile(name, content, 0o600); err != nil {
		_ = f.root.Remove(name) // a part of it may be there
		return "", fmt.Errorf("store media: %w", err)
	}
	f.sizes[name] = int64(len(content))
	f.bytes += int64(len(content))
	return name, nil
}

// open makes the directory.
func (f *mediaFiles) open() {
	if f.root != nil || f.memory != nil {
		return
	}
	dir, err := os.MkdirTemp("", "ringback-media-*") // with mode 0700
	if err == nil {
		f.root, err = os.OpenRoot(dir)
	}
	if err != nil {
		f.memory, f.max = map[string][]byte{}, min(f.max, maxMemoryBytes)
		f.log.Warn("uploaded media is kept in memory: the temporary directory can't be used; set TMPDIR", "error", err, "max", f.max)
	}
}

// Read returns the bytes of a file.
func (f *mediaFiles) Read(name string) ([]byte, error) {
	f.mu.Lock()
	root, content := f.root, f.memory[name]
	_, known := f.sizes[name]
	f.mu.Unlock()
	if !known || root == nil {
		if content == nil {
			return nil, errors.New("read media: it was removed")
		}
		return content, nil
	}
	content, err := root.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read media: %w", err)
	}
	return content, nil
}

// Remove removes a file.
func (f *mediaFiles) Remove(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	size, known := f.sizes[name]
	if !known {
		return
	}
	f.bytes -= size
	delete(f.sizes, name)
	delete(f.memory, name)
	if f.root != nil {
		if err := f.root.Remove(name); err != nil {
			f.log.Warn("remove media", "error", err)
		}
	}
}

// Close removes all files, and their directory.
func (f *mediaFiles) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed, f.memory, f.sizes, f.bytes = true, nil, map[string]int64{}, 0
	if f.root == nil {
		return
	}
	dir := f.root.Name()
	err := errors.Join(f.root.Close(), os.RemoveAll(filepath.Clean(dir)))
	f.root = nil
	if err != nil {
		f.log.Warn("remove media", "error", err)
	}
}
