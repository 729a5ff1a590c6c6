package fault

import (
	"cmp"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func nullValue(p *target) ([]edit, string) {
	pointer, n := p.choose(func(n *document.Node) bool { return n.Kind != document.Null })
	if n == nil {
		return nil, ""
	}
	return []edit{{n.Start, n.End, "null"}}, pointer
}

func numberAsString(p *target) ([]edit, string) {
	pointer, n := p.choose(func(n *document.Node) bool { return n.Kind == document.Number })
	if n == nil {
		return nil, ""
	}
	return []edit{{n.Start, n.Start, `"`}, {n.End, n.End, `"`}}, pointer
}

func unknownEvent(p *target) ([]edit, string) {
	pointer := cmp.Or(p.fault.field, p.layout.Kind)
	name := p.at(pointer)
	if name == nil || name.Kind != document.String {
		return nil, ""
	}
	word := p.unlisted(name.Text)
	return extend(name, word), pointer + " " + document.Shorten(name.Text, 40) + word
}

func unlistedValue(p *target) ([]edit, string) {
	pointer, n := p.inTurn(p.layout.Known, func(n *document.Node) bool {
		return n.Kind == document.String || isInteger(n)
	})
	switch {
	case n == nil:
		return nil, ""
	case n.Kind == document.String:
		return extend(n, p.unlisted(n.Text)), pointer
	}
	return []edit{{n.Start, n.End, strings.TrimPrefix(n.Text, "0") + "977"}}, pointer
}

func isInteger(n *document.Node) bool {
	digits := strings.TrimPrefix(n.Text, "-")
	return n.Kind == document.Number && (digits != "0" || n.Text == "0") && strings.Trim(digits, "0123456789") == ""
}

// unlisted returns a suffix that makes a documented text an undocumented one that a provider
// might add: "message-event" becomes "message-event-v2".
func (p *target) unlisted(word string) string {
	separator := "_"
	if i := strings.LastIndexAny(word, "-_.: "); i >= 0 {
		separator = word[i : i+1]
	}
	endings := []string{"v2", "v3", "beta", "extended"}
	ending := separator + endings[p.source.IntN(len(endings))]
	if word == strings.ToUpper(word) && word != strings.ToLower(word) {
		return strings.ToUpper(ending)
	}
	return ending
}

// extend inserts text before the closing quote of a string.
func extend(n *document.Node, letters string) []edit {
	return []edit{{n.End - 1, n.End - 1, letters}}
}

// unknownField adds a key after the last one of an object.
func unknownField(p *target) ([]edit, string) {
	pointer, object := p.host()
	if object == nil || object.Kind != document.Object {
		return nil, ""
	}
	key := "unknown_field"
	for object.Get(key) != nil {
		key += "_too"
	}
	text, at := `"`+key+`":"unknown"`, object.Start+1
	if last := len(object.Members) - 1; last >= 0 {
		text, at = ","+text, object.Members[last].Value.End
	}
	return []edit{{at, at, text}}, pointer + document.Pointer(key)
}

// host returns the object for an unknown field.
func (p *target) host() (string, *document.Node) {
	switch {
	case p.fault.field != "":
		return p.fault.field, p.at(p.fault.field)
	case p.root.Kind != document.Array:
		return "", p.root
	case len(p.layout.Items) > 0 && p.at(p.layout.Items[0]) != nil:
		return p.layout.Items[0], p.at(p.layout.Items[0])
	}
	return "/0", p.at("/0")
}

// missingField removes a key with all its duplicates, and their commas.
func missingField(p *target) ([]edit, string) {
	pointer, n := p.inTurn(p.layout.Optional, func(*document.Node) bool { return true })
	if n == nil {
		return nil, ""
	}
	tokens := document.Tokens(pointer)
	key := tokens[len(tokens)-1]
	around := p.root.At(tokens[:len(tokens)-1])
	if around.Kind == document.Array {
		index, _ := document.Index(key)
		return removals(len(around.Items), func(i int) (bool, span) {
			return i == index, span{around.Items[i].Start, around.Items[i].End}
		}), pointer
	}
	return removals(len(around.Members), func(i int) (bool, span) {
		m := &around.Members[i]
		return m.Key == key, span{m.KeyStart, m.Value.End}
	}), pointer
}

// A span is the range of a member or an element, without commas.
type span struct{ start, end int }

// removals removes some of n members or elements, each with the comma after it; after the last
// one that stays, with the comma before it.
func removals(n int, at func(i int) (gone bool, where span)) []edit {
	staying := -1
	for i := range n {
		if gone, _ := at(i); !gone {
			staying = i
		}
	}
	var edits []edit
	for i := range n {
		gone, where := at(i)
		if !gone {
			continue
		}
		if i < staying {
			_, next := at(i + 1)
			where.end = next.start
		} else if i > 0 {
			_, previous := at(i - 1)
			where.start = previous.end
		}
		edits = append(edits, edit{where.start, where.end, ""})
	}
	return edits
}
