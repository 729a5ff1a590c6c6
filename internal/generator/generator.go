// Package generator writes the bodies that a provider would send. An event
// type's schema is compiled once to a program that appends literal chunks and
// values; a seed, a time and the values of a message make it an Event.
//
// It cannot lie: every body is judged by its own schema before it leaves, and
// anything but ok is an error.
//
// Read [Request] first, then compile.go for how a schema becomes a program and
// getters.go for where values come from.
package generator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/value"
	"github.com/ringback-dev/ringback/webhook"
)

// Options say how bodies are written.
type Options struct {
	// Variant is the x-form that is written where a type has it; "" means any.
	Variant string
	Fill    Fill
	// Unjudged leaves the judge out. It is for benchmarks only.
	Unjudged bool
}

// A Fill says which optional keys a body has.
type Fill string

// The fills. Typical is the default: each key about as often as in the examples.
const (
	Minimal Fill = "minimal"
	Typical Fill = "typical"
	Full    Fill = "full"
	// Empty has the optional keys, but with nothing in them.
	Empty Fill = "empty"
)

// Fills lists the fills, the default first.
func Fills() []Fill { return []Fill{Typical, Minimal, Full, Empty} }

// A Request is what one Event is to tell.
type Request struct {
	Route *schemas.Route
	// Run is the luck of what a whole run shares: the app, its numbers.
	Run uint64
	// Conversation counts from 0 and decides who the recipient is; Opened is when
	// it began.
	Conversation int
	Opened       time.Duration
	// Messages is the luck by which the messages of this request differ from those
	// of the same name in another one of the same conversation.
	Messages uint64
	// Seed is the luck of this Event alone.
	Seed uint64
	// Start is the moment from which the times count.
	Start time.Time
	// Items are one happening, or several that make a batch.
	Items []scenarios.Item
}

// A Generator makes Events. It is safe for concurrent use.
type Generator struct {
	catalog *schemas.Catalog
	options Options
	words   *words

	writings  sync.Pool // of *writing
	speeches  sync.Map  // *schemas.Route → *speech
	templates sync.Map  // text → value.Template
	judges    sync.Map  // type or route → *schemas.Validator

	mu       sync.RWMutex
	programs map[programKey]*program
	ways     map[mappingKey][]resolvedMapping
}

// New makes a Generator of the catalogue's types. It refuses a form that no
// type has.
func New(catalog *schemas.Catalog, o Options) (*Generator, error) {
	if o.Fill == "" {
		o.Fill = Typical
	}
	if !slices.Contains(Fills(), o.Fill) {
		return nil, fmt.Errorf("read fill: none is named %q; %s", o.Fill, document.OneOf(string(o.Fill), []string{"typical", "minimal", "full", "empty"}))
	}
	if o.Variant != "" {
		var all []string
		for _, t := range catalog.Types() {
			all = append(all, Variants(t)...)
		}
		slices.Sort(all)
		if all = slices.Compact(all); !slices.Contains(all, o.Variant) {
			return nil, fmt.Errorf("read form: no event type has the form %q; %s", o.Variant, document.OneOf(o.Variant, all))
		}
	}
	words, err := loadWords()
	if err != nil {
		return nil, err
	}
	return &Generator{
		catalog: catalog, options: o, words: words, programs: map[programKey]*program{}, ways: map[mappingKey][]resolvedMapping{},
		writings: sync.Pool{New: func() any { return &encoderState{values: values{kept: &kept{}}} }},
	}, nil
}

// Variants lists the names of the forms that a type has, sorted.
func Variants(t *schemas.EventType) []string {
	var forms []string
	var walk func(s *schemas.Shape)
	walk = func(s *schemas.Shape) {
		if s == nil {
			return
		}
		if s.Variant != "" {
			forms = append(forms, s.Variant)
		}
		for _, p := range s.Properties {
			walk(p.Shape)
		}
		for _, list := range [][]*schemas.Shape{s.Prefix, s.AnyOf, s.OneOf, s.AllOf, {s.Items, s.Additional, s.Then, s.Else}} {
			for _, inner := range list {
				walk(inner)
			}
		}
	}
	walk(t.Shape())
	slices.Sort(forms)
	return slices.Compact(forms)
}

