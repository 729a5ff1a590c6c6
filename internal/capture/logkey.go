package capture

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// logPath is the path, as jq writes it, of the bodies in the lines of a JSON log:
// the likeliest of all lines, as a log often begins with lines of another kind.
// Of a list only the first element counts.
func logPath(text []byte, first outline, listed bool) string {
	place, best := first.bodyKey()
	if !listed {
		for line := range bytes.Lines(text) {
			if line[0] != '{' {
				continue
			}
			if other, rank := outlineOf(line).bodyKey(); rank < best {
				place, best = other, rank
			}
		}
	}
	return jqPath(place)
}

// How likely a key holds the body, the likeliest first.
const (
	namedText   = iota // it is named for a body, and is a text that is JSON
	namedValue         // it is named for a body, and is an object or array
	defaultKey         // it is one of the usualKeys
	anyText            // any other text that is JSON
	messageText        // the message of the line
	anyObject          // any other object
	noKey
)

// usualKeys often hold the body, and aren't named for one.
func defaultKeys() []string { return []string{"webhook", "data", "event", "content"} }

var (
	// inRequest is where a body lies one level deeper.
	inRequest = regexp.MustCompile(`^(req|request|http|context|ctx|meta|metadata|extra|fields)/[^/]+$`)
	// noBody is the name of what goes with a body.
	noBody = regexp.MustCompile(`(?i)header|response|(^|/)(req|request|res|err|error|http|context|ctx|host|process|service|labels?|tags|user|source|caller|config|meta|metadata|extra|fields|resource|trace|query|params)$`)
	// jqKey is a key that may stand in a command.
	jqKey = regexp.MustCompile(`^[\pL\pN_@.$: -]+$`)
)

// bodyKey is the place that likeliest holds the body, and how likely; "body" if
// none does.
func (o outline) bodyKey() (place string, best int) {
	place, best = "body", noKey
	for at := range o {
		rank := o.rank(at)
		if rank < best || rank == best && rank < noKey && before(at, place) {
			place, best = at, rank
		}
	}
	return place, best
}

// before orders places of one rank: the outer ones first, then the usual ones.
func before(a, b string) bool {
	order := func(place string) []int {
		fallback := slices.Index(append([]string{"body", "payload"}, defaultKeys()...), place)
		if fallback < 0 {
			fallback = 1 << 10
		}
		return []int{strings.Count(place, "/"), fallback}
	}
	if c := slices.Compare(order(a), order(b)); c != 0 {
		return c < 0
	}
	return a < b
}

// rank tells how likely the value at a place is the body.
func (o outline) rank(place string) int {
	kind := o[place]
	deeper := strings.Contains(place, "/")
	text, value := kind == 'j', kind == '{' || kind == '['
	name := place[strings.LastIndexByte(place, '/')+1:]
	switch {
	case !text && !value, noBody.MatchString(place), !jqKey.MatchString(name), deeper && !inRequest.MatchString(place):
		return noKey
	case bodyName.MatchString(name) && text:
		return namedText
	case bodyName.MatchString(name):
		return namedValue
	case deeper:
		return noKey
	case slices.Contains(defaultKeys(), name):
		return defaultKey
	case text && (name == "msg" || name == "message"):
		return messageText
	case text:
		return anyText
	case kind == '{':
		return anyObject
	}
	return noKey
}

var jqPlain = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// jqPath is a place as jq writes it: .req.body, .["raw-body"].
func jqPath(place string) string {
	path := ""
	for key := range strings.SplitSeq(place, "/") {
		if jqPlain.MatchString(key) {
			path += "." + key
			continue
		}
		if path == "" {
			path = "."
		}
		path += `["` + key + `"]`
	}
	return path
}

// holdsBody reports whether a text is an object, or an array of them, that isn't
// empty.
func holdsBody(text string) bool {
	text = strings.Trim(text, space)
	inner := strings.TrimLeft(strings.TrimPrefix(text, "["), space)
	if !strings.HasPrefix(inner, "{") {
		return false
	}
	inner = strings.TrimLeft(inner[1:], space)
	return strings.HasPrefix(inner, `"`) && json.Valid([]byte(text))
}
