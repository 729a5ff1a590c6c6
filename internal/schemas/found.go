package schemas

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// maxFound limits the texts of findings, in characters.
const maxFound = 60

// describe renders a value for a finding: its type and its text, with phone numbers masked before
// the text is truncated.
func describe(n *document.Node) string {
	if n.Kind == document.Null || len(n.Items)+len(n.Members)+len(n.Text) == 0 {
		return n.Describe() // null, and what is empty
	}
	return n.Kind.String() + " " + document.Shorten(MaskPhones(n.Compact(4*maxFound)), maxFound)
}

// describeBody renders an unrecognized body: the values of keys that name event types, and its other keys.
func describeBody(n *document.Node, telling map[string]bool) string {
	const maxCount, longest = 4, 30
	if n.Kind == document.Array && len(n.Items) > 0 && n.Items[0].Kind == document.Object {
		return "array of " + describeBody(&n.Items[0], telling)
	}
	if n.Kind != document.Object || len(n.Members) == 0 {
		return describe(n)
	}
	var named, keys []string
	for i := range n.Members {
		m := &n.Members[i]
		if telling[m.Key] && m.Value.Kind == document.String {
			named = append(named, m.Key+" "+document.Quote(document.Shorten(MaskPhones(m.Value.Text), longest)))
		} else {
			keys = append(keys, m.Key)
		}
	}
	all := append(named, keys...)
	more := ""
	if len(all) > maxCount {
		more = ", … (" + strconv.Itoa(len(all)) + " keys)"
		all = all[:maxCount]
	}
	return MaskPhones(document.Shorten("object with "+strings.Join(all, ", ")+more, 2*maxFound))
}

// expectOneOf renders expected values: `"sent"`, `one of "sent", "read"`.
func expectOneOf(words []string) string {
	const maxCount = 8
	quoted := make([]string, 0, len(words))
	for _, word := range words {
		quoted = append(quoted, document.Quote(word))
	}
	switch {
	case len(quoted) == 0:
		return "a string"
	case len(quoted) == 1:
		return quoted[0]
	case len(quoted) > maxCount:
		return "one of " + strings.Join(quoted[:maxCount], ", ") + ", … (" + strconv.Itoa(len(quoted)) + ")"
	}
	return "one of " + strings.Join(quoted, ", ")
}

// textsOf lists const, enum or known values as texts, sorted.
func textsOf(values []document.Node) []string {
	var words []string
	for i := range values {
		if values[i].Kind == document.String {
			words = append(words, values[i].Text)
		} else {
			words = append(words, values[i].Compact(maxFound))
		}
	}
	slices.Sort(words)
	return slices.Compact(words)
}
