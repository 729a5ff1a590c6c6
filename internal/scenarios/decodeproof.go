package scenarios

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// declaredProof is the YAML of [Proof]: {event: message.failed, count: 1, with: {error: …}, …}.
type declaredProof Proof

type proofKeys struct {
	Event   oneOrMore[provenEvent] `key:"event" doc:"the events that the expectation is about"`
	Order   oneOrMore[provenEvent] `key:"order" doc:"events that come exactly in this order; other events may come between them"`
	Message name                   `key:"message" doc:"only events about this message"`
	Nth     int                    `key:"nth" min:"1" max:"1000" doc:"only the nth of the events, from 1"`
	Count   *callCount             `key:"count" doc:"the number of events in a conversation (default: at least 1)"`
	Share   *provenShare           `key:"share" doc:"the share of the conversations that have the event"`
	With    provenValues           `key:"with"`
	Same    oneOrMore[provenName]  `key:"same" doc:"values that are equal in all of the events"`
	Differs oneOrMore[provenName]  `key:"differs" doc:"values that are different in each of the events"`
	Rises   oneOrMore[provenName]  `key:"rises" doc:"values that never fall from one of the events to the next"`
	After   *provenEvent           `key:"after" doc:"the event before each of the events; min and max limit the time between them"`
	Min     span                   `key:"min" doc:"the minimum time since the event of after"`
	Max     span                   `key:"max" doc:"the maximum time since the event of after"`
}

// UnmarshalNode reads the keys of an expectation, and rejects those that have no effect together.
func (p *declaredProof) UnmarshalNode(d *document.Decoder, n *document.Node) {
	p.node = n
	var keys proofKeys
	if !d.Decode(n, &keys) {
		return
	}
	d.OneKey(n, "event", "order")
	for _, rule := range []struct{ key, needs, without string }{
		{key: "nth", needs: "event", without: "count"}, {key: "nth", needs: "event", without: "share"},
		{key: "count", needs: "event"}, {key: "share", needs: "event"}, {key: "with", needs: "event"},
		{key: "same", needs: "event", without: "nth"}, {key: "differs", needs: "event", without: "nth"}, {key: "rises", needs: "event", without: "nth"},
		{key: "after", needs: "event"}, {key: "min", needs: "after"}, {key: "max", needs: "after"},
	} {
		switch at := n.Get(rule.key); {
		case at == nil:
		case n.Get(rule.needs) == nil:
			d.Errorf(at, "%s needs %s beside it", rule.key, rule.needs)
		case rule.without != "" && n.Get(rule.without) != nil:
			d.Errorf(at, "keys %s and %s exclude each other; use two expectations", rule.key, rule.without)
		}
	}
	if keys.Max > 0 && keys.Min > keys.Max {
		d.Errorf(n.Get("min"), "min %s is above max %s", time.Duration(keys.Min), time.Duration(keys.Max))
	}
	p.message, p.nth = string(keys.Message), keys.Nth
	p.events, p.order = locatedOf(keys.Event), locatedOf(keys.Order)
	p.same, p.differs, p.rises, p.with = locatedOf(keys.Same), locatedOf(keys.Differs), locatedOf(keys.Rises), keys.With
	p.checkRises(d)
	if keys.After != nil {
		p.after = located(*keys.After)
	}
	p.gap.min, p.gap.max = time.Duration(keys.Min), time.Duration(keys.Max)
	if keys.Count != nil {
		p.count = &limits{keys.Count.Min, keys.Count.Max}
	}
	p.share = (*limits)(keys.Share)
}

func (p *declaredProof) checkRises(d *document.Decoder) {
	for _, one := range p.rises {
		if kind, known := value.KindOf(one.name); known && !slices.Contains(rising(), kind) {
			d.Errorf(one.node, "%s can't rise: it is of the kind %s; use differs", one.name, kind)
		}
	}
}

func locatedOf[T interface{ provenEvent | provenName }](all []T) []located {
	var names []located
	for _, one := range all {
		names = append(names, located(one))
	}
	return names
}

// A provenEvent is a canonical event or an event type; [Scenario.CheckProofs] checks that the
// scenario sends it.
type provenEvent located

