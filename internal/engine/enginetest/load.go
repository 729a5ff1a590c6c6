// Package enginetest is a model of the engine, for tests: random loads, a consumer in the
// process that responds as a load says, and the rules that whatever was sent must keep.
package enginetest

import (
	"fmt"
	"iter"
	"time"

	"pgregory.net/rapid"

	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// A Load is what one endpoint is sent, and how it responds.
type Load struct {
	Events      []Event
	Concurrency int
	HeadOfLine  bool
	// WaitsForResponse: of one end user, one attempt is in progress at a time.
	WaitsForResponse bool
	// Delays are those between the attempts of the contract.
	Delays []time.Duration
	// Factor is the speed; 0 waits for nothing.
	Factor int
	// Stop is when the load is stopped; 0 is never.
	Stop time.Duration
}

// An Event is one job. Its delivery's ID is its number.
type Event struct {
	Due     time.Duration
	Release int
	EndUser int
	Dropped bool
	// Rejected is how many attempts the consumer rejects, and Takes how long each takes.
	Rejected int
	Takes    time.Duration
}

// Speeds by which a load is drawn; 0 is max.
var factors = []int{1, 10, 0}

// Draw draws a load: with events of equal times, releases, drops, retries and slow responses.
func Draw(t *rapid.T) Load {
	takes := []time.Duration{0}
	if rapid.Bool().Draw(t, "slow") {
		takes = []time.Duration{0, time.Millisecond, 700 * time.Millisecond, time.Minute}
	}
	l := Load{
		Concurrency: rapid.IntRange(1, 4).Draw(t, "concurrency"),
		HeadOfLine:  rapid.Bool().Draw(t, "head of line"),

		WaitsForResponse: rapid.Bool().Draw(t, "waits for response"),
		Delays:           rapid.SliceOfN(rapid.SampledFrom([]time.Duration{time.Second, 10 * time.Second, time.Hour}), 1, 3).Draw(t, "delays"),
		Factor:           rapid.SampledFrom(factors).Draw(t, "speed"),
	}
	if rapid.Bool().Draw(t, "stopped") {
		l.Stop = time.Duration(rapid.IntRange(1, 4000).Draw(t, "stop")) * time.Millisecond
	}
	at, release := time.Duration(0), 0
	for range rapid.IntRange(1, 25).Draw(t, "events") {
		at += rapid.SampledFrom([]time.Duration{0, 0, time.Millisecond, time.Second, 20 * time.Second}).Draw(t, "gap")
		e := Event{
			Due: at, Dropped: rapid.IntRange(0, 9).Draw(t, "dropped") == 9, Takes: rapid.SampledFrom(takes).Draw(t, "takes"),
			Rejected: rapid.SampledFrom([]int{0, 0, 0, 1, 2, 9}).Draw(t, "rejected"), EndUser: rapid.IntRange(0, 3).Draw(t, "end user"),
		}
		l.Events = append(l.Events, e)
		if rapid.IntRange(0, 4).Draw(t, "release") == 4 {
			release++
			for range rapid.IntRange(1, 4).Draw(t, "released with it") {
				l.Events = append(l.Events, e)
			}
			for i := len(l.Events) - 1; i >= 0 && l.Events[i].Release == 0 && l.Events[i] == e; i-- {
				l.Events[i].Release = release
			}
		}
	}
	return l
}

// Schedule is the contract's: what a consumer accepts, and the delays between attempts.
func (l Load) Schedule() contract.Schedule { return contract.Schedule{Delays: l.Delays} }

// Jobs are those of the load.
func (l Load) Jobs() iter.Seq2[script.Job, error] {
	return func(yield func(script.Job, error) bool) {
		for i, e := range l.Events {
			id := fmt.Sprint(i)
			made := script.Prepared{Event: webhook.Event{Body: []byte(id)}}
			if !yield(script.Job{
				ID: id, Due: e.Due, Release: e.Release, EndUser: e.EndUser, Dropped: e.Dropped,
				Prepare: func() (script.Prepared, error) { return made, nil },
			}, nil) {
				return
			}
		}
	}
}

// Real is how long a span of the plan takes.
func (l Load) Real(planned time.Duration) time.Duration {
	if l.Factor == 0 {
		return 0
	}
	return planned / time.Duration(l.Factor)
}

// Speed is the load's, as it is written.
func (l Load) Speed() string {
	if l.Factor == 0 {
		return "max"
	}
	return fmt.Sprint(l.Factor, "x")
}

// DroppedIDs are the IDs of the deliveries that are dropped, in their order.
func (l Load) DroppedIDs() []string {
	var all []string
	for i, e := range l.Events {
		if e.Dropped {
			all = append(all, fmt.Sprint(i))
		}
	}
	return all
}
