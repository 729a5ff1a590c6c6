// Package proxy is a forward proxy that leads to one handler: a client whose requests go to a host of
// its list reaches the handler, as if it had the host's address. It dials nothing.
package proxy

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A Proxy is an [http.Handler] for the clients of a forward proxy. A request in absolute form goes to
// the handler. CONNECT opens a connection with TLS; [Proxy.Tunnels] passes it to a server of the
// handler. Everything else is rejected with 403: no request leaves the process.
type Proxy struct {
	hosts   []string
	secure  func(host string) *tls.Config
	next    http.Handler
	log     *slog.Logger
	tunnels *tunnels

	mu       sync.Mutex
	rejected map[string]bool // what the log has
}

// New returns a Proxy for hosts, which are in lower case. It gets the certificates of a host from
// secure.
func New(hosts []string, secure func(host string) *tls.Config, next http.Handler, log *slog.Logger) *Proxy {
	return &Proxy{
		hosts: hosts, secure: secure, next: next, log: log, rejected: map[string]bool{},
		tunnels: &tunnels{conns: make(chan net.Conn), closed: make(chan struct{})},
	}
}

// ServeHTTP serves a request to the proxy.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.Scheme != "":
		p.forward(w, r)
	default:
		p.reject(w, "", "this is a forward proxy, and no server: set it as the proxy of your client (HTTPS_PROXY), or call the provider API at its own address")
	}
}

// hostOf returns the host of an authority with a port, or without one if that is allowed; "" if it is
// none of the list, or another port.
func (p *Proxy) hostOf(authority, port string, needed bool) string {
	name, given, err := net.SplitHostPort(authority)
	if err != nil {
		name, given = authority, port
	}
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if err != nil && needed || given != port || !slices.Contains(p.hosts, name) {
		return ""
	}
	return name
}

// forward passes a request in absolute form on. Some clients send those for https in this form, too,
// and leave TLS to the proxy.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) {
	port, known := map[string]string{"http": "80", "https": "443"}[r.URL.Scheme]
	host := p.hostOf(r.URL.Host, port, false)
	if !known || host == "" {
		p.rejectHost(w, r.URL.Host)
		return
	}
	request := r.WithContext(r.Context())
	request.Host, request.Header = host, endToEnd(r.Header)
	u := *r.URL
	u.Scheme, u.Host, u.User = "", "", nil
	if u.Path == "" {
		u.Path = "/"
	}
	request.URL, request.RequestURI = &u, u.RequestURI()
	if port == "443" {
		request.TLS = &tls.ConnectionState{ServerName: host} // as at the address: URLs that lead back are https
	}
	p.next.ServeHTTP(w, request)
}

// endToEnd returns the header without the fields that are for the proxy, or for one connection.
func endToEnd(header http.Header) http.Header {
	kept := header.Clone()
	for _, list := range [][]string{header.Values("Connection"), header.Values("Proxy-Connection")} {
		for name := range strings.SplitSeq(strings.Join(list, ","), ",") {
			kept.Del(strings.TrimSpace(name))
		}
	}
	for _, name := range []string{"Connection", "Keep-Alive", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		kept.Del(name)
	}
	for name := range kept {
		if strings.HasPrefix(name, "Proxy-") {
			kept.Del(name)
		}
	}
	return kept
}

// connectTime is how long a client may take to read the response to CONNECT.
const connectTime = 10 * time.Second

// connect opens a tunnel. It ends here: behind it is TLS, with the certificate of the host that the
// client asked for, and a server of the handler.
func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	host := p.hostOf(r.URL.Host, "443", true)
	if host == "" || r.URL.Path != "" {
		p.rejectHost(w, r.RequestURI)
		return
	}
	if r.ContentLength != 0 {
		http.Error(w, "ringback: a CONNECT has no body", http.StatusBadRequest)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "ringback: CONNECT needs HTTP/1.1", http.StatusNotImplemented)
		return
	}
	_ = conn.SetWriteDeadline(time.Now().Add(connectTime)) // if it fails, so does the write
	if _, err := conn.Write([]byte("HTTP/1.1 200 Connection established\r\n\r\n")); err != nil {
		_ = conn.Close() // the client has gone
		return
	}
	_ = conn.SetWriteDeadline(time.Time{}) // the server of the tunnel sets its own
	p.tunnels.open(tls.Server(&early{conn, buffered.Reader}, p.secure(host)))
}

func (p *Proxy) rejectHost(w http.ResponseWriter, asked string) {
	p.reject(w, asked, fmt.Sprintf("the proxy serves only the hosts of providers, by http on port 80 and https on port 443, and passes nothing on; it got a request for %s, "+
		"and the hosts are %s; exclude other hosts from the proxy (NO_PROXY)", document.Quote(document.Shorten(asked, maxShown)), strings.Join(p.hosts, ", ")))
}

const (
	// maxShown bounds how much of a host is shown.
	maxShown = 253
	// maxLogged bounds how many hosts the log has.
	maxLogged = 100
)

// reject responds with 403. Many clients don't show the text of the response, so the log has it, once
// for each host.
func (p *Proxy) reject(w http.ResponseWriter, host, why string) {
	host = document.Shorten(host, maxShown)
	p.mu.Lock()
	known := p.rejected[host] || len(p.rejected) >= maxLogged
	if !known {
		p.rejected[host] = true
	}
	p.mu.Unlock()
	if !known {
		p.log.Warn("reject a request to the proxy", "host", host)
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.Error(w, "ringback: "+why, http.StatusForbidden)
}

// An early connection has bytes that were read together with the CONNECT.
type early struct {
	net.Conn
	first *bufio.Reader
}

func (c *early) Read(p []byte) (int, error) {
	if c.first != nil && c.first.Buffered() > 0 {
		return c.first.Read(p[:min(len(p), c.first.Buffered())])
	}
	c.first = nil
	return c.Conn.Read(p)
}

// CloseWrite ends what the server sends, as that of the connection does.
func (c *early) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// tunnels is a listener whose connections are the tunnels of a proxy.
type tunnels struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Tunnels returns the listener of the tunnels, for a server of the handler. It must be served and
// closed together with the proxy's.
func (p *Proxy) Tunnels() net.Listener { return p.tunnels }

// open passes a tunnel to the server, or closes it after Close.
func (t *tunnels) open(c net.Conn) {
	select {
	case t.conns <- c:
	case <-t.closed:
		_ = c.Close() // the server ends
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.conns:
		return c, nil
	case <-t.closed:
		return nil, net.ErrClosed
	}
}

func (t *tunnels) Close() error {
	t.once.Do(func() { close(t.closed) })
	return nil
}

func (t *tunnels) Addr() net.Addr { return tunnelAddr{} }

type tunnelAddr struct{}

func (tunnelAddr) Network() string { return "tunnel" }
func (tunnelAddr) String() string  { return "tunnels of the proxy" }
