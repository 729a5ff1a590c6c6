package schemas

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/suggest"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/webhook"
)

// A recognition is the result for a body with one item: types to validate it against, or the
// verdict's one finding.
type recognition struct {
	// step is the step of recognition that decided.
	step  int
	types []*EventType
	// level is set if no type is left; provider, finding and at (the path of the finding) if
	// there was a near miss.
	level    webhook.Level
	provider string
	finding  webhook.Finding
	at       []string
	// candidates are the types that it could be if the finding were fixed.
	candidates []*EventType
}

// The steps of recognition, the surest first.
const (
	stepDiscriminators = iota
	stepNear
	stepKeys
	stepNone
)

// enoughKeys is the share of a type's required keys that a body needs to match a type by keys alone.
const enoughKeys = 0.6

// recognize returns the types that a body with one item may have. docs/recognition.md describes
// the order of its steps.
func (g *group) recognize(body *document.Node, memory *scratch) recognition {
	r, ok := g.match(body, memory)
	if ok {
		return r
	}
	v := g.view(body, memory)
	marks := 0 // a near miss counts only with more discriminators than a match has
	if matched := v.byDiscriminators(); len(matched) > 0 {
		marks = len(matched[0].discriminators)
	}
	near, flat := v.nearMisses(marks), v.byKeys()
	if len(near) > 0 && !v.completes(flat, near[0]) {
		return nearMissRecognition(near, body)
	}
	if len(flat) > 0 {
		return recognition{step: stepKeys, types: typesOf(flat)}
	}
	return recognition{step: stepNone, level: webhook.LevelUnknown}
}

// match returns the types whose discriminators all match a body, if there are any and no near miss
// is closer.
func (g *group) match(body *document.Node, memory *scratch) (recognition, bool) {
	v := g.view(body, memory)
	matched := v.byDiscriminators()
	if len(matched) == 0 || v.outranked(matched, v.nearMisses(len(matched[0].discriminators))) {
		return recognition{}, false
	}
	return recognition{step: stepDiscriminators, types: typesOf(matched)}, true
}

// unrecognized is the finding on an item that matches no known type.
func unrecognized(item *document.Node, telling map[string]bool) webhook.Finding {
	return webhook.Finding{
		Level: webhook.LevelUnknown, Rule: webhook.RuleUnrecognized,
		Found: describeBody(item, telling), Expected: "a webhook of a known provider",
		Hint: "name its type with --type, or add its provider with --schemas",
	}
}

// byDiscriminators returns the types whose discriminators all match: of those the types with the
// most discriminators, and of those the types with the highest share of required keys.
func (v *view) byDiscriminators() []*candidate {
	matched := v.memory.matched[:0]
	most := 1
	for _, i := range v.possible {
		c := &v.group.candidates[i]
		if count := len(c.discriminators); count < most || !v.matchesAll(c, count) {
			continue
		} else if count > most {
			most, matched = count, matched[:0]
		}
		matched = append(matched, c)
	}
	v.memory.matched = matched
	return v.best(matched)
}

// byKeys returns the types without discriminators of whose required keys a body has enough.
func (v *view) byKeys() []*candidate {
	var flat []*candidate
	for i := range v.group.candidates {
		if c := &v.group.candidates[i]; len(c.discriminators) == 0 && v.share(c) >= enoughKeys {
			flat = append(flat, c)
		}
	}
	return v.best(flat)
}

// completes reports whether a body has all required keys of a type without discriminators, while the near
// miss of the same provider lacks its discriminator: a kind that the provider sends without a type.
func (v *view) completes(flat []*candidate, near nearMiss) bool {
	return len(flat) > 0 && near.found == nil && flat[0].eventType.Provider == near.eventType.Provider && v.share(flat[0]) == 1
}

// best keeps the candidates with the highest share of required keys, in their order.
func (v *view) best(all []*candidate) []*candidate {
	if len(all) < 2 {
		return all
	}
	var kept []*candidate
	top := 0.0
	for _, c := range all {
		switch share := v.share(c); {
		case share > top || kept == nil:
			kept, top = []*candidate{c}, share
		case share == top:
			kept = append(kept, c)
		}
	}
	return kept
}

// A nearMiss is a type whose discriminators all match except the deepest.
type nearMiss struct {
	*candidate
	deepest discriminator
	// found is the value at the deepest discriminator; nil if it is absent.
	found *document.Node
}

