package capture

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// logPath returns the path for jq of the bodies in the lines of a JSON log: the likeliest
// one over all lines, because a log often starts with other lines. In a list, only the
// first element counts.
func logPath(text []byte, first outline, listed bool) string {
	at, best := first.bodyKey()
	if !listed {
		for line := range bytes.Lines(text) {
			if line[0] != '{' {
				continue
			}
			if other, rank := outlineOf(line).bodyKey(); rank < best {
				at, best = other, rank
			}
		}
	}
	return jqPath(at)
}

// The likelihoods that a key has the body, the likeliest first.
const (
	namedText   = iota // named like a body, a string with JSON
	namedValue         // named like a body, an object or array
	commonKey          // one of commonKeys
	anyText            // any other string with JSON
	messageText        // the message of the line
	anyObject          // any other object
	noKey
)

// commonKeys returns keys that often have the body without being named like one.
func commonKeys() []string { return []string{"webhook", "data", "event", "content"} }

var (
	// inRequest matches the paths of bodies one level deeper.
	inRequest = lazily(`^(req|request|http|context|ctx|meta|metadata|extra|fields)/[^/]+$`)
	// noBody matches the names of values beside a body.
	noBody = lazily(`(?i)header|response|(^|/)(req|request|res|err|error|http|context|ctx|host|process|service|labels?|tags|user|source|caller|config|meta|metadata|extra|fields|resource|trace|query|params)$`)
	// jqKey matches a key that is safe in a command.
	jqKey = lazily(`^[\pL\pN_@.$: -]+$`)
)

// bodyKey returns the path that most likely has the body, and its likelihood; "body"
// without one.
func (o outline) bodyKey() (path string, best int) {
	path, best = "body", noKey
	for at := range o {
		rank := o.rank(at)
		if rank < best || rank == best && rank < noKey && before(at, path) {
			path, best = at, rank
		}
	}
	return path, best
}

// before orders paths of one rank: the outer ones first, then the common ones.
func before(a, b string) bool {
	order := func(path string) []int {
		common := slices.Index(append([]string{"body", "payload"}, commonKeys()...), path)
		if common < 0 {
			common = 1 << 10
		}
		return []int{strings.Count(path, "/"), common}
	}
	if c := slices.Compare(order(a), order(b)); c != 0 {
		return c < 0
	}
	return a < b
}

// rank returns the likelihood that the value at a path is the body.
func (o outline) rank(path string) int {
	kind := o[path]
	deeper := strings.Contains(path, "/")
	text, value := kind == 'j', kind == '{' || kind == '['
	name := path[strings.LastIndexByte(path, '/')+1:]
	switch {
	case !text && !value, noBody().MatchString(path), !jqKey().MatchString(name), deeper && !inRequest().MatchString(path):
		return noKey
	case bodyName().MatchString(name) && text:
		return namedText
	case bodyName().MatchString(name):
		return namedValue
	case deeper:
		return noKey
	case slices.Contains(commonKeys(), name):
		return commonKey
	case text && (name == "msg" || name == "message"):
		return messageText
	case text:
		return anyText
	case kind == '{':
		return anyObject
	}
	return noKey
}

var jqPlain = lazily(`^[A-Za-z_][A-Za-z0-9_]*$`)

// jqPath returns a path in the syntax of jq: .req.body, .["raw-body"].
func jqPath(path string) string {
	jq := ""
	for key := range strings.SplitSeq(path, "/") {
		if jqPlain().MatchString(key) {
			jq += "." + key
			continue
		}
		if jq == "" {
			jq = "."
		}
		jq += `["` + key + `"]`
	}
	return jq
}

// isBodyText reports whether a text is an object, or an array of objects, that isn't empty.
func isBodyText(text string) bool {
	text = strings.Trim(text, space)
	inner := strings.TrimLeft(strings.TrimPrefix(text, "["), space)
	if !strings.HasPrefix(inner, "{") {
		return false
	}
	inner = strings.TrimLeft(inner[1:], space)
	return strings.HasPrefix(inner, `"`) && json.Valid([]byte(text))
}
