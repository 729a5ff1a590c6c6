package engine

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
)

// A Handshake is how a route's provider tries a URL before it uses it.
type Handshake struct {
	Route     *schemas.Route
	Generator script.Generator
	Seed      uint64
	// Values are those that provider and consumer have agreed on, such as
	// "validation_key". The challenge is made anew at each call.
	Values map[string]string
	// With are values that the event by which a URL is tried carries, and App is the seed of its
	// app; 0 is Seed.
	With []scenarios.Setting
	App  uint64
}

// Needed lists the values that the handshake asks for, but has not.
func (h Handshake) Needed() []string {
	var needed []string
	for _, name := range h.challenge().Names() {
		if name != contract.Challenge && h.Values[name] == "" {
			needed = append(needed, name)
		}
	}
	return needed
}

func (h Handshake) challenge() contract.Handshake {
	return h.Route.Contract.Handshake.Challenge
}

// Handshake checks the endpoint's URL as the provider does. Without a handshake in the
// contract, the result is OK, without an attempt. It runs in real time. The error is a failure of
// Ringback.
func (h Handshake) Handshake(ctx context.Context, t *Target, client Attempter) (delivery.Result, error) {
	switch c := h.Route.Contract.Handshake; c.Kind {
	case "event":
		return h.event(ctx, t, client, h.Route.Provider.Name+"/"+c.Event)
	case "challenge":
		values := maps.Clone(h.Values)
		if values == nil {
			values = map[string]string{}
		}
		values[contract.Challenge] = script.DeliveryID(prng.Seed(h.Seed, uint64(time.Now().UnixNano())))
		if err := h.challenge().Check(values); err != nil {
			return delivery.Result{}, err
		}
		result := delivery.Handshake(ctx, client, delivery.Request{URL: t.URL, Header: t.Header, Timeout: t.Schedule.TimeAllowed}, h.challenge(), values)
		result.Event.Route = h.Route.Name
		return result, nil
	}
	return delivery.Result{OK: true}, nil
}

// event sends the event by which the provider tries a URL, once.
func (h Handshake) event(ctx context.Context, t *Target, client Attempter, name string) (delivery.Result, error) {
	none := scenarios.NotYet
	job := script.Job{
		ID: script.DeliveryID(h.Seed),
		Prepare: func() (script.Prepared, error) {
			event, err := h.Generator.Event(generator.Request{
				Route: h.Route, Run: cmp.Or(h.App, h.Seed), Seed: h.Seed, Start: time.Now(),
				Items: []scenarios.Item{{Event: name, With: h.With, Message: scenarios.Message{Enqueued: none, Sent: none, Delivered: none, Read: none}}},
			})
			return script.Prepared{Event: event}, err
		},
	}
	once := *t
	once.Schedule.Attempts = 1
	jobs := func(yield func(script.Job, error) bool) { yield(job, nil) }
	result := delivery.Result{Cause: "it was stopped"}
	for r, err := range Play(ctx, jobs, []Target{once}, client, Immediate()) {
		if err != nil {
			return delivery.Result{}, fmt.Errorf("handshake: %w", err)
		}
		result = delivery.Result{OK: r.Accepted, Cause: r.Failure, Event: r.Event, Attempts: r.Attempts}
	}
	return result, nil
}
