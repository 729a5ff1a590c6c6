package delivery

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"code.dny.dev/ssrf"
)

// A Policy allows addresses to dial. It checks the resolved address, never the text of a
// URL: a name may resolve to any address, and an address has many formats. The zero Policy
// is `local`.
type Policy struct {
	words    []string
	local    bool
	public   bool
	prefixes []netip.Prefix
	hosts    []string
	own      []netip.AddrPort
}

// A DeniedError is the error for an address that a policy denies.
type DeniedError struct {
	Address netip.AddrPort
	reason  string
}

func (d *DeniedError) Error() string {
	return fmt.Sprintf("dial %s: denied: %s", d.Address, d.reason)
}

// ParsePolicy reads a policy: `local` (loopback and private networks), `public`
// (the Internet), networks (10.1.0.0/16), addresses, and host names with any address.
// Several words allow the union; without words the policy is `local`.
func ParsePolicy(words ...string) (Policy, error) {
	p := Policy{words: slices.Clone(words), local: len(words) == 0}
	for _, word := range words {
		prefix, prefixErr := netip.ParsePrefix(word)
		addr, addrErr := netip.ParseAddr(word)
		switch {
		case word == "local":
			p.local = true
		case word == "public":
			p.public = true
		case prefixErr == nil:
			p.prefixes = append(p.prefixes, prefix.Masked())
		case addrErr == nil && addr.Zone() == "":
			p.prefixes = append(p.prefixes, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
		case isHost(word):
			p.hosts = append(p.hosts, strings.ToLower(strings.TrimSuffix(word, ".")))
		default:
			return Policy{}, fmt.Errorf("read address policy: %q is invalid; use local, public, a network (for example 10.1.0.0/16), an address or a host name", word)
		}
	}
	return p, nil
}

func isHost(word string) bool {
	return word != "" && strings.Trim(word, ".") != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
	}) && strings.ContainsFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}

// Reject returns a policy that also denies our own listeners, so that Ringback never
// delivers to itself. It denies a listener on all addresses on each loopback address; add
// its other addresses.
func (p Policy) Reject(own ...netip.AddrPort) Policy {
	p.own = slices.Concat(p.own, own)
	return p
}

// String returns the words of the policy.
func (p Policy) String() string {
	if len(p.words) == 0 {
		return "local"
	}
	return strings.Join(p.words, ", ")
}

// Allows returns nil for an allowed address, else a *[DeniedError].
func (p Policy) Allows(to netip.AddrPort) error { return p.allows("", to) }

// allows is Allows for the resolved address of a host name.
func (p Policy) allows(host string, to netip.AddrPort) error {
	addr := to.Addr().Unmap()
	if reason := alwaysDenied(addr); reason != "" {
		return &DeniedError{to, reason}
	}
	for _, own := range p.own {
		if own.Port() == to.Port() && (own.Addr().Unmap() == addr || own.Addr().IsUnspecified() && addr.IsLoopback()) {
			return &DeniedError{to, "a listener of Ringback itself"}
		}
	}
	switch {
	case (p.local || len(p.words) == 0) && (addr.IsLoopback() || addr.IsPrivate()):
		return nil
	case p.public && isPublic(addr):
		return nil
	case slices.ContainsFunc(p.prefixes, func(n netip.Prefix) bool { return n.Contains(addr) }):
		return nil
	case host != "" && slices.Contains(p.hosts, strings.ToLower(strings.TrimSuffix(host, "."))):
		return nil
	}
	return &DeniedError{to, "the policy allows only " + p.String() + "; add the address if it is safe"}
}

// alwaysDenied returns the reason to deny an address under every policy; "" if there is none.
func alwaysDenied(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return "invalid address"
	case addr.Zone() != "": // a network never contains an address with a zone
		return "addresses with a zone are link-local"
	case addr.IsUnspecified() || netip.MustParsePrefix("0.0.0.0/8").Contains(addr):
		return "unspecified address"
	case addr.IsLinkLocalUnicast():
		return "link-local addresses include metadata services"
	case slices.Contains(metadata(), addr):
		return "metadata service"
	case addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "multicast or broadcast address"
	}
	for _, inner := range embedded(addr) {
		if reason := alwaysDenied(inner); reason != "" {
			return "it embeds " + inner.String() + ": " + reason
		}
	}
	return ""
}

// metadata returns the metadata services outside link-local networks.
func metadata() []netip.Addr {
	return []netip.Addr{
		netip.MustParseAddr("fd00:ec2::254"),   // AWS
		netip.MustParseAddr("fd20:ce::254"),    // Google
		netip.MustParseAddr("100.100.100.200"), // Alibaba
		netip.MustParseAddr("192.0.0.192"),     // Oracle
		netip.MustParseAddr("168.63.129.16"),   // Azure
	}
}

// embedded returns the IPv4 addresses in an IPv6 address of a transition mechanism: NAT64,
// 6to4, Teredo, ISATAP and IPv4-compatible.
func embedded(addr netip.Addr) []netip.Addr {
	if !addr.Is6() || addr.IsLoopback() {
		return nil
	}
	b := addr.As16()
	last := netip.AddrFrom4([4]byte(b[12:16]))
	switch {
	case netip.MustParsePrefix("2002::/16").Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case netip.MustParsePrefix("2001::/32").Contains(addr):
		return []netip.Addr{netip.AddrFrom4([4]byte(b[4:8])), netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})}
	case netip.MustParsePrefix("64:ff9b::/96").Contains(addr), netip.MustParsePrefix("64:ff9b:1::/48").Contains(addr),
		netip.MustParsePrefix("::/96").Contains(addr), isISATAP(b):
		return []netip.Addr{last}
	}
	return nil
}

func isISATAP(b [16]byte) bool { return b[10] == 0x5e && b[11] == 0xfe }

func isPublic(addr netip.Addr) bool {
	guard := ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork())
	return guard.SafeAddr(addr) == nil && !(addr.Is6() && isISATAP(addr.As16()))
}
