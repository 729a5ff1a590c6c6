// Package acceptance reads the findings that somebody knows and accepts, each with a
// reason and, where it isn't forever, the last day: docs/grading.md describes the file.
package acceptance

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A List is the entries of one file. A nil List has none.
type List struct {
	file    *document.File
	entries []*entry
}

// An entry accepts the findings of a probe at a location, or at all if it names none.
type entry struct {
	webhook.Acceptance
	probe, location string
	node            *document.Node
	used            bool
}

// Read reads a file. The names are those of the probes that there are, each with its id.
func Read(name string, source []byte, names []string) (*List, error) {
	file, err := document.ReadYAML(name, source)
	if err != nil {
		return nil, err
	}
	if file.Root.Kind != document.Array {
		return nil, file.Errorf(&file.Root, "expected a list of entries with probe, location, reason and until, found %s", file.Root.Describe())
	}
	r := &reader{file: file, names: names}
	l := &List{file: file}
	for i := range file.Root.Items {
		l.entries = append(l.entries, r.entry(&file.Root.Items[i]))
	}
	return l, errors.Join(r.problems...)
}

// A reader gathers what is wrong with a file.
type reader struct {
	file     *document.File
	names    []string
	problems []error
}

func (r *reader) entry(n *document.Node) *entry {
	if err := r.file.Known(n, "probe", "location", "reason", "until"); err != nil {
		r.problems = append(r.problems, err)
	}
	e := &entry{node: n, probe: r.text(n, "probe", true), location: r.text(n, "location", false)}
	e.Reason, e.Until = r.text(n, "reason", true), r.text(n, "until", false)
	known := func(name string) bool { return strings.EqualFold(name, e.probe) }
	if e.probe != "" && !slices.ContainsFunc(r.names, known) {
		r.fail(n.Get("probe"), "unknown probe %s; %s", document.Quote(e.probe), document.OneOf(e.probe, r.names))
	}
	if _, err := time.Parse(time.DateOnly, e.Until); e.Until != "" && err != nil {
		r.fail(n.Get("until"), "expected a date (YYYY-MM-DD), found %s", document.Quote(e.Until))
	}
	return e
}

func (r *reader) text(n *document.Node, key string, required bool) string {
	v := n.Get(key)
	switch {
	case n.Kind != document.Object:
		return ""
	case v == nil && required:
		r.fail(n, "key %q is missing", key)
	case v == nil:
	case v.Kind != document.String || strings.TrimSpace(v.Text) == "":
		r.fail(v, "expected a text for %s, found %s", key, v.Describe())
	default:
		return v.Text
	}
	return ""
}

func (r *reader) fail(n *document.Node, format string, args ...any) {
	r.problems = append(r.problems, r.file.Errorf(n, format, args...))
}

// Match is the acceptance of a finding, given the id and the name of its probe; nil if
// nobody has accepted it. One that hasn't expired goes before one that has.
func (l *List) Match(id, name, location string, now time.Time) *webhook.Acceptance {
	if l == nil {
		return nil
	}
	var found *webhook.Acceptance
	for _, e := range l.entries {
		if !strings.EqualFold(e.probe, id) && !strings.EqualFold(e.probe, name) || e.location != "" && e.location != location {
			continue
		}
		e.used = true
		one := e.Acceptance
		one.Expired = one.Until != "" && now.UTC().Format(time.DateOnly) > one.Until
		if found == nil || found.Expired && !one.Expired {
			found = &one
		}
	}
	return found
}

// Unused says which entries matched no finding of a run, and where they stand. What a
// run of this route couldn't have found is left out: the probe was not run, could not
// tell, or the location is another route's.
func (l *List) Unused(route string, results []webhook.Result) []string {
	if l == nil {
		return nil
	}
	var all []string
	for _, e := range l.entries {
		at := func(r webhook.Result) bool {
			return r.Outcome != webhook.Undecided && (strings.EqualFold(r.ID, e.probe) || strings.EqualFold(r.Name, e.probe))
		}
		here := e.location == "" || e.location == route || strings.HasPrefix(e.location, route+Separator)
		if e.used || !here || !slices.ContainsFunc(results, at) {
			continue
		}
		line, _ := document.Position(l.file.Source, e.node.Start)
		all = append(all, fmt.Sprintf("warning: %s:%d: no finding matches (probe %s, location %s); remove the entry, or copy the location from the report",
			l.file.Name, line, e.probe, cmp.Or(e.location, "any")))
	}
	return all
}

// Separator stands between the parts of a location.
const Separator = " > "
