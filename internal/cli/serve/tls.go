package serve

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/cli"
)

// secured wraps a listener in TLS, with a certificate of a CA that lives as long
// as the process. The CA is written to a file that the application is to trust;
// it goes when the listener is closed.
func secured(s cli.Streams, l *deadline.Listener) (net.Listener, error) {
	authority, authorityKey, der, err := newAuthority()
	if err != nil {
		return nil, err
	}
	pair, err := newCertificate(authority, authorityKey, l)
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "ringback-ca-*.pem")
	if err != nil {
		return nil, cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the CA: %w", cli.Cause(err)))
	}
	trusted := &trustedListener{l.Secure(&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), file.Name()}
	err = pem.Encode(file, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, cli.Exit(cli.ExitEnvironment, errors.Join(fmt.Errorf("write the CA: %w", err), trusted.Close()))
	}
	fmt.Fprintf(s.Err, "trust the CA in %s\n", file.Name())
	return trusted, nil
}

// A trustedListener takes the file of its CA away when it is closed.
type trustedListener struct {
	net.Listener
	ca string
}

func (l *trustedListener) Close() error {
	_ = os.Remove(l.ca) // the second time there is no file
	return l.Listener.Close()
}

const certified = 30 * 24 * time.Hour

func newAuthority() (*x509.Certificate, *ecdsa.PrivateKey, []byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make the CA: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Ringback, for tests only"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certified),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("make the CA: %w", err)
	}
	authority, err := x509.ParseCertificate(der)
	return authority, key, der, err
}

// newCertificate is for the names by which a listener may be called.
func newCertificate(authority *x509.Certificate, authorityKey *ecdsa.PrivateKey, l net.Listener) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the certificate: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: "ringback"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(certified),
		DNSNames: []string{"localhost", "ringback"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if host, _, err := net.SplitHostPort(l.Addr().String()); err == nil {
		if ip := net.ParseIP(host); ip != nil && !ip.IsUnspecified() {
			template.IPAddresses = append(template.IPAddresses, ip)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority, &key.PublicKey, authorityKey)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("make the certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
