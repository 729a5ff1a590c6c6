// Package fault holds the ways in which production spoils a webhook. A [Fault]
// is a value: one of the closed list [Kinds], its parameters, and the
// conditions under which it fires.
//
// What a fault of the body or of the transport does, it does here, as a pure
// function: [Fault.Body], [Fault.Header]. A fault of the plan only says what is
// to be done with a sending ([Fault.Copies], [Fault.After], [Fault.Window],
// [Fault.Delay]), and one of the signature how it is spoilt ([Fault.SignatureFault]).
//
// Read [Kinds] first, then [Parse] for the spelling and [Fault.Fires] for the
// conditions.
package fault

import (
	"time"

	"github.com/ringback-dev/ringback/internal/prng"
)

// A Stage is where on an Event's way a fault takes hold.
type Stage string

// The stages, in the order in which they come.
const (
	StagePlan      Stage = "plan"
	StageBody      Stage = "body"
	StageSignature Stage = "signature"
	StageTransport Stage = "transport"
)

// A Fault is one way to spoil an Event or its transport. [Parse] and [Read]
// make one; the zero Fault never fires. Faults are comparable.
type Fault struct {
	kind           string
	stage          Stage
	signatureFault string
	copies         int
	after          prng.Distribution
	window         Window
	at             int // truncate: bytes that are kept, or random
	field          string
	value          string

	probability int // millionths
	every       int
	count       int // 0 is no limit
	until       time.Duration
}

// A Window is how far a reorder reaches: over so many sendings, or over those
// that are due within so much time. One of the two is zero.
type Window struct {
	Events int
	Within time.Duration
}

// Name is the fault's name in [Kinds].
func (f Fault) Name() string { return f.kind }

// Stage is where the fault takes hold.
func (f Fault) Stage() Stage { return f.stage }

// Copies is how many more times a duplicate or concurrent sends the Event,
// under the same id; 0 of any other fault.
func (f Fault) Copies() int { return f.copies }

// After is how long after the sending before it a duplicate's copy is due.
func (f Fault) After() prng.Distribution {
	if f.kind != "duplicate" {
		return prng.Distribution{}
	}
	return f.after
}

// Delay is how much later than planned a delay sends the Event.
func (f Fault) Delay() prng.Distribution {
	if f.kind != "delay" {
		return prng.Distribution{}
	}
	return f.after
}

// Window is how far a reorder reaches.
func (f Fault) Window() Window { return f.window }

// SignatureFault names how a fault of the signature spoils it: "wrong-key", "stale",
// "future", "tampered", "missing", "doubled" or "upper-case"; "" of any other.
func (f Fault) SignatureFault() string { return f.signatureFault }

const always = 1_000_000

// Fires decides whether the fault befalls a candidate: the n-th, from 0, when
// it has fired so often before, at so long after the start. A fault with a
// chance draws one number for each candidate, whatever the other conditions
// say, so that these do not change the luck of later candidates; one without
// draws none, and source may be nil.
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
