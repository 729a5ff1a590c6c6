// Package acceptance reads files of accepted findings, each with a reason and, optionally,
// a last day. docs/grading.md describes the file.
package acceptance

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A List is the list of entries of a file. A nil List is empty.
type List struct {
	file    *document.File
	entries []*entry
}

// An entry accepts the findings of a probe at a location, or at any if that is empty.
type entry struct {
	Probe    document.Located[string] `key:"probe,required"`
	Location string                   `key:"location,nonempty"`
	Reason   string                   `key:"reason,required" pattern:"\\S" want:"a reason"`
	Until    document.Located[string] `key:"until,nonempty"`
	used     bool
}

// Read reads a file. names are the names and IDs of all probes.
func Read(name string, source []byte, names []string) (*List, error) {
	file, err := document.ReadYAML(name, source)
	if err != nil {
		return nil, err
	}
	if file.Root.Kind != document.Array {
		return nil, file.Errorf(&file.Root, "expected a list of entries with probe, location, reason and until, found %s", file.Root.Describe())
	}
	l, d := &List{file: file}, document.NewDecoder(file)
	d.Decode(&file.Root, &l.entries)
	for _, e := range l.entries {
		e.check(d, names)
	}
	return l, d.Err()
}

func (e *entry) check(d *document.Decoder, names []string) {
	known := func(name string) bool { return strings.EqualFold(name, e.Probe.Value) }
	if e.Probe.Value != "" && !slices.ContainsFunc(names, known) {
		d.Errorf(e.Probe.Node, "unknown probe %s; %s", document.Quote(e.Probe.Value), document.OneOf(e.Probe.Value, names))
	}
	if _, err := time.Parse(time.DateOnly, e.Until.Value); e.Until.Value != "" && err != nil {
		d.Errorf(e.Until.Node, "expected a date (YYYY-MM-DD), found %s", document.Quote(e.Until.Value))
	}
}

// Match returns the acceptance of a finding, given the ID and the name of its probe; nil
// if the finding isn't accepted. It prefers an acceptance that hasn't expired.
func (l *List) Match(id, name, location string, now time.Time) *webhook.Acceptance {
	if l == nil {
		return nil
	}
	var found *webhook.Acceptance
	for _, e := range l.entries {
		if !e.accepts(id, name, location) {
			continue
		}
		e.used = true
		one := webhook.Acceptance{Reason: e.Reason, Until: e.Until.Value}
		one.Expired = one.Until != "" && now.UTC().Format(time.DateOnly) > one.Until
		if found == nil || found.Expired && !one.Expired {
			found = &one
		}
	}
	return found
}

func (e *entry) accepts(id, name, location string) bool {
	return (strings.EqualFold(e.Probe.Value, id) || strings.EqualFold(e.Probe.Value, name)) && (e.Location == "" || e.Location == location)
}

// Unused returns a warning, with file and line, for each entry that matched no finding of
// a run. It omits entries that the run couldn't match: the probe didn't run or was
// inconclusive, or the location belongs to another route.
func (l *List) Unused(route string, results []webhook.Result) []string {
	if l == nil {
		return nil
	}
	var all []string
	for _, e := range l.entries {
		at := func(r webhook.Result) bool {
			return r.Outcome != webhook.OutcomeInconclusive && (strings.EqualFold(r.ID, e.Probe.Value) || strings.EqualFold(r.Name, e.Probe.Value))
		}
		here := e.Location == "" || e.Location == route || strings.HasPrefix(e.Location, route+Separator)
		if e.used || !here || !slices.ContainsFunc(results, at) {
			continue
		}
		line, _ := document.Position(l.file.Source, e.Probe.Node.Start)
		all = append(all, fmt.Sprintf("warning: %s:%d: no finding matches (probe %s, location %s); remove the entry, or copy the location from the report",
			l.file.Name, line, e.Probe.Value, cmp.Or(e.Location, "any")))
	}
	return all
}

// Separator separates the parts of a location.
const Separator = " > "
