package testconsumer

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// A Pipe is a listener in memory, for tests whose time is that of a bubble.
type Pipe struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// NewPipe makes one.
func NewPipe() *Pipe { return &Pipe{conns: make(chan net.Conn), closed: make(chan struct{})} }

// Serve runs a server on a Pipe until the test ends.
func Serve(tb testing.TB, s *http.Server) *Pipe {
	tb.Helper()
	p := NewPipe()
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(p) }()
	tb.Cleanup(func() {
		require.NoError(tb, s.Close())
		require.ErrorIs(tb, <-ended, http.ErrServerClosed)
	})
	return p
}

// Dial connects to the server. Nothing is buffered: what one side writes, the other has
// to read.
func (p *Pipe) Dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Accept is for the server.
func (p *Pipe) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close is for the server.
func (p *Pipe) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

// Addr is for the server.
func (p *Pipe) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80} }
