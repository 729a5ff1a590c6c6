package schemas

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/suggest"
	"github.com/ringback-dev/ringback/webhook"
)

// A recognition is what recognising a body with one item came to: types to
// judge it against, or the verdict's one finding.
type recognition struct {
	// step is the step of recognition that decided.
	step  int
	types []*EventType
	// level is set where no type is left; provider, finding and at, the place of
	// the finding, where there was a near miss.
	level    webhook.Level
	provider string
	finding  webhook.Finding
	at       []string
	// candidates are the types that it could be, were the finding mended.
	candidates []*EventType
}

// The steps of recognition, the surest first.
const (
	stepMarks = iota
	stepNear
	stepKeys
	stepNone
)

// enoughKeys is the share of a type's required keys by which a body without
// marks is still taken for it.
const enoughKeys = 0.6

// recognise tells which types a body with one item may be of. The order of its
// steps is described in docs/recognition.md.
func recognize(types []*EventType, body *document.Node) recognition {
	matched := byMarks(types, body)
	marks := 0 // a near miss counts only with more marks than what matches
	if len(matched) > 0 {
		marks = len(matched[0].outline.marks)
	}
	near := nearMisses(types, body, marks)
	if len(matched) > 0 && !outranked(matched, near, body) {
		return recognition{step: stepMarks, types: matched}
	}
	if len(near) > 0 {
		return missed(near, body)
	}
	if flat := byKeys(types, body); len(flat) > 0 {
		return recognition{step: stepKeys, types: flat}
	}
	return recognition{step: stepNone, level: webhook.LevelUnknown}
}

// unrecognised says that an item looks like nothing known.
func unrecognised(item *document.Node, telling map[string]bool) webhook.Finding {
	return webhook.Finding{
		Level: webhook.LevelUnknown, Rule: webhook.RuleUnrecognized,
		Found: describeBody(item, telling), Expected: "a webhook of a known provider",
		Hint: "say what it is with --event, or add its provider with --schemas",
	}
}

// byMarks returns the types whose marks all match: of those the ones with most
// marks, and of those the ones with the highest share of required keys.
func byMarks(types []*EventType, body *document.Node) []*EventType {
	var matched []*EventType
	for _, t := range types {
		if len(t.outline.marks) > 0 && !slices.ContainsFunc(t.outline.marks, func(m discriminator) bool { return !m.holds(body) }) {
			matched = append(matched, t)
		}
	}
	matched = best(matched, func(t *EventType) float64 { return float64(len(t.outline.marks)) })
	return best(matched, func(t *EventType) float64 { return t.outline.share(body) })
}

// byKeys returns the types without marks that a body has enough keys of.
func byKeys(types []*EventType, body *document.Node) []*EventType {
	var flat []*EventType
	for _, t := range types {
		if len(t.outline.marks) == 0 && t.outline.share(body) >= enoughKeys {
			flat = append(flat, t)
		}
	}
	return best(flat, func(t *EventType) float64 { return t.outline.share(body) })
}

// best keeps the types with the highest score, in their order.
func best(types []*EventType, score func(*EventType) float64) []*EventType {
	var kept []*EventType
	top := 0.0
	for _, t := range types {
		switch s := score(t); {
		case s > top || kept == nil:
			kept, top = []*EventType{t}, s
		case s == top:
			kept = append(kept, t)
		}
	}
	return kept
}

// A nearMiss is a type whose marks all match but the deepest.
type nearMiss struct {
	eventType *EventType
	deepest   discriminator
	// found is what stands at the deepest mark; nil if nothing does.
	found *document.Node
}

