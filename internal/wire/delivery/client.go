// Package delivery sends webhooks: [Client.Attempt] makes one attempt, and
// [Client.Handshake] tests a consumer's handshake. Retries belong to the caller.
//
// One dialer makes every connection. It checks the resolved address against a [Policy] at
// connect time.
package delivery

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// Config configures a Client. The zero Config is usable.
type Config struct {
	Policy Policy
	// CA are PEM certificates to trust instead of those of the system.
	CA []byte
	// Certificate and Key are the PEM client certificate for consumers that request it.
	Certificate, Key []byte
	// IdlePerHost is the number of idle connections to keep for a host; 0 means 64.
	IdlePerHost int
	// Resolver resolves names; nil means that of the system.
	Resolver *net.Resolver
}

// A Client makes attempts. It is safe for concurrent use. Call Close at the end.
type Client struct {
	// pooled keeps connections. On a kept connection, net/http silently repeats a
	// request without a body after a failure; fresh, which keeps no connections, sends
	// those.
	pooled, fresh *http.Transport

	lastURL    atomic.Pointer[parsedURL]
	lastHeader atomic.Pointer[parsedHeader]
}

const (
	// idle is shorter than the keep-alive of common servers (Node has 5 s), so that a
	// server rarely closes a connection at the moment of its use.
	idle           = 4 * time.Second
	maxDial        = 30 * time.Second
	maxHeader      = 64 << 10
	maxInformation = 5
	// readAhead and writeBehind are small buffers: slow consumers cause many
	// connections, and most responses are one line.
	readAhead   = 512
	writeBehind = 1 << 10
)

// New returns a Client.
func New(c Config) (*Client, error) {
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(c.CA) > 0 {
		secure.RootCAs = x509.NewCertPool()
		if !secure.RootCAs.AppendCertsFromPEM(c.CA) {
			return nil, errors.New("read CA: no PEM certificate; use a file with BEGIN CERTIFICATE")
		}
	}
	if len(c.Certificate) > 0 || len(c.Key) > 0 {
		pair, err := tls.X509KeyPair(c.Certificate, c.Key)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w; use a PEM certificate and its own key", err)
		}
		secure.Certificates = []tls.Certificate{pair}
	}
	if c.IdlePerHost <= 0 {
		c.IdlePerHost = 64
	}
	return &Client{pooled: transport(c, secure, c.IdlePerHost), fresh: transport(c, secure, -1)}, nil
}

func transport(c Config, secure *tls.Config, idlePerHost int) *http.Transport {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  nil, // ignores the environment
		DialContext:            dialer{c.Policy, c.Resolver}.dial,
		TLSClientConfig:        secure.Clone(),
		TLSHandshakeTimeout:    maxDial,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idle,
		MaxResponseHeaderBytes: maxHeader,
		ReadBufferSize:         readAhead,
		WriteBufferSize:        writeBehind,
		Protocols:              &protocols,
	}
}

// RoundTrip makes a request that isn't a delivery, for example for a consumer's state, with
// the same dialer. It doesn't follow redirects.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) { return c.pooled.RoundTrip(r) }

// Close closes idle connections.
func (c *Client) Close() {
	c.pooled.CloseIdleConnections()
	c.fresh.CloseIdleConnections()
}

// A dialer connects to the addresses that its policy allows.
type dialer struct {
	policy   Policy
	resolver *net.Resolver
}

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	inner := net.Dialer{Timeout: maxDial, Resolver: d.resolver, Control: func(_, resolved string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(resolved)
		if err != nil {
			return &DeniedError{reason: "invalid address"}
		}
		return d.policy.allows(host, to)
	}}
	startedAt := time.Now()
	connection, err := inner.DialContext(ctx, network, address)
	setDial(ctx, time.Since(startedAt))
	return connection, err
}

// classify returns the failure of an error.
func classify(err error) webhook.Failure {
	var denied *DeniedError
	var dns *net.DNSError
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &denied):
		return webhook.FailureDenied
	case errors.Is(err, errInformation):
		return webhook.FailureProtocol
	case errors.As(err, &timeout) && timeout.Timeout():
		return webhook.FailureTimeout
	case errors.As(err, &dns):
		return webhook.FailureDNS
	case isTLS(err):
		return webhook.FailureTLS
	case isReset(err):
		return webhook.FailureReset
	case errors.As(err, &op) && op.Op == "dial":
		return webhook.FailureUnreachable
	}
	return webhook.FailureProtocol
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		return true
	}
	// The error of net/http for a plain HTTP response to a TLS handshake.
	return errors.As(err, &verification) || errors.As(err, &record) || err.Error() == "http: server gave HTTP response to HTTPS client"
}
