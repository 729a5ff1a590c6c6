package report

import (
	"fmt"
	"regexp"
	"strings"
)

// A referencePart is a part of a reference, with its link if it has one.
type referencePart struct{ Text, Link string }

// linked matches what becomes a link: a URL, an issue or pull request on GitHub, or an
// RFC.
var linked = regexp.MustCompile(`https?://[^\s;,<>"]*[^\s;,<>".:!?)]|(?:^|[\s(;,])([A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+)#([0-9]+)\b|\bRFC ([0-9]+)\b`)

// referenceParts splits a reference into words and links.
func referenceParts(reference string) []referencePart {
	var parts []referencePart
	done := 0
	for _, m := range linked.FindAllStringSubmatchIndex(reference, -1) {
		begin, end, link := m[0], m[1], reference[m[0]:m[1]]
		switch {
		case m[2] >= 0:
			begin = m[2]
			link = "https://github.com/" + reference[m[2]:m[3]] + "/issues/" + reference[m[4]:m[5]]
		case m[6] >= 0:
			link = "https://www.rfc-editor.org/rfc/rfc" + reference[m[6]:m[7]]
		}
		if begin > done {
			parts = append(parts, referencePart{Text: reference[done:begin]})
		}
		parts = append(parts, referencePart{reference[begin:end], link})
		done = end
	}
	if done < len(reference) {
		parts = append(parts, referencePart{Text: reference[done:]})
	}
	return parts
}

// markdownReferences formats references with their links.
func markdownReferences(references []string) string {
	var all []string
	for _, reference := range references {
		var b strings.Builder
		for _, part := range referenceParts(reference) {
			if part.Link == "" {
				b.WriteString(cell(part.Text))
			} else {
				fmt.Fprintf(&b, "[%s](%s)", cell(part.Text), part.Link)
			}
		}
		all = append(all, b.String())
	}
	return strings.Join(all, ", ")
}
