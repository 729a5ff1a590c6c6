// Package callspec knows the calls that a consumer makes to a provider: it reads
// them from schemas/<provider>/apis.yaml, understands a call that came, and
// words the answer as the provider would.
//
//	set, err := api.Load(catalog, library)
//	call := a.Read(request, nil)                       // what was asked, and what is wrong with it
//	if reply, refused := call.Refused(facts); refused  // 401, 400 …: nothing starts
//	scenario, with := call.Start(0, facts)              // what the first message plays
//	contentType, body, err := call.Response().Render(list, lookup)
//
// The package is pure: it knows no network, no clock and no chance. What the
// platform remembers comes in as facts and values. docs/apis.md describes the
// format. No error quotes a value of a request, for it may be a phone number or
// a secret.
package callspec

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A Operations is all calls that the providers answer. It is immutable.
type Operations struct {
	// APIs are ordered by provider, then as in its file.
	APIs []*Operation

	modes map[string]map[string][]string
}

// An Operation is one call: a method, a path, and how it is understood and answered.
// It is immutable and safe for concurrent use. An Operation that the data gives several
// methods or paths is several of the same Name.
type Operation struct {
	Provider *schemas.Provider
	// Name is that of the data: "send".
	Name string
	// Command is what the platform does: "message.send" for a call with plays,
	// else one of Commands, or "" for a call that is only answered.
	Command string
	// Path is "/api/v2/{channel}/message/send".
	Method, Path string
	// Vars are the closed sets of path variables; one without a set takes anything.
	Vars map[string][]string
	// Routes are the routes that a call may be about, the usual one first. Whole: unless
	// a call says otherwise it is about all of them.
	Routes []*schemas.Route
	Whole  bool
	// Mounts are the prefixes under which the call is served beside the root:
	// "/gupshup", "/gupshup/v2".
	Mounts []string

	auth     auth
	codecs   []string
	inPlace  []string
	checker  *schemas.Checker
	each     *each
	params   []param
	modes    map[string][]string
	errors   []errorCase
	starts   []start
	response *response
	failures map[string]*response
}

// Load reads the calls of all providers that have an apis.yaml. The library is
// asked for the scenarios that they name.
//
// What is not understood is an error; each names file, line and column, and
// all of them come at once, joined.
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

// Modes returns which events a mode of a provider's subscriptions stands for:
// patterns of event types relative to the provider, in the manner of path.Match,
// and of neutral events.
func (s *Operations) Modes(provider, mode string) (types []string, ok bool) {
	types, ok = s.modes[provider][mode]
	return slices.Clone(types), ok
}

// Find returns the calls of a provider by name.
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
		return nil, fmt.Errorf("find call: %s has no call %q; %s", provider, name, document.OneOf(name, slices.Compact(names)))
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

// route decides which route a call is about: what the call itself says, else
// where it was mounted, else the usual one.
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
