package callspec

import (
	"errors"
	"mime"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Request is a call as it came.
type Request struct {
	// Mount is the prefix under which the call came, one of Operation.Mounts; "" for the root.
	Mount string
	// Vars are the path's variables.
	Vars          map[string]string
	Query, Header map[string][]string
	Body          []byte
	// Parser decodes a JSON body; nil for a new one. It may be used again once the response to
	// the call is rendered, unless the Call has a Problem: its values are copies.
	Parser *document.Parser
}

// A Call is what is understood of a Request. It belongs to one goroutine.
type Call struct {
	Operation *Operation
	// HTTP is the name of the route that the call is about; the provider's name if it
	// is about all of its routes.
	Route string
	// Auth is "ok", "missing" or "invalid".
	Auth string
	// Problem says why the request is invalid; "" if it is valid. It quotes no
	// phone number.
	Problem string
	// Pointer is the JSON Pointer of what is invalid; "" is the body itself.
	Pointer string
	// Status is 415 if the body has a media type that the call does not take, else 0.
	Status int
	// Values are what was taken for the whole call, by name, as value.Read reads it.
	Values map[string]string
	// Lists are the values that are lists.
	Lists map[string][]string
	// Messages are the messages of a valid call with plays, one or more: Values
	// and each one's own.
	Messages []map[string]string
	// Elements are, for a command that is carried out for each of several, what each needs.
	Elements []map[string]string
	// Body is the file of an upload.
	Body []byte

	// responseValues are the values of each message in the response.
	responseValues []map[string]string
	givenRoute     string // the word of the call for its route
	// sourceContext is the request, for what a response echoes.
	scene *sourceContext
}

// Read understands a request. accept says whether a key is good; nil takes any
// that is not empty. What is wrong stands in the Call.
func (a *Operation) Read(r Request, accept func(key string) bool) *Call {
	for _, other := range a.alternatives {
		if doc, err := other.document(&r, &Call{}); err == nil && doc != nil && other.matches(doc) {
			return other.Read(r, accept)
		}
	}
	c := &Call{Operation: a, Values: map[string]string{}, Lists: map[string][]string{}}
	doc, err := a.document(&r, c)
	if err != nil {
		c.invalid(err)
	}
	if doc == nil {
		doc = &document.Node{Kind: document.Object}
	}
	c.Auth = a.auth.check(&r, doc, accept)
	if c.Problem == "" && a.checker != nil {
		if findings := a.checker.Check(doc); len(findings) > 0 {
			c.Pointer, c.Problem = findings[0].Pointer, findingText(findings[0])
		}
	}
	c.scene = &sourceContext{request: &r, body: doc}
	a.readParams(c, c.scene)
	c.Route = a.route(c.givenRoute, r.Mount)
	return c
}

// A matchCase is a place of a request, and the words that may stand there, in lowercase.
type matchCase struct {
	tokens []string
	words  []string
}

// matches reports whether a request has the words of the operation.
func (a *Operation) matches(body *document.Node) bool {
	return !slices.ContainsFunc(a.match, func(m matchCase) bool {
		found := body.At(m.tokens)
		return found == nil || !slices.Contains(m.words, "present") && !slices.Contains(m.words, strings.ToLower(found.Text))
	})
}

// invalid notes the first problem.
func (c *Call) invalid(err error) {
	if c.Problem != "" {
		return
	}
	c.Problem = err.Error()
	if placed, ok := errors.AsType[*pointerError](err); ok {
		c.Pointer = placed.place
	}
}

// A pointerError is a complaint about a place in a request.
type pointerError struct{ place, message string }

func (e *pointerError) Error() string {
	if e.place == "" {
		return e.message
	}
	return e.place + ": " + e.message
}

// findingText is a finding as one line.
func findingText(f webhook.Finding) string {
	e := pointerError{f.Pointer, "expected " + f.Expected}
	if f.Found != "" {
		e.message += ", found " + f.Found
	}
	if f.Hint != "" {
		e.message += "; " + f.Hint
	}
	return e.Error()
}

// document is the decoded body. Where values may come as a query, too, those of it that the body lacks count.
func (a *Operation) document(r *Request, c *Call) (*document.Node, error) {
	doc, err := a.decode(r, c)
	if err != nil || doc == nil || doc.Kind != document.Object || !slices.Contains(a.codecs, codecQuery) || len(r.Body) == 0 {
		return doc, err
	}
	query, err := a.fields(r.Query)
	if err != nil {
		return doc, err
	}
	for _, m := range query.Members {
		if doc.Get(m.Key) == nil {
			doc.Members = append(doc.Members, m)
		}
	}
	return doc, nil
}

const unsupportedMediaType = 415

// decode makes one document of the body, whatever its codec. What of it is no
// JSON is an object of strings.
func (a *Operation) decode(r *Request, c *Call) (*document.Node, error) {
	codec, parameters := a.codecOf(r)
	switch codec {
	case codecNone:
		return nil, nil
	case codecQuery:
		return a.fields(r.Query)
	case codecJSON:
		if r.Parser == nil || a.anyCase {
			node, err := decodeJSON(r.Body, "")
			return a.lowered(node), err
		}
		node, _, err := r.Parser.JSON(r.Body, document.BodyLimits())
		return parsedJSON(node, "", err)
	case codecForm:
		values, err := parseForm(r.Body)
		if err != nil {
			return nil, err
		}
		return a.fields(values)
	case codecXML:
		return decodeXML(r.Body)
	case codecMultipart:
		values, file, err := parseMultipart(r.Body, parameters["boundary"])
		if err != nil {
			return nil, err
		}
		c.Body = file
		return a.parts(values)
	}
	c.Status = unsupportedMediaType
	return nil, errors.New("the Content-Type is not supported")
}

// codecOf chooses by the Content-Type. Without one it is the first codec, or
// the query of a call that has no body at all; "" fits none.
func (a *Operation) codecOf(r *Request) (codec string, parameters map[string]string) {
	line := headerOf(r.Header, "Content-Type")
	hasQuery := slices.Contains(a.codecs, codecQuery)
	switch {
	case len(a.codecs) == 0:
		return codecNone, nil
	case hasQuery && (len(r.Body) == 0 || len(a.codecs) == 1):
		return codecQuery, nil
	case line == "" || a.codecs[0] == codecNone:
		return a.codecs[0], nil
	}
	mediaType, parameters, err := mime.ParseMediaType(line)
	if err != nil {
		return "", nil
	}
	if codec := codecOfType(mediaType); slices.Contains(a.codecs, codec) {
		return codec, parameters
	}
	return "", nil
}
