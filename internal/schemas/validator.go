package schemas

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

// A Scope is what is known about a body before recognition. The zero Scope is empty.
type Scope struct {
	// Route is a provider or one of its routes: only its types are considered.
	Route string
	// Type is an event type: the body is validated against it without recognition.
	Type string
	// Likely is an event type, too: only this type is considered, but recognition still checks
	// whether the body matches. The records of a tape have it. A type that isn't in the catalog
	// is ignored.
	Likely string
	// Composed is the template of a request that a customer composed; nil without one. Type, or its
	// own, is then the type of the values.
	Composed *request.Template
}

// A Validator recognizes and validates captured bodies. It is immutable and safe for
// concurrent use; [Catalog.Validator] makes one.
type Validator struct {
	groups []*group
	// given is the type of the scope; nil without one. With it, recognition is skipped.
	given []*EventType
	// composed is the template of the scope.
	composed *request.Template
	// forms are the types that are sent as forms or queries, and jsonFields are their fields that hold
	// JSON.
	forms      []*group
	jsonFields []string
	// memory has *scratch.
	memory *sync.Pool
	// namingKeys are the keys whose values name event types.
	namingKeys func() map[string]bool
}

// Validator returns a validator of bodies within a scope. The error names a route or type that
// doesn't exist. Validators of one scope share one.
func (c *Catalog) Validator(scope Scope) (*Validator, error) {
	if scope.Type != "" || !c.HasType(scope.Likely) {
		scope.Likely = ""
	}
	if made, ok := c.validators.Load(scope); ok {
		return made.(*Validator), nil
	}
	v, err := c.newValidator(scope)
	if err != nil {
		return nil, err
	}
	made, _ := c.validators.LoadOrStore(scope, v)
	return made.(*Validator), nil
}

func (c *Catalog) newValidator(scope Scope) (*Validator, error) {
	if scope.Composed != nil {
		scope.Type, scope.Likely = cmp.Or(scope.Type, scope.Composed.Type), ""
	}
	types, err := c.within(scope)
	if err != nil {
		return nil, err
	}
	j := &Validator{namingKeys: c.namingKeys, memory: &c.memory, composed: scope.Composed}
	switch {
	case scope.Composed != nil && len(types) != 1:
		return nil, unknown{ErrUnknownType, "find event type: a request template needs one; name it with --type, or in the template"}
	case scope.Composed != nil:
		part, err := types[0].composed()
		if err != nil {
			return nil, err
		}
		types = []*EventType{part}
		j.given = types
	case scope.Type != "":
		j.given = types
	}
	j.groups = groupsOf(types)
	var forms []*EventType
	for _, t := range types {
		if fields, ok := t.formFields(); ok {
			forms = append(forms, t)
			j.jsonFields = append(j.jsonFields, fields...)
		}
	}
	j.forms = groupsOf(forms)
	return j, nil
}

// groupsOf groups types by the rules of their items.
func groupsOf(types []*EventType) []*group {
	var groups []*group
	var keys []string
	grouped := map[string][]*EventType{}
	for _, t := range types {
		key := t.Provider.itemsKey()
		if grouped[key] == nil {
			keys = append(keys, key)
		}
		grouped[key] = append(grouped[key], t)
	}
	for _, key := range keys {
		groups = append(groups, newGroup(grouped[key][0].Provider.items, grouped[key]))
	}
	return groups
}

// formFields reports whether a route sends the type as a form or query, and which of the fields hold
// JSON.
func (t *EventType) formFields() (fields []string, ok bool) {
	for _, r := range t.Routes() {
		if r.Contract.HasFields() {
			fields, ok = append(fields, r.Contract.JSONFields...), true
		}
	}
	return fields, ok
}

// Body recognizes and validates each item of a body. It returns at least one item, in the order of
// the body. The reference is when the body was sent or received: its times are compared with it. The
// zero reference only finds times in another unit.
func (j *Validator) Body(body []byte, reference time.Time) []webhook.Item {
	return j.validate(body, reference, nil)
}

// validate is Body. It adds what items have for the rules over a capture to read, unless that is nil.
func (j *Validator) validate(body []byte, reference time.Time, read *[]sequence.Item) []webhook.Item {
	memory, _ := j.memory.Get().(*scratch)
	if memory == nil {
		memory = &scratch{}
	}
	root, defects, isForm, err := j.decode(memory, body)
	if err != nil {
		return []webhook.Item{{Verdict: undecodable(body, err)}}
	}
	c := validation{validator: j, memory: memory, body: &root, source: body, defects: defects, span: value.SpanAt(reference), read: read, isForm: isForm}
	c.repeats = slices.ContainsFunc(defects, func(d document.Defect) bool { return d.Rule == webhook.RuleDuplicateKey })
	items := c.items()
	if len(body) <= maxReused && !slices.ContainsFunc(items, func(item webhook.Item) bool { return len(item.Verdict.Findings) > 0 }) {
		j.memory.Put(memory) // without findings, nothing of the body is in the result
	}
	return items
}

// decode decodes a body, which is JSON, a form or a query, or what a template makes of them.
func (j *Validator) decode(memory *scratch, body []byte) (root document.Node, defects []document.Defect, isForm bool, err error) {
	if j.composed != nil {
		root, defects, err = j.composed.Decode(body)
		isForm = true // each value is a text, also in JSON
	} else if root, defects, err = memory.parser.JSON(body, document.BodyLimits()); err != nil && document.IsForm(bytes.TrimSpace(body)) {
		root, defects, err = document.Form(bytes.TrimRight(body, "\r\n"), j.jsonFields, document.BodyLimits())
		isForm = true
	}
	return root, defects, isForm, err
}

// maxReused limits the bodies whose memory is used again.
const maxReused = 64 << 10

// Recognizes reports whether a value matches or nearly matches a known body. A list of bodies, for
// example, doesn't.
func (j *Validator) Recognizes(body []byte) bool {
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return false
	}
	c := &validation{validator: j, body: &root, memory: &scratch{}}
	return c.split().step < stepNone
}

// within returns the types of a scope.
func (c *Catalog) within(scope Scope) ([]*EventType, error) {
	if scope.Likely != "" {
		return []*EventType{c.types[scope.Likely]}, nil
	}
	if scope.Type == "" && scope.Route == "" {
		return c.Types(), nil
	}
	if scope.Type == "" {
		return c.byRoute(scope.Route)
	}
	t, err := c.Type(scope.Type)
	if err != nil {
		return nil, err
	}
	if scope.Route != "" {
		types, err := c.byRoute(scope.Route)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(types, t) {
			return nil, unknown{ErrUnknownType, fmt.Sprintf("find event type: %s is not a type of %s", t.Name, scope.Route)}
		}
	}
	return []*EventType{t}, nil
}
