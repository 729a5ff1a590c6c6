package proxy_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/base/authority"
	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/wire/proxy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A seen is what the handler gets.
type seen struct {
	Method, Host, URI, Path, Body string
	Header                        http.Header
	TLS                           bool
}

func show(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	_ = json.NewEncoder(w).Encode(seen{r.Method, r.Host, r.RequestURI, r.URL.String(), string(body), r.Header, r.TLS != nil})
}

var hosts = []string{"api.acme.example", "media.acme.example"}

// A world is a proxy that is served.
type world struct {
	addr string
	ca   *authority.Authority
	log  *strings.Builder
}

func serve(t *testing.T) *world {
	t.Helper()
	ca, err := authority.New(authority.Names{Hosts: hosts, Own: []string{"localhost"}})
	require.NoError(t, err)
	w := &world{ca: ca, log: &strings.Builder{}}
	p := proxy.New(hosts, ca.TLSFor, http.HandlerFunc(show), slog.New(slog.NewTextHandler(w.log, nil)))
	server := deadline.Default().Server(http.HandlerFunc(show), log.New(io.Discard, "", 0))
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(p.Tunnels()) }()
	t.Cleanup(func() {
		require.NoError(t, server.Close())
		require.ErrorIs(t, <-ended, http.ErrServerClosed)
	})
	w.addr = listen(t, p)
	return w
}

// listen serves a proxy until the test ends.
func listen(t *testing.T, p *proxy.Proxy) (addr string) {
	t.Helper()
	served := httptest.NewUnstartedServer(nil)
	served.Config = deadline.Default().Server(p, nil)
	served.Start()
	t.Cleanup(served.Close)
	return served.Listener.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", addr)
	require.NoError(t, err)
	return conn
}

// client is one whose proxy the world is, and which can reach nothing else.
func (w *world) client(t *testing.T) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(w.ca.PEM()))
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.example:1"}), TLSClientConfig: &tls.Config{RootCAs: pool},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr != "proxy.example:1" {
				return nil, fmt.Errorf("dial %s: only the proxy may be dialed", addr)
			}
			return new(net.Dialer).DialContext(ctx, network, w.addr)
		},
	}}
}

// raw sends the bytes of one request, and returns the response and its body.
func (w *world) raw(t *testing.T, request string) (*http.Response, string) {
	t.Helper()
	conn := dial(t, w.addr)
	defer conn.Close()
	go io.WriteString(conn, request)
	method, _, _ := strings.Cut(request, " ")
	response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	require.NoError(t, err)
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK && method == http.MethodConnect {
		return response, ""
	}
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

func (w *world) got(t *testing.T, body string) (s seen) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(body), &s), body)
	return s
}

func TestProxy_LeadsToTheHandler(t *testing.T) {
	t.Parallel()
	w := serve(t)
	for _, scheme := range []string{"http", "https"} {
		for _, host := range hosts {
			response, err := w.client(t).Post(scheme+"://"+host+"/v1/a%2Fb?x=1", "text/plain", strings.NewReader("hello"))
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			s := w.got(t, string(body))
			require.Equal(t, seen{"POST", host, "/v1/a%2Fb?x=1", "/v1/a%2Fb?x=1", "hello", s.Header, scheme == "https"}, s)
			require.Empty(t, s.Header.Values("Proxy-Connection"))
		}
	}
}

