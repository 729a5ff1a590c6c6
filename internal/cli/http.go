package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/report"
)

// endTimeout is for requests under way when the server ends.
const endTimeout = 2 * time.Second

// Serve serves requests until the context ends, which is not an error. It waits for
// requests in progress, and drops clients that are too slow.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *log.Logger) error {
	limits := deadline.Default()
	server := limits.Server(limits.Handler(h), log)
	server.BaseContext = func(net.Listener) context.Context { return ctx }
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return Exit(ExitEnvironment, fmt.Errorf("serve %s: %w", l.Addr(), err))
	case <-ctx.Done():
	}
	timeout, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()
	if server.Shutdown(timeout) != nil {
		_ = server.Close() // what it closes is given up anyway
	}
	<-ended //nolint:errcheck // the error is http.ErrServerClosed
	return nil
}

// ServerURL reads the URL of a server that a command connects to.
func ServerURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("read --server %q: want http:// or https:// and a host", text)
	}
	return u, nil
}

// NoRedirect makes a client follow no redirect, so that a token goes to its server only.
func NoRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// ListenHere opens the port of --listen. Port 0 becomes one that is free; see urlOf.
func ListenHere(ctx context.Context, addr string) (net.Listener, error) {
	return Listen(ctx, "--listen", addr)
}

func URLOf(l net.Listener) string { return "http://" + l.Addr().String() }

// NewLogger logs lines without control characters to a stream, as PrintError does.
func NewLogger(out io.Writer) *log.Logger { return log.New(cleaned{out}, "ringback: ", 0) }

// cleaned passes whole lines on.
type cleaned struct{ out io.Writer }

func (c cleaned) Write(line []byte) (int, error) {
	if _, err := fmt.Fprintln(c.out, report.Clean(strings.TrimSuffix(string(line), "\n"))); err != nil {
		return 0, err
	}
	return len(line), nil
}

// NetworkCause is the cause of a network error, without the address.
func NetworkCause(err error) error {
	if failed, ok := errors.AsType[*net.OpError](err); ok {
		return failed.Err
	}
	return err
}

// Listen opens a port that a flag names.
func Listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	if _, _, err := net.SplitHostPort(addr); err != nil {
		return nil, fmt.Errorf("read %s: %q is not HOST:PORT (for example 127.0.0.1:8080)", flag, addr)
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, Exit(ExitEnvironment, fmt.Errorf("listen on %s: %w; choose another %s, or port 0 for a free port", addr, NetworkCause(err), flag))
	}
	return l, nil
}
