package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"slices"
	"time"
)

func newKey() (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key of the CA: %w", err)
	}
	return key, nil
}

// newSerial is a random number that no other certificate has.
func newSerial() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}

// generate makes the two certificates of an Authority. The key of the root is not kept.
func generate(names Names) (*Authority, error) {
	rootKey, err := newKey()
	if err != nil {
		return nil, err
	}
	issuerKey, err := newKey()
	if err != nil {
		return nil, err
	}
	mark := rand.Text()[:8] // tells one CA from the next
	template := template(names, "Ringback CA, for tests only ("+mark+")")
	template.MaxPathLen = 1
	root, err := sign(template, template, &rootKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	template.Subject.CommonName = "Ringback issuer, for tests only (" + mark + ")"
	template.MaxPathLen, template.MaxPathLenZero = 0, true
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	issuer, err := sign(template, root, &issuerKey.PublicKey, rootKey)
	if err != nil {
		return nil, err
	}
	return &Authority{root: root, issuer: issuer, issuerKey: issuerKey}, nil
}

// template is that of a CA which is constrained to names: a verifier that doesn't know constraints must
// reject it. A constraint for a name allows names below it, too; what has no constraint, such as
// addresses if there were none, would be free.
func template(names Names, subject string) *x509.Certificate {
	now := time.Now()
	t := &x509.Certificate{
		Subject: pkix.Name{CommonName: subject}, NotBefore: now.Add(-skew), NotAfter: now.Add(lifetime),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		PermittedDNSDomainsCritical: true, PermittedDNSDomains: names.all(),
	}
	for _, ip := range names.IPs {
		t.PermittedIPRanges = append(t.PermittedIPRanges, &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(ip.BitLen(), ip.BitLen())})
	}
	return t
}

func sign(template, parent *x509.Certificate, key *ecdsa.PublicKey, parentKey *ecdsa.PrivateKey) (*x509.Certificate, error) {
	var err error
	if template.SerialNumber, err = newSerial(); err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key, parentKey)
	if err != nil {
		return nil, fmt.Errorf("make a certificate: %w", err)
	}
	return x509.ParseCertificate(der)
}

// issue makes a certificate of a server. It ends with the CA's at the latest.
func (a *Authority) issue(names []string, ips []net.IP) (*tls.Certificate, error) {
	now := time.Now()
	ends := now.Add(leafLifetime)
	if ends.After(a.issuer.NotAfter) {
		ends = a.issuer.NotAfter
	}
	leaf, err := sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: "Ringback, for tests only"}, NotBefore: now.Add(-skew), NotAfter: ends, DNSNames: names, IPAddresses: ips,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.issuer, &a.leafKey.PublicKey, a.issuerKey)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{leaf.Raw, a.issuer.Raw}, PrivateKey: a.leafKey, Leaf: leaf}, nil
}

// missing is a name that the constraints don't allow; "" if they allow all.
func (a *Authority) missing(names Names) string {
	for _, name := range names.all() {
		if !slices.Contains(a.issuer.PermittedDNSDomains, name) || !slices.Contains(a.root.PermittedDNSDomains, name) {
			return name
		}
	}
	for _, ip := range names.IPs {
		if !permits(a.issuer, ip) || !permits(a.root, ip) {
			return ip.String()
		}
	}
	return ""
}

func permits(c *x509.Certificate, ip netip.Addr) bool {
	return slices.ContainsFunc(c.PermittedIPRanges, func(n *net.IPNet) bool { return n.Contains(ip.AsSlice()) })
}
