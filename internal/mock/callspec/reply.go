package callspec

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Reply is a response whose values are not filled in yet.
type Reply struct {
	Status int
	// Header are further lines, as they are sent.
	Header [][2]string
	// Media: the body is that of the file that the platform gives; Render has none.
	Media bool

	response *response
	call     *Call
	// reason is what {{error.reason}} stands for; "" leaves it to the caller.
	reason string
}

// A response is a response that the data declares.
type response struct {
	status      int
	header      [][2]string
	contentType string
	media       bool
	body        node // nil if there is none
	plain       bool // body is a text and not JSON
	xml         bool // body is XML: values are escaped in it
	// by is where a request has the word that decides which of cases replaces the body, by that
	// word in lowercase; nil if there are none.
	by    *source
	cases map[string]*response
	// pathEchoes are the variables of the path that the body repeats.
	pathEchoes []document.Located[string]
}

const (
	jsonType = "application/json"
	textType = "text/plain; charset=utf-8"
	xmlType  = "text/xml; charset=utf-8"
)

// Render puts values into their places. list says how many elements there are of
// "message", "subscription", "template" or "media"; lookup gives a value by
// name for the whole call (item -1) or for the element of a list. What lookup
// does not know, the call may: what was taken from it. Of a refusal or a failure, the
// Reply itself knows error.reason. An error says which value is missing.
func (r *Reply) Render(list func(name string) int, lookup func(item int, name string) (value.Value, bool)) (contentType string, body []byte, err error) {
	if r.response.body == nil {
		return r.response.contentType, nil, nil
	}
	s := &scope{list: list, item: -1, scene: r.call.scene}
	s.lookup = func(name string) (value.Value, bool) {
		switch {
		case name == "error.reason" && r.reason != "":
			return value.OfText(r.reason), true
		case name == "request.messages", r.call.setsValue(s.item, name):
			return r.call.known(s.item, name)
		}
		if v, ok := lookup(s.item, name); ok {
			return ofKind(name, v)
		}
		return r.call.known(s.item, name)
	}
	s.plain = r.response.plain
	if r.response.xml {
		s.lookup = escaping(s.lookup)
	}
	body, _, err = r.response.body.write(nil, s)
	if err != nil {
		return "", nil, fmt.Errorf("write the response of %s %s: %w", r.call.Operation.Provider.Name, r.call.Operation.Name, err)
	}
	return r.response.contentType, body, nil
}

// escaping is a lookup whose texts and IDs are escaped for XML.
func escaping(lookup func(name string) (value.Value, bool)) func(name string) (value.Value, bool) {
	return func(name string) (value.Value, bool) {
		v, ok := lookup(name)
		var escaped strings.Builder
		if ok && (v.Kind() == value.Text || v.Kind() == value.ID) && xml.EscapeText(&escaped, []byte(v.Text())) == nil {
			if v.Kind() == value.ID {
				return value.OfID(escaped.String()), true
			}
			return value.OfText(escaped.String()), true
		}
		return v, ok
	}
}

// chosen is the response in the format that a request asks for.
func (a *response) chosen(request *sourceContext) *response {
	if a.by == nil || request == nil || a.by.from == "body" && request.body == nil {
		return a
	}
	if found := a.by.find(request); found != nil && a.cases[strings.ToLower(found.Text)] != nil {
		return a.cases[strings.ToLower(found.Text)]
	}
	return a
}

// ofKind is a value as one of the kind that its name has: a version is a number,
// even if it was kept as a text.
func ofKind(name string, v value.Value) (value.Value, bool) {
	kind, known := value.KindOf(name)
	if !known || v.Kind() == kind {
		return v, true
	}
	v, err := value.Read(kind, valueText(v))
	return v, err == nil
}

// setsValue reports whether a started scenario sets a value of a message in the response.
func (c *Call) setsValue(item int, name string) bool {
	if item < 0 && len(c.Messages) == 1 {
		item = 0
	}
	if item < 0 || item >= len(c.responseValues) {
		return false
	}
	_, ok := c.responseValues[item][name]
	return ok
}

// A scope has the values of a response.
type scope struct {
	list   func(name string) int
	lookup func(name string) (value.Value, bool)
	item   int
	scene  *sourceContext
	plain  bool
}

// A node is a part of a response. It appends itself, and reports whether it has a value: an
// optional value that is missing takes its key with it.
type node interface {
	write(dst []byte, s *scope) (out []byte, there bool, err error)
}

// literal is JSON, or plain text, as it is.
type literal string

func (l literal) write(dst []byte, _ *scope) ([]byte, bool, error) {
	return append(dst, l...), true, nil
}

// text is a template among other text.
type text struct{ template value.Template }

func (t text) write(dst []byte, s *scope) ([]byte, bool, error) {
	if s.plain {
		out, err := t.template.Append(dst, s.lookup, nil)
		return out, true, err
	}
	expanded, err := t.template.Expand(s.lookup, nil)
	if err != nil {
		return dst, false, err
	}
	return value.AppendString(dst, expanded), true, nil
}

// single is a template of one value, which has the value's own type.
type single struct {
	name     string
	format   value.Format
	optional bool
}

func (v single) write(dst []byte, s *scope) ([]byte, bool, error) {
	found, ok := s.lookup(v.name)
	switch {
	case !ok && v.optional:
		return dst, false, nil
	case !ok:
		return dst, false, fmt.Errorf("%s has no value", v.name)
	}
	out, err := v.format.Append(dst, found)
	if err != nil {
		return dst, false, fmt.Errorf("%s: %w", v.name, err)
	}
	return out, true, nil
}

// parts are the parts of a text.
type parts []node

