package grade

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A noise also covers what follows from a fault by itself: of a value that a body no
// longer has, an application can show nothing, and may use a default in its place.

// without adds to the noise what of the plain run shows one of the texts that are gone.
// Where an end user is known by something else, the state may show them elsewhere.
func (n noise) without(gone []string, plain effects) noise {
	if len(gone) == 0 {
		return n
	}
	n = noise{values: maps.Clone(n.values), places: maps.Clone(n.places), moved: slices.ContainsFunc(gone, isOfEndUser)}
	for _, c := range plain.calls {
		for name, text := range c {
			if shows(text, gone) {
				n.values[name] = true
			}
		}
	}
	for place, text := range plain.state {
		if shows(text, gone) || shows(place, gone) {
			n.places[place] = true
		}
	}
	return n
}

// isOfEndUser reports whether a text holds the label of something of the end user.
func isOfEndUser(text string) bool { return strings.Contains(text, "{{recipient.") }

// shows reports whether a text is, or holds, one of several. A short one may stand in a
// text by chance, and has to be all of it.
func shows(text string, any []string) bool {
	return slices.ContainsFunc(any, func(one string) bool {
		return text == one || text == strconv.Quote(one) || len(one) >= shortest && strings.Contains(text, one)
	})
}

// labelsGone are the labels of the end user that a plain run has and a record has not:
// nothing of it was sent.
func (r *Observation) labelsGone(plain *Observation) []string {
	var gone []string
	for label := range plain.names.values {
		if _, there := r.names.values[label]; !there && strings.HasPrefix(label, "recipient.") {
			gone = append(gone, "{{"+label+"}}")
		}
	}
	return gone
}

// textsGone are the texts that no longer stand in a body: those below the place that a
// fault changes, as they are, and the labels of the values that it takes away.
func textsGone(t *schemas.EventType, message string, was, is []byte, place string) []string {
	var gone []string
	if root, _, err := document.JSON(was, document.BodyLimits()); err == nil {
		gone = leafTexts(root.At(document.Tokens(place)), nil)
	}
	before, after := t.Values(was), t.Values(is)
	for name, one := range before {
		label := name
		if strings.HasPrefix(name, "message.") {
			label = message + ":" + name
		}
		if isPersonal(name) && after[name] != one {
			gone = append(gone, "{{"+label+"}}")
		}
	}
	return gone
}

// leafTexts are the texts and numbers below a value.
func leafTexts(n *document.Node, all []string) []string {
	switch {
	case n == nil:
	case n.Kind == document.Object:
		for i := range n.Members {
			all = leafTexts(&n.Members[i].Value, all)
		}
	case n.Kind == document.Array:
		for i := range n.Items {
			all = leafTexts(&n.Items[i], all)
		}
	case n.Kind == document.String || n.Kind == document.Number:
		if len(n.Text) > 1 {
			all = append(all, n.Text)
		}
	}
	return all
}

// lost lists what the plain run shows and a record does not. What it shows beyond that
// does not count, and neither do the numbers of list entries and answers.
func (n noise) lost(plain, got effects) []difference {
	var all []difference
	for _, d := range n.calls(plain, got) {
		if d.call < 0 {
			all = append(all, d)
		}
	}
	left := map[[2]string]int{}
	for place, text := range got.state {
		left[uncounted(place, text)]++
	}
	for _, place := range slices.Sorted(maps.Keys(plain.state)) {
		one := uncounted(place, plain.state[place])
		if n.places[place] {
			continue
		}
		if left[one]--; left[one] < 0 {
			all = append(all, difference{fmt.Sprintf("state %s is %s; in the plain run it is %s", place, quiet(got.state[place]), plain.state[place]), -1, place})
		}
	}
	return all
}

var (
	listPlace      = regexp.MustCompile(`/[0-9]+(/|$)`)
	responseNumber = regexp.MustCompile(`\{\{answer [0-9]+:`)
)

// uncounted is a place and its text, without the numbers of list entries and answers:
// others may come between them.
func uncounted(place, text string) [2]string {
	place = listPlace.ReplaceAllString(place, "/*$1")
	return [2]string{responseNumber.ReplaceAllString(place, "{{answer:"), responseNumber.ReplaceAllString(text, "{{answer:")}
}
