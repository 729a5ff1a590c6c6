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
	r := itemReader{reads: t.reads(), path: make([]string, 0, usualDepth)}
	r.walk(t.Root(), one.body)
	if route != nil {
		result.Route, result.LinkedDevices, result.Supported = route.Name, route.Contract.Devices.Linked, route.supported()
		if r.code != "" {
			result.Reasons = route.reasonsOf(r.code)
		}
	}
	result.Values = r.values
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

// An itemReader collects the values of a body with one item.
type itemReader struct {
	// reads has the schemas that contain a value which is needed.
	reads       map[*jsonschema.Schema]bool
	path        []string
	values      []sequence.Value
	code        string
	deliveryIDs []*document.Node
}

// walk visits the schemas that describe a value, as [readValues] does.
func (r *itemReader) walk(s *jsonschema.Schema, n *document.Node) {
	if s == nil || n == nil || !r.reads[s] {
		return
	}
	if s.Value != "" {
		r.value(s, n)
	}
	for _, p := range s.Properties {
		if r.reads[p.Schema] {
			r.path = append(r.path, p.Name)
			r.walk(p.Schema, n.Get(p.Name))
			r.path = r.path[:len(r.path)-1]
		}
	}
	for i := range n.Items {
		r.path = append(r.path, "*")
		r.walk(s.Element(i), &n.Items[i])
		r.path = r.path[:len(r.path)-1]
	}
	for _, list := range [][]*jsonschema.Schema{s.AllOf, s.AnyOf, s.OneOf} {
		for _, branch := range list {
			r.branch(branch, n)
		}
	}
	r.branch(s.Ref, n)
	if s.If != nil {
		if mayMatch(s.If, n) {
			r.walk(s.Then, n)
		} else {
			r.walk(s.Else, n)
		}
	}
}

func (r *itemReader) branch(s *jsonschema.Schema, n *document.Node) {
	if r.reads[s] && mayMatch(s, n) {
		r.walk(s, n)
	}
}

func (r *itemReader) value(s *jsonschema.Schema, n *document.Node) {
	switch n.Kind {
	case document.String, document.Number, document.Bool:
	default:
		return
	}
	text := n.Text
	switch s.Value {
	case readCode:
		r.code = strings.Clone(text)
		return
	case deliveryID:
		r.deliveryIDs = append(r.deliveryIDs, n)
		return
	}
	one := sequence.Value{Name: s.Value, Pointer: document.Pointer(r.path...)}
	parsed, err := s.Format.Parse(n.Any())
	switch {
	case s.Format.Kind() == value.Time:
		one.Format = s.Format.String()
		one.Time = parsed.Time()
	case err == nil && parsed.Text() != "":
		text = parsed.Text()
	}
	if s.Adjust != (value.Adjust{}) {
		one.Name = ""
	}
	one.Text = strings.Clone(text)
	r.values = append(r.values, one)
}

// readsOf returns the schemas of a type that contain a value which a rule over a capture needs.
func readsOf(root *jsonschema.Schema) map[*jsonschema.Schema]bool {
	reads := map[*jsonschema.Schema]bool{}
	var visit func(s *jsonschema.Schema) bool
	visit = func(s *jsonschema.Schema) bool {
		if s == nil {
			return false
		}
		found := s.Value == readCode || s.Value == deliveryID || sequence.Reads(s.Value) || s.Value != "" && s.Format.Kind() == value.Time
		for _, p := range s.Properties {
			found = visit(p.Schema) || found
		}
		for _, list := range [][]*jsonschema.Schema{s.Prefix, s.AllOf, s.AnyOf, s.OneOf, {s.Items, s.Ref, s.Then, s.Else}} {
			for _, one := range list {
				found = visit(one) || found
			}
		}
		if found {
			reads[s] = true
		}
		return found
	}
	visit(root)
	return reads
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
		if !slices.ContainsFunc(rule.where, func(c condition) bool {
			n := body.At(document.Tokens(c.pointer))
			return n == nil || !n.Equal(&c.value)
		}) {
			return rule.event, rule.route
		}
	}
	for _, rule := range all {
		if rule.statuses == nil {
			continue
		}
		if n := body.At(document.Tokens(rule.where[0].pointer)); n != nil && slices.Contains(rule.statuses, n.Text) {
			return rule.event, rule.route
		}
	}
	if len(all) == 0 {
		return "", nil
	}
	return "", all[0].route
}
