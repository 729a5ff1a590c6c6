package request

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Template is a request that a customer composes: which values of an event it has, and where.
// Query, body and header values are texts with variables: {{status}} is a member of the event, and
// {{payload.id}} one of a member. [ReadTemplate] makes one.
type Template struct {
	// Type is the event type that the values come from.
	Type string
	// Method is POST, PUT or GET; a GET has no body. ContentType is that of the body.
	Method, ContentType string

	query, body parts
	headers     []header
	// bindings say where the values are in a request.
	bindings []binding
}

type header struct {
	name  string
	value parts
}

// A binding is a place in the query or the body of a request. It has a value of the event, or if path
// is nil, a fixed text.
type binding struct {
	place []string
	path  []string
	fixed string
}

// A declaredTemplate is a file with a request template.
type declaredTemplate struct {
	document.Remarks
	Type        document.Located[string] `key:"type,required"`
	Method      string                   `key:"method" oneof:"POST PUT GET"`
	Query       document.Located[string] `key:"query"`
	ContentType string                   `key:"content_type"`
	Body        document.Located[string] `key:"body"`
	Headers     document.Mapping[string] `key:"headers"`
}

const jsonType = "application/json"

// ReadTemplate reads a file with a request template. variablesOf returns what an event type is called
// with, for its name: the texts of its provider that stand for a value, beside {{key}}, and a check of the
// paths of values.
func ReadTemplate(file *document.File, variablesOf func(eventType string) (Variables, func(paths [][]string) error, error)) (*Template, error) {
	d := document.NewDecoder(file)
	var declared declaredTemplate
	if !d.Decode(&file.Root, &declared) {
		return nil, d.Err()
	}
	variables, check, err := variablesOf(declared.Type.Value)
	if err != nil {
		d.Errorf(declared.Type.Node, "%v", err)
		return nil, d.Err()
	}
	t := &Template{Type: declared.Type.Value, Method: cmp.Or(declared.Method, "POST"), ContentType: declared.ContentType}
	t.query, t.body = variables.split(declared.Query.Value), variables.split(declared.Body.Value)
	for _, one := range declared.Headers.Each {
		t.headers = append(t.headers, header{one.Name, variables.split(one.Value)})
		if err := check(variables.Paths(one.Value)); err != nil {
			d.Errorf(one.Key, "%v", err)
		}
	}
	for _, text := range []document.Located[string]{declared.Query, declared.Body} {
		if err := check(variables.Paths(text.Value)); err != nil {
			d.Errorf(text.Node, "%v", err)
		}
	}
	switch {
	case t.Method == MethodGet && (declared.Body.Node != nil || t.ContentType != ""):
		d.Errorf(&file.Root, "a GET has no body: put the values into query and leave body and content_type out, or change method")
	case t.Method == MethodGet && declared.Query.Node == nil:
		d.Errorf(&file.Root, "missing key query (for example query: \"id={{id}}&status={{status}}\")")
	case t.Method != MethodGet && declared.Body.Node == nil:
		d.Errorf(&file.Root, "missing key body: a %s has one (for example status={{status}})", t.Method)
	}
	if t.Method != MethodGet {
		t.ContentType = cmp.Or(t.ContentType, jsonType)
		t.bind(d, declared.Body, t.body, IsForm(t.ContentType))
	} else {
		t.bind(d, declared.Query, t.query, true)
	}
	return t, d.Err()
}

// bind finds the places of the values in a template: the template with a marker for each variable
// is read like a request.
func (t *Template) bind(d *document.Decoder, text document.Located[string], template parts, isForm bool) {
	if text.Node == nil {
		return
	}
	markers := map[string][]string{}
	filled := template.markedWith(markers)
	fields, _, err := read(filled, isForm)
	if err != nil {
		format := "JSON; for a form, set content_type: application/x-www-form-urlencoded"
		if isForm {
			format = "a form"
		}
		d.Errorf(text.Node, "the template can't be read as %s: %v", format, err)
		return
	}
	if fields.Kind != document.Object {
		d.Errorf(text.Node, "the template has no keys; write an object or fields")
		return
	}
	t.bindIn(&fields, nil, markers)
}

func (t *Template) bindIn(n *document.Node, place []string, markers map[string][]string) {
	if n.Kind == document.String && markers[n.Text] != nil {
		t.bindings = append(t.bindings, binding{place: place, path: markers[n.Text]})
	} else if n.Kind != document.Object && n.Kind != document.Array {
		t.bindings = append(t.bindings, binding{place: place, fixed: n.Text})
	}
	for i := range n.Members {
		t.bindIn(&n.Members[i].Value, append(slices.Clip(place), n.Members[i].Key), markers)
	}
	for i := range n.Items {
		t.bindIn(&n.Items[i], append(slices.Clip(place), strconv.Itoa(i)), markers)
	}
}

// markedWith returns the text with a marker for each variable, and adds the markers.
func (ps parts) markedWith(markers map[string][]string) []byte {
	var text []byte
	for i := range ps {
		if ps[i].path == nil {
			text = append(text, ps[i].fixed...)
			continue
		}
		marker := fmt.Sprintf("ringback-variable-%d", i)
		markers[marker] = ps[i].path
		text = append(text, marker...)
	}
	return text
}

// read decodes a body or query.
func read(source []byte, isForm bool) (document.Node, []document.Defect, error) {
	if isForm {
		return document.Form(source, nil, document.BodyLimits())
	}
	return document.JSON(source, document.BodyLimits())
}

// encode fills the template with the values of an event.
func (t *Template) encode(out Request, event *document.Node) Request {
	out.Method, out.ContentType, out.Body = t.Method, t.ContentType, nil
	out.URL = WithQuery(out.URL, string(t.query.fill(event, document.AppendEscaped)))
	switch {
	case t.Method == MethodGet:
	case IsForm(t.ContentType):
		out.Body = t.body.fill(event, document.AppendEscaped)
	default:
		out.Body = t.body.fill(event, inJSON)
	}
	for _, h := range t.headers {
		out.Headers = append(out.Headers, webhook.Header{Name: h.name, Value: string(h.value.fill(event, asIs))})
	}
	return out
}

// A MismatchError is where a request differs from its template.
type MismatchError struct {
	Place []string
	// Offset is that of the place in the body or query; 0 without it.
	Offset          int
	Found, Expected string
}

func (e *MismatchError) Error() string {
	return "read request: found " + e.Found + " at " + document.Pointer(e.Place...) + ", expected " + e.Expected
}

// Decode reads the values of an event from a request: source is the body, or the query of a GET. It
// returns them as an object at their paths in the event, with offsets in source. A request that lacks a
// key of the template, or has another fixed text, is a *[MismatchError].
func (t *Template) Decode(source []byte) (document.Node, []document.Defect, error) {
	fields, defects, err := read(source, t.Method == MethodGet || IsForm(t.ContentType))
	if err != nil {
		return document.Node{}, nil, err
	}
	event := document.Node{Kind: document.Object, Start: fields.Start, End: fields.End}
	for _, b := range t.bindings {
		switch v := fields.At(b.place); {
		case v == nil:
			return document.Node{}, nil, &MismatchError{b.place, 0, "nothing", "the field " + document.Pointer(b.place...) + " of the request template"}
		case b.path == nil && v.Text != b.fixed:
			return document.Node{}, nil, &MismatchError{b.place, v.Start, document.Quote(document.Shorten(v.Text, 40)), document.Quote(b.fixed) + ", as in the request template"}
		case b.path != nil:
			event.Put(b.path, fields.KeyStart(b.place), *v)
		}
	}
	return event, defects, nil
}
