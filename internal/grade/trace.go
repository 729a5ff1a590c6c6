package grade

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/document"
)

// A consumer may keep what it cannot read instead of refusing it: then its state shows
// the bytes, or has something new that a plain webhook does not bring.

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

// traced reports whether the state shows a copy of what was sent or, where it is known
// what a plain webhook changes, has changed elsewhere too. Of an empty body, which has no
// copy, any new entry will do.
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

// A growth is what a state has that an earlier one had not: how many entries are new, what
// the new and the changed ones say, and at which places: of a new entry that is the
// innermost one that was there before.
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

// A leafing is a JSON text by its leaves, and the places of what holds others.
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

// Bounds of the part of a body by which a copy of it is found.
const (
	minCopy = 8
	maxCopy = 48
)

// copies are the ways in which a state may show the beginning of a body; none if it is
// too short to be told from other texts.
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
	whole := body[:len(body)/3*3] // what is behind it would change the last sign
	return []string{string(body), base64.StdEncoding.EncodeToString(whole), base64.URLEncoding.EncodeToString(whole), hex.EncodeToString(body)}
}

func holdsOne(text string, any []string) bool {
	return slices.ContainsFunc(any, func(one string) bool { return strings.Contains(text, one) })
}

// forget takes the copies of a body out of a state.
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
