package grade

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A consumer may keep what it can't read instead of rejecting it: its state then has the bytes, or
// an entry that a webhook without faults doesn't add.

// kept reports whether the state shows that the consumer kept what was sent.
func (g *grader) kept(ctx context.Context, r *Observation, hello greeting) (bool, error) {
	if len(r.seen) == 0 || r.State == nil {
		return false, nil
	}
	if r.traced(nil) {
		return true, nil
	}
	base, err := g.play(ctx, hello.probe.baselineScenario, playing{watched: true})
	if err != nil || len(base.seen) == 0 {
		return false, err
	}
	return r.traced(growthOf(base.seen[0], base.State).pointers), nil
}

// traced reports whether the state has a copy of what was sent or, given the pointers that a
// webhook without faults changes, a change elsewhere. For an empty body, which has no copy, any
// new entry is enough.
func (r *Observation) traced(fallback []string) bool {
	if len(r.seen) == 0 || r.State == nil {
		return false
	}
	grown := growthOf(r.seen[0], r.State)
	switch {
	case slices.ContainsFunc(grown.texts, func(text string) bool { return holdsOne(text, copies(r.sent)) }):
		return true
	case len(r.sent) == 0 && grown.entries > 0:
		return true
	}
	return fallback != nil && slices.ContainsFunc(grown.pointers, func(place string) bool { return !slices.Contains(fallback, place) })
}

// A growth is what a state has beyond an earlier one: the number of new entries, the new and
// changed texts, and their pointers. For a new entry, that is the innermost one that existed
// before.
type growth struct {
	entries         int
	texts, pointers []string
}

func growthOf(before, after []byte) growth {
	was, is := flatten(before), flatten(after)
	var g growth
	for place, text := range is.scalars {
		old, there := was.scalars[place]
		if there && old == text {
			continue
		}
		g.texts = append(g.texts, text)
		if !there {
			g.entries++
			for place != "" && !was.inner[place] {
				place = place[:strings.LastIndexByte(place, '/')]
			}
		}
		g.pointers = append(g.pointers, place)
	}
	return g
}

// A flatState has the scalar values of a JSON text by JSON Pointer, and the pointers of objects
// and arrays.
type flatState struct {
	scalars map[string]string
	inner   map[string]bool
}

func flatten(state []byte) flatState {
	l := flatState{map[string]string{}, map[string]bool{}}
	if root, err := stateOf(state); err == nil {
		l.add(&root, "")
	}
	return l
}

func (l *flatState) add(n *document.Node, place string) {
	switch n.Kind {
	case document.Object:
		l.inner[place] = true
		for i := range n.Members {
			l.add(&n.Members[i].Value, place+"/"+n.Members[i].Key)
		}
	case document.Array:
		l.inner[place] = true
		for i := range n.Items {
			l.add(&n.Items[i], place+"/"+strconv.Itoa(i))
		}
	default:
		l.scalars[place] = n.Text
	}
}

// Limits of the part of a body by which a copy of it is found.
const (
	minCopy = 8
	maxCopy = 48
)

// copies are the encodings in which a state may show the beginning of a body; nil if it is too
// short to be distinctive.
func copies(body []byte) []string {
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		if r == utf8.RuneError && size == 1 || i+size > maxCopy {
			body = body[:i]
		}
		i += size
	}
	if len(body) < minCopy {
		return nil
	}
	whole := body[:len(body)/3*3] // the bytes after it would change the last character
	return []string{string(body), base64.StdEncoding.EncodeToString(whole), base64.URLEncoding.EncodeToString(whole), hex.EncodeToString(body)}
}

func holdsOne(text string, any []string) bool {
	return slices.ContainsFunc(any, func(one string) bool { return strings.Contains(text, one) })
}

// forget removes the copies of a body from a state.
func forget(n *document.Node, any []string) {
	if len(any) == 0 {
		return
	}
	for i := range n.Members {
		forget(&n.Members[i].Value, any)
	}
	for i := range n.Items {
		forget(&n.Items[i], any)
	}
	if n.Kind == document.String && holdsOne(n.Text, any) {
		*n = document.Node{Kind: document.Null, Text: "null"}
	}
}
