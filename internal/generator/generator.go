// Package generator generates the bodies that a provider sends. It compiles the schema of an
// event type once, to a program that appends literal text and values. A seed, a time and the
// values of a message make an event.
//
// The generator validates each body with its own schema. Every verdict but ok is an error.
//
// Read [Request] first, then compile.go for how a schema becomes a program, and getters.go for
// the sources of values.
package generator

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// Options control how bodies are written.
type Options struct {
	// Variant selects the x-variant of types that have it; "" is any.
	Variant string
	// Account is what all bodies of a run have in common; nil chooses one of the route's accounts by
	// the seed of the run.
	Account *schemas.Account
	Fill    Fill
}

// A Fill controls which optional keys a body has.
type Fill string

// The fills. Typical is the default: a body has the keys of one of the examples, and Full those of
// one of the largest. Any chooses each key by itself, as often as in the examples.
const (
	Minimal Fill = "minimal"
	Typical Fill = "typical"
	Full    Fill = "full"
	Any     Fill = "any"
	// Empty writes the optional keys with empty values, where an empty value can be right.
	Empty Fill = "empty"
)

// Fills lists the fills, the default first.
func Fills() []Fill { return []Fill{Typical, Minimal, Full, Empty, Any} }

// A Request describes an event.
type Request struct {
	Route *schemas.Route
	// Run is the seed of values that a whole run shares, for example the app and its numbers.
	Run uint64
	// Conversation counts from 0 and determines the end user. Opened is when it started.
	Conversation int
	Opened       time.Duration
	// Messages is a seed that separates the messages of this request from those with the same
	// names in another request for the conversation.
	Messages uint64
	// Seed is the seed of this event.
	Seed uint64
	// Start is the time at offset 0.
	Start time.Time
	// Items has one item, or several for a batch.
	Items []scenarios.Item

	attempt uint64 // how often the body was generated before
}

// A Generator generates events. It is safe for concurrent use.
type Generator struct {
	catalog *schemas.Catalog
	options Options
	words   *words
	retries uint64

	encoders   sync.Pool // of *encoder
	formatters sync.Map  // *schemas.Route → *routeFormatter
	templates  sync.Map  // text → value.Template
	examples   sync.Map  // *schemas.EventType → *parsedExamples

	mu       sync.RWMutex
	programs map[programKey]*program
	mappings map[mappingKey][]resolvedMapping
}

// New makes a Generator for the types of a catalog. It rejects an unknown variant.
func New(catalog *schemas.Catalog, o Options) (*Generator, error) {
	if o.Fill == "" {
		o.Fill = Typical
	}
	if !slices.Contains(Fills(), o.Fill) {
		return nil, fmt.Errorf("read fill: unknown fill %q; %s", o.Fill, document.OneOf(string(o.Fill), []string{"typical", "minimal", "full", "empty", "any"}))
	}
	if o.Variant != "" {
		var all []string
		for _, t := range catalog.Types() {
			all = append(all, Variants(t)...)
		}
		slices.Sort(all)
		if all = slices.Compact(all); !slices.Contains(all, o.Variant) {
			return nil, fmt.Errorf("read variant: no event type has the variant %q; %s", o.Variant, document.OneOf(o.Variant, all))
		}
	}
	words, err := loadWords()
	if err != nil {
		return nil, err
	}
	return &Generator{
		retries: maxRetries,
		catalog: catalog, options: o, words: words, programs: map[programKey]*program{}, mappings: map[mappingKey][]resolvedMapping{},
		encoders: sync.Pool{New: func() any { return &encoder{values: values{retained: &retained{}}} }},
	}, nil
}

// Variants lists the variants of a type, sorted.
func Variants(t *schemas.EventType) []string {
	var forms []string
	var walk func(s *jsonschema.Schema)
	walk = func(s *jsonschema.Schema) {
		if s == nil {
			return
		}
		if s.Variant != "" {
			forms = append(forms, s.Variant)
		}
		for _, p := range s.Properties {
			walk(p.Schema)
		}
		for _, list := range [][]*jsonschema.Schema{s.Prefix, s.AnyOf, s.OneOf, s.Parts(), {s.Items, s.Additional, s.Then, s.Else}} {
			for _, inner := range list {
				walk(inner)
			}
		}
	}
	walk(t.Root())
	slices.Sort(forms)
	return slices.Compact(forms)
}

