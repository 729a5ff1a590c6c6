package schemas

import (
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

// Read is [Validator.Body] that also returns what each item has for the rules over a capture. An item
// whose event type isn't known has no type there.
func (j *Validator) Read(body []byte, reference time.Time) ([]webhook.Item, []sequence.Item) {
	var read []sequence.Item
	items := j.validate(body, reference, &read)
	for len(read) < len(items) { // a body that isn't validated has no items
		read = append(read, sequence.Item{})
	}
	for i := range items {
		read[i].Place.Item = items[i].Pointer
	}
	return items, read
}

// The names that only this package reads.
const (
	readCode   = "error.code"
	deliveryID = "event.id"
)

// itemHash is the seed of the hashes of items, which are only compared within a process.
var itemHash = maphash.MakeSeed()

// read returns what an item of a type has for the rules over a capture.
func (t *EventType) read(one *isolated, item *document.Node) sequence.Item {
	event, route := t.canonicalEvent(one.body)
	result := sequence.Item{Type: t.Name, Event: event, Route: t.Provider.Name}
	var texts [512]byte
	r := itemReader{texts: texts[:0], values: make([]sequence.Value, 0, 16)}
	r.walk(t.reads(), one.body)
	if route != nil {
		result.Route, result.LinkedDevices, result.Supported = route.Name, route.Contract.Devices.Linked, route.supported()
		if r.code != "" {
			result.Reasons = route.reasonsOf(r.code)
		}
	}
	result.Values = r.finish()
	var hash maphash.Hash
	hash.SetSeed(itemHash)
	hashNode(&hash, item, r.deliveryIDs)
	result.Hash = hash.Sum64()
	return result
}

// supported returns the canonical events of messages that the route has.
func (r *Route) supported() []string {
	r.supportsOnce.Do(func() {
		for _, event := range canonical.Events() {
			if mappings, _ := r.Mappings(event); len(mappings) > 0 && canonical.Family(event) == "message" {
				r.supports = append(r.supports, event)
			}
		}
	})
	return r.supports
}

// reasonsOf returns the canonical reasons of an error code.
func (r *Route) reasonsOf(code string) []string {
	var names []string
	for _, rule := range r.Provider.reasons {
		if rule.reason.Code == code && r.appliesTo(rule.route) {
			names = append(names, rule.reason.Name)
		}
	}
	return names
}

// A readPlan is a schema at a location, with what in it is needed. Schemas have no cycles.
type readPlan struct {
	schema *jsonschema.Schema
	// value is nil if the schema names no value that is needed.
	value      *sequence.Location
	code, id   bool
	properties []plannedProperty
	// element is the plan of each element that prefix has none of.
	prefix  []*readPlan
	element *readPlan
	// branches may match or not.
	branches []*readPlan
	// then and otherwise depend on condition.
	condition       *jsonschema.Schema
	then, otherwise *readPlan
}

type plannedProperty struct {
	name string
	plan *readPlan
}

// planOf returns the plan of a schema; nil if nothing in it is needed.
func planOf(s *jsonschema.Schema, path []string) *readPlan {
	if s == nil {
		return nil
	}
	p := &readPlan{schema: s, code: s.Value == readCode, id: s.Value == deliveryID}
	if timed := s.Format.Kind() == value.Time; s.Value != "" && (timed || sequence.Reads(s.Value)) {
		p.value = &sequence.Location{Name: s.Value, Pointer: document.Pointer(path...)}
		if timed {
			p.value.Format = s.Format.String()
		}
		if s.Adjust != (value.Adjust{}) {
			p.value.Name = ""
		}
	}
	needed := p.value != nil || p.code || p.id
	for _, property := range s.Properties {
		if plan := planOf(property.Schema, append(slices.Clip(path), property.Name)); plan != nil {
			p.properties = append(p.properties, plannedProperty{property.Name, plan})
		}
	}
	each := append(slices.Clip(path), "*")
	for _, one := range s.Prefix {
		plan := planOf(one, each)
		p.prefix = append(p.prefix, plan)
		needed = needed || plan != nil
	}
	p.element = planOf(s.Items, each)
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf, {s.Ref}} {
		for _, one := range list {
			if plan := planOf(one, path); plan != nil {
				p.branches = append(p.branches, plan)
			}
		}
	}
	p.condition, p.then, p.otherwise = s.If, planOf(s.Then, path), planOf(s.Else, path)
	if !needed && p.properties == nil && p.element == nil && p.branches == nil && p.then == nil && p.otherwise == nil {
		return nil
	}
	return p
}

// An itemReader collects the values of a body with one item.
type itemReader struct {
	values      []sequence.Value
	code        string
	deliveryIDs []*document.Node
	// texts has the texts of all values.
	texts []byte
}

