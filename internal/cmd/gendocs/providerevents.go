package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// events tells what comes by each route.
func (p providerPage) events() string {
	var text strings.Builder
	fmt.Fprintf(&text, "## Events\n\nThe names of events begin with `%s/`. What an event tells is said in [the words of scenarios](../data.md#provideryaml).\n\n", p.Name)
	for _, r := range p.Routes {
		var rows [][]string
		for _, t := range r.Types() {
			var forms []string
			for _, f := range t.Variants() {
				forms = append(forms, f.Name)
			}
			rows = append(rows, []string{code(p.relative(t)), t.Direction(), inLines(p.told(t, r)...), codes(forms), prose(t.Document())})
		}
		fmt.Fprintf(&text, "### `%s`\n\n%s", r.Name, mdTable([]string{"event", "direction", "tells", "forms", "document"}, rows))
	}
	return text.String() + notes(p.wordNotes())
}

func (p providerPage) relative(t *schemas.EventType) string {
	return strings.TrimPrefix(t.Name, p.Name+"/")
}

// told are the neutral words that an event type tells on a route, and where its
// body says which.
func (p providerPage) told(t *schemas.EventType, r *schemas.Route) []string {
	var lines []string
	for _, word := range canonical.Events() {
		ways, _ := r.Mappings(word)
		for _, way := range ways {
			if way.Type != t {
				continue
			}
			var places []string
			for _, place := range way.Where {
				places = append(places, fmt.Sprintf("`%s` is `%s`", place.Pointer, strings.Trim(place.JSON, `"`)))
			}
			line := code(word)
			if places != nil {
				line += " if " + strings.Join(places, " and ")
			}
			if p.entry("events", word, r).source == assumed {
				line += " (" + assumed + ")"
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// wordNotes are the remarks about the neutral words.
func (p providerPage) wordNotes() []string {
	var all []string
	if note := at(p.data, "events").note(); note != "" {
		all = append(all, note)
	}
	for _, word := range canonical.Events() {
		if note := at(p.data, "events", word).note(); note != "" {
			all = append(all, code(word)+": "+note)
		}
	}
	return all
}

// undocumented is the reason of a word that the data does not name.
const undocumented = "its documentation has no such event"

// untold tells which neutral words a route has no event for, and why.
func (p providerPage) untold() string {
	var reasons []string
	words := func(why string, r *schemas.Route) (text, source string) {
		var all []string
		for _, word := range canonical.Events() {
			if said, from := p.none(word, r); said == why {
				all, source = append(all, word), from
			}
		}
		return families(all), source
	}
	for _, r := range p.Routes {
		for _, word := range canonical.Events() {
			if why, _ := p.none(word, r); why != "" && why != undocumented && !slices.Contains(reasons, why) {
				reasons = append(reasons, why)
			}
		}
	}
	var rows [][]string
	for _, f := range factsOf(append(reasons, undocumented), p.Routes, words) {
		if f.text != "" {
			rows = append(rows, []string{prose(f.key), f.text, p.among(f.routes), f.saidBy("")})
		}
	}
	return "## What it cannot tell\n\nWords of scenarios for which there is no event; a scenario skips them.\n\n" +
		mdTable([]string{"why", "words", "routes", "source"}, rows)
}

// none is why a route has no event for a neutral word, and who says so; it is
// empty if it has one.
func (p providerPage) none(word string, r *schemas.Route) (why, source string) {
	ways, why := r.Mappings(word)
	d := p.entry("events", word, r)
	switch {
	case ways != nil:
		return "", ""
	case d.node.Get("unsupported") == nil:
		return undocumented, ""
	}
	return why, d.source
}

// errors tells for which reasons messages fail, in the provider's words.
func (p providerPage) errors() string {
	fallback := at(p.data, "errors").source
	var text strings.Builder
	for _, r := range p.Routes {
		var rows [][]string
		var links []string
		for _, reason := range r.Reasons() {
			d := p.entry("errors", reason.Name, r)
			rows = append(rows, []string{
				code(reason.Name), reason.Code, code(reason.Status), inLines(prose(reason.Title), prose(reason.Text), d.note()),
				strings.Join(reason.Stages, ", "), unless(fallback, d.source),
			})
			if reason.Href != "" && !slices.Contains(links, reason.Href) {
				links = append(links, reason.Href)
			}
		}
		if rows == nil {
			continue
		}
		fmt.Fprintf(&text, "### Errors of `%s`\n\n%s", r.Name, mdTable([]string{"reason", "code", "status", "text", "stage", "source"}, rows))
		if links != nil {
			text.WriteString("As `href` comes " + codes(links) + ".\n\n")
		}
	}
	if text.Len() == 0 {
		return ""
	}
	return "## Errors\n\nWhy a message fails: the neutral reason of scenarios, and the provider's words for it. `sync` fails at once, `async` later.\n" +
		usually(fallback) + "\n\n" + text.String() + notes(p.notesOf("errors"))
}
