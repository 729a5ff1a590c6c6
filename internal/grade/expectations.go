package grade

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A Failure is one unmet expectation.
type Failure struct {
	// Step is the step of the scenario, "2"; "" if the expectation is the whole scenario's.
	Step string
	// Reason describes the expectation and the observation in one sentence.
	Reason   string
	Evidence []webhook.Evidence

	// open: it can still be met, within this time after the end.
	open   bool
	within time.Duration
}

func (f Failure) String() string {
	if f.Step == "" {
		return f.Reason
	}
	return "step " + f.Step + ": " + f.Reason
}

// CheckExpectations returns the unmet expectations of the observation's scenario, those of the
// responses first. An event without expectations must be accepted according to the provider's
// contract, unless it has a fault. The function is pure.
func CheckExpectations(r *Observation) []Failure {
	var all []Failure
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		if why := d.unmet(r.Allowed); why != "" {
			all = append(all, Failure{Step: d.step(), Reason: d.Label() + ": " + why, Evidence: []webhook.Evidence{deliveryEvidence(d)}})
		}
		if d.Cue != nil && d.Cue.Copy == 0 {
			all = append(all, r.behavior(d.Cue.Expect, d.step(), moment{d.startedAt(), d.callsBefore})...)
		}
	}
	for _, api := range r.Missed {
		all = append(all, Failure{Reason: fmt.Sprintf("the scenario waits for a call of %s, but the consumer made no such call", api)})
	}
	if r.Scenario != nil {
		all = append(all, r.behavior(r.Scenario.Expects(), "", moment{at: r.StartedAt})...)
	}
	for _, f := range all {
		for i := range f.Evidence {
			f.Evidence[i].Text = schemas.MaskPhones(f.Evidence[i].Text)
		}
	}
	return all
}

func (d *Delivered) step() string {
	if d.Cue == nil {
		return ""
	}
	return d.Cue.Step
}

// unmet describes what is wrong with the response; "" if nothing is.
func (d *Delivered) unmet(allowed time.Duration) string {
	if d.Cue != nil && len(d.Cue.Expect.Status) > 0 {
		return d.UnmetExpectations(allowed)
	}
	if !d.Accepted && !d.Faulty() && len(d.Attempts) > 0 {
		return describeResponse(d.last(), d.Failure)
	}
	return d.UnmetExpectations(allowed)
}

// A moment is from when calls count: at a time, after a number of calls.
type moment struct {
	at    time.Time
	calls int
}

// behavior checks what the consumer did besides responding, from a moment on.
func (r *Observation) behavior(e scenarios.Expect, step string, from moment) []Failure {
	var all []Failure
	for _, want := range e.Calls {
		if f := r.calls(want, from); f != nil {
			f.Step = step
			all = append(all, *f)
		}
	}
	for _, want := range e.State {
		if f := r.checkState(want); f != nil {
			f.Step = step
			all = append(all, *f)
		}
	}
	return all
}

// calls checks the number of the consumer's calls.
func (r *Observation) calls(want scenarios.Calls, from moment) *Failure {
	var met, near, strange []Call
	for _, c := range slices.Concat(r.Calls, r.Others) {
		switch {
		case !c.is(want.Operation) || c.number <= from.calls || want.Within > 0 && c.At.Sub(from.at) > want.Within:
		case !r.about(want, c):
			strange = append(strange, c)
		case r.fits(want, c):
			met = append(met, c)
		default:
			near = append(near, c)
		}
	}
	if n := len(met); n >= want.Min && n <= want.Max {
		return nil
	}
	f := &Failure{
		Reason: fmt.Sprintf("the consumer called %s %s; want %s", want.Operation, times(len(met)), spanText(want)), within: want.Within,
		Evidence: r.callEvidence(met), open: len(met) < want.Min,
	}
	if len(met) < want.Min && len(near) > 0 {
		f.Reason += fmt.Sprintf("; another %s", countText(len(near), "call has other values", "calls have other values"))
		f.Evidence = r.callEvidence(near)
	} else if len(met) < want.Min && len(strange) > 0 {
		f.Reason += fmt.Sprintf("; another %s", countText(len(strange), "call is about another end user", "calls are about another end user"))
		f.Evidence = r.callEvidence(strange)
	}
	return f
}

