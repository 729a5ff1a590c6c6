package grade

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Noise also covers the consequence of a missing value: the application can't show it, and may use
// a default.

// without adds to the noise what the baseline shows of texts that are missing. If an end user has
// another identifier, the state can show them at another location.
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

// isOfEndUser reports whether a text has a label of the end user.
func isOfEndUser(text string) bool { return strings.Contains(text, "{{recipient.") }

// shows reports whether a text is, or contains, one of several. Short texts must be equal.
func shows(text string, any []string) bool {
	return slices.ContainsFunc(any, func(one string) bool {
		return text == one || text == strconv.Quote(one) || len(one) >= minLabel && strings.Contains(text, one)
	})
}

// missingLabels are the end user's labels of a baseline that an observation lacks: their values
// weren't sent.
func (r *Observation) missingLabels(base *Observation) []string {
	var gone []string
	for label := range base.names.values {
		if _, there := r.names.values[label]; !there && strings.HasPrefix(label, "recipient.") {
			gone = append(gone, "{{"+label+"}}")
		}
	}
	return gone
}

// missingTexts are the texts that a fault removes from a body: the scalar values below its
// pointer, and the labels of the removed values.
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

// scalarTexts are the strings and numbers below a value.
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

// lost lists the effects of the baseline that an observation lacks, whatever their index.
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

// uncounted is a pointer and its text without the indexes of arrays and replies: other entries can
// come between them.
func uncounted(place, text string) [2]string {
	place = listIndex.ReplaceAllString(place, "/*$1")
	return [2]string{responseNumber.ReplaceAllString(place, "{{reply:"), responseNumber.ReplaceAllString(text, "{{reply:")}
}
