package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A providerPage is what a page about a provider is made of.
type providerPage struct {
	*schemas.Provider
	// data is provider.yaml and calls apis.yaml, which may be nil.
	data, calls *document.Node
}

// providerPages returns a page for each provider, and one that lists them.
func providerPages() ([]page, error) {
	catalog, err := shipped.Catalog()
	if err != nil {
		return nil, err
	}
	var all []providerPage
	var pages []page
	for _, p := range catalog.Providers {
		one, err := readProvider(p)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
		pages = append(pages, whole("docs/providers/"+p.Name+".md", one.text))
	}
	return append(pages, whole("docs/providers/README.md", func() string { return providersIndex(all) })), nil
}

// readProvider reads the data of a provider. A key of its contract that the page leaves out is an error.
func readProvider(p *schemas.Provider) (providerPage, error) {
	name := "schemas/" + p.Name + "/provider.yaml"
	source, err := os.ReadFile(name)
	if err != nil {
		return providerPage{}, err
	}
	file, err := document.ReadYAML(name, source)
	if err != nil {
		return providerPage{}, err
	}
	one := providerPage{Provider: p, data: &file.Root}
	if apis, _ := p.APIs(); apis != nil {
		one.calls = &apis.Root
	}
	contract := one.data.Get("contract")
	keys := entries(contract)
	for _, r := range p.Routes {
		keys = append(keys, entries(contract.Get("routes").Get(lastWord(r)))...)
	}
	shown := append(contractTerms(), "endpoints", "subscription", "routes")
	for _, key := range keys {
		if !slices.Contains(shown, key) {
			return providerPage{}, fmt.Errorf("render %s: the page does not show the key %s of the contract", p.Name, key)
		}
	}
	return one, nil
}

func (p providerPage) text() string {
	head := fmt.Sprintf("# %s\n\n%s\n\n"+generated+"\n"+
		"All of it stands as data in [schemas/%s](../../schemas/%s), in the words of [the data format](../data.md). What no document says and nobody\n"+
		"has seen is *assumed*. `ringback provider show %s` prints each value with its source, `ringback catalog show EVENT` the fields of an event.\n\n",
		p.Title, prose(p.Description), p.Name, p.Name, p.Name)
	var rows [][]string
	for _, r := range p.Routes {
		fallback := ""
		if r.Name == p.DefaultRoute && len(p.Routes) > 1 {
			fallback = "yes"
		}
		rows = append(rows, []string{code(r.Name), r.Channel, fmt.Sprint(len(r.Types())), fallback, at(p.data, "routes", r.Name).note()})
	}
	head += mdTable([]string{"route", "channel", "event types", "default", "note"}, rows)
	sections := []string{
		head, p.contract(), p.subscriptions(), p.events(), p.untold(), p.errors(), p.callsOfConsumers(),
		p.entriesOf("ids", "Ids", "How ids are spelled, and texts that are made of values; the notation is that of [templates](../data.md#values).", "id", "is"),
		p.entriesOf("timing", "Times", "When an event follows another. `message.submitted` is the moment of the call.", "event", "comes"),
		p.neverSent(),
	}
	return strings.TrimSuffix(strings.Join(sections, ""), "\n")
}

// among names some of the routes by their last words.
func (p providerPage) among(routes []*schemas.Route) string {
	if len(routes) == len(p.Routes) {
		if len(routes) == 1 {
			return ""
		}
		return "all"
	}
	var words []string
	for _, r := range routes {
		words = append(words, lastWord(r))
	}
	return codes(words)
}

// entry is what a section says under a key of a route; many keys say it of all.
func (p providerPage) entry(section, key string, r *schemas.Route) datum {
	whole := at(p.data, section, key)
	if slices.ContainsFunc(p.Routes, func(o *schemas.Route) bool { return whole.node.Get(lastWord(o)) != nil }) {
		return at(p.data, section, key, lastWord(r))
	}
	return whole
}