// about reports whether a call is about the expected end user.
func (r *Observation) about(want scenarios.Calls, c Call) bool {
	if want.To == "" {
		return r.user.isOf(&c)
	}
	text, err := expanded(want.To, r.names.of("m"))
	return err == nil && strings.TrimPrefix(mock.Recipient(c.Values), "+") == strings.TrimPrefix(text, "+")
}

// fits reports whether a call has the expected values.
func (r *Observation) fits(want scenarios.Calls, c Call) bool {
	if to := c.Values["message.reply_to"]; want.ReplyTo != "" && !r.names.isMessage(want.ReplyTo, to) {
		return false
	}
	return !slices.ContainsFunc(want.With, func(one scenarios.Setting) bool {
		got, there := c.Values[one.Name]
		if one.Absent {
			return there
		}
		text, err := expanded(one.Text, r.names.of("m"))
		return err != nil || got != text
	})
}

func expanded(text string, lookup func(string) (value.Value, bool)) (string, error) {
	template, err := value.ParseTemplate(text)
	if err != nil {
		return "", err
	}
	return template.Expand(lookup, nil)
}

func spanText(want scenarios.Calls) string {
	var text string
	switch {
	case want.Max == 0:
		text = "no call"
	case want.Min == want.Max:
		text = times(want.Min)
	case want.Min == 0:
		text = "at most " + times(want.Max)
	default:
		text = fmt.Sprintf("from %d to %d times", want.Min, want.Max)
	}
	if want.Within > 0 && want.Max > 0 {
		text += " within " + want.Within.String()
	}
	return text
}

func countText(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// checkState checks a location of the state.
func (r *Observation) checkState(want scenarios.State) *Failure {
	at, err := want.Pointer.Expand(r.names.of(want.Message), nil)
	switch {
	case err != nil:
		return &Failure{Reason: fmt.Sprintf("read state %s: %v", want.Pointer.String(), err)}
	case r.StateError != nil:
		return &Failure{Reason: r.StateError.Error()}
	case r.State == nil:
		return &Failure{Reason: fmt.Sprintf("the scenario expects a state at %s, but the state's URL isn't set; use the option State or --state-url", want.Pointer.String())}
	}
	if want.Equals != "" {
		got := scalarAt(r.State, at)
		if expected, err := document.ReadJSON("equals", []byte(want.Equals)); err != nil || got == nil || !got.Equal(&expected.Root) {
			return &Failure{
				Reason: fmt.Sprintf("state %s is %s; want %s", want.Pointer.String(), describe(got), want.Equals), open: true, within: want.Within,
			}
		}
	}
	if back := r.wentBack(want, at); back != "" {
		return &Failure{Reason: fmt.Sprintf("state %s went back: %s", want.Pointer.String(), back)}
	}
	return nil
}

// wentBack describes how a value went back in its order; "" if it didn't.
func (r *Observation) wentBack(want scenarios.State, at string) string {
	maxRank := -1
	for _, state := range append(slices.Clone(r.seen), r.State) {
		got := scalarAt(state, at)
		if got == nil {
			continue
		}
		place := slices.Index(want.Order, got.Text)
		if place >= 0 && place < maxRank {
			return fmt.Sprintf("from %s to %s", want.Order[maxRank], got.Text)
		}
		maxRank = max(maxRank, place)
	}
	return ""
}

// scalarAt is the value at a location of a state; nil if there is none.
func scalarAt(state []byte, at string) *document.Node {
	root, err := stateOf(state)
	if err != nil {
		return nil
	}
	return root.At(document.Tokens(at))
}

func describe(n *document.Node) string {
	if n == nil {
		return "missing"
	}
	return n.Compact(maxScalar)
}
