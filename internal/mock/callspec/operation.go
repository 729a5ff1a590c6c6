// Package callspec reads the operations of providers from schemas/<provider>/apis.yaml, parses calls to
// them, and renders the responses.
//
//	set, err := callspec.Load(catalog, library)
//	call := a.Read(request, nil)                         // values, and what is invalid
//	if reply, rejected := call.Rejected(facts); rejected // 401, 400 …: no scenario starts
//	scenario, with := call.Start(0, facts)               // the scenario of the first message
//	contentType, body, err := call.Reply().Render(list, lookup)
//
// The package is pure: it uses no network, clock or randomness; state comes in as facts and values.
// docs/apis.md describes the format. Errors quote no value of a request, which may be a phone number
// or a secret.
package callspec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Operations are all operations of the providers. They are immutable.
type Operations struct {
	// APIs are ordered by provider, then as in its file.
	APIs []*Operation

	modes map[string]map[string][]string
}

// An Operation is a method, a path, and how a call is parsed and what responds to it. It is immutable and safe
// for concurrent use. An operation with several methods or paths becomes several of the same Name.
type Operation struct {
	Provider *schemas.Provider
	// Name is that of the data: "send".
	Name string
	// Command is "message.send" for an operation with starts, else a command, or "" for an
	// operation that only responds.
	Command string
	// Path is "/api/v2/{channel}/message/send".
	Method, Path string
	// Vars are the closed sets of path variables; a variable without a set matches any text.
	Vars map[string][]string
	// Routes are the routes of the operation, the default first. Whole means that a call applies
	// to all of them unless it names one.
	Routes []*schemas.Route
	Whole  bool
	// Mounts are the prefixes of the operation's path, besides the root:
	// "/gupshup", "/gupshup/v2".
	Mounts []string

	// Alternative: a call is of this operation if it has certain words, and otherwise of another one with
	// the same method and path, which is the one to Read it.
	Alternative bool

	alternatives []*Operation
	match        []matchCase

	auth    auth
	codecs  []string
	inPlace []string
	// textOrJSON are those of inPlace that may be a plain text.
	textOrJSON []string
	// anyCase: the names of a request's fields count in lowercase.
	anyCase  bool
	checker  *schemas.Checker
	each     *each
	params   []param
	modes    map[string][]string
	errors   []errorCase
	starts   []start
	response *response
	failures map[string]*response
}

// Load reads the operations of all providers with an apis.yaml. The library has the scenarios that
// they start. Each error has file, line and column; all errors are joined.
func Load(c *schemas.Catalog, l *scenarios.Library) (*Operations, error) {
	s := &Operations{modes: map[string]map[string][]string{}}
	var problems []error
	for _, provider := range c.Providers {
		file, folder := provider.APIs()
		if file == nil {
			continue
		}
		p := &parser{Decoder: document.NewDecoder(file), folder: folder, provider: provider, library: l}
		p.parse()
		s.APIs = append(s.APIs, p.apis...)
		s.modes[provider.Name] = p.modes
		for _, problem := range p.Errors() {
			problems = append(problems, fmt.Errorf("load %w", problem))
		}
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	return s, nil
}

// Modes returns the events of a subscription mode: patterns of event types, relative to the provider,
// and of canonical events; see [canonical.Match].
func (s *Operations) Modes(provider, mode string) (types []string, ok bool) {
	types, ok = s.modes[provider][mode]
	return slices.Clone(types), ok
}

// Find returns the operations of a provider by name.
func (s *Operations) Find(provider, name string) ([]*Operation, error) {
	var found []*Operation
	var names []string
	for _, a := range s.APIs {
		if a.Provider.Name != provider {
			continue
		}
		names = append(names, a.Name)
		if a.Name == name {
			found = append(found, a)
		}
	}
	if found == nil {
		return nil, fmt.Errorf("find operation: %s has no operation %q; %s", provider, name, document.OneOf(name, slices.Compact(names)))
	}
	return found, nil
}

// mounts are the prefixes of the provider and of the routes.
func mounts(provider *schemas.Provider, routes []*schemas.Route) []string {
	all := []string{"/" + provider.Name}
	for _, r := range routes {
		all = append(all, "/"+r.Name)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// route is the route of a call: the one that the call names, else that of its mount, else the default.
func (a *Operation) route(said, mount string) string {
	for _, r := range a.Routes {
		if said != "" && names(r, said) {
			return r.Name
		}
	}
	for _, r := range a.Routes {
		if "/"+r.Name == mount {
			return r.Name
		}
	}
	if a.Whole {
		return a.Provider.Name
	}
	return a.Routes[0].Name
}

// names reports whether a word of a call means a route: its last word
// ("whatsapp"), or a version's number ("3" for v3).
func names(r *schemas.Route, word string) bool {
	last := r.Name[strings.LastIndexByte(r.Name, '/')+1:]
	return last == word || last == "v"+word
}
