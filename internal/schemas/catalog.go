// Package schemas loads the data of providers, and recognizes and validates captured bodies.
//
// [Load] returns a [Catalog]; [Catalog.Validator] returns the [Validator] that most callers need.
// docs/data.md describes the data. This package has no code for a particular provider.
package schemas

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/suggest"
	"github.com/ringback-dev/ringback/internal/wire/contract"
)

// A Catalog is all providers and event types. It is immutable and safe for
// concurrent use; a schema is compiled when it is first needed.
//
// Callers must not change its fields.
type Catalog struct {
	// Providers are sorted by name.
	Providers []*Provider

	types      map[string]*EventType
	memory     sync.Pool // of *scratch, for validators
	validators sync.Map  // Scope → *Validator
	// namingKeys are the keys whose values name event types.
	namingKeys func() map[string]bool
}

// The errors that a caller can tell apart, with [errors.Is].
var (
	ErrUnknownRoute = errors.New("unknown provider or route")
	ErrUnknownType  = errors.New("unknown event type")
)

// An unknown is an error about a name.
type unknown struct {
	kind error
	text string
}

func (e unknown) Error() string { return e.text }
func (e unknown) Unwrap() error { return e.kind }

// Types returns all event types, sorted by name.
func (c *Catalog) Types() []*EventType {
	var all []*EventType
	for _, p := range c.Providers {
		all = append(all, p.Types...)
	}
	slices.SortFunc(all, func(a, b *EventType) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func namingKeysOf(types []*EventType) map[string]bool {
	keys := map[string]bool{}
	for _, t := range types {
		for _, m := range t.recognizer().discriminators {
			keys[m.path[len(m.path)-1]] = true
		}
	}
	return keys
}

// Provider returns the provider of a name.
func (c *Catalog) Provider(name string) (*Provider, error) {
	var names []string
	for _, p := range c.Providers {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return nil, fmt.Errorf("find provider: no provider is named %q; %s", name, document.OneOf(name, names))
}

// Default is the provider that is used if none is named: the provider with default_provider, else
// the first by name.
func (c *Catalog) Default() *Provider {
	if i := slices.IndexFunc(c.Providers, func(p *Provider) bool { return p.Default }); i >= 0 {
		return c.Providers[i]
	}
	if len(c.Providers) == 0 {
		return nil
	}
	return c.Providers[0]
}

// Type returns the event type of a name.
func (c *Catalog) Type(name string) (*EventType, error) {
	if t := c.types[name]; t != nil {
		return t, nil
	}
	hint := suggest.Hint(name, slices.Collect(maps.Keys(c.types)))
	return nil, unknown{ErrUnknownType, fmt.Sprintf("find event type: no event type is named %q; %s", name, cmp.Or(hint, "`ringback catalog list` lists all"))}
}

// HasType reports whether there is an event type of a name.
func (c *Catalog) HasType(name string) bool { return c.types[name] != nil }

// Routes returns the names of all providers and routes, sorted.
func (c *Catalog) Routes() []string {
	var names []string
	for _, p := range c.Providers {
		names = append(names, p.Name)
		for _, r := range p.Routes {
			names = append(names, r.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// TypesOf returns the event types of a provider or route, sorted by name; ""
// means all.
func (c *Catalog) TypesOf(route string) ([]*EventType, error) {
	if route == "" {
		return c.Types(), nil
	}
	return c.byRoute(route)
}

// byRoute returns the event types of a route, or of all routes of a provider.
func (c *Catalog) byRoute(name string) ([]*EventType, error) {
	for _, p := range c.Providers {
		if p.Name == name {
			return slices.Clone(p.Types), nil
		}
		for _, r := range p.Routes {
			if r.Name == name {
				return slices.DeleteFunc(slices.Clone(p.Types), func(t *EventType) bool { return !r.carries(t.relative) }), nil
			}
		}
	}
	return nil, unknown{ErrUnknownRoute, fmt.Sprintf("find provider: no provider or route is named %q; %s", name, document.OneOf(name, c.Routes()))}
}

// Challenges returns the challenges by which the routes of a name check a URL, each once; "" means
// all routes.
func (c *Catalog) Challenges(route string) []contract.Handshake {
	var all []contract.Handshake
	for _, p := range c.Providers {
		for _, r := range p.Routes {
			h := r.Contract.Handshake
			if asked := route == "" || route == p.Name || route == r.Name; asked && h.Kind == "challenge" && !slices.Contains(all, h.Challenge) {
				all = append(all, h.Challenge)
			}
		}
	}
	return all
}
