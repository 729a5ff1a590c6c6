// Package request writes an event as the HTTP request that an endpoint expects: JSON or a form in
// the body, or a query. The URL of an endpoint may have variables, which are replaced by values of
// the event. [Template] is a request that a customer composes.
//
// Everything here is pure; package delivery sends the requests.
package request

import (
	"bytes"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Request is a request. ContentType is that of the body; "" without one. Headers are those of a
// template, beside it.
type Request struct {
	Method, URL, ContentType string
	Headers                  []webhook.Header
	Body                     []byte
}

// An Encoding is how a provider writes its events as requests. The zero Encoding posts JSON.
type Encoding struct {
	// Method and ContentType are those of the contract: a GET has the members of the event in its
	// query, and a form has them as fields.
	Method, ContentType string
	// Variables are replaced in URLs, beside {{key}}.
	Variables Variables
	// Template replaces method and body, unless it is nil.
	Template *Template
}

// MethodGet is the method of a request without a body. Package net/http, which defines it, is too large
// for users who only validate.
const MethodGet = "GET"

// IsForm reports whether a media type is that of a form.
func IsForm(contentType string) bool {
	mediaType, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(mediaType), "application/x-www-form-urlencoded")
}

// HasFields reports whether the requests have a form or a query instead of JSON.
func (e Encoding) HasFields() bool { return e.Method == MethodGet || IsForm(e.ContentType) }

// ForURL returns how events go to an endpoint; nil if their bodies are sent as they are.
func (e Encoding) ForURL(to string) func(webhook.Event) Request {
	to, _, _ = strings.Cut(to, "#") // a fragment is never sent
	parts := e.Variables.split(to)
	if e.Template == nil && !e.HasFields() && len(parts) == 1 {
		return nil
	}
	return func(event webhook.Event) Request { return e.encode(parts, event.Type, event.Body) }
}

// encode writes an event. A body that isn't JSON, for example after a fault, goes out as it is. The
// template is for one type.
func (e Encoding) encode(to parts, eventType string, body []byte) Request {
	out := Request{Method: e.Method, ContentType: e.ContentType, Body: body}
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		root = document.Node{}
	}
	out.URL = string(to.fill(&root, document.AppendEscaped))
	if e.Template != nil && e.Template.Type == eventType {
		return e.Template.encode(out, &root)
	}
	if err != nil || !e.HasFields() {
		return out
	}
	fields, ok := document.AppendForm(nil, body, &root)
	if !ok {
		return out
	}
	if e.Method != MethodGet {
		out.Body = fields
		return out
	}
	out.ContentType, out.Body = "", nil
	if len(to) == 1 {
		out.URL = WithQuery(out.URL, string(fields))
	}
	return out
}

// WithQuery appends a query to a URL.
func WithQuery(to, query string) string {
	switch {
	case query == "":
		return to
	case !strings.Contains(to, "?"):
		return to + "?" + query
	case strings.HasSuffix(to, "?") || strings.HasSuffix(to, "&"):
		return to + query
	}
	return to + "&" + query
}

// Variables are texts that stand for a value of the event, such as %0; the longest first.
type Variables []Variable

// A Variable is a text, and the path of the value in the body of the event.
type Variable struct {
	Text string
	Path []string
}

// UnmarshalNode reads a mapping of texts to JSON Pointers.
func (vs *Variables) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var all document.Mapping[string]
	if !d.Decode(n, &all) {
		return
	}
	for _, one := range all.Each {
		switch {
		case strings.Trim(one.Name, "%{}") == "":
			d.Errorf(one.Key, "variable %q has no name; write a text such as %%0 or {status}", one.Name)
		case !document.IsPointer(one.Value) || one.Value == "":
			d.Errorf(one.Key, "%q is not a JSON Pointer to a value: write a slash before each key (for example /status)", one.Value)
		default:
			*vs = append(*vs, Variable{one.Name, document.Tokens(one.Value)})
		}
	}
	slices.SortStableFunc(*vs, func(a, b Variable) int { return len(b.Text) - len(a.Text) })
}

// parts are a text that is divided at its variables: fixed texts at even places, and variables at
// odd ones.
type parts []part

type part struct {
	fixed string
	path  []string
}

// split divides a text at its variables. {{a.b}} is the member b of the member a. A variable that
// begins with a percent sign ends where no letter or digit follows: in %20, a percent sign is that of
// an escape.
func (vs Variables) split(text string) parts {
	all := parts{{}}
	for at := 0; at < len(text); {
		path, size := vs.at(text[at:])
		if size == 0 {
			all[len(all)-1].fixed += text[at : at+1]
			at++
			continue
		}
		all = append(all, part{path: path}, part{})
		at += size
	}
	return all
}

// at returns the variable at the start of a text, and its length; 0 if there is none.
func (vs Variables) at(text string) (path []string, size int) {
	if inner, ok := strings.CutPrefix(text, "{{"); ok {
		if name, _, closed := strings.Cut(inner, "}}"); closed && isPath(name) {
			return strings.Split(name, "."), len(name) + len("{{}}")
		}
	}
	for _, v := range vs {
		rest, ok := strings.CutPrefix(text, v.Text)
		if ok && (text[0] != '%' || rest == "" || !isWord(rest[0])) {
			return v.Path, len(v.Text)
		}
	}
	return nil, 0
}

func isPath(name string) bool {
	for word := range strings.SplitSeq(name, ".") {
		if word == "" || strings.ContainsFunc(word, func(r rune) bool { return r >= 0x80 || !isWord(byte(r)) }) {
			return false
		}
	}
	return true
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_'
}

// fill returns the text with the values of a body. A value that the body lacks is empty.
func (ps parts) fill(body *document.Node, escape func([]byte, string) []byte) []byte {
	var dst []byte
	for i := range ps {
		if ps[i].path == nil {
			dst = append(dst, ps[i].fixed...)
		} else {
			dst = escape(dst, textAt(body, ps[i].path))
		}
	}
	return dst
}

func textAt(body *document.Node, path []string) string {
	if v := body.At(path); v != nil {
		return v.Text
	}
	return ""
}

// Paths returns the paths of the variables in a text, in their order. {{key}} is one.
func (vs Variables) Paths(text string) [][]string {
	var paths [][]string
	for _, p := range vs.split(text) {
		if p.path != nil {
			paths = append(paths, p.path)
		}
	}
	return paths
}

// inJSON appends a text as the inside of a JSON string.
func inJSON(dst []byte, text string) []byte {
	quoted := document.Quote(text)
	return append(dst, quoted[1:len(quoted)-1]...)
}

// asIs appends a text unchanged, for headers, whose values have no line breaks.
func asIs(dst []byte, text string) []byte {
	return append(dst, bytes.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, []byte(text))...)
}
