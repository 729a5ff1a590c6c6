package authority

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"encoding/pem"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func names(hosts ...string) Names {
	return Names{Hosts: hosts, Own: []string{"localhost", "ringback"}, IPs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}}
}

func newAuthority(t *testing.T, n Names) *Authority {
	t.Helper()
	a, err := New(n)
	require.NoError(t, err)
	return a
}

func trusting(t *testing.T, ca []byte) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(ca))
	return pool
}

// handshake is that of a client that trusts a CA and names a server. Without a name, it dials an
// address. It returns the certificate that it saw.
func handshake(t *testing.T, server *tls.Config, ca []byte, client *tls.Config) (*x509.Certificate, error) {
	t.Helper()
	client.RootCAs = trusting(t, ca)
	here, there := net.Pipe()
	ended := make(chan error, 1)
	go func() {
		c := tls.Server(there, server)
		ended <- c.Handshake()
		_ = c.Close() // it fails if the handshake did
	}()
	c := tls.Client(here, client)
	err := c.Handshake()
	state := c.ConnectionState()
	_ = here.Close() // so does it
	<-ended
	if err != nil {
		return nil, err
	}
	return state.PeerCertificates[0], nil
}

func TestTLS_ACertificateForEachName(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, names("api.acme.example", "media.acme.example"))
	for name, want := range map[string][]string{
		"api.acme.example": {"api.acme.example"}, "API.acme.example": {"api.acme.example"}, "media.acme.example": {"media.acme.example"},
		"localhost": {"localhost", "ringback"}, "ringback": {"localhost", "ringback"},
		"127.0.0.1": {"localhost", "ringback"}, "::1": {"localhost", "ringback"}, // a client names no server by its address
	} {
		leaf, err := handshake(t, a.TLS(), a.PEM(), &tls.Config{ServerName: name})
		require.NoError(t, err, name)
		require.Equal(t, want, leaf.DNSNames)
		require.LessOrEqual(t, leaf.NotAfter.Sub(leaf.NotBefore), leafLifetime+skew)
		require.Equal(t, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, leaf.ExtKeyUsage)
	}
}

func TestTLS_NoCertificateForAnUnknownName(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, names("api.acme.example", "media.acme.example"))
	for _, c := range []struct {
		config *tls.Config
		name   string
	}{
		{a.TLS(), "evil.example"}, {a.TLS(), "acme.example"}, {a.TLS(), "x.api.acme.example"}, {a.TLS(), "api.acme.example.evil.example"},
		{a.TLSFor("api.acme.example"), "media.acme.example"}, {a.TLSFor("api.acme.example"), "localhost"}, {a.TLSFor("evil.example"), "evil.example"},
	} {
		seen := false
		_, err := handshake(t, c.config, a.PEM(), &tls.Config{ServerName: c.name, InsecureSkipVerify: true, VerifyPeerCertificate: func([][]byte, [][]*x509.Certificate) error {
			seen = true
			return nil
		}})
		require.ErrorContains(t, err, "unrecognized name", c.name)
		require.False(t, seen, c.name)
	}
	leaf, err := handshake(t, a.TLSFor("api.acme.example"), a.PEM(), &tls.Config{ServerName: "api.acme.example"})
	require.NoError(t, err)
	require.Equal(t, []string{"api.acme.example"}, leaf.DNSNames)
}

// chain are the PEM blocks of a leaf that the CA's key signs for any name, as a thief of the key would.
func (a *Authority) chain(t *testing.T, name string, ips ...net.IP) (leaf *x509.Certificate) {
	t.Helper()
	dns := []string{name}
	if name == "" {
		dns = nil
	}
	one, err := a.issue(dns, ips)
	require.NoError(t, err)
	return one.Leaf
}

func (a *Authority) verify(t *testing.T, leaf *x509.Certificate, name string) error {
	t.Helper()
	between := x509.NewCertPool()
	between.AddCert(a.issuer)
	_, err := leaf.Verify(x509.VerifyOptions{Roots: trusting(t, a.PEM()), Intermediates: between, DNSName: name})
	return err
}

// free is an Authority without constraints: what a thief could do with its key. It is the control of
// the test below.
func free(t *testing.T) *Authority {
	t.Helper()
	a, err := generate(Names{})
	require.NoError(t, err)
	require.NoError(t, a.use(Names{}))
	require.Empty(t, a.issuer.PermittedDNSDomains)
	return a
}

func TestConstraints_KeyIsWorthNothingForOtherNames(t *testing.T) {
	t.Parallel()
	a := newAuthority(t, names("api.acme.example"))
	openssl, missing := exec.LookPath("openssl")
	for name, allowed := range map[string]bool{
		"api.acme.example": true, "localhost": true, "ringback": true,
		"acme.example": false, "evil.example": false, "api.acme.example.evil.example": false, "notlocalhost": false, "*.example": false,
	} {
		leaf := a.chain(t, name)
		err := a.verify(t, leaf, "")
		require.Equal(t, allowed, err == nil, "%s: %v", name, err)
		if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
			require.Equal(t, x509.CANotAuthorizedForThisName, invalid.Reason)
		}
		other := free(t)
		require.NoError(t, other.verify(t, other.chain(t, name), ""), "without constraints, a verifier accepts it")
		if missing == nil {
			require.Equal(t, allowed, opensslVerifies(t, openssl, a, leaf), name)
			require.True(t, opensslVerifies(t, openssl, other, other.chain(t, name)), name)
		}
	}
	for ip, allowed := range map[string]bool{"127.0.0.1": true, "::1": true, "127.0.0.2": false, "10.0.0.1": false, "::2": false} {
		err := a.verify(t, a.chain(t, "", net.ParseIP(ip)), "")
		require.Equal(t, allowed, err == nil, "%s: %v", ip, err)
	}
	for _, c := range []*x509.Certificate{a.root, a.issuer} { // a verifier may ignore the constraints of what it trusts
		require.Equal(t, []string{"api.acme.example", "localhost", "ringback"}, c.PermittedDNSDomains)
		require.True(t, c.PermittedDNSDomainsCritical)
		require.Len(t, c.PermittedIPRanges, 2)
	}
}

// opensslVerifies reports whether openssl, with the checks of Python's, accepts a chain.
func opensslVerifies(t *testing.T, openssl string, a *Authority, leaf *x509.Certificate) bool {
	t.Helper()
	folder := t.TempDir()
	file := func(name string, der []byte) string {
		name = filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
		return name
	}
	out, err := exec.Command(openssl, "verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", file("ca", a.root.Raw), "-untrusted", file("issuer", a.issuer.Raw), file("leaf", leaf.Raw)).CombinedOutput()
	if err != nil {
		require.Regexp(t, "permitted subtree violation", string(out))
	}
	return err == nil
}

func TestLeaf_IsReissuedAtHalfOfItsLife(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAuthority(t, names("api.acme.example"))
		first, err := a.leaf("api.acme.example")
		require.NoError(t, err)
		time.Sleep(leafLifetime/2 - time.Minute)
		same, err := a.leaf("api.acme.example")
		require.NoError(t, err)
		require.Same(t, first, same)
		time.Sleep(2 * time.Minute)
		next, err := a.leaf("api.acme.example")
		require.NoError(t, err)
		require.NotSame(t, first, next)
		require.NotEqual(t, first.Leaf.SerialNumber, next.Leaf.SerialNumber)
		time.Sleep(lifetime - 13*time.Hour)
		last, err := a.leaf("api.acme.example")
		require.NoError(t, err)
		require.Equal(t, a.Ends(), last.Leaf.NotAfter, "it does not outlive the CA")
	})
}