// nearMisses returns the best group of near misses: of one provider and one path. A type with a
// single discriminator has no other that could match, so the body needs enough of its required
// keys. Only types with more than the given number of discriminators count.
func (v *view) nearMisses(marks int) []nearMiss {
	var misses []nearMiss
	consider := func(c *candidate) {
		last := len(c.discriminators) - 1
		if last < marks || !v.matchesAll(c, last) || v.matches(c, last) || last == 0 && v.share(c) < enoughKeys {
			return
		}
		misses = append(misses, nearMiss{c, c.discriminators[last], v.marks[c.marks[last].path]})
	}
	if marks > 0 {
		for _, i := range v.possible { // more discriminators than one, of which the first matches
			consider(&v.group.candidates[i])
		}
	} else {
		for i := range v.group.candidates {
			consider(&v.group.candidates[i])
		}
	}
	if len(misses) == 0 {
		return nil
	}
	top := slices.MaxFunc(misses, func(a, b nearMiss) int {
		return cmp.Or(len(a.discriminators)-len(b.discriminators), cmp.Compare(v.share(a.candidate), v.share(b.candidate)), strings.Compare(b.eventType.Provider.Name, a.eventType.Provider.Name))
	})
	return slices.DeleteFunc(misses, func(m nearMiss) bool {
		return m.eventType.Provider != top.eventType.Provider || m.deepest.pointer() != top.deepest.pointer()
	})
}

// outranked reports whether a body that matches types with few discriminators is closer to near
// misses with more of them: at the deepest discriminator it has a string that no matched type
// lists there; or no string, and the body has a larger share of the near misses' required keys.
func (v *view) outranked(matched []*candidate, near []nearMiss) bool {
	if len(near) == 0 || near[0].eventType.Provider != matched[0].eventType.Provider {
		return false
	}
	place, found := near[0].deepest.pointer(), near[0].found
	if found == nil || found.Kind != document.String {
		matchedShare, nearShare := 0.0, 0.0
		for _, c := range matched {
			matchedShare = max(matchedShare, v.share(c))
		}
		for _, n := range near {
			nearShare = max(nearShare, v.share(n.candidate))
		}
		return matchedShare < 1 && nearShare > matchedShare
	}
	return !slices.ContainsFunc(matched, func(c *candidate) bool {
		return slices.ContainsFunc(c.eventType.recognizer().values[place], func(w document.Node) bool { return w.Equal(found) })
	})
}

func typesOf(candidates []*candidate) []*EventType {
	if len(candidates) == 1 {
		return candidates[0].only
	}
	types := make([]*EventType, len(candidates))
	for i, c := range candidates {
		types[i] = c.eventType
	}
	return types
}

// closestType returns the type whose discriminator is nearest to the string that was found, or
// the first type.
func closestType(near []nearMiss, found *document.Node) *EventType {
	if found != nil {
		for _, n := range near {
			if suggest.Word(found.Text, textsOf(n.deepest.values)) != "" {
				return n.eventType
			}
		}
	}
	return near[0].eventType
}

// nearMissRecognition describes the value, or its absence, where the body differs from the near misses.
func nearMissRecognition(near []nearMiss, body *document.Node) recognition {
	place, found := near[0].deepest, near[0].found
	r := recognition{step: stepNear, level: webhook.LevelError, provider: near[0].eventType.Provider.Name, at: place.path}
	var known, placeholders []string
	for _, n := range near {
		r.candidates = append(r.candidates, n.eventType)
		placeholders = append(placeholders, n.eventType.Root().Placeholders...)
		for _, v := range n.eventType.recognizer().values[place.pointer()] {
			if v.Kind == document.String && !slices.Contains(known, v.Text) {
				known = append(known, v.Text)
			}
		}
	}
	slices.Sort(known)
	r.finding = webhook.Finding{
		Level: webhook.LevelError, Rule: webhook.RuleDiscriminator, Found: "nothing", Expected: expectOneOf(known),
		Document: closestType(near, found).Document(),
	}
	switch {
	case found == nil:
		if _, depth := body.Nearest(place.path); depth < len(place.path)-1 {
			r.finding.Hint = "the key " + document.Quote(place.path[depth]) + " is missing"
			if _, isIndex := document.Index(place.path[depth]); isIndex {
				r.finding.Hint = "no element at " + document.Pointer(place.path[:depth]...)
			}
		}
	case found.Kind != document.String:
		r.finding.Found = describe(found)
	case jsonschema.IsPlaceholder(found.Text, placeholders):
		r.finding.Rule, r.finding.Found = webhook.RulePlaceholder, describe(found)
		r.finding.Hint = "this is a placeholder of the provider's documentation, not a value"
	default:
		r.level, r.candidates = webhook.LevelUnknown, nil
		r.finding.Level, r.finding.Rule, r.finding.Found = webhook.LevelUnknown, webhook.RuleUnrecognized, describe(found)
		r.finding.Hint = suggest.Hint(found.Text, known)
	}
	return r
}
