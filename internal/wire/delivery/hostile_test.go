package delivery_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// serve accepts connections on loopback until the test ends, passes each to handle, and
// closes it afterwards.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	return "http://" + serveOn(t, listener, handle)
}

func serveOn(t *testing.T, listener net.Listener, handle func(net.Conn)) string {
	t.Helper()
	var running sync.WaitGroup
	var lock sync.Mutex
	var open []net.Conn
	running.Go(func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			lock.Lock()
			open = append(open, c)
			lock.Unlock()
			running.Go(func() {
				defer c.Close()
				handle(c)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		lock.Lock()
		for _, c := range open {
			_ = c.Close()
		}
		lock.Unlock()
		running.Wait()
	})
	return listener.Addr().String()
}

// readRequest returns one request as received; "" at the end of the connection.
func readRequest(c net.Conn) string {
	var raw strings.Builder
	r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(c, &raw)))
	if err != nil {
		return ""
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return ""
	}
	return raw.String()
}

func write(c net.Conn, text string) { _, _ = io.WriteString(c, text) }

// wait returns when the other side closes the connection.
func wait(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

func TestAttempt_HostileConsumers(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	repeat := func(c net.Conn, text string) {
		for {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
	cases := map[string]struct {
		failure webhook.Failure
		status  int
		cut     bool
		handle  func(net.Conn)
	}{
		"hangs":            {webhook.FailureTimeout, 0, false, wait},
		"hangs in header":  {webhook.FailureTimeout, 0, false, func(c net.Conn) { write(c, ok+"X-A: "); wait(c) }},
		"hangs in body":    {webhook.FailureTimeout, 200, false, func(c net.Conn) { write(c, ok+"Content-Length: 9\r\n\r\nabc"); wait(c) }},
		"dribbles":         {webhook.FailureTimeout, 200, false, func(c net.Conn) { write(c, ok+"Transfer-Encoding: chunked\r\n\r\n"); dribble(c, "1\r\na\r\n") }},
		"endless body":     {"", 200, true, func(c net.Conn) { write(c, ok+"\r\n"); repeat(c, strings.Repeat("a", 4096)) }},
		"endless chunks":   {"", 200, true, func(c net.Conn) { write(c, ok+"Transfer-Encoding: chunked\r\n\r\n"); repeat(c, "5\r\nabcde\r\n") }},
		"endless 1xx":      {webhook.FailureProtocol, 0, false, func(c net.Conn) { repeat(c, "HTTP/1.1 103 Early Hints\r\n\r\n") }},
		"huge header":      {webhook.FailureProtocol, 0, false, func(c net.Conn) { write(c, ok); repeat(c, "X-A: "+strings.Repeat("a", 1000)+"\r\n") }},
		"huge header line": {webhook.FailureProtocol, 0, false, func(c net.Conn) { write(c, ok+"X-A: "); repeat(c, "aaaaaaaaaaaa") }},
		"bad chunk":        {webhook.FailureProtocol, 200, false, func(c net.Conn) { write(c, ok+"Transfer-Encoding: chunked\r\n\r\nzz\r\n"); wait(c) }},
		"not HTTP":         {webhook.FailureProtocol, 0, false, func(c net.Conn) { write(c, "220 mail.example ESMTP \x1b[2J\r\n"); wait(c) }},
		"bad header":       {webhook.FailureProtocol, 0, false, func(c net.Conn) { write(c, ok+"X A\x1b: 1\r\n\r\n"); wait(c) }},
		"bad length":       {webhook.FailureProtocol, 0, false, func(c net.Conn) { write(c, ok+"Content-Length: -1\r\n\r\n"); wait(c) }},
		"closes at once":   {webhook.FailureReset, 0, false, func(net.Conn) {}},
		"closes in header": {webhook.FailureReset, 0, false, func(c net.Conn) { write(c, ok+"X-A: 1\r\n") }},
		"closes in body":   {webhook.FailureReset, 200, false, func(c net.Conn) { write(c, ok+"Content-Length: 9\r\n\r\nabc") }},
		"resets":           {webhook.FailureReset, 0, false, func(c net.Conn) { _ = c.(*net.TCPConn).SetLinger(0) }},
		"changes protocol": {"", 101, false, func(c net.Conn) {
			write(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
			wait(c)
		}},
		"1xx, then 200": {"", 200, false, func(c net.Conn) {
			write(c, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 5)+ok+"Content-Length: 0\r\n\r\n")
			wait(c)
		}},
		"six 1xx": {webhook.FailureProtocol, 0, false, func(c net.Conn) {
			write(c, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 6)+ok+"Content-Length: 0\r\n\r\n")
			wait(c)
		}},
		"body at the limit": {"", 200, false, func(c net.Conn) { write(c, ok+"Content-Length: 65536\r\n\r\n"+strings.Repeat("a", 65536)); wait(c) }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := post(serve(t, func(conn net.Conn) {
				readRequest(conn) // net/http rejects a response before the request
				c.handle(conn)
			}))
			if c.failure == webhook.FailureTimeout {
				r.Timeout = 300 * time.Millisecond
			}
			a := newClient(t, delivery.Config{}).Attempt(t.Context(), r)
			require.Equal(t, c.failure, a.Failure, a.Error)
			require.Equal(t, c.status, a.Status)
			require.Equal(t, c.cut, a.Truncated)
			require.Equal(t, c.failure == "", a.Error == "")
			require.LessOrEqual(t, len(a.ResponseBody), webhook.MaxResponseBody)
			require.NotContains(t, a.Error, "\x1b")
		})
	}
}

func dribble(c net.Conn, text string) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if _, err := io.WriteString(c, text); err != nil {
			return
		}
	}
}