// Event makes the Event of a request: its body, and the header lines of the
// route's contract. The same request gives the same bytes everywhere.
func (g *Generator) Event(r Request) (webhook.Event, error) {
	event := webhook.Event{Route: r.Route.Name}
	if len(r.Items) == 0 {
		return event, fmt.Errorf("generate for %s: a request has at least one item", r.Route.Name)
	}
	w := g.writings.Get().(*encoderState)
	defer g.writings.Put(w)
	for i := range r.Items {
		p, err := g.program(r.Route, &r.Items[i], itemSeed(r.Seed, i))
		if err != nil {
			return event, err
		}
		body, err := g.write(w, p, &r, i)
		if err != nil {
			return event, err
		}
		if i == 0 {
			event.Type, event.Body = p.eventType.Name, body
			continue
		}
		if event.Body, err = join(p.eventType.Provider, event.Body, body); err != nil {
			return event, fmt.Errorf("generate %s: %w", p.eventType.Name, err)
		}
	}
	event.At = r.Start.Add(r.Items[len(r.Items)-1].At)
	if err := g.validate(event, len(r.Items) > 1); err != nil {
		return event, err
	}
	header, err := g.header(w, r.Route)
	event.Headers = header
	return event, err
}

// Places lists the JSON Pointers that a set can name in the bodies by which a
// route tells an event, sorted.
func (g *Generator) Places(route *schemas.Route, event string) ([]string, error) {
	p, err := g.program(route, &scenarios.Item{Event: event}, 0)
	if err != nil {
		return nil, err
	}
	return p.places, nil
}

// Type returns the type of the Event that a request makes: of its first item.
func (g *Generator) Type(r Request) (*schemas.EventType, error) {
	way, err := g.mapping(r.Route, &r.Items[0], itemSeed(r.Seed, 0))
	return way.Type, err
}

// Value returns a value that the first item of a request tells, or could tell:
// the id that a send API answers is the one that its webhooks have.
func (g *Generator) Value(r Request, name string) (value.Value, bool) {
	w := g.writings.Get().(*encoderState)
	defer g.writings.Put(w)
	p := program{speech: g.formatter(r.Route)}
	if err := g.begin(w, &p, &r, 0); err != nil {
		return value.Value{}, false
	}
	return w.values.lookup(name)
}

func itemSeed(seed uint64, i int) uint64 { return prng.Seed(seed, uint64(i)) }

// write makes the body of one item. The values stay in w.
func (g *Generator) write(w *encoderState, p *program, r *Request, i int) ([]byte, error) {
	if err := g.begin(w, p, r, i); err != nil {
		return nil, fmt.Errorf("generate %s: %w", p.eventType.Name, err)
	}
	if !p.write(w) {
		return nil, w.missing.error(p.eventType.Name)
	}
	return bytes.Clone(w.out), nil
}

// begin settles what the values of an item are made of.
func (g *Generator) begin(w *encoderState, p *program, r *Request, i int) error {
	item := &r.Items[i]
	conversation := prng.Seed(r.Run, saltConversation, uint64(r.Conversation))
	seed := prng.Seed(r.Seed, uint64(i), saltBody)
	scratch, kept, settings := w.values.scratch[:0], w.values.kept, w.values.settings[:0]
	*w = encoderState{out: w.out[:0], random: prng.From(seed)}
	w.values = values{
		speech: p.speech, scene: &p.scene, run: r.Run, conversation: conversation, messages: r.Messages,
		message: messageSeed(conversation, r.Messages, item.Message.Name), event: seed, number: r.Conversation, start: r.Start, opened: r.Opened, item: item, about: &item.Message, random: &w.random, scratch: scratch, kept: kept, settings: settings,
	}
	return g.settle(&w.values, item)
}

func (a missingValue) error(name string) error {
	if a.name == "" {
		return fmt.Errorf("generate %s: none of its forms fits this moment of the message", name)
	}
	hint := "give it by name, as in --with " + a.name + "=…"
	switch {
	case a.given:
		return fmt.Errorf("generate %s: it cannot hold %s as it was given: %s lists %s; to send what a provider never would, use a fault",
			name, a.name, a.pointer, document.Shorten(strings.Join(a.listed, ", "), 100))
	case strings.HasPrefix(a.name, "message.reply"):
		hint = "let the step say reply_to"
	}
	return fmt.Errorf("generate %s: it must hold %s (schema %s), which has no value here; %s", name, a.name, a.pointer, hint)
}