func (p parts) write(dst []byte, s *scope) ([]byte, bool, error) {
	for _, one := range p {
		var err error
		if dst, _, err = one.write(dst, s); err != nil {
			return dst, false, err
		}
	}
	return dst, true, nil
}

// repeat is {$each: message, $as: …} in a text.
type repeat struct {
	name string
	as   node
}

func (r repeat) write(dst []byte, s *scope) ([]byte, bool, error) {
	all := make(parts, s.list(r.name))
	for i := range all {
		all[i] = item{i, r.as}
	}
	return all.write(dst, s)
}

type member struct {
	key   string // as JSON, with the colon
	value node
}

type object []member

func (o object) write(dst []byte, s *scope) ([]byte, bool, error) {
	return enclosed(dst, '{', '}', len(o), func(dst []byte, i int) ([]byte, bool, error) {
		return o[i].value.write(append(dst, o[i].key...), s)
	})
}

type array []node

func (a array) write(dst []byte, s *scope) ([]byte, bool, error) {
	return enclosed(dst, '[', ']', len(a), func(dst []byte, i int) ([]byte, bool, error) { return a[i].write(dst, s) })
}

// enclosed writes n parts, with commas between those that are there.
func enclosed(dst []byte, open, end byte, n int, write func(dst []byte, i int) ([]byte, bool, error)) ([]byte, bool, error) {
	dst = append(dst, open)
	some := false
	for i := range n {
		before := len(dst)
		if some {
			dst = append(dst, ',')
		}
		out, there, err := write(dst, i)
		if err != nil {
			return dst, false, err
		}
		if dst = out; !there {
			dst = dst[:before]
			continue
		}
		some = true
	}
	return append(dst, end), true, nil
}

// forEach is {$each: message, $as: …}.
type forEach struct {
	name string
	as   node
}

func (f forEach) write(dst []byte, s *scope) ([]byte, bool, error) {
	all := make(array, s.list(f.name))
	for i := range all {
		all[i] = item{i, f.as}
	}
	return all.write(dst, s)
}

// item is a piece about one element of a list.
type item struct {
	number int
	as     node
}

func (i item) write(dst []byte, s *scope) ([]byte, bool, error) {
	before := s.item
	s.item = i.number
	out, there, err := i.as.write(dst, s)
	s.item = before
	return out, there, err
}

// choice is {$or: […]}: the first that is there.
type choice []node

func (c choice) write(dst []byte, s *scope) ([]byte, bool, error) {
	for _, one := range c {
		if out, there, err := one.write(dst, s); there || err != nil {
			return out, there, err
		}
	}
	return dst, false, nil
}

// translation is {$words: …, $as: {ours: theirs}}: a word of ours in the provider's;
// one that is not listed stays.
type translation struct {
	template value.Template
	values   map[string]string
}

func (w translation) write(dst []byte, s *scope) ([]byte, bool, error) {
	expanded, err := w.template.Expand(s.lookup, nil)
	if err != nil {
		return dst, false, err
	}
	if theirs, known := w.values[expanded]; known {
		expanded = theirs
	}
	return value.AppendString(dst, expanded), true, nil
}

// stringified is {$stringify: …}: JSON as a text.
type stringified struct{ value node }

func (t stringified) write(dst []byte, s *scope) ([]byte, bool, error) {
	text, there, err := t.value.write(nil, s)
	if err != nil || !there {
		return dst, false, err
	}
	return value.AppendString(dst, string(text)), true, nil
}

// parsed is {$parse: …}: a text that is JSON as that. Any other text has no value.
type parsed struct{ template value.Template }

func (t parsed) write(dst []byte, s *scope) ([]byte, bool, error) {
	expanded, err := t.template.Expand(s.lookup, nil)
	if err != nil {
		return dst, false, err
	}
	if !json.Valid([]byte(expanded)) {
		return dst, false, nil
	}
	return append(dst, expanded...), true, nil
}

// merged is {$merge: […]}: one object of the keys of several; of a key that several have, the last one's.
type merged []node

func (m merged) write(dst []byte, s *scope) ([]byte, bool, error) {
	all := document.Node{Kind: document.Object}
	for _, one := range m {
		text, there, err := one.write(nil, s)
		if err != nil {
			return dst, false, err
		}
		read, _, err := document.JSON(text, document.BodyLimits())
		if !there || err != nil || read.Kind != document.Object {
			continue
		}
		for _, next := range read.Members {
			if known := all.Get(next.Key); known != nil {
				*known = next.Value
			} else {
				all.Members = append(all.Members, next)
			}
		}
	}
	encoded := make(object, len(all.Members))
	for i := range all.Members {
		text, err := json.Marshal(all.Members[i].Value.Any())
		if err != nil {
			return dst, false, err
		}
		encoded[i] = member{string(value.AppendString(nil, all.Members[i].Key)) + ":", literal(text)}
	}
	return encoded.write(dst, s)
}

// echo is {$request: …}: what the request has in a place, as it has it.
type echo struct{ source source }

func (e echo) write(dst []byte, s *scope) ([]byte, bool, error) {
	found := e.source.find(s.scene)
	if found == nil {
		return dst, false, nil
	}
	encoded, err := json.Marshal(found.Any())
	return append(dst, encoded...), true, err
}

// split is {$split: …}: a text with commas as a list.
type split struct{ template value.Template }

func (t split) write(dst []byte, s *scope) ([]byte, bool, error) {
	expanded, err := t.template.Expand(s.lookup, nil)
	if err != nil {
		return dst, false, err
	}
	var all array
	for word := range strings.SplitSeq(expanded, ",") {
		if word != "" {
			all = append(all, literal(value.AppendString(nil, word)))
		}
	}
	return all.write(dst, s)
}
