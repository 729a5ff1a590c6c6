package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/webhook"
)

// Frame formats the line of a body that a finding points to, with a mark below it. first
// is the number of the body's first line in its file. A line that is too wide is truncated
// on both sides of the mark. Frame returns "" if the finding has no location.
func Frame(s Style, body []byte, first int, f webhook.Finding, mask func(string) string) string {
	line, ok := lineOf(body, f.Line)
	if !ok || f.Column < 1 || len(body) == 0 {
		return ""
	}
	number := fmt.Sprintf("%6d", max(first, 1)+f.Line-1)
	room := max(s.width()-len(number)-len(" | ")-1, 20)
	near, skipped := around(line, f.Column-1, 4*room)
	runes := []rune(Clean(mask(string(near))))
	at := min(f.Column-1-skipped, len(runes))
	from := 0
	if len(runes) > room {
		from = max(0, min(at-room/3, len(runes)-room))
	}
	shown := slices.Clone(runes[from:min(len(runes), from+room)])
	if from > 0 {
		shown[0] = '…'
	}
	if from+room < len(runes) {
		shown[len(shown)-1] = '…'
	}
	mark := strings.Repeat(" ", at-from) + s.LevelText(f.Level, strings.Repeat("^", markWidth(runes, at, from+room)))
	return strings.TrimRight(s.Dim(number+" |")+" "+string(shown), " ") + "\n" + s.Dim("       |") + " " + mark + "\n"
}

// around returns the part of a line within reach characters of a position, and the
// number of characters before it. Only this part is masked and cleaned: the line may be
// very long, and have many findings.
func around(line []byte, at, reach int) (part []byte, skipped int) {
	begin, end := 0, 0
	for n := 0; end < len(line) && n < at+reach; n++ {
		if n == at-reach {
			begin, skipped = end, n
		}
		_, size := utf8.DecodeRune(line[end:])
		end += size
	}
	return line[begin:end], skipped
}

// lineOf returns a line of a text by its number, from 1.
func lineOf(text []byte, number int) ([]byte, bool) {
	for ; number > 1; number-- {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return nil, false
		}
		text = text[end+1:]
	}
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	return bytes.TrimRight(text, "\r"), number == 1
}

// markWidth returns the length of the word, quoted text or bracket at a position.
func markWidth(line []rune, at, end int) int {
	if at >= len(line) {
		return 1
	}
	n := 1
	switch c := line[at]; {
	case c == '"':
		for escaped := false; at+n < len(line); n++ {
			if c := line[at+n]; c == '"' && !escaped {
				n++
				break
			} else {
				escaped = c == '\\' && !escaped
			}
		}
	case strings.ContainsRune("{}[],:", c):
	default:
		for i := at + 1; i < len(line) && !strings.ContainsRune(" ,:]}\"", line[i]); i++ {
			n++
		}
	}
	return max(1, min(n, end-at))
}
