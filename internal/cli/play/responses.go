package play

import (
	"cmp"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

const (
	// maxOfBody is how much of a response's body is looked at for its first line, in
	// bytes, and maxOfLine how much of the line is in machine formats, in characters.
	maxOfBody = 4 << 10
	maxOfLine = 200
	// maxGroups is how many lines show the attempts of one delivery.
	maxGroups = 6
)

// firstLine is the first line of a response's body with text: of HTML its text,
// of JSON on many lines its beginning. Phone numbers in it are masked, and what a terminal
// would obey is gone.
func firstLine(body []byte) string {
	text := string(body[:min(len(body), maxOfBody)])
	if len(body) > maxOfBody {
		text = strings.TrimSuffix(text, lastRune(text))
	}
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) {
		return fmt.Sprintf("%s that are not text", cli.Size(int64(len(body))))
	}
	line, _, _ := strings.Cut(text, "\n")
	switch line = strings.TrimSpace(line); {
	case strings.HasPrefix(line, "<"):
		line = html.UnescapeString(markup.ReplaceAllString(text, " "))
	case line == "{" || line == "[":
		line = text
	}
	return document.Shorten(report.Clean(schemas.MaskPhones(strings.Join(strings.Fields(line), " "))), maxOfLine)
}

// markup are the tags of HTML, and what is no text between them.
var markup = regexp.MustCompile(`(?is)<(style|script)\b.*?(</(style|script)>|$)|<[^>]*(>|$)`)

// lastRune is the character, or the part of one, that a text ends with.
func lastRune(text string) string {
	for i := len(text) - 1; i >= max(0, len(text)-utf8.UTFMax); i-- {
		if utf8.RuneStart(text[i]) {
			return text[i:]
		}
	}
	return ""
}

// responseWord is the status of an attempt's response, or why there is none.
func responseWord(a webhook.Attempt) string {
	return cmp.Or(string(a.Failure), fmt.Sprint(a.Status))
}

// responseWords are those of all attempts.
func responseWords(r engine.Result) []string {
	words := []string{}
	for _, a := range r.Attempts {
		words = append(words, responseWord(a))
	}
	return words
}

// rejectedLine is the first line of the last response, if it was a rejection.
func rejectedLine(r engine.Result) string {
	if n := len(r.Attempts); n > 0 && !r.Accepted {
		return firstLine(r.Attempts[n-1].ResponseBody)
	}
	return ""
}

// A responseGroup is a number of attempts, one after the other, with equal responses.
type responseGroup struct {
	first, last int // from 1
	word, line  string
}

func responseGroups(r engine.Result) []responseGroup {
	var groups []responseGroup
	for i, a := range r.Attempts {
		g := responseGroup{i + 1, i + 1, responseWord(a), ""}
		if i+1 < len(r.Attempts) || !r.Accepted { // what was accepted needs no reason
			g.line = firstLine(a.ResponseBody)
		}
		if n := len(groups); n > 0 && groups[n-1].word == g.word && groups[n-1].line == g.line {
			groups[n-1].last = g.last
			continue
		}
		groups = append(groups, g)
	}
	return groups
}

// responsesText shows the response to a rejected delivery, and each attempt of one
// whose responses differ.
func responsesText(s report.Style, r engine.Result) string {
	room := min(cmp.Or(s.Width, 80), maxOfLine)
	groups := responseGroups(r)
	if len(groups) < 2 {
		line := rejectedLine(r)
		if line == "" {
			return ""
		}
		return s.Dim(document.Shorten("    response: "+line, room)) + "\n"
	}
	left := 0
	if len(groups) > maxGroups { // the first ones and the last one matter most
		left = len(groups) - maxGroups
		groups = slices.Delete(groups, maxGroups-1, len(groups)-1)
	}
	var b strings.Builder
	for i, g := range groups {
		if left > 0 && i == len(groups)-1 {
			b.WriteString(s.Dim(fmt.Sprintf("    … %d more", left)) + "\n")
		}
		number := fmt.Sprintf("attempt %d", g.first)
		if g.last > g.first {
			number = fmt.Sprintf("attempts %d-%d", g.first, g.last)
		}
		text := strings.TrimRight(fmt.Sprintf("    %-13s  %-8s  %s", number, g.word, g.line), " ")
		b.WriteString(s.Dim(document.Shorten(text, room)) + "\n")
	}
	return b.String()
}
