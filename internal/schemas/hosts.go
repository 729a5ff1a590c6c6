package schemas

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A declaredHost is one entry of hosts.
type declaredHost struct {
	document.Remarks
	Name document.Located[string] `key:"name,required"`
}

// hostLabel is a part of a host name, in lower case: letters, digits and inner dashes.
var hostLabel = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// maxHost is how long a host name may be.
const maxHost = 253

// isHost reports whether a text is a full host name in lower case: not an address, not a name of
// one word such as localhost, without a port and a dot at its end.
func isHost(text string) bool {
	labels := strings.Split(text, ".")
	return len(text) <= maxHost && len(labels) > 1 &&
		!slices.ContainsFunc(labels, func(label string) bool { return !hostLabel.MatchString(label) }) &&
		strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

func (p *providerParser) hosts(declared []declaredHost) {
	for _, one := range declared {
		name := one.Name.Value
		switch {
		case name == "": // which is an error already
		case !isHost(name):
			p.d.Errorf(one.Name.Node, "%s is not the name of a host: write it in lower case, without scheme, port and path (for example api.acme.example)", document.Quote(document.Shorten(name, 80)))
		case slices.Contains(p.provider.Hosts, name):
			p.d.Errorf(one.Name.Node, "host %s is already in the list; remove one of them", name)
		default:
			p.provider.Hosts = append(p.provider.Hosts, name)
		}
	}
}

// checkHosts rejects hosts that earlier providers have.
func (c *Catalog) checkHosts(p *Provider) error {
	var problems []error
	for i, name := range p.Hosts {
		if first := c.ProviderAt(name); first != nil {
			problems = append(problems, p.file.Errorf(&p.file.Root.Get("hosts").Items[i], "host %s is one of %s already; remove it from one of them", name, first.Name))
		}
	}
	return load(errors.Join(problems...))
}

// ProviderAt returns the provider whose API is at a host; nil if that is none's.
func (c *Catalog) ProviderAt(host string) *Provider {
	if i := slices.IndexFunc(c.Providers, func(p *Provider) bool { return slices.Contains(p.Hosts, host) }); i >= 0 {
		return c.Providers[i]
	}
	return nil
}

// Hosts returns the hosts of all providers, sorted.
func (c *Catalog) Hosts() []string {
	var all []string
	for _, p := range c.Providers {
		all = append(all, p.Hosts...)
	}
	slices.Sort(all)
	return all
}
