package capture

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// A wrapping is a JSON format with captured bodies as values: an export of a tool, an event
// of a cloud, or a line of a log.
type wrapping struct {
	name string
	// needs are required paths, each with the kind of its value in an outline
	// ("log/entries:["). "*" is the first element of an array. "a|b" as the last key is
	// either of two keys.
	needs []string
	// program is a program for jq that writes the bodies; "" if it depends on the key of
	// the body.
	program string
}

// wrappings returns the formats, the more specific ones first.
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

// wrapped detects a wrapping by the first value of a text, or by the first element of its
// first list.
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
			continue // the common case, without decoding
		}
		if seen == nil {
			seen = outlineOf(first)
		}
		if !w.matches(seen) {
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

// alternatives returns the paths of a need and the kind of their value; 0 for any.
func alternatives(need string) (paths []string, kind byte) {
	path, kinds, _ := strings.Cut(need, ":")
	if kinds != "" {
		kind = kinds[0]
	}
	folder := ""
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		folder, path = path[:i+1], path[i+1:]
	}
	for key := range strings.SplitSeq(path, "|") {
		paths = append(paths, folder+key)
	}
	return paths, kind
}

// maybe reports whether a text has the keys of a wrapping at all.
func (w wrapping) maybe(text []byte) bool {
	return !slices.ContainsFunc(w.needs, func(need string) bool {
		paths, _ := alternatives(need)
		return !slices.ContainsFunc(paths, func(path string) bool {
			return bytes.Contains(text, []byte(`"`+path[strings.LastIndexByte(path, '/')+1:]+`"`))
		})
	})
}

// matches reports whether an outline has all required paths.
func (w wrapping) matches(seen outline) bool {
	return !slices.ContainsFunc(w.needs, func(need string) bool {
		paths, kind := alternatives(need)
		return !slices.ContainsFunc(paths, func(path string) bool { return seen.has(path, kind) })
	})
}

// An outline maps the upper paths of an object to the kind of their value: '{', '[', '"'
// for a string, 'j' for a string that is a body, '0' for a number, 't' for true and false,
// 'n' for null.
type outline map[string]byte

func (o outline) has(path string, kind byte) bool {
	got, ok := o[path]
	return ok && (kind == 0 || got == kind || kind == '"' && got == 'j')
}

// maxDepth is the depth of the paths of wrappings.
const maxDepth = 4

// outlineOf returns the outline of the first object of a text, which may be truncated.
func outlineOf(text []byte) outline {
	w := outliner{decoder: json.NewDecoder(bytes.NewReader(text)), seen: outline{}}
	w.decoder.UseNumber()
	w.value("", 0)
	return w.seen
}

// An outliner reads an outline.
type outliner struct {
	decoder *json.Decoder
	seen    outline
}

// value reads a value and reports whether there is more text. It doesn't record a value
// without a path.
func (w *outliner) value(path string, depth int) bool {
	token, err := w.decoder.Token()
	if err != nil {
		return false
	}
	kind := kindOf(token)
	if path != "" {
		w.seen[path] = kind
	}
	if kind != '{' && kind != '[' {
		return true
	}
	kept := depth < maxDepth && (path != "" || depth == 0)
	for i := 0; w.decoder.More(); i++ {
		inner := ""
		if kind == '{' {
			key, err := w.decoder.Token()
			if err != nil {
				return false
			}
			if inner, _ = key.(string); strings.Contains(inner, "/") {
				inner = "" // it would look like two keys
			}
		} else if i == 0 {
			inner = "*"
		}
		if !kept || inner == "" {
			inner = ""
		} else if path != "" {
			inner = path + "/" + inner
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
		if isBodyText(token) {
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