// nearMisses returns the best group of near misses: one provider, one place.
// A type with a single mark has no other that could match; the body must then
// have enough of its required keys. Only types with more than marks are looked at.
func nearMisses(types []*EventType, body *document.Node, marks int) []nearMiss {
	var misses []nearMiss
	for _, t := range types {
		last := len(t.outline.marks) - 1
		if last < marks || slices.ContainsFunc(t.outline.marks[:last], func(m discriminator) bool { return !m.holds(body) }) {
			continue
		}
		deepest := t.outline.marks[last]
		if deepest.holds(body) || last == 0 && t.outline.share(body) < enoughKeys {
			continue
		}
		misses = append(misses, nearMiss{t, deepest, body.At(deepest.path)})
	}
	if len(misses) == 0 {
		return nil
	}
	top := slices.MaxFunc(misses, func(a, b nearMiss) int {
		if n := len(a.eventType.outline.marks) - len(b.eventType.outline.marks); n != 0 {
			return n
		}
		switch x, y := a.eventType.outline.share(body), b.eventType.outline.share(body); {
		case x > y:
			return 1
		case x < y:
			return -1
		}
		return strings.Compare(b.eventType.Provider.Name, a.eventType.Provider.Name)
	})
	return slices.DeleteFunc(misses, func(m nearMiss) bool {
		return m.eventType.Provider != top.eventType.Provider || m.deepest.pointer() != top.deepest.pointer()
	})
}

// outranked reports whether a body that fits types of few marks is rather one
// of a kind with more marks: its deepest mark holds a text that none of the
// types knows there; or nothing that is a text, and the body has more of that
// kind's required keys than of theirs.
func outranked(matched []*EventType, near []nearMiss, body *document.Node) bool {
	if len(near) == 0 {
		return false
	}
	place, found := near[0].deepest.pointer(), near[0].found
	if near[0].eventType.Provider != matched[0].Provider {
		return false
	}
	if found == nil || found.Kind != document.String {
		best := func(types []*EventType) float64 {
			return slices.MaxFunc(types, func(a, b *EventType) int { return cmp.Compare(a.outline.share(body), b.outline.share(body)) }).outline.share(body)
		}
		return best(matched) < 1 && best(typesOf(near)) > best(matched)
	}
	return !slices.ContainsFunc(matched, func(t *EventType) bool {
		return slices.ContainsFunc(t.outline.words[place], func(w document.Node) bool { return w.Equal(found) })
	})
}

func typesOf(near []nearMiss) []*EventType {
	types := make([]*EventType, len(near))
	for i, n := range near {
		types[i] = n.eventType
	}
	return types
}

// likeliest returns the type whose word at the place is nearest to what was
// found there, or the first.
func likeliest(near []nearMiss, found *document.Node) *EventType {
	if found != nil {
		for _, n := range near {
			if suggest.Word(found.Text, wordsOf(n.deepest.values)) != "" {
				return n.eventType
			}
		}
	}
	return near[0].eventType
}

// missed words what stands, or is missing, where the near misses differ from the body.
func missed(near []nearMiss, body *document.Node) recognition {
	place, found := near[0].deepest, near[0].found
	r := recognition{step: stepNear, level: webhook.LevelError, provider: near[0].eventType.Provider.Name, at: place.path}
	var known, placeholders []string
	for _, n := range near {
		r.candidates = append(r.candidates, n.eventType)
		placeholders = append(placeholders, n.eventType.root.placeholders...)
		for _, v := range n.eventType.outline.words[place.pointer()] {
			if v.Kind == document.String && !slices.Contains(known, v.Text) {
				known = append(known, v.Text)
			}
		}
	}
	slices.Sort(known)
	r.finding = webhook.Finding{
		Level: webhook.LevelError, Rule: webhook.RuleDiscriminator, Found: "nothing", Expected: oneOfWords(known),
		Document: likeliest(near, found).Document(),
	}
	switch {
	case found == nil:
		if _, depth := body.Nearest(place.path); depth < len(place.path)-1 {
			r.finding.Hint = "the key " + document.Quote(place.path[depth]) + " is missing"
			if _, isIndex := document.Index(place.path[depth]); isIndex {
				r.finding.Hint = "there is no element at " + document.Pointer(place.path[:depth]...)
			}
		}
	case found.Kind != document.String:
		r.finding.Found = describe(found)
	case isPlaceholder(found.Text, placeholders):
		r.finding.Rule, r.finding.Found = webhook.RulePlaceholder, describe(found)
		r.finding.Hint = "this is the document's notation, not a value"
	default:
		r.level, r.candidates = webhook.LevelUnknown, nil
		r.finding.Level, r.finding.Rule, r.finding.Found = webhook.LevelUnknown, webhook.RuleUnrecognized, describe(found)
		r.finding.Hint = suggest.Hint(found.Text, known)
	}
	return r
}