// entriesOf is a section of which each entry is a row.
func (p providerPage) entriesOf(section, title, about string, head ...string) string {
	fallback := at(p.data, section)
	var rows [][]string
	for _, f := range factsOf(entries(fallback.node), p.Routes, func(key string, r *schemas.Route) (string, string) {
		d := p.entry(section, key, r)
		return inLines(spelled(d.node), d.note()), d.source
	}) {
		if f.text != "" {
			rows = append(rows, []string{code(f.key), f.text, p.among(f.routes), f.saidBy(fallback.source)})
		}
	}
	if rows == nil {
		return ""
	}
	return fmt.Sprintf("## %s\n\n%s %s\n\n", title, about, usually(fallback.source)) +
		mdTable(append(head, "routes", "source"), rows) + notes(p.notesOf(section))
}

// usually says where the rows of a table are from that name no source, and
// unless what the others name.
func usually(source string) string {
	if source == assumed {
		return "It is assumed, unless a row names a source."
	}
	return "Unless a row says otherwise it is from " + strings.TrimSuffix(source, ".") + "."
}

func unless(fallback, source string) string {
	if source == fallback {
		return ""
	}
	return source
}

// notes are a list of remarks below a table.
func notes(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return "- " + strings.Join(all, "\n- ") + "\n\n"
}

// notesOf are the remarks about a section, and about its keys where its routes
// have mappings of their own.
func (p providerPage) notesOf(section string) []string {
	whole := at(p.data, section)
	var all []string
	if note := whole.note(); note != "" {
		all = append(all, note)
	}
	for _, key := range entries(whole.node) {
		d := at(p.data, section, key)
		byRoute := slices.ContainsFunc(p.Routes, func(r *schemas.Route) bool { return d.node.Get(lastWord(r)) != nil })
		if note := d.note(); note != "" && byRoute {
			all = append(all, code(key)+": "+note)
		}
	}
	return all
}

// providersIndex is the page that lists the providers and compares their contracts.
func providersIndex(pages []providerPage) string {
	var list, glance [][]string
	for _, p := range pages {
		list = append(list, []string{fmt.Sprintf("[%s](%s.md)", p.Title, p.Name), prose(p.Description), fmt.Sprint(len(p.Routes)), fmt.Sprint(len(p.Types)), fmt.Sprint(len(p.callNames()))})
		for _, r := range p.Routes {
			row := []string{code(r.Name), r.Channel}
			for _, key := range [][]string{{"success"}, {"time_allowed"}, {"retry", "attempts"}, {"ordering"}, {"batching", "max_items"}} {
				row = append(row, p.glance(r, key...))
			}
			row = append(row, p.slanted(r, "signature", r.Contract.Signature.Name()), p.slanted(r, "handshake", r.Contract.Handshake.Kind))
			glance = append(glance, row)
		}
	}
	return "# Providers\n\n" + generated + "\n" +
		"What is known of each provider: what it expects of an answer, what it sends, its errors, and the calls that it answers. The pages are made of\n" +
		"the data in [schemas](../../schemas), whose format [data.md](../data.md) and [apis.md](../apis.md) describe.\n\n" +
		mdTable([]string{"provider", "what it is", "routes", "event types", "calls"}, list) +
		"## The contracts at a glance\n\nWhat is *slanted* is assumed; `-` is not known. Attempts count the first one.\n\n" +
		strings.TrimSuffix(mdTable([]string{"route", "channel", "success", "time allowed", "attempts", "ordering", "items in a body", "signature", "handshake"}, glance), "\n")
}

// glance is a term of a contract in a word.
func (p providerPage) glance(r *schemas.Route, key ...string) string {
	d := p.term(key[0], r)
	if d.node == nil || d.node.At(key[1:]) == nil {
		return "-"
	}
	return p.slanted(r, key[0], strings.ReplaceAll(spelled(d.node.At(key[1:])), "`", ""))
}

// slanted writes a term of a contract in italics if it is assumed.
func (p providerPage) slanted(r *schemas.Route, key, text string) string {
	if p.term(key, r).source == assumed && text != "" {
		return "*" + text + "*"
	}
	return cmp.Or(text, "-")
}