func TestProxy_Requests(t *testing.T) {
	t.Parallel()
	w := serve(t)
	for request, want := range map[string]seen{
		"GET http://api.acme.example HTTP/1.1\r\nHost: evil.example\r\n":                    {Host: "api.acme.example", URI: "/", Path: "/"},
		"GET http://API.Acme.Example.:80/a HTTP/1.1\r\nHost: x\r\n":                         {Host: "api.acme.example", URI: "/a", Path: "/a"},
		"GET http://user:secret@api.acme.example/a HTTP/1.1\r\nHost: x\r\n":                 {Host: "api.acme.example", URI: "/a", Path: "/a"},
		"GET HTTPS://media.acme.example/a?b HTTP/1.1\r\nHost: x\r\n":                        {Host: "media.acme.example", URI: "/a?b", Path: "/a?b", TLS: true},
		"GET https://media.acme.example:443//a HTTP/1.1\r\nHost: x\r\n":                     {Host: "media.acme.example", URI: "//a", Path: "//a", TLS: true},
		"GET http://api.acme.example/http://evil.example/ HTTP/1.1\r\nHost: x\r\n":          {Host: "api.acme.example", URI: "/http://evil.example/", Path: "/http://evil.example/"},
		"GET http://api.acme.example/a HTTP/1.0\r\n":                                        {Host: "api.acme.example", URI: "/a", Path: "/a"},
		"GET http://api.acme.example/a HTTP/1.1\r\nHost: 127.0.0.1:8081\r\nX-Kept: yes\r\n": {Host: "api.acme.example", URI: "/a", Path: "/a", Header: http.Header{"X-Kept": {"yes"}}},
		"GET http://api.acme.example/a HTTP/1.1\r\nHost: x\r\nConnection: X-Hop, close\r\nX-Hop: 1\r\nProxy-Connection: keep-alive\r\n" +
			"Proxy-Authorization: Basic c2VjcmV0\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\nAuthorization: Bearer k\r\n": {
			Host: "api.acme.example", URI: "/a", Path: "/a", Header: http.Header{"Authorization": {"Bearer k"}, "Http2-Settings": {"AA"}},
		},
	} {
		response, body := w.raw(t, request+"\r\n")
		require.Equal(t, http.StatusOK, response.StatusCode, request)
		want.Method = "GET"
		if want.Header == nil {
			want.Header = http.Header{}
		}
		require.Equal(t, want, w.got(t, body), request)
	}
	require.Empty(t, w.log.String())
}

// Only the hosts of the list are served, and nothing else is called or dialed.
func TestProxy_RejectsOthers(t *testing.T) {
	t.Parallel()
	w := serve(t)
	for _, host := range []string{
		"evil.example", "acme.example", "x.api.acme.example", "api.acme.example.evil.example", "api.acme.example..", "localhost", "127.0.0.1", "127.0.0.1:8081", "[::1]",
		"169.254.169.254", "0x7f.1", "proxy.example:1", "api.acme.example:8081", "api.acme.example:0443", "api.acme.example:",
	} {
		for _, line := range []string{"GET http://" + host + "/", "POST https://" + host + "/a", "CONNECT " + host, "CONNECT " + host + ":443"} {
			if _, _, err := net.SplitHostPort(host); err == nil && strings.HasSuffix(line, ":443") && !strings.HasSuffix(host, ":443") {
				continue // it has two ports
			}
			response, body := w.raw(t, line+" HTTP/1.1\r\nHost: api.acme.example\r\nConnection: close\r\n\r\n")
			require.Equal(t, http.StatusForbidden, response.StatusCode, line)
			require.Contains(t, body, "serves only the hosts of providers", line)
			require.Contains(t, body, "api.acme.example, media.acme.example")
			require.Equal(t, "text/plain; charset=utf-8", response.Header.Get("Content-Type"))
			require.Equal(t, "nosniff", response.Header.Get("X-Content-Type-Options"))
		}
	}
	for _, host := range []string{"[api.acme.example]:443", "api.acme.example%00:443", "api.acme.example:443:443"} {
		for _, line := range []string{"GET http://" + host + "/", "CONNECT " + host} {
			response, _ := w.raw(t, line+" HTTP/1.1\r\nHost: api.acme.example\r\nConnection: close\r\n\r\n")
			require.Equal(t, http.StatusBadRequest, response.StatusCode, "net/http reads no such line: %s", line)
		}
	}
	for _, line := range []string{
		"CONNECT api.acme.example", "CONNECT api.acme.example:80", "CONNECT api.acme.example:22", "GET http://api.acme.example:443/", "GET https://api.acme.example:80/",
		"GET ftp://api.acme.example/", "GET ws://api.acme.example/", "CONNECT /api.acme.example:443",
	} {
		response, body := w.raw(t, line+" HTTP/1.1\r\nHost: api.acme.example\r\nConnection: close\r\n\r\n")
		require.Equal(t, http.StatusForbidden, response.StatusCode, line)
		require.Contains(t, body, "by http on port 80 and https on port 443", line)
	}
	for _, line := range []string{"GET /", "GET /readyz", "POST /api/v1/runs"} {
		response, body := w.raw(t, line+" HTTP/1.1\r\nHost: api.acme.example\r\nConnection: close\r\n\r\n")
		require.Equal(t, http.StatusForbidden, response.StatusCode, line)
		require.Contains(t, body, "this is a forward proxy, and no server", line)
	}
	_, err := w.client(t).Get("https://evil.example/")
	require.ErrorContains(t, err, "Forbidden")
	require.Contains(t, w.log.String(), "host=evil.example:443")
	require.Equal(t, 1, strings.Count(w.log.String(), "host=evil.example:443"))
}

