package main

import (
	"path"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

const assumed = "*assumed*"

// A datum is what a data file says at a place; its node is nil if it says
// nothing there.
type datum struct {
	node *document.Node
	// source is the document and heading, or [assumed].
	source string
}

// at follows keys into a file. What stands there has the source of the innermost
// mapping around it that names one.
func at(root *document.Node, keys ...string) datum {
	d := datum{root, originOfNode(root, "")}
	for _, key := range keys {
		below := d.node.At([]string{key})
		if below == nil {
			return datum{}
		}
		d = datum{below, originOfNode(below, d.source)}
	}
	return d
}

// originOfNode is the source that holds in a node, by that of what is around it.
func originOfNode(n *document.Node, around string) string {
	switch {
	case n.Get("assumed") != nil:
		return assumed
	case n.Get("source") != nil:
		return prose(n.Get("source").Text)
	}
	return around
}

// note is the sentence that the data says of the mapping.
func (d datum) note() string {
	if note := d.node.Get("note"); note != nil {
		return prose(note.Text)
	}
	return ""
}

// entries are the keys of a mapping but those that say something about it.
func entries(n *document.Node) []string {
	if n == nil {
		return nil
	}
	return slices.DeleteFunc(n.Keys(), func(key string) bool { return key == "source" || key == "assumed" || key == "note" })
}

// spelled words a value: `10s`; attempts `3`, delays `10s`, `100s`.
func spelled(n *document.Node) string {
	switch {
	case n == nil:
		return ""
	case n.Kind == document.Bool:
		return map[string]string{"true": "yes", "false": "no"}[n.Text]
	case n.Kind == document.Array:
		var items []string
		for i := range n.Items {
			items = append(items, spelled(&n.Items[i]))
		}
		return strings.Join(items, ", ")
	case n.Kind != document.Object:
		return code(n.Text)
	}
	var parts []string
	for _, key := range entries(n) {
		text := spelled(n.Get(key))
		if n.Get(key).Kind == document.Object {
			text = "(" + text + ")"
		}
		parts = append(parts, strings.ReplaceAll(key, "_", " ")+" "+text)
	}
	return strings.Join(parts, ", ")
}

// lastWord is what tells a route from the others of its provider.
func lastWord(r *schemas.Route) string { return path.Base(r.Name) }

// A fact is what is said under a key, of which routes, and by whom.
type fact struct {
	key, text string
	routes    []*schemas.Route
	sources   []string
}

// saidBy names the sources, but if it is only default.
func (f fact) saidBy(fallback string) string {
	if slices.Equal(f.sources, []string{fallback}) {
		return ""
	}
	return inLines(f.sources...)
}

// factsOf asks for what is said under each key of each route. What is said of
// several routes alike is one fact, unless it is assumed of some only.
func factsOf(keys []string, routes []*schemas.Route, find func(key string, r *schemas.Route) (text, source string)) []fact {
	var all []fact
	for _, key := range keys {
		for _, r := range routes {
			text, source := find(key, r)
			i := slices.IndexFunc(all, func(f fact) bool {
				return f.key == key && f.text == text && (f.sources[0] == assumed) == (source == assumed)
			})
			if i < 0 {
				i = len(all)
				all = append(all, fact{key: key, text: text, sources: []string{source}})
			}
			all[i].routes = append(all[i].routes, r)
			if !slices.Contains(all[i].sources, source) {
				all[i].sources = append(all[i].sources, source)
			}
		}
	}
	return all
}

// families writes neutral words shortly: `message.{sent,read}`, and `call.*` for
// all of a family.
func families(words []string) string {
	var shown []string
	for words := words; len(words) > 0; {
		family := canonical.Family(words[0])
		of := func(word string) bool { return canonical.Family(word) == family }
		var own []string
		for _, word := range words {
			if of(word) {
				own = append(own, strings.TrimPrefix(word, family+"."))
			}
		}
		words = slices.DeleteFunc(slices.Clone(words), of)
		all := slices.DeleteFunc(canonical.Events(), func(word string) bool { return !of(word) })
		switch {
		case len(own) == 1:
			shown = append(shown, code(family+"."+own[0]))
		case len(own) == len(all):
			shown = append(shown, code(family+".*"))
		default:
			shown = append(shown, code(family+".{"+strings.Join(own, ",")+"}"))
		}
	}
	return strings.Join(shown, ", ")
}