// Event generates the event of a request: the body, and the headers of the route's contract. The
// same request gives the same bytes on every machine.
func (g *Generator) Event(r Request) (webhook.Event, error) {
	event := webhook.Event{Route: r.Route.Name}
	if len(r.Items) == 0 {
		return event, fmt.Errorf("generate for %s: a request has at least one item", r.Route.Name)
	}
	w := g.encoders.Get().(*encoder)
	defer g.encoders.Put(w)
	for {
		p, err := g.body(w, &r, &event)
		if err == nil {
			err = g.prove(w, p, event, len(r.Items) > 1)
		}
		if _, rejected := errors.AsType[*rejection](err); rejected && r.attempt < g.retries {
			r.attempt++
			continue
		}
		if err != nil {
			return event, err
		}
		header, err := g.header(w, r.Route)
		event.Headers = header
		return event, err
	}
}

// maxRetries bounds how often a body is generated again. Constraints between properties, for
// example minProperties, are left to the validator: a body that violates them is generated
// again, from another seed. The shipped types need no retry; the tests generate them without.
const maxRetries = 100

// body generates the body of a request, and returns the program of its last item.
func (g *Generator) body(w *encoder, r *Request, event *webhook.Event) (p *program, err error) {
	for i := range r.Items {
		p, err = g.program(r.Route, g.account(r), &r.Items[i], itemSeed(r.Seed, i))
		if err != nil {
			return nil, err
		}
		body, err := g.write(w, p, r, i)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			event.Type, event.Body = p.eventType.Name, body
			continue
		}
		if event.Body, err = join(p.eventType.Provider, event.Body, body); err != nil {
			return nil, fmt.Errorf("generate %s: %w", p.eventType.Name, err)
		}
	}
	event.At = r.Start.Add(r.Items[len(r.Items)-1].At)
	return p, nil
}

// account returns the account of a run: the one of the options, or one of those that the route has at the
// time of the run, by its seed and their weights. A body with freely drawn keys is of no account.
func (g *Generator) account(r *Request) *schemas.Account {
	if g.options.Fill != Typical && g.options.Fill != Full || g.options.Variant != "" {
		return nil
	}
	if g.options.Account != nil {
		return g.options.Account
	}
	all := g.formatter(r.Route).accounts
	total := 0
	for _, a := range all {
		if a.ExistsAt(r.Start) {
			total += a.Weight
		}
	}
	if total == 0 {
		return nil
	}
	at := roll(r.Run, saltAccount, total)
	for _, a := range all {
		if !a.ExistsAt(r.Start) {
			continue
		}
		if at -= a.Weight; at < 0 {
			return a
		}
	}
	return nil
}

// Locations lists the JSON Pointers that a set can use for an event on a route, sorted.
func (g *Generator) Locations(route *schemas.Route, event string) ([]string, error) {
	p, err := g.program(route, g.options.Account, &scenarios.Item{Event: event}, 0)
	if err != nil {
		return nil, err
	}
	return p.locations(), nil
}

// Type returns the event type of the first item of a request.
func (g *Generator) Type(r Request) (*schemas.EventType, error) {
	mapping, err := g.mapping(r.Route, &r.Items[0], itemSeed(r.Seed, 0))
	return mapping.Type, err
}

// Value returns a value of the first item, whether its body contains it or not: the ID in a
// response of the API is the ID in the webhooks.
func (g *Generator) Value(r Request, name string) (value.Value, bool) {
	w := g.encoders.Get().(*encoder)
	defer g.encoders.Put(w)
	p := program{formatter: g.formatter(r.Route)}
	if r.Items[0].Event != "" { // which event it is decides some values
		if mapping, err := g.mapping(r.Route, &r.Items[0], itemSeed(r.Seed, 0)); err == nil {
			p.eventType, p.context = mapping.Type, contextOf(mapping.canonicalEvent, nil)
		}
	}
	if err := g.start(w, &p, &r, 0); err != nil {
		return value.Value{}, false
	}
	return w.values.lookup(name)
}

func itemSeed(seed uint64, i int) uint64 { return prng.Seed(seed, uint64(i)) }

// write writes the body of one item. w keeps the values.
func (g *Generator) write(w *encoder, p *program, r *Request, i int) ([]byte, error) {
	if err := g.start(w, p, r, i); err != nil {
		return nil, fmt.Errorf("generate %s: %w", p.eventType.Name, err)
	}
	switch written := p.write(w); {
	case w.err != nil:
		return nil, fmt.Errorf("generate %s: %w", p.eventType.Name, w.err)
	case !written:
		return nil, w.missing.error(p.eventType.Name)
	}
	return bytes.Clone(w.out), nil
}

