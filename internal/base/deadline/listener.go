package deadline

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// DefaultConnections is the number of connections that a server of Ringback accepts.
const DefaultConnections = 2048

// A Listener bounds the connections of a server. Beyond, a connection gets 503 and is closed, so
// that its client doesn't wait. [Bound] returns one.
type Listener struct {
	net.Listener
	max  int64
	full func(rejected int64)
	// secure is the configuration of TLS; nil without it.
	secure *tls.Config

	open, rejected atomic.Int64

	mu sync.Mutex
	// rejecting are the connections that get the 503 now; nil after Close.
	rejecting map[net.Conn]bool
	warned    time.Time
	ended     sync.WaitGroup
}

// Bound returns a Listener that accepts so many connections at once. It calls full with the number
// of those rejected so far, at most once a minute.
func Bound(inner net.Listener, maxOpen int, full func(rejected int64)) *Listener {
	return &Listener{Listener: inner, max: int64(maxOpen), full: full, rejecting: map[net.Conn]bool{}}
}

// Secure returns a listener whose connections use TLS, those that are rejected as well.
func (l *Listener) Secure(config *tls.Config) net.Listener {
	l.secure = config
	return tls.NewListener(l, config)
}

// Accept waits for the next connection that there is room for.
func (l *Listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) <= l.max {
			return &connection{Conn: c, left: func() { l.open.Add(-1) }}, nil
		}
		l.open.Add(-1)
		l.reject(c)
	}
}

// Close closes the listener and the connections that it rejects.
func (l *Listener) Close() error {
	err := l.Listener.Close()
	l.mu.Lock()
	left := l.rejecting
	l.rejecting = nil
	for c := range left {
		_ = c.Close() // it is rejected anyway
	}
	l.mu.Unlock()
	l.ended.Wait()
	return err
}

const (
	// maxRejecting is the number of connections that get the 503 at once; more are closed.
	maxRejecting = 64
	// rejectTime is how long such a client may take to read it, and to send its request.
	rejectTime = time.Second
	// warnEvery is the time between two warnings.
	warnEvery = time.Minute
)

// reject responds with 503 to whatever a connection requests.
func (l *Listener) reject(c net.Conn) {
	l.warn(l.rejected.Add(1))
	l.mu.Lock()
	busy := l.rejecting == nil || len(l.rejecting) >= maxRejecting
	if !busy {
		l.rejecting[c] = true
		l.ended.Add(1)
	}
	l.mu.Unlock()
	if busy {
		_ = c.Close() // it is rejected anyway
		return
	}
	go func() {
		defer l.ended.Done()
		l.respond(c)
		l.mu.Lock()
		delete(l.rejecting, c)
		l.mu.Unlock()
	}()
}

// respond writes the 503. It reads the request, because a client gets no response from a connection
// that is closed with unread bytes. The client may do what it wants: errors don't matter.
func (l *Listener) respond(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(rejectTime))
	if l.secure != nil {
		c = tls.Server(c, l.secure)
	}
	defer c.Close()
	body := fmt.Sprintf(`{"type":"about:blank","title":%q,"status":%d,"detail":"accept connection: the server has %d connections, which is its limit; retry later, or start it with a larger --max-connections"}`,
		http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable, l.max)
	_, err := fmt.Fprintf(c, "HTTP/1.1 %d %s\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\nRetry-After: 1\r\nConnection: close\r\n\r\n%s",
		http.StatusServiceUnavailable, http.StatusText(http.StatusServiceUnavailable), len(body), body)
	if half, ok := c.(interface{ CloseWrite() error }); ok && err == nil {
		_ = half.CloseWrite()
		_, _ = io.CopyN(io.Discard, c, piece)
	}
}

func (l *Listener) warn(rejected int64) {
	l.mu.Lock()
	due := time.Since(l.warned) >= warnEvery
	if due {
		l.warned = time.Now()
	}
	l.mu.Unlock()
	if due {
		l.full(rejected)
	}
}

// A connection leaves its listener when it is closed.
type connection struct {
	net.Conn
	once sync.Once
	left func()
}

func (c *connection) Close() error {
	c.once.Do(c.left)
	return c.Conn.Close()
}

// CloseWrite ends what the server sends: net/http uses it, so that a client reads the response to
// a request whose body it is still sending.
func (c *connection) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