// walk visits the schemas that describe a value, as [readValues] does.
func (r *itemReader) walk(p *readPlan, n *document.Node) {
	if p == nil || n == nil {
		return
	}
	if p.value != nil || p.code || p.id {
		r.value(p, n)
	}
	for i := range p.properties {
		r.walk(p.properties[i].plan, n.Get(p.properties[i].name))
	}
	if p.element != nil || p.prefix != nil {
		for i := range n.Items {
			if i < len(p.prefix) {
				r.walk(p.prefix[i], &n.Items[i])
			} else {
				r.walk(p.element, &n.Items[i])
			}
		}
	}
	for _, branch := range p.branches {
		if mayMatch(branch.schema, n) {
			r.walk(branch, n)
		}
	}
	switch {
	case p.condition == nil:
	case mayMatch(p.condition, n):
		r.walk(p.then, n)
	default:
		r.walk(p.otherwise, n)
	}
}

func (r *itemReader) value(p *readPlan, n *document.Node) {
	switch {
	case n.Kind != document.String && n.Kind != document.Number && n.Kind != document.Bool:
		return
	case p.code:
		r.code = strings.Clone(n.Text)
		return
	case p.id:
		r.deliveryIDs = append(r.deliveryIDs, n)
		return
	}
	one, text := sequence.Value{Location: p.value}, n.Text
	kind := p.schema.Format.Kind()
	if kind == value.Phone || kind == value.Time && !strings.HasPrefix(one.Format, "unix_") { // all others are their text
		if parsed, err := p.schema.Format.Parse(n.Any()); err == nil {
			one.Time = parsed.Time()
			if kind == value.Phone {
				text = parsed.Text()
			}
		}
	}
	r.texts = append(r.texts, text...)
	one.Text = text
	r.values = append(r.values, one)
}

// finish gives the values texts of their own: those of the body are used again.
func (r *itemReader) finish() []sequence.Value {
	all, at := string(r.texts), 0
	for i := range r.values {
		n := len(r.values[i].Text)
		r.values[i].Text = all[at : at+n]
		at += n
	}
	return r.values
}

// hashNode hashes a value without the IDs of the delivery, which a second delivery doesn't share.
func hashNode(h *maphash.Hash, n *document.Node, without []*document.Node) {
	if slices.Contains(without, n) {
		return
	}
	_ = h.WriteByte(byte(n.Kind))
	_, _ = h.WriteString(n.Text)
	for i := range n.Members {
		_, _ = h.WriteString(n.Members[i].Key)
		_ = h.WriteByte(':')
		hashNode(h, &n.Members[i].Value, without)
	}
	for i := range n.Items {
		_ = h.WriteByte(',')
		hashNode(h, &n.Items[i], without)
	}
	_ = h.WriteByte(';')
}

// A canonicalRule maps a body of a type to a canonical event on a route.
type canonicalRule struct {
	event string
	route *Route
	where []condition
	// statuses are the words of reasons, which may be in the place of the one value of where.
	statuses []string
}

// fits reports whether a body has the values of where.
func (c *canonicalRule) fits(body *document.Node) bool {
	return !slices.ContainsFunc(c.where, func(one condition) bool {
		n := body.At(document.Tokens(one.pointer))
		return n == nil || !n.Equal(&one.value)
	})
}

// fitsStatus reports whether a body has another status of a reason in the place of the one of where.
func (c *canonicalRule) fitsStatus(body *document.Node) bool {
	if c.statuses == nil {
		return false
	}
	n := body.At(document.Tokens(c.where[0].pointer))
	return n != nil && slices.Contains(c.statuses, n.Text)
}

// canonicalRules returns the rules of a type, those with the most conditions first.
func (t *EventType) canonicalRules() []canonicalRule {
	var all []canonicalRule
	for _, r := range t.Routes() {
		var statuses []string
		for _, reason := range r.Reasons() {
			if reason.Status != "" {
				statuses = append(statuses, reason.Status)
			}
		}
		for _, w := range t.Provider.mappings {
			if w.typeName != t.relative || !r.appliesTo(w.route) {
				continue
			}
			rule := canonicalRule{event: w.name, route: r, where: w.where}
			if len(w.where) == 1 && slices.Contains(statuses, w.where[0].value.Text) {
				rule.statuses = statuses
			}
			all = append(all, rule)
		}
	}
	slices.SortStableFunc(all, func(a, b canonicalRule) int { return len(b.where) - len(a.where) })
	return all
}

// canonicalEvent returns the canonical event of a body with one item, and the route that maps it; the
// first route of the type, and "", if no mapping matches.
func (t *EventType) canonicalEvent(body *document.Node) (string, *Route) {
	all := t.canonical()
	for _, rule := range all {
		if rule.fits(body) {
			return rule.event, rule.route
		}
	}
	for _, rule := range all {
		if rule.fitsStatus(body) {
			return rule.event, rule.route
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	return "", all[0].route
}
