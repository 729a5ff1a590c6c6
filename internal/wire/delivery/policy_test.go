package delivery_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

type vectorFile struct {
	SSRF struct {
		Strict struct {
			Cases []struct {
				IP     string
				Denied bool
			}
		} `json:"policy_strict_public"`
		URLs []struct{ URL, Go string } `json:"url_forms"`
	}
}

func vectors(t *testing.T) vectorFile {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var v vectorFile
	require.NoError(t, json.Unmarshal(raw, &v))
	return v
}

func policy(t *testing.T, words ...string) delivery.Policy {
	t.Helper()
	p, err := delivery.ParsePolicy(words...)
	require.NoError(t, err)
	return p
}

func at(text string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(text), 443) }

func TestPolicy_Public(t *testing.T) {
	t.Parallel()
	cases := vectors(t).SSRF.Strict.Cases
	require.Len(t, cases, 62)
	for _, c := range cases {
		err := policy(t, "public").Allows(at(c.IP))
		require.Equal(t, c.Denied, err != nil, "%s: %v", c.IP, err)
	}
	for _, ip := range []string{"168.63.129.16", "2400::5efe:808:808", "::ffff:192.168.1.1"} {
		require.Error(t, policy(t, "public").Allows(at(ip)), ip)
	}
}

func TestPolicy_DefaultIsLocal(t *testing.T) {
	t.Parallel()
	for _, p := range []delivery.Policy{{}, policy(t), policy(t, "local")} {
		for _, ip := range []string{"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "fc00::1", "fd12:3456::1"} {
			require.NoError(t, p.Allows(at(ip)), ip)
		}
		for _, ip := range []string{"8.8.8.8", "2606:4700:4700::1111", "172.32.0.1", "100.64.0.1", "0.0.0.0", "0.1.2.3", "::", "198.18.0.1", "fec0::1", "::127.0.0.1", "64:ff9b::7f00:1"} {
			require.Error(t, p.Allows(at(ip)), ip)
		}
	}
}

func TestPolicy_AlwaysDenied(t *testing.T) {
	t.Parallel()
	all := policy(t, "local", "public", "0.0.0.0/0", "::/0", "169.254.169.254", "metadata.example")
	for _, ip := range []string{
		"169.254.169.254", "169.254.0.1", "::ffff:a9fe:a9fe", "fe80::1", "fe80::1%lo", "::1%lo", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "192.0.0.192",
		"168.63.129.16", "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::",
		"2001:0:a9fe:a9fe::", "2001::5601:5601", "::169.254.169.254", "2400:cb00::5efe:a9fe:a9fe",
	} {
		var denied *delivery.DeniedError
		require.ErrorAs(t, all.Allows(at(ip)), &denied, ip)
	}
	require.Error(t, all.Allows(netip.AddrPort{}))
	for _, ip := range []string{"8.8.8.8", "127.0.0.1", "64:ff9b::808:808", "2002:808:808::"} {
		require.NoError(t, all.Allows(at(ip)), ip)
	}
}

func TestPolicy_AllowList(t *testing.T) {
	t.Parallel()
	p := policy(t, "203.0.113.0/24", "2001:db8::7")
	require.Equal(t, "203.0.113.0/24, 2001:db8::7", p.String())
	require.NoError(t, p.Allows(at("203.0.113.9")))
	require.NoError(t, p.Allows(at("2001:db8::7")))
	require.EqualError(t, p.Allows(at("127.0.0.1")), "dial 127.0.0.1:443: denied: the policy allows only 203.0.113.0/24, 2001:db8::7; add the address if it is safe")
	for _, word := range []string{"", "10.0.0.0/33", "http://a.example", "a b", "fe80::1%lo", "127.1", "...", "1"} {
		_, err := delivery.ParsePolicy(word)
		require.ErrorContains(t, err, "use local, public", word)
	}
}

func TestPolicy_OwnListeners(t *testing.T) {
	t.Parallel()
	p := policy(t, "local").Reject(netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("0.0.0.0:9090"), netip.MustParseAddrPort("[::1]:7070"))
	for _, own := range []string{"127.0.0.1:8080", "[::ffff:127.0.0.1]:8080", "127.0.0.1:9090", "127.9.9.9:9090", "[::1]:9090", "[::1]:7070"} {
		require.ErrorContains(t, p.Allows(netip.MustParseAddrPort(own)), "listener of Ringback itself", own)
	}
	for _, other := range []string{"127.0.0.1:8081", "127.0.0.2:8080", "[::1]:8080", "127.0.0.1:7070", "10.0.0.1:9090"} {
		require.NoError(t, p.Allows(netip.MustParseAddrPort(other)), other)
	}
}

// The 52 formats of a URL don't reach a denied listener. The test dials only loopback, and
// checks other addresses against the policy.
func TestPolicy_URLFormats(t *testing.T) {
	t.Parallel()
	reached := make(chan string, 64)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { reached <- r.Host }))
	defer server.Close()
	own := server.Listener.Addr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
	client := newClient(t, delivery.Config{Policy: policy(t, "public"), Resolver: noResolver()})
	cases := vectors(t).SSRF.URLs
	require.Len(t, cases, 52)
	for _, c := range cases {
		form := strings.ReplaceAll(c.URL, ":9/", ":"+strings.Split(own.String(), ":")[1]+"/")
		if u, err := url.Parse(form); err == nil {
			if ip, err := netip.ParseAddr(u.Hostname()); err == nil && !ip.Unmap().IsLoopback() {
				require.Error(t, policy(t, "public").Allows(netip.AddrPortFrom(ip, 80)), form)
				continue
			}
		}
		a := client.Attempt(t.Context(), delivery.Request{Method: "POST", URL: form, Body: []byte("{}"), Timeout: 5 * time.Second})
		require.Contains(t, []webhook.Failure{webhook.FailureDenied, webhook.FailureDNS, webhook.FailureRequest}, a.Failure, "%s: %s", form, a.Error)
		require.NotContains(t, a.Error, "user:pw")
	}
	require.Empty(t, reached)
}

// The table of docs/security.md agrees with the policies.
func TestPolicy_MatchesSecurityPage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/security.md")
	require.NoError(t, err)
	policies := []delivery.Policy{policy(t), policy(t, "public"), policy(t, "0.0.0.0/0", "::/0")}
	row := regexp.MustCompile("(?m)^\\| [^|`]+ \\| (`[^|]+`) \\| (\\w+) \\| (\\w+) \\| (\\w+) \\|$")
	rows := row.FindAllStringSubmatch(string(page), -1)
	require.Len(t, rows, 8)
	for _, one := range rows {
		for address := range strings.FieldsSeq(strings.ReplaceAll(one[1], "`", "")) {
			for i, p := range policies {
				err := p.Allows(at(address))
				require.Equal(t, one[2+i] == "yes", err == nil, "%s by %s: %v", address, p, err)
			}
			if one[2] == "never" {
				require.Error(t, policy(t, "local", "public", address).Allows(at(address)), address)
			}
		}
	}
}
