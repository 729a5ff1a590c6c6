package delivery

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"code.dny.dev/ssrf"
)

// A Policy says which addresses may be dialled. It decides on the resolved
// address, never on the text of a URL: a name may lead anywhere, and there are
// more spellings of an address than anybody lists. The zero Policy is `local`.
type Policy struct {
	words    []string
	local    bool
	public   bool
	prefixes []netip.Prefix
	hosts    []string
	own      []netip.AddrPort
}

// A DeniedError is the refusal of an address.
type DeniedError struct {
	Address netip.AddrPort
	why     string
}

func (d *DeniedError) Error() string {
	return fmt.Sprintf("dial %s: refused: %s", d.Address, d.why)
}

// ParsePolicy reads a policy: `local` (loopback and private networks), `public`
// (the Internet), networks such as 10.1.0.0/16, addresses, and names of hosts,
// whatever address they have. Several words allow what each allows; none is `local`.
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
			return Policy{}, fmt.Errorf("read address policy: %q is nothing that can be allowed; write local, public, a network such as 10.1.0.0/16, an address or a host's name", word)
		}
	}
	return p, nil
}

func isHost(word string) bool {
	return word != "" && strings.Trim(word, ".") != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
	}) && strings.ContainsFunc(word, func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' })
}

// Refuse returns the policy that also refuses listeners of our own, so that
// nothing is delivered to ourselves. One on all addresses is refused on each
// loopback address; name its others too.
func (p Policy) Reject(own ...netip.AddrPort) Policy {
	p.own = slices.Concat(p.own, own)
	return p
}

// String names what is allowed.
func (p Policy) String() string {
	if len(p.words) == 0 {
		return "local"
	}
	return strings.Join(p.words, ", ")
}

// Allows returns nil for an address that may be dialled, else a *[DeniedError].
func (p Policy) Allows(to netip.AddrPort) error { return p.allows("", to) }

// allows is Allows for an address that a host's name led to.
func (p Policy) allows(host string, to netip.AddrPort) error {
	addr := to.Addr().Unmap()
	if why := never(addr); why != "" {
		return &DeniedError{to, why}
	}
	for _, own := range p.own {
		if own.Port() == to.Port() && (own.Addr().Unmap() == addr || own.Addr().IsUnspecified() && addr.IsLoopback()) {
			return &DeniedError{to, "it is a listener of our own"}
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
	return &DeniedError{to, "allowed is " + p.String() + "; allow it if you mean it"}
}

// never says why an address is refused whatever is allowed; "" if it is not.
func never(addr netip.Addr) string {
	switch {
	case !addr.IsValid():
		return "it is no address"
	case addr.Zone() != "": // a network never contains an address with a zone
		return "addresses with a zone are link-local"
	case addr.IsUnspecified() || netip.MustParsePrefix("0.0.0.0/8").Contains(addr):
		return "it names no host"
	case addr.IsLinkLocalUnicast():
		return "link-local addresses lead to metadata services"
	case slices.Contains(metadata(), addr):
		return "it is a metadata service"
	case addr.IsMulticast() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "it is many hosts"
	}
	for _, inner := range embedded(addr) {
		if why := never(inner); why != "" {
			return "it leads to " + inner.String() + ": " + why
		}
	}
	return ""
}

// metadata are the metadata services that are not link-local.
func metadata() []netip.Addr {
	return []netip.Addr{
		netip.MustParseAddr("fd00:ec2::254"),   // AWS
		netip.MustParseAddr("fd20:ce::254"),    // Google
		netip.MustParseAddr("100.100.100.200"), // Alibaba
		netip.MustParseAddr("192.0.0.192"),     // Oracle
		netip.MustParseAddr("168.63.129.16"),   // Azure
	}
}

// embedded returns the IPv4 addresses to which an IPv6 address of a transition
// mechanism leads: NAT64, 6to4, Teredo, ISATAP and IPv4-compatible.
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
