// Package authority is a CA for tests: it issues short-lived certificates for a fixed list of names,
// and can issue none for others.
//
// Read [Authority] first. [New] makes one that exists in memory only, [Open] one that stays in a
// directory.
package authority

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

// Names are what an Authority issues certificates for.
type Names struct {
	// Hosts have a certificate each.
	Hosts []string
	// Own are the names of the server itself, and IPs its addresses: one certificate is for all of
	// them. A client that names no server gets it.
	Own []string
	IPs []netip.Addr
}

// all are the names of hosts, sorted.
func (n Names) all() []string {
	names := slices.Concat(n.Hosts, n.Own)
	slices.Sort(names)
	return slices.Compact(names)
}

// An Authority is a CA of two certificates. The applications trust the root, whose key is dropped when
// it has signed the issuer. The issuer signs the certificates of servers. Both have name constraints
// for the Names, so that the issuer's key is worth nothing for other names; that of the root alone
// would not be enough, because some verifiers (Java) ignore the constraints of what they trust.
//
// It is safe for concurrent use.
type Authority struct {
	names        Names
	root, issuer *x509.Certificate
	issuerKey    *ecdsa.PrivateKey
	leafKey      *ecdsa.PrivateKey

	mu     sync.Mutex
	leaves map[string]*tls.Certificate // by host; "" for the server itself
}

// New returns an Authority that exists in memory only.
func New(names Names) (*Authority, error) {
	a, err := generate(names)
	if err != nil {
		return nil, err
	}
	return a, a.use(names)
}

// use makes the Authority ready to issue certificates for names, which its constraints must allow.
func (a *Authority) use(names Names) (err error) {
	a.names, a.leaves = names, map[string]*tls.Certificate{}
	a.leafKey, err = newKey()
	return err
}

// PEM returns the certificate that applications trust.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: certificateBlock, Bytes: a.root.Raw})
}

// Hosts returns the hosts that have a certificate of their own.
func (a *Authority) Hosts() []string { return a.names.Hosts }

// Ends returns when applications stop to trust the certificates.
func (a *Authority) Ends() time.Time { return a.issuer.NotAfter }

// TLS returns the configuration of a server that has all names. A client that names another one gets
// no certificate: the handshake ends with the alert unrecognized_name.
func (a *Authority) TLS() *tls.Config {
	return a.config(func(name string) (string, bool) {
		if name == "" || slices.Contains(a.names.Own, name) {
			return "", true
		}
		return name, slices.Contains(a.names.Hosts, name)
	})
}

// TLSFor returns the configuration of a server that is one of the hosts, and nothing else.
func (a *Authority) TLSFor(host string) *tls.Config {
	return a.config(func(name string) (string, bool) {
		return host, (name == "" || name == host) && slices.Contains(a.names.Hosts, host)
	})
}

// config selects certificates by the name that a client gives.
func (a *Authority) config(find func(name string) (leaf string, ok bool)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			leaf, ok := find(strings.ToLower(hello.ServerName))
			if !ok {
				return nil, nil // crypto/tls then has no certificate, and says so to the client
			}
			return a.leaf(leaf)
		},
	}
}

const (
	// lifetime is that of the CA, renewal how long before its end Open makes a new one.
	lifetime = 365 * 24 * time.Hour
	renewal  = 30 * 24 * time.Hour
	// leafLifetime is that of a server's certificate; a new one is issued at half of it.
	leafLifetime = 24 * time.Hour
	// skew is how far clocks may be apart.
	skew = time.Hour
)

// leaf returns the certificate of a host, or with "" that of the server itself.
func (a *Authority) leaf(host string) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.leaves[host]; known != nil && time.Until(known.Leaf.NotAfter) > leafLifetime/2 {
		return known, nil
	}
	names, ips := []string{host}, []net.IP(nil)
	if host == "" {
		names = a.names.Own
		for _, ip := range a.names.IPs {
			ips = append(ips, ip.AsSlice())
		}
	}
	one, err := a.issue(names, ips)
	if err == nil {
		a.leaves[host] = one
	}
	return one, err
}
