package callspec

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A param is where in a request a value is.
type param struct {
	name string
	// sources are tried in order; the first that has something counts.
	sources []source
	// spelling reads what is found; of routeName and of lists it is unused.
	format value.Format
	list   bool
	// values are the provider's words for ours; nil takes any.
	translations map[string]string
	// fallback is the value where no source has one.
	fallback    string
	hasFallback bool
	// trim are characters that don't count at the beginning and end of the value.
	trim string
	// perMessage is true if the value differs from message to message.
	perMessage bool
}

func (t *param) kind() value.Kind {
	if kind, known := value.KindOf(t.name); known {
		return kind
	}
	return value.Text
}

// A source is one place of a request.
type source struct {
	from   string // "body", "each", "path", "query", "header"
	tokens []string
	name   string // of path, query and header
}

// An each says where the messages of a call stand: one for each element of the first place that
// there is.
type each struct{ places [][]string }

// at returns the first place that there is, and what stands there; the first of all, if none is.
func (e *each) at(body *document.Node) (place []string, found *document.Node) {
	for _, place := range e.places {
		if found := body.At(place); found != nil && found.Kind != document.Null {
			return place, found
		}
	}
	return e.places[0], nil
}

// A sourceContext is the part of a request that sources read.
type sourceContext struct {
	request       *Request
	body, element *document.Node
	// place is where the elements are.
	place []string
}

func (s source) find(at *sourceContext) *document.Node {
	text := func(text string) *document.Node { return &document.Node{Kind: document.String, Text: text} }
	switch s.from {
	case "body":
		return at.body.At(s.tokens)
	case "each":
		return at.element.At(s.tokens)
	case "path":
		return text(at.request.Vars[s.name])
	case "query":
		return text(first(at.request.Query[s.name]))
	}
	return text(headerOf(at.request.Header, s.name))
}

// readParams fills the call's values, and its messages if it is valid.
func (a *Operation) readParams(c *Call, at *sourceContext) {
	for i := range a.params {
		if t := &a.params[i]; !t.perMessage {
			a.readParam(c, t, at, c.Values)
		}
	}
	if a.Command != send && a.each == nil || c.Problem != "" {
		return
	}
	var all []map[string]string
	for _, element := range a.elements(c, at) {
		values := map[string]string{}
		maps.Copy(values, c.Values)
		at.element = &element
		for i := range a.params {
			if t := &a.params[i]; t.perMessage {
				a.readParam(c, t, at, values)
			}
		}
		switch {
		case a.Command != send:
		case values["recipient.phone"] != "":
			delete(values, "recipient.user_id") // of a number and a user id, the number counts
		case values["recipient.user_id"] == "":
			c.invalid(&pointerError{a.phonePointer(), "the phone number of the recipient is missing"})
		}
		all = append(all, values)
	}
	switch {
	case c.Problem != "":
	case a.Command == send:
		c.Messages = all
	default:
		c.Elements = all
	}
	c.responseValues = make([]map[string]string, len(c.Messages))
}

// maxMessages bounds the messages of one call.
const maxMessages = 1000

// elements returns what holds one message each: the elements of a list, the parts
// of a text with commas, or the one thing that stands in their place.
func (a *Operation) elements(c *Call, at *sourceContext) []document.Node {
	if a.each == nil {
		return []document.Node{{}}
	}
	tokens, found := a.each.at(at.body)
	at.place = tokens
	place := document.Pointer(tokens...)
	switch {
	case found == nil || found.Kind == document.Array && len(found.Items) == 0:
		c.invalid(&pointerError{place, "expected one or more, found none"})
		return nil
	case len(found.Items) > maxMessages:
		c.invalid(&pointerError{place, "expected at most " + strconv.Itoa(maxMessages)})
		return nil
	case found.Kind == document.Array:
		return found.Items
	case found.Kind != document.String:
		return []document.Node{*found}
	}
	var all []document.Node
	for text := range strings.SplitSeq(found.Text, ",") {
		all = append(all, document.Node{Kind: document.String, Text: strings.TrimSpace(text)})
	}
	if len(all) > maxMessages {
		c.invalid(&pointerError{place, "expected at most " + strconv.Itoa(maxMessages)})
		return nil
	}
	return all
}