// A host comes back as text, whatever is in it, and the log ends.
func TestProxy_BoundsWhatItShows(t *testing.T) {
	t.Parallel()
	w := serve(t)
	long := strings.Repeat("a", 10_000)
	_, body := w.raw(t, "CONNECT "+long+":443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	require.Less(t, len(body), 1000)
	for i := range 300 {
		w.raw(t, fmt.Sprintf("CONNECT host-%d.example:443 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", i))
	}
	require.Equal(t, 100, strings.Count(w.log.String(), "\n"))
	require.Less(t, w.log.Len(), 20_000)
}

// tunnel opens a tunnel to a host, and sends first with the CONNECT.
func (w *world) tunnel(t *testing.T, first string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn := dial(t, w.addr)
	t.Cleanup(func() { conn.Close() })
	go io.WriteString(conn, "CONNECT api.acme.example:443 HTTP/1.1\r\nHost: api.acme.example:443\r\nProxy-Connection: keep-alive\r\n\r\n"+first)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, &http.Request{Method: http.MethodConnect})
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, "200 Connection established", response.Status)
	return conn, reader
}

// A tunnel has the certificate of the host that it is to, and of no other.
func TestProxy_TunnelIsOneHost(t *testing.T) {
	t.Parallel()
	w := serve(t)
	for name, ok := range map[string]bool{"api.acme.example": true, "media.acme.example": false, "localhost": false, "evil.example": false} {
		conn, _ := w.tunnel(t, "")
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: name})
		err := secure.Handshake()
		require.Equal(t, ok, err == nil, "%s: %v", name, err)
		if ok {
			require.Equal(t, []string{"api.acme.example"}, secure.ConnectionState().PeerCertificates[0].DNSNames)
		}
		_ = conn.Close() // the server may have closed it
	}
}

// In a tunnel, plain HTTP gets the error of a server with TLS, and a second CONNECT leads nowhere.
func TestProxy_TunnelIsTLS(t *testing.T) {
	t.Parallel()
	w := serve(t)
	_, reader := w.tunnel(t, "GET / HTTP/1.1\r\nHost: api.acme.example\r\n\r\n")
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err, "the bytes that came with the CONNECT are read")
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusBadRequest, response.StatusCode)

	conn, _ := w.tunnel(t, "")
	secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, ServerName: "api.acme.example"})
	go io.WriteString(secure, "CONNECT media.acme.example:443 HTTP/1.1\r\nHost: media.acme.example:443\r\nConnection: close\r\n\r\n")
	text, err := io.ReadAll(secure)
	require.NoError(t, err)
	require.Contains(t, string(text), `"Method":"CONNECT"`, "it is a request to the handler like any other")
}

func TestProxy_ConnectWithABody(t *testing.T) {
	t.Parallel()
	w := serve(t)
	response, _ := w.raw(t, "CONNECT api.acme.example:443 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\na")
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
	response, _ = w.raw(t, "CONNECT api.acme.example:443 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n")
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
}

// A tunnel that is opened while the server ends is closed.
func TestProxy_AfterItsEnd(t *testing.T) {
	t.Parallel()
	p := proxy.New(hosts, func(string) *tls.Config { return &tls.Config{} }, http.HandlerFunc(show), slog.New(slog.DiscardHandler))
	w := &world{addr: listen(t, p)}
	require.NoError(t, p.Tunnels().Close())
	require.NoError(t, p.Tunnels().Close())
	_, err := p.Tunnels().Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	conn, reader := w.tunnel(t, "")
	require.NoError(t, conn.SetDeadline(time.Now().Add(time.Minute)))
	_, err = reader.ReadByte()
	require.Error(t, err, "it is closed")
}
