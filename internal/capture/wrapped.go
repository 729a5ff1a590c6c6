package capture

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A wrapping is JSON that holds captured bodies as values: an export of a tool,
// an event of a cloud, or a line of a log.
type wrapping struct {
	name string
	// needs are places that all have to be there, each with the kind of its value
	// ("log/entries:["): one of the kinds of an outline. "*" is the first element
	// of an array. "a|b" in the last place is either of two keys.
	needs []string
	// program is a program for jq that writes the bodies; "" if that depends on
	// which key holds the body.
	program string
}

// wrappings are the formats, those that need more before those that need less.
func wrappings() []wrapping {
	const lambda = "API Gateway or Lambda events (AWS)"
	const unlambda = `if .isBase64Encoded then .body | @base64d else .body end // empty`
	const exported = "an export of webhook.site"
	const logs = "a JSON log"
	return []wrapping{
		{"HAR", []string{"log/entries:[", "log/version|creator:"}, ".log.entries[].request.postData.text // empty"},
		{lambda, []string{"isBase64Encoded:t", "headers|multiValueHeaders:{"}, unlambda},
		{lambda, []string{"isBase64Encoded:t", "requestContext:{"}, unlambda},
		{lambda, []string{"httpMethod:\"", "requestContext:{", "headers|multiValueHeaders:{"}, ".body // empty"},
		{"SQS events (AWS)", []string{"Records/*/eventSource:\"", "Records/*/body:\""}, ".Records[].body"},
		{"SQS messages (AWS)", []string{"Messages/*/ReceiptHandle:\"", "Messages/*/Body:\""}, ".Messages[].Body"},
		{"SNS events (AWS)", []string{"Records/*/EventSource:\"", "Records/*/Sns/Message:\""}, ".Records[].Sns.Message"},
		{"SNS notifications (AWS)", []string{"TopicArn:\"", "MessageId:\"", "Message:\""}, ".Message"},
		{"EventBridge events (AWS)", []string{"detail-type:\"", "detail:{", "source:\""}, ".detail"},
		{"CloudWatch log events (AWS)", []string{"events/*/message:\"", "events/*/ingestionTime:0"}, ".events[].message"},
		{exported, []string{"data/*/uuid:\"", "data/*/content:\"", "data/*/method:\""}, ".data[].content"},
		{exported, []string{"uuid:\"", "content:\"", "method:\"", "headers:{"}, ".content"},
		{"a Postman collection", []string{"info/schema|_postman_id:\"", "item:["}, ".. | objects | .request | objects | .body | objects | .raw | strings"},
		{"an export of ngrok", []string{"requests/*/request:{", "requests/*/uri:\""}, `.requests[].request.raw | @base64d | split("\r\n\r\n")[1]`},
		{"a Docker log", []string{"log:\"", "stream:\"", "time:\""}, ".log"},
		{logs, []string{"insertId:\"", "logName:\""}, ".jsonPayload // .textPayload"},
		{logs, []string{"level:", "msg|message:\"", "time|ts|timestamp|@timestamp:"}, ""},
		{logs, []string{"severity:\"", "message:\"", "time|timestamp:"}, ""},
		{logs, []string{"@timestamp:\"", "message:\""}, ""},
	}
}

// wrapped tells what JSON a text holds instead of bodies, by its first value or
// the first element of its first list. Where the text goes on is not looked at.
func wrapped(text []byte) (format, bool) {
	first, listed := text, false
	if text[0] == '[' {
		first, listed = bytes.TrimLeft(text[1:], space), true
	}
	if len(first) == 0 || first[0] != '{' {
		return format{}, false
	}
	var seen outline
	for _, w := range wrappings() {
		if !w.maybe(text) {
			continue // which is so of nearly every body: nothing is decoded
		}
		if seen == nil {
			seen = outlineOf(first)
		}
		if !w.fits(seen) {
			continue
		}
		program := w.program
		if program == "" {
			program = logPath(first, seen, listed) + " // empty"
		}
		if listed {
			program = ".[] | " + program
		}
		return format{name: w.name, filter: "jq -cr '" + program + "'"}, true
	}
	return format{}, false
}

// alternatives are the places that a need names, and the kind of their value; 0
// for any.
func alternatives(need string) (places []string, kind byte) {
	place, kinds, _ := strings.Cut(need, ":")
	if kinds != "" {
		kind = kinds[0]
	}
	folder := ""
	if i := strings.LastIndexByte(place, '/'); i >= 0 {
		folder, place = place[:i+1], place[i+1:]
	}
	for key := range strings.SplitSeq(place, "|") {
		places = append(places, folder+key)
	}
	return places, kind
}

// maybe reports whether a text has the keys of a wrapping at all.
func (w wrapping) maybe(text []byte) bool {
	return !slices.ContainsFunc(w.needs, func(need string) bool {
		places, _ := alternatives(need)
		return !slices.ContainsFunc(places, func(place string) bool {
			return bytes.Contains(text, []byte(`"`+place[strings.LastIndexByte(place, '/')+1:]+`"`))
		})
	})
}

func (w wrapping) fits(seen outline) bool {
	return !slices.ContainsFunc(w.needs, func(need string) bool {
		places, kind := alternatives(need)
		return !slices.ContainsFunc(places, func(place string) bool { return seen.has(place, kind) })
	})
}

// An outline is the kind of the value at each of the upper places of an object:
// '{', '[', '"' for a text, 'j' for a text that is a body, '0' for a number,
// 't' for true and false, 'n' for null.
type outline map[string]byte

func (o outline) has(place string, kind byte) bool {
	got, ok := o[place]
	return ok && (kind == 0 || got == kind || kind == '"' && got == 'j')
}

// deepest is how deep the needs of wrappings reach.
const deepest = 4

// outlineOf looks through the first object of a text, which may be cut off.
func outlineOf(text []byte) outline {
	w := outliner{decoder: json.NewDecoder(bytes.NewReader(text)), seen: outline{}}
	w.decoder.UseNumber()
	w.value("", 0)
	return w.seen
}

type outliner struct {
	decoder *json.Decoder
	seen    outline
}

// value reads a value and reports whether the text goes on. A place without a
// name is not kept.
func (w *outliner) value(place string, depth int) bool {
	token, err := w.decoder.Token()
	if err != nil {
		return false
	}
	kind := kindOf(token)
	if place != "" {
		w.seen[place] = kind
	}
	if kind != '{' && kind != '[' {
		return true
	}
	kept := depth < deepest && (place != "" || depth == 0)
	for i := 0; w.decoder.More(); i++ {
		inner := ""
		if kind == '{' {
			key, err := w.decoder.Token()
			if err != nil {
				return false
			}
			if inner, _ = key.(string); strings.Contains(inner, "/") {
				inner = "" // which would look like two keys
			}
		} else if i == 0 {
			inner = "*"
		}
		if !kept || inner == "" {
			inner = ""
		} else if place != "" {
			inner = place + "/" + inner
		}
		if !w.value(inner, depth+1) {
			return false
		}
	}
	_, err = w.decoder.Token()
	return err == nil
}

func kindOf(token json.Token) byte {
	switch token := token.(type) {
	case json.Delim:
		return byte(token)
	case string:
		if holdsBody(token) {
			return 'j'
		}
		return '"'
	case json.Number:
		return '0'
	case bool:
		return 't'
	}
	return 'n'
}