// start prepares the values of an item.
func (g *Generator) start(w *encoder, p *program, r *Request, i int) error {
	item := &r.Items[i]
	conversation := prng.Seed(r.Run, saltConversation, uint64(r.Conversation))
	seed := prng.Seed(r.Seed, uint64(i), saltBody)
	if r.attempt > 0 {
		seed = prng.Seed(seed, r.attempt)
	}
	scratch, kept, settings := w.values.scratch[:0], w.values.retained, w.values.settings[:0]
	*w = encoder{out: w.out[:0], free: w.free[:0], random: prng.From(seed)}
	w.values = values{
		formatter: p.formatter, context: &p.context, account: g.account(r), run: r.Run, conversation: conversation, messages: r.Messages,
		message: messageSeed(conversation, r.Messages, item.Message.Name), event: seed, number: r.Conversation, start: r.Start, opened: r.Opened, item: item, subject: &item.Message, inbound: p.inbound(), random: &w.random, scratch: scratch, retained: kept, settings: settings,
	}
	return g.resolveSettings(&w.values, item)
}

func (a missingValue) error(name string) error {
	if a.name == "" {
		return fmt.Errorf("generate %s: no variant is possible in this state of the message", name)
	}
	hint := "set it by name, for example --with " + a.name + "=…"
	switch {
	case a.given:
		return fmt.Errorf("generate %s: invalid %s: %s allows %s; to send a body that a provider never sends, use a fault",
			name, a.name, a.pointer, document.Shorten(strings.Join(a.listed, ", "), 100))
	case strings.HasPrefix(a.name, "message.reply"):
		hint = "add reply_to to the step"
	}
	return fmt.Errorf("generate %s: required value %s (schema %s) does not exist; %s", name, a.name, a.pointer, hint)
}

// resolveSettings resolves the settings of an item. Their templates may contain any value but
// themselves.
func (g *Generator) resolveSettings(v *values, item *scenarios.Item) error {
	for _, with := range item.With {
		if with.Name == "error" {
			if v.formatter.reason(with.Text) == nil {
				_, err := v.formatter.route.Reason(with.Text) // returns the error with a hint
				return err
			}
			v.givenReason = with.Text
			continue
		}
		if with.Absent {
			v.settings = append(v.settings, setting{name: with.Name, absent: true})
			continue
		}
		found, err := g.resolveSetting(v, &with)
		if err != nil {
			return fmt.Errorf("with %s: %w", with.Name, err)
		}
		v.settings = append(v.settings, setting{name: with.Name, value: found})
	}
	return nil
}

func (g *Generator) resolveSetting(v *values, with *scenarios.Setting) (value.Value, error) {
	kind, known := value.KindOf(with.Name)
	switch {
	case !known:
		return value.Value{}, fmt.Errorf("unknown value %s", with.Name)
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

// header returns the headers of the route's contract, with the values of the last item.
func (g *Generator) header(w *encoder, route *schemas.Route) ([]webhook.Header, error) {
	fields := slices.Clip(w.values.formatter.fixed)
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

// prove validates a body, unless one that differs only in free values was valid. A batch is always
// validated.
func (g *Generator) prove(w *encoder, p *program, e webhook.Event, batch bool) error {
	if batch {
		return g.validate(e, true)
	}
	key := p.proven.key(w)
	if key != 0 && p.proven.has(key) {
		return nil
	}
	err := g.validate(e, false)
	if err == nil {
		p.proven.add(key)
	}
	return err
}

// validate checks a body with its own schema.
func (g *Generator) validate(e webhook.Event, batch bool) error {
	scope := schemas.Scope{Type: e.Type}
	if batch {
		scope = schemas.Scope{Route: e.Route} // the items may have several types
	}
	validator, err := g.catalog.Validator(scope)
	if err != nil {
		return err
	}
	for _, item := range validator.Body(e.Body, e.At) {
		if item.Verdict.Level == webhook.LevelOK {
			continue
		}
		return &rejection{e.Type, item}
	}
	return nil
}

// A rejection is the error of a generated body that is invalid.
type rejection struct {
	eventType string
	item      webhook.Item
}

func (r *rejection) Error() string {
	var causes []string
	for _, f := range r.item.Verdict.Findings {
		causes = append(causes, fmt.Sprintf("%s: %s: found %s, expected %s", orBody(f.Pointer), f.Rule, f.Found, f.Expected))
	}
	if causes == nil {
		causes = append(causes, "it is recognized as "+strings.Join(r.item.Verdict.Candidates, ", "))
	}
	return fmt.Sprintf("generate %s: the verdict is %s: %s; to send a body that a provider never sends, use a fault",
		r.eventType, r.item.Verdict.Level, strings.Join(causes, "; "))
}