// settle reads the values that an item was given. Their templates may name any
// value but themselves.
func (g *Generator) settle(v *values, item *scenarios.Item) error {
	for _, with := range item.With {
		if with.Name == "error" {
			if v.speech.reason(with.Text) == nil {
				_, err := v.speech.route.Reason(with.Text) // which words that there is none
				return err
			}
			v.why = with.Text
			continue
		}
		if with.Absent {
			v.settings = append(v.settings, setting{name: with.Name, absent: true})
			continue
		}
		found, err := g.settled(v, &with)
		if err != nil {
			return fmt.Errorf("with %s: %w", with.Name, err)
		}
		v.settings = append(v.settings, setting{name: with.Name, value: found})
	}
	return nil
}

func (g *Generator) settled(v *values, with *scenarios.Setting) (value.Value, error) {
	kind, known := value.KindOf(with.Name)
	switch {
	case !known:
		return value.Value{}, fmt.Errorf("no value is named %s", with.Name)
	case with.Literal:
		return value.Read(kind, with.Text)
	}
	template, err := g.template(with.Text)
	if err != nil {
		return value.Value{}, err
	}
	if single, _, ok := template.Single(); ok {
		if of, _ := value.KindOf(single); of == kind {
			if found, ok := v.lookup(single); ok {
				return found, nil
			}
		}
	}
	plain, err := template.Append(nil, v.lookup, v.random)
	if err != nil {
		return value.Value{}, err
	}
	return value.Read(kind, string(plain))
}

func (g *Generator) template(text string) (value.Template, error) {
	if found, ok := g.templates.Load(text); ok {
		return found.(value.Template), nil
	}
	template, err := value.ParseTemplate(text)
	if err == nil {
		g.templates.Store(text, template)
	}
	return template, err
}

// header makes the header lines that the route's contract says, with the values
// of the last item.
func (g *Generator) header(w *encoderState, route *schemas.Route) ([]webhook.Header, error) {
	fields := slices.Clip(w.values.speech.fixed)
	for _, h := range route.Contract.Headers {
		template, err := g.template(h.Template)
		if err != nil {
			return nil, err
		}
		text, err := template.Append(nil, w.values.lookup, w.values.random)
		if err != nil {
			return nil, fmt.Errorf("make header %s of %s: %w", h.Name, route.Name, err)
		}
		fields = append(fields, webhook.Header{Name: h.Name, Value: string(text)})
	}
	return fields, nil
}

// validate holds a body to its own schema.
func (g *Generator) validate(e webhook.Event, batch bool) error {
	if g.options.Unjudged {
		return nil
	}
	scope := schemas.Scope{Type: e.Type}
	if batch {
		scope = schemas.Scope{Route: e.Route} // its items may be of several types
	}
	key := scope.Type + scope.Route
	found, ok := g.judges.Load(key)
	if !ok {
		validator, err := g.catalog.Validator(scope)
		if err != nil {
			return err
		}
		found, _ = g.judges.LoadOrStore(key, validator)
	}
	items, err := found.(*schemas.Validator).Body(e.Body)
	if err != nil {
		return err
	}
	for _, item := range items {
		if item.Verdict.Level == webhook.LevelOK {
			continue
		}
		return rejection(e, item)
	}
	return nil
}

func rejection(e webhook.Event, item webhook.Item) error {
	var why []string
	for _, f := range item.Verdict.Findings {
		why = append(why, fmt.Sprintf("%s: %s: found %s, expected %s", orBody(f.Pointer), f.Rule, f.Found, f.Expected))
	}
	if why == nil {
		why = append(why, "it is recognised as "+strings.Join(item.Verdict.Candidates, ", "))
	}
	return fmt.Errorf("generate %s: the body is judged %s: %s; to send what a provider never would, use a fault", e.Type, item.Verdict.Level, strings.Join(why, "; "))
}
