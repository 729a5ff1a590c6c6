// Package delivery hands webhooks over: [Client.Attempt] makes one attempt,
// [Schedule.Next] says when to make another, [Client.Shake] tries a consumer's
// handshake. The loop is the caller's.
//
// Every connection goes through one dialer, which asks a [Policy] about the
// resolved address when it connects.
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

// Config is what a Client is made of. The zero Config is fit for use.
type Config struct {
	Policy Policy
	// CA holds certificates in PEM that are trusted instead of the system's.
	CA []byte
	// Certificate and Key, in PEM, are shown to consumers that ask for them.
	Certificate, Key []byte
	// IdlePerHost is how many idle connections to one host are kept; 0 means 64.
	IdlePerHost int
	// Resolver finds addresses; nil means the system's.
	Resolver *net.Resolver
}

// A Client makes attempts. It is safe for concurrent use. Close it.
type Client struct {
	// pooled keeps connections. On a kept one net/http sends a request without
	// a body again by itself when it fails; those go by fresh, which keeps none.
	pooled, fresh *http.Transport

	lastURL    atomic.Pointer[parsedURL]
	lastHeader atomic.Pointer[parsedHeader]
}

const (
	// idle is shorter than the keep-alive of common servers (Node has 5 s), so
	// that a connection is seldom used in the moment in which they close it.
	idle           = 4 * time.Second
	maxDial        = 30 * time.Second
	largestHeader  = 64 << 10
	maxInformation = 5
	// readAhead and writeBehind are the buffers of a connection, of which there are
	// as many as there are slow consumers. An answer is most often a line.
	readAhead   = 512
	writeBehind = 1 << 10
)

// New makes a Client.
func New(c Config) (*Client, error) {
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(c.CA) > 0 {
		secure.RootCAs = x509.NewCertPool()
		if !secure.RootCAs.AppendCertsFromPEM(c.CA) {
			return nil, errors.New("read CA: it holds no certificate in PEM; give a file with BEGIN CERTIFICATE")
		}
	}
	if len(c.Certificate) > 0 || len(c.Key) > 0 {
		pair, err := tls.X509KeyPair(c.Certificate, c.Key)
		if err != nil {
			return nil, fmt.Errorf("read client certificate: %w; give certificate and key in PEM that belong together", err)
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
		Proxy:                  nil, // the environment has no say in where we connect
		DialContext:            dialer{c.Policy, c.Resolver}.dial,
		TLSClientConfig:        secure.Clone(),
		TLSHandshakeTimeout:    maxDial,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    idlePerHost,
		IdleConnTimeout:        idle,
		MaxResponseHeaderBytes: largestHeader,
		ReadBufferSize:         readAhead,
		WriteBufferSize:        writeBehind,
		Protocols:              &protocols,
	}
}

// RoundTrip makes a request that is no delivery, such as a look at a consumer's
// state, by the same dialer. Redirects are the caller's to refuse.
func (c *Client) RoundTrip(r *http.Request) (*http.Response, error) { return c.pooled.RoundTrip(r) }

// Close drops the connections that are kept.
func (c *Client) Close() {
	c.pooled.CloseIdleConnections()
	c.fresh.CloseIdleConnections()
}

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
			return &DeniedError{why: "its address cannot be read"}
		}
		return d.policy.allows(host, to)
	}}
	begin := time.Now()
	connection, err := inner.DialContext(ctx, network, address)
	setDial(ctx, time.Since(begin))
	return connection, err
}

// classify says what kind of failure ended an attempt.
func classify(err error) webhook.Failure {
	var denied *DeniedError
	var dns *net.DNSError
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.As(err, &denied):
		return webhook.ErrorDenied
	case errors.Is(err, errInformation):
		return webhook.ErrorProtocol
	case errors.As(err, &timeout) && timeout.Timeout():
		return webhook.ErrorTimeout
	case errors.As(err, &dns):
		return webhook.ErrorDNS
	case isTLS(err):
		return webhook.ErrorTLS
	case isReset(err):
		return webhook.ErrorReset
	case errors.As(err, &op) && op.Op == "dial":
		return webhook.ErrorRejected
	}
	return webhook.ErrorProtocol
}

func isTLS(err error) bool {
	var verification *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "remote error" || op.Op == "local error") {
		return true
	}
	// net/http's own word for an answer in plain HTTP to a TLS handshake.
	return errors.As(err, &verification) || errors.As(err, &record) || err.Error() == "http: server gave HTTP response to HTTPS client"
}
