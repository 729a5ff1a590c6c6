package contracttest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/value"
	"github.com/ringback-dev/ringback/webhook"
)

// A Failure is one expectation that was not met.
type Failure struct {
	// Step is the place in the scenario, "2"; "" if it is the whole scenario's.
	Step string
	// Reason says in a sentence what was expected and what was found.
	Reason   string
	Evidence []webhook.Evidence

	// open: it may yet be met, before so much time has passed since the end.
	open   bool
	within time.Duration
}

func (f Failure) String() string {
	if f.Step == "" {
		return f.Reason
	}
	return "step " + f.Step + ": " + f.Reason
}

// Check says which expectations of its scenario a record does not meet, those of the
// answers first. An event of which the scenario expects nothing must be accepted, as
// the provider's contract says, unless something is wrong with it. Judge is pure: the
// same record gives the same failures.
func CheckExpectations(r *Observation) []Failure {
	var all []Failure
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		if why := d.unmet(r.Allowed); why != "" {
			all = append(all, Failure{Step: d.step(), Reason: d.word() + ": " + why, Evidence: []webhook.Evidence{deliveryEvidence(d)}})
		}
		if d.Cue != nil && d.Cue.Copy == 0 {
			all = append(all, r.behavior(d.Cue.Expect, d.step(), moment{d.startedAt(), d.after})...)
		}
	}
	for _, api := range r.Missed {
		all = append(all, Failure{Reason: fmt.Sprintf("the scenario waits for a call of %s, and none came", api)})
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

// unmet says what is wrong with the answer.
func (d *Delivered) unmet(allowed time.Duration) string {
	if d.Cue != nil && len(d.Cue.Expect.Status) > 0 {
		return d.UnmetExpectations(allowed)
	}
	if !d.Accepted && !d.Faulty() && len(d.Attempts) > 0 {
		return spokenResponse(d.last(), d.Failure)
	}
	return d.UnmetExpectations(allowed)
}

// A moment is from when calls count: those that came after so many others.
type moment struct {
	at    time.Time
	calls int
}

// behaviour judges what the consumer did besides answering, from a moment on.
func (r *Observation) behavior(e scenarios.Expect, step string, from moment) []Failure {
	var all []Failure
	for _, want := range e.Calls {
		if f := r.calls(want, from); f != nil {
			f.Step = step
			all = append(all, *f)
		}
	}
	for _, want := range e.State {
		if f := r.place(want); f != nil {
			f.Step = step
			all = append(all, *f)
		}
	}
	return all
}

// calls judges how often the consumer called.
func (r *Observation) calls(want scenarios.Calls, from moment) *Failure {
	var met, near, strange []Call
	for _, c := range slices.Concat(r.Calls, r.Others) {
		switch {
		case !c.is(want.API) || c.number <= from.calls || want.Within > 0 && c.At.Sub(from.at) > want.Within:
		case !r.about(want, c):
			strange = append(strange, c)
		case r.fits(want, c):
			met = append(met, c)
		default:
			near = append(near, c)
		}
	}
	if n := len(met); n >= want.Min && n <= want.Most {
		return nil
	}
	f := &Failure{
		Reason: fmt.Sprintf("the consumer called %s %s; want %s", want.API, times(len(met)), spanText(want)), within: want.Within,
		Evidence: r.callEvidence(met), open: len(met) < want.Min,
	}
	if len(met) < want.Min && len(near) > 0 {
		f.Reason += fmt.Sprintf("; another %s", countText(len(near), "call gives other values", "calls give other values"))
		f.Evidence = r.callEvidence(near)
	} else if len(met) < want.Min && len(strange) > 0 {
		f.Reason += fmt.Sprintf("; another %s", countText(len(strange), "call is about somebody else", "calls are about somebody else"))
		f.Evidence = r.callEvidence(strange)
	}
	return f
}

// about reports whether a call is about whom it should be.
func (r *Observation) about(want scenarios.Calls, c Call) bool {
	if want.To == "" {
		return r.user.isOf(&c)
	}
	text, err := expanded(want.To, r.names.of("m"))
	return err == nil && strings.TrimPrefix(mock.Recipient(c.Values), "+") == strings.TrimPrefix(text, "+")
}

// fits reports whether a call gives what is expected of it.
func (r *Observation) fits(want scenarios.Calls, c Call) bool {
	if to := c.Values["message.reply_to"]; want.ReplyTo != "" && !r.names.is(want.ReplyTo, to) {
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
	case want.Most == 0:
		text = "no call"
	case want.Min == want.Most:
		text = times(want.Min)
	case want.Min == 0:
		text = "at most " + times(want.Most)
	default:
		text = fmt.Sprintf("from %d to %d times", want.Min, want.Most)
	}
	if want.Within > 0 && want.Most > 0 {
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

// place judges a place of the state.
func (r *Observation) place(want scenarios.State) *Failure {
	at, err := want.Pointer.Expand(r.names.of(want.Message), nil)
	switch {
	case err != nil:
		return &Failure{Reason: fmt.Sprintf("read state %s: %v", want.Pointer.String(), err)}
	case r.stateError != nil:
		return &Failure{Reason: r.stateError.Error()}
	case r.State == nil:
		return &Failure{Reason: fmt.Sprintf("the scenario expects something of the state at %s, and no state is shown; say where it is", want.Pointer.String())}
	}
	if want.Equals != "" {
		got := leaf(r.State, at)
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

// wentBack says how a place went back in its order; "" if it did not.
func (r *Observation) wentBack(want scenarios.State, at string) string {
	furthest := -1
	for _, state := range append(slices.Clone(r.seen), r.State) {
		got := leaf(state, at)
		if got == nil {
			continue
		}
		place := slices.Index(want.Order, got.Text)
		if place >= 0 && place < furthest {
			return fmt.Sprintf("from %s to %s", want.Order[furthest], got.Text)
		}
		furthest = max(furthest, place)
	}
	return ""
}

// leaf is what stands at a place of a state; nil if nothing does.
func leaf(state []byte, at string) *document.Node {
	root, err := stateOf(state)
	if err != nil {
		return nil
	}
	return root.At(document.Tokens(at))
}

func describe(n *document.Node) string {
	if n == nil {
		return "not there"
	}
	return n.Compact(maxLeaf)
}