func (e *provenEvent) UnmarshalNode(d *document.Decoder, n *document.Node) {
	*e = provenEvent{n.Text, n}
	if n.Kind != document.String || !canonical.Is(n.Text) && !strings.Contains(n.Text, "/") {
		d.Errorf(n, "unknown event %s; %s", n.Compact(60), document.OneOf(n.Text, canonical.Events()))
	}
}

// A provenName is the name of a value.
type provenName located

func (v *provenName) UnmarshalNode(d *document.Decoder, n *document.Node) {
	*v = provenName{n.Text, n}
	if _, known := value.KindOf(n.Text); n.Kind != document.String || !known {
		d.Errorf(n, "unknown value %s; %s", n.Compact(60), document.OneOf(n.Text, value.Names()))
	}
}

// provenValues are values by name, as in with: each is a text, a list of texts, or null.
type provenValues []expectedValue

func (v *provenValues) UnmarshalNode(d *document.Decoder, n *document.Node) {
	for i := range members(d, n, "names of values") {
		m := &n.Members[i]
		one := expectedValue{located: located{m.Key, &document.Node{Start: m.KeyStart}}, absent: m.Value.Kind == document.Null}
		kind, known := value.KindOf(m.Key)
		switch {
		case m.Key == reason:
			c := reasonOf(d, &m.Value)
			one.texts = append([]string{c.Text}, c.others...)
		case !known:
			d.Errorf(one.node, "unknown value %s; %s", document.Quote(m.Key), document.OneOf(m.Key, append(value.Names(), reason)))
		case one.absent:
		case kind == value.Time:
			d.Errorf(&m.Value, "%s is a time; use after or rises, or null for no value", m.Key)
		default:
			one.read(d, kind, &m.Value)
		}
		*v = append(*v, one)
	}
}

// read reads one text or several.
func (e *expectedValue) read(d *document.Decoder, kind value.Kind, n *document.Node) {
	all := elementsOf(n)
	if len(all) == 0 {
		d.Errorf(n, "expected a text or a list of texts, found %s", n.Describe())
	}
	for _, item := range all {
		var got value.Value
		length, err := document.ParseDuration(item.Text)
		if got = value.OfDuration(length); kind != value.Duration {
			got, err = value.Read(kind, item.Text)
		}
		switch {
		case item.Kind != document.String && item.Kind != document.Number && item.Kind != document.Bool:
			d.Errorf(item, "expected a string, a number, or null for no value, found %s", item.Describe())
		case err != nil:
			d.Errorf(item, "%s: %v", e.name, err)
		}
		e.texts = append(e.texts, textOf(got))
	}
}

// A provenShare is {min: 0.8, max: 0.9}, in millionths.
type provenShare limits

func (s *provenShare) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var keys shareKeys
	if d.Decode(n, &keys) && keys.Min > keys.Max {
		d.Errorf(n, "min is above max")
	}
	*s = provenShare{int(keys.Min), int(keys.Max)}
}

type shareKeys struct {
	Min probability `key:"min,required"`
	Max probability `key:"max,required"`
}

// EditorSchema has one of event and order.
func (declaredProof) EditorSchema(b build) schema {
	all := b.Struct(proofKeys{})
	all["oneOf"] = []schema{{"required": []string{"event"}}, {"required": []string{"order"}}}
	return all
}

// EditorSchema is that of an event to send.
func (provenEvent) EditorSchema(b build) schema { return b.Of(event{}) }

// EditorSchema has the names of values.
func (provenName) EditorSchema(build) schema { return schema{"enum": value.Names()} }

// EditorSchema has the names of values.
func (provenValues) EditorSchema(b build) schema {
	one := schema{"type": []string{"string", "number", "boolean", "null"}}
	properties := schema{}
	for _, name := range append(value.Names(), reason) {
		properties[name] = schema{"anyOf": []schema{one, {"type": "array", "minItems": 1, "items": one}}}
	}
	return schema{
		"description": "values by name; null means no value, a list means one of them", "type": "object",
		"minProperties": 1, "properties": properties, "additionalProperties": false,
	}
}

// EditorSchema has a minimum and a maximum.
func (provenShare) EditorSchema(b build) schema { return b.Struct(shareKeys{}) }
