// Package generator writes the webhooks that a provider would send: realistic, random
// from a seed, and valid against the event type's schema.
//
//	g, err := generator.New()
//	event, err := g.Generate(generator.Request{Route: "gupshup/v2", Event: "message.delivered", Seed: 7})
package generator

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

// The errors that a caller can tell apart, with [errors.Is].
var (
	ErrUnknownRoute = schemas.ErrUnknownRoute
	ErrUnknownEvent = errors.New("unknown event, or not an event of the route")
)

// A Request describes one webhook. The same Request yields the same bytes on every
// machine.
type Request struct {
	// Route is a route ("gupshup/v2"), or a provider for its default route.
	Route string
	// Event is a canonical event ("message.delivered") or an event type
	// ("gupshup/v2/message-event.delivered").
	Event string
	Seed  uint64
	// At is when the event happens; the zero Time means 2026-01-01T00:00:00Z.
	At time.Time
	// With gives values by name, for example "message.text": "STOP". docs/scenarios.md
	// lists the names.
	With map[string]string
	// Fill chooses the optional properties: [Typical] if empty.
	Fill Fill
	// Variant chooses one of the known variants of a body, where the type has it:
	// "documented", "observed" …; any of them if empty.
	Variant string
}

// A Fill is a choice of optional properties.
type Fill string

// Typical includes each optional property about as often as the examples do, Minimal
// none, Full all, and Empty all of them with empty values.
const (
	Typical Fill = "typical"
	Minimal Fill = "minimal"
	Full    Fill = "full"
	Empty   Fill = "empty"
)

// A Generator is safe for concurrent use.
type Generator struct{ catalog *schemas.Catalog }

// New returns a Generator for the shipped providers and those of further trees, for
// example of schemas.Dir.
func New(trees ...fs.FS) (*Generator, error) {
	catalog, err := shipped.Catalog(trees...)
	if err != nil {
		return nil, err
	}
	return &Generator{catalog}, nil
}

// Generate returns the webhook of a Request. Whatever precedes the event in the life of
// its message has happened by then. The error is [ErrUnknownRoute] or [ErrUnknownEvent],
// or names a value that the body can't have.
func (g *Generator) Generate(r Request) (webhook.Event, error) {
	route, err := g.catalog.Route(r.Route)
	if err != nil {
		return webhook.Event{}, err
	}
	one, err := script.Single(route, r.Event)
	if err != nil {
		return webhook.Event{}, unknownEvent{err}
	}
	writer, err := generator.New(g.catalog, generator.Options{Fill: generator.Fill(r.Fill), Variant: r.Variant})
	if err != nil {
		return webhook.Event{}, err
	}
	options := scenarios.Options{Seed: r.Seed}
	for _, name := range slices.Sorted(maps.Keys(r.With)) {
		options.With = append(options.With, scenarios.Setting{Name: name, Text: r.With[name], Literal: true, Anywhere: true})
	}
	jobs := script.Script{Catalog: g.catalog, Generator: writer, Route: route, Start: r.At}
	if r.At.IsZero() {
		jobs.Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if jobs.Plan, err = one.Plan(script.RouteOf(route), options); err != nil {
		return webhook.Event{}, err
	}
	jobs.Start = jobs.Start.Add(-script.Only(jobs.Plan, r.Event))
	for job, err := range jobs.Jobs() {
		if err != nil {
			return webhook.Event{}, err
		}
		prepared, err := job.Prepare()
		return prepared.Event, err
	}
	return webhook.Event{}, unknownEvent{fmt.Errorf("generate %s on %s: %s", r.Event, route.Name, skipped(jobs.Plan))}
}

// skipped explains why a plan has no event.
func skipped(p *scenarios.Plan) string {
	var causes []string
	for _, s := range p.Skipped {
		causes = append(causes, s.Cause)
	}
	return strings.Join(causes, "; ")
}

// An unknownEvent is an ErrUnknownEvent with its cause.
type unknownEvent struct{ cause error }

func (e unknownEvent) Error() string   { return e.cause.Error() }
func (e unknownEvent) Unwrap() []error { return []error{ErrUnknownEvent, e.cause} }
