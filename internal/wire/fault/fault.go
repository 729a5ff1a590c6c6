// Package fault defines the faults of webhooks in production. A [Fault] has a kind of the closed
// list [Kinds], its parameters, and the conditions under which it fires.
//
// The package applies faults of the body and of the transport, as pure functions: [Fault.Body],
// [Fault.Header]. For other faults it returns parameters: [Fault.Copies], [Fault.After],
// [Fault.Window] and [Fault.Delay] for the plan, [Fault.SignatureFault] for the signature.
//
// Read [Kinds] first, then [Parse] for the notation and [Fault.Fires] for the conditions.
package fault

import (
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
)

// A Stage is the part of a delivery that a fault changes.
type Stage string

// The stages, in the order in which they apply.
const (
	StagePlan      Stage = "plan"
	StageBody      Stage = "body"
	StageSignature Stage = "signature"
	StageTransport Stage = "transport"
)

// A Fault is one fault with its parameters. [Parse] and [Read] make it; the zero Fault never
// fires. Faults are comparable.
type Fault struct {
	kind           string
	stage          Stage
	signatureFault string
	copies         int
	after          prng.Distribution
	window         Window
	at             int // truncate: number of bytes to keep, or random
	field          string
	value          string

	probability int // millionths
	every       int
	count       int // 0: no limit
	until       time.Duration
}

// A Window is the range of a reorder: a number of events, or a time. The other one is zero.
type Window struct {
	Events int
	Within time.Duration
}

// Name returns the name in [Kinds].
func (f Fault) Name() string { return f.kind }

// Stage returns what the fault changes.
func (f Fault) Stage() Stage { return f.stage }

// Copies returns how many more times a duplicate or concurrent sends the event, with the same ID;
// 0 for other faults.
func (f Fault) Copies() int { return f.copies }

// After returns the delay of a duplicate after the previous delivery.
func (f Fault) After() prng.Distribution {
	if f.kind != "duplicate" {
		return prng.Distribution{}
	}
	return f.after
}

// Delay returns how much later than planned a delay sends the event.
func (f Fault) Delay() prng.Distribution {
	if f.kind != "delay" {
		return prng.Distribution{}
	}
	return f.after
}

// Window returns the range of a reorder.
func (f Fault) Window() Window { return f.window }

// SignatureFault returns the corruption of a signature: "wrong-key", "stale", "future",
// "tampered", "missing", "doubled" or "upper-case"; "" for other faults.
func (f Fault) SignatureFault() string { return f.signatureFault }

const always = 1_000_000

// Fires decides whether the fault fires for candidate n, counted from 0, after fired firings, at
// a time since the start. A fault with a probability draws one number for each candidate, so that
// its other conditions don't change the decisions for later candidates. Without a probability,
// source may be nil.
func (f Fault) Fires(n, fired int, at time.Duration, source *prng.Source) bool {
	drawn := f.probability > 0
	if drawn && f.probability < always {
		drawn = source.IntN(always) < f.probability
	}
	switch {
	case f.every > 1 && (n+1)%f.every != 0:
		return false
	case f.count > 0 && fired >= f.count:
		return false
	case f.until > 0 && at >= f.until:
		return false
	}
	return drawn
}