func TestAttempt_Unreachable(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	client := newClient(t, delivery.Config{Resolver: noResolver()})
	a := client.Attempt(t.Context(), post("http://"+listener.Addr().String()))
	require.Equal(t, webhook.FailureUnreachable, a.Failure, a.Error)
	a = client.Attempt(t.Context(), post("http://consumer.example/"))
	require.Equal(t, webhook.FailureDNS, a.Failure, a.Error)
}

func TestAttempt_Canceled(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	to := serve(t, func(c net.Conn) { readRequest(c); stop(); wait(c) })
	a := newClient(t, delivery.Config{}).Attempt(ctx, post(to))
	require.Equal(t, webhook.FailureCanceled, a.Failure, a.Error)
}

// An authority signs certificates for tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	pem         []byte
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return authority{certificate, key, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})}
}

func (a authority) issue(t *testing.T, until time.Time, hosts ...net.IP) (certificate, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: until, IPAddresses: hosts,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}, KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &private.PublicKey, a.key)
	require.NoError(t, err)
	encoded, err := x509.MarshalECPrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded})
}

func (a authority) serve(t *testing.T, until time.Time, host net.IP, askClient bool) string {
	t.Helper()
	pair, err := tls.X509KeyPair(a.issue(t, until, host))
	require.NoError(t, err)
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: tls.VersionTLS12} // 1.3 reports a missing client certificate only with the response
	if askClient {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		config.ClientCAs.AddCert(a.certificate)
	}
	listener, err := tls.Listen("tcp", "127.0.0.1:0", config)
	require.NoError(t, err)
	return "https://" + serveOn(t, listener, func(c net.Conn) {
		if readRequest(c) != "" {
			write(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		}
	})
}

func TestAttempt_TLS(t *testing.T) {
	t.Parallel()
	loopback, tomorrow := net.IPv4(127, 0, 0, 1), time.Now().Add(24*time.Hour)
	ours, others := newAuthority(t), newAuthority(t)
	certificate, key := ours.issue(t, tomorrow)
	for name, c := range map[string]struct {
		to      string
		config  delivery.Config
		failure webhook.Failure
	}{
		"our authority":         {ours.serve(t, tomorrow, loopback, false), delivery.Config{CA: ours.pem}, ""},
		"another authority":     {others.serve(t, tomorrow, loopback, false), delivery.Config{CA: ours.pem}, webhook.FailureTLS},
		"unknown authority":     {ours.serve(t, tomorrow, loopback, false), delivery.Config{}, webhook.FailureTLS},
		"expired":               {ours.serve(t, time.Now().Add(-time.Hour), loopback, false), delivery.Config{CA: ours.pem}, webhook.FailureTLS},
		"another host":          {ours.serve(t, tomorrow, net.IPv4(127, 0, 0, 9), false), delivery.Config{CA: ours.pem}, webhook.FailureTLS},
		"client certificate":    {ours.serve(t, tomorrow, loopback, true), delivery.Config{CA: ours.pem, Certificate: certificate, Key: key}, ""},
		"no client certificate": {ours.serve(t, tomorrow, loopback, true), delivery.Config{CA: ours.pem}, webhook.FailureTLS},
		"plain HTTP": {strings.Replace(serve(t, func(c net.Conn) { write(c, "HTTP/1.1 200 OK\r\n\r\n") }), "http", "https", 1),
			delivery.Config{CA: ours.pem}, webhook.FailureTLS},
	} {
		a := newClient(t, c.config).Attempt(t.Context(), post(c.to))
		require.Equal(t, c.failure, a.Failure, "%s: %s", name, a.Error)
		if c.failure == "" {
			require.Equal(t, 200, a.Status)
			require.Positive(t, a.Timing.TLS)
		}
	}
}

func TestNew_ValidatesCertificates(t *testing.T) {
	t.Parallel()
	_, err := delivery.New(delivery.Config{CA: []byte("x")})
	require.ErrorContains(t, err, "no PEM certificate")
	_, err = delivery.New(delivery.Config{Certificate: []byte("x")})
	require.ErrorContains(t, err, "and its own key")
}
