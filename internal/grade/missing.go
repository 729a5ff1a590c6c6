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
func (n noise) without(gone []string, base effects) noise {
	if len(gone) == 0 {
		return n
	}
	n = noise{values: maps.Clone(n.values), pointers: maps.Clone(n.pointers), moved: slices.ContainsFunc(gone, isOfEndUser)}
	for _, c := range base.calls {
		for name, text := range c {
			if shows(text, gone) {
				n.values[name] = true
			}
		}
	}
	for place, text := range base.state {
		if shows(text, gone) || shows(place, gone) {
			n.pointers[place] = true
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
		return text == one || text == strconv.Quote(one) || len(one) >= minLabel && strings.Contains(text, one)
	})
}

// missingLabels are the labels of the end user that a plain run has and a record has not:
// nothing of it was sent.
func (r *Observation) missingLabels(base *Observation) []string {
	var gone []string
	for label := range base.names.values {
		if _, there := r.names.values[label]; !there && strings.HasPrefix(label, "recipient.") {
			gone = append(gone, "{{"+label+"}}")
		}
	}
	return gone
}

// missingTexts are the texts that no longer stand in a body: those below the place that a
// fault changes, as they are, and the labels of the values that it takes away.
func missingTexts(t *schemas.EventType, message string, was, is []byte, place string) []string {
	var gone []string
	if root, _, err := document.JSON(was, document.BodyLimits()); err == nil {
		gone = scalarTexts(root.At(document.Tokens(place)), nil)
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

// scalarTexts are the texts and numbers below a value.
func scalarTexts(n *document.Node, all []string) []string {
	switch {
	case n == nil:
	case n.Kind == document.Object:
		for i := range n.Members {
			all = scalarTexts(&n.Members[i].Value, all)
		}
	case n.Kind == document.Array:
		for i := range n.Items {
			all = scalarTexts(&n.Items[i], all)
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
func (n noise) lost(base, got effects) []difference {
	var all []difference
	for _, d := range n.calls(base, got) {
		if d.call < 0 {
			all = append(all, d)
		}
	}
	left := map[[2]string]int{}
	for place, text := range got.state {
		left[uncounted(place, text)]++
	}
	for _, place := range slices.Sorted(maps.Keys(base.state)) {
		one := uncounted(place, base.state[place])
		if n.pointers[place] {
			continue
		}
		if left[one]--; left[one] < 0 {
			all = append(all, difference{fmt.Sprintf("state %s is %s; in the baseline it is %s", place, orMissing(got.state[place]), base.state[place]), -1, place})
		}
	}
	return all
}

var (
	listIndex      = regexp.MustCompile(`/[0-9]+(/|$)`)
	responseNumber = regexp.MustCompile(`\{\{reply [0-9]+:`)
)

// uncounted is a place and its text, without the numbers of list entries and answers:
// others may come between them.
func uncounted(place, text string) [2]string {
	place = listIndex.ReplaceAllString(place, "/*$1")
	return [2]string{responseNumber.ReplaceAllString(place, "{{reply:"), responseNumber.ReplaceAllString(text, "{{reply:")}
}