// phonePointer is where the recipient's number should stand.
func (a *Operation) phonePointer() string {
	for _, t := range a.params {
		if t.name == "recipient.phone" && t.sources[0].from == "body" {
			return document.Pointer(t.sources[0].tokens...)
		}
	}
	if a.each != nil {
		return document.Pointer(a.each.places[0]...)
	}
	return ""
}

// readParam adds the value of a parameter to values, which keep nothing of the document. An empty text counts as missing, as in a form.
func (a *Operation) readParam(c *Call, t *param, at *sourceContext, values map[string]string) {
	for _, s := range t.sources {
		found := s.find(at)
		if found == nil || found.Kind == document.Null || found.Kind == document.String && found.Text == "" {
			continue
		}
		if err := a.keep(c, t, found, values); err != nil {
			c.invalid(&pointerError{s.pointer(at), err.Error()})
		}
		return
	}
	if t.hasFallback {
		values[t.name] = t.fallback
	}
}

func (s source) pointer(at *sourceContext) string {
	switch s.from {
	case "body":
		return document.Pointer(s.tokens...)
	case "each":
		return document.Pointer(at.place...)
	}
	return "" // of the path, the query or a header
}

func (a *Operation) keep(c *Call, t *param, found *document.Node, values map[string]string) error {
	if t.list {
		list, err := a.listOf(t, found)
		c.Lists[t.name] = list
		values[t.name] = strings.Join(list, ",")
		return err
	}
	text, err := plain(found, t.format.Kind())
	if err != nil {
		return err
	}
	text = strings.Trim(text, t.trim)
	if t.translations != nil {
		word, known := t.translations[text]
		if !known {
			return errors.New("the word is not known here")
		}
		values[t.name] = word
		return nil
	}
	if t.name == routeName {
		c.givenRoute = strings.Clone(text)
		return nil
	}
	read, err := t.format.Parse(text)
	if err != nil {
		return err
	}
	values[t.name] = strings.Clone(valueText(read)) // see Request.Parser
	return nil
}

// plain is a node as a text; of an object or array, where a text may be
// anything, its JSON.
func plain(n *document.Node, kind value.Kind) (string, error) {
	if n.Kind != document.Object && n.Kind != document.Array {
		return n.Text, nil
	}
	if kind != value.Text {
		return "", errors.New("expected a text or a number, found an " + n.Kind.String())
	}
	source, err := json.Marshal(n.Any())
	return string(source), err
}

// listOf reads a list, or a text with commas, with or without brackets: "SENT,
// READ", "[SENT]". Of modes, one that the provider does not have is refused.
func (a *Operation) listOf(t *param, n *document.Node) ([]string, error) {
	var all []string
	if n.Kind == document.Array {
		for _, item := range n.Items {
			all = append(all, strings.Clone(item.Text))
		}
	} else {
		for word := range strings.SplitSeq(strings.Trim(strings.Clone(n.Text), "[] "), ",") {
			if word = strings.Trim(word, ` "`); word != "" {
				all = append(all, word)
			}
		}
	}
	for i, word := range all {
		if ours, known := t.translations[word]; known {
			all[i] = ours
		} else if t.translations != nil {
			return nil, errors.New("unknown word " + document.Quote(document.Shorten(word, maxWord)))
		}
		if _, known := a.modes[all[i]]; !known && len(a.modes) > 0 {
			return nil, errors.New("unknown mode " + document.Quote(document.Shorten(word, maxWord)) + "; " + document.OneOf(word, slices.Sorted(maps.Keys(a.modes))))
		}
	}
	return all, nil
}

// maxWord limits what an error quotes of a request.
const maxWord = 40

// valueText is a value as people write it: what value.Read reads.
func valueText(v value.Value) string {
	switch v.Kind() {
	case value.Time:
		return v.Time().Format(time.RFC3339Nano)
	case value.Duration:
		return v.Duration().String()
	case value.Money:
		format, _ := value.ParseFormat(value.Money, "")
		text, _ := format.Text(v)
		decimal, _ := text.(string)
		return decimal
	case value.Bool:
		return strconv.FormatBool(v.Bool())
	}
	return v.Text()
}
