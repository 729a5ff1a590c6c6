package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/request"
)

// contractTerms are the keys of a contract in the order in which a page tells them.
func contractTerms() []string {
	return []string{
		"method", "content_type", "json_fields", "url_variables", "headers", "success", "time_allowed", "empty_body", "retry", "ordering", "slow_ack",
		"duplicates", "devices", "batching", "signature", "bearer", "handshake",
	}
}

// term is what the contract of a route says under a key.
func (p providerPage) term(key string, r *schemas.Route) datum {
	if own := at(p.data, "contract", "routes", lastWord(r), key); own.node != nil {
		return own
	}
	if key == "content_type" && r.Contract.Method == request.MethodGet {
		return datum{} // the common one is that of routes with a body
	}
	return at(p.data, "contract", key)
}

// contract tells how the provider delivers, and what it expects of an answer.
func (p providerPage) contract() string {
	fallback := at(p.data, "contract").source
	var rows [][]string
	var unknown []string
	for _, f := range factsOf(contractTerms(), p.Routes, func(key string, r *schemas.Route) (string, string) {
		d := p.term(key, r)
		return inLines(spelled(d.node), d.note()), d.source
	}) {
		term := strings.ReplaceAll(f.key, "_", " ")
		switch {
		case f.text != "":
			rows = append(rows, []string{term, f.text, p.among(f.routes), f.saidBy(fallback)})
		case len(f.routes) == len(p.Routes):
			unknown = append(unknown, term)
		default:
			rows = append(rows, []string{term, "not known", p.among(f.routes), ""})
		}
	}
	text := "## Deliveries and answers\n\nHow webhooks come, and what is expected of an answer; [the keys](../data.md#provideryaml). " + usually(fallback) + "\n\n" +
		mdTable([]string{"term", "is", "routes", "source"}, rows)
	if unknown != nil {
		text += fmt.Sprintf("Nothing is known of: %s.\n\n", strings.Join(unknown, ", "))
	}
	return text + notes(p.contractNotes())
}

// contractNotes are the remarks about the whole contract, and about that of a route.
func (p providerPage) contractNotes() []string {
	var all []string
	if note := at(p.data, "contract").note(); note != "" {
		all = append(all, note)
	}
	for _, f := range factsOf([]string{""}, p.Routes, func(_ string, r *schemas.Route) (string, string) {
		if d := at(p.data, "contract", "routes", lastWord(r)); d.node != nil {
			return d.note(), ""
		}
		return "", ""
	}) {
		if f.text != "" {
			all = append(all, strings.TrimPrefix(p.among(f.routes)+": "+f.text, ": "))
		}
	}
	return all
}

// subscriptions tells which URLs can be set, by which words they ask for events,
// and what comes without being asked for.
func (p providerPage) subscriptions() string {
	var tables strings.Builder
	for _, f := range factsOf([]string{"endpoints"}, p.Routes, func(_ string, r *schemas.Route) (string, string) { return p.endpoints(r), "" }) {
		tables.WriteString(f.text)
	}
	var rows [][]string
	for _, f := range factsOf([]string{"not_required"}, p.Routes, func(key string, r *schemas.Route) (string, string) {
		d := p.term("subscription", r)
		return inLines(spelled(d.node.Get(key)), d.note()), d.source
	}) {
		if f.text != "" {
			rows = append(rows, []string{f.text, p.among(f.routes), f.saidBy("")})
		}
	}
	text := tables.String() + mdTable([]string{"sent without a subscription", "routes", "source"}, rows) + p.modes()
	if text == "" {
		return ""
	}
	return "## Subscriptions\n\n" + text
}

// endpoints is a table of the kinds of URL that a consumer may name.
func (p providerPage) endpoints(r *schemas.Route) string {
	list := p.term("endpoints", r)
	var rows [][]string
	for i := range list.node.Elements() {
		d := at(list.node, strconv.Itoa(i))
		limit := "not known"
		if n := d.node.Get("limit"); n != nil {
			limit = n.Text
		}
		source := d.source
		if source == "" {
			source = list.source
		}
		rows = append(rows, []string{code(d.node.Get("kind").Text), limit, spelled(d.node.Get("modes")), d.note(), source})
	}
	return mdTable([]string{"URLs for", "at most", "modes", "note", "source"}, rows)
}

// modes is a table of the words of subscriptions.
func (p providerPage) modes() string {
	if p.calls == nil || p.calls.Get("modes") == nil {
		return ""
	}
	modes := at(p.calls, "modes")
	var rows [][]string
	for _, key := range entries(modes.node) {
		n := modes.node.Get(key)
		text := spelled(n)
		if n.Kind == document.Array && len(n.Items) == 0 {
			text = "none"
		}
		rows = append(rows, []string{code(key), text})
	}
	return "The words of subscriptions are from " + strings.TrimSuffix(modes.source, ".") + ".\n\n" + mdTable([]string{"mode", "events"}, rows)
}

// neverSent lists what the schemas allow and nobody is known to send.
func (p providerPage) neverSent() string {
	list := at(p.data, "coverage_exclusions")
	var rows [][]string
	for i := range list.node.Elements() {
		d := at(p.data, "coverage_exclusions", strconv.Itoa(i))
		marks := d.node.Get("points")
		for _, event := range entries(marks) {
			var lines []string
			for _, mark := range marks.Get(event).Items {
				lines = append(lines, code(mark.Text))
			}
			rows = append(rows, []string{code(event), inLines(lines...), prose(d.node.Get("note").Text), d.source})
		}
	}
	if rows == nil {
		return ""
	}
	return "## Never sent\n\nWhat the schemas allow, but the provider is not known to send ([coverage](../coverage.md)).\n\n" +
		mdTable([]string{"event", "mark", "why", "source"}, rows)
}
