package contracttest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/webhook"
)

// Errors of this package. Use [errors.Is].
var (
	// ErrUnknownRoute: no provider or route has this name.
	ErrUnknownRoute = grade.ErrUnknownRoute
	// ErrUnreachable: the consumer can't be reached, so it can't be graded.
	ErrUnreachable = grade.ErrUnreachable
	// ErrRejected: the consumer rejects a webhook without faults, so it can't be graded.
	ErrRejected = grade.ErrRejected
)

// A T is the part of [testing.T] that this package uses. (The package doesn't import testing.)
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Test runs a scenario against a consumer and fails the test for each expectation that
// isn't met. The scenario is the name of a shipped one ("message-delivered"), a file (a
// name that ends in .yaml), or the text of one (several lines). The consumer is a handler
// in this process, or nil with the option [To].
//
// Test returns an Observation for further checks; nil if the scenario can't run.
func Test(t T, consumer http.Handler, scenario string, options ...Option) *Observation {
	t.Helper()
	s, err := configure(consumer, options)
	if err == nil && len(s.graded) > 0 {
		err = fmt.Errorf("read options: %s is for Grade only", s.graded[0])
	}
	if err != nil {
		t.Fatalf("contract test: %v", err)
		return nil
	}
	r, err := grade.RunScenario(t.Context(), s.Options, scenario, s.realTime)
	if err != nil {
		t.Fatalf("contract test: %v", err)
		return nil
	}
	for _, skip := range r.Skipped {
		t.Logf("skipped step %s: %s: %s", skip.Step, skip.Event, skip.Cause)
	}
	if r.StateError != nil {
		t.Logf("the state is unknown: %v", r.StateError)
	}
	for i := range r.Deliveries {
		if d := &r.Deliveries[i]; d.Warning != "" {
			t.Logf("warning: %s: %s", d.Label(), d.Warning)
		}
	}
	for _, f := range grade.CheckExpectations(r) {
		var text strings.Builder
		text.WriteString("contract test: " + f.String())
		for _, e := range f.Evidence {
			text.WriteString("\n  " + e.Title + ":\n    " + strings.ReplaceAll(e.Text, "\n", "\n    "))
		}
		t.Errorf("%s", text.String())
	}
	return observationOf(r)
}

// Grade runs all probes against a consumer, or those of [Only], and returns a result for
// each, in the order of [Probes]. It needs the option [WithProvider] or [Route].
//
// If the context ends, the remaining probes are inconclusive, and the error is the
// context's. Other errors are [ErrRejected], with the results, and [ErrUnreachable].
func Grade(ctx context.Context, consumer http.Handler, options ...Option) ([]webhook.Result, error) {
	s, err := configure(consumer, options)
	switch {
	case err != nil:
		return nil, fmt.Errorf("grade: %w", err)
	case s.realTime:
		return nil, errors.New("grade: read options: RealTime is for Test only")
	case s.Provider == nil:
		return nil, errors.New("grade: no provider; use the option WithProvider or Route")
	}
	return grade.Grade(ctx, s.Options)
}

// A Probe is one known way in which consumers break. docs/grading.md describes each probe.
type Probe struct {
	// ID is short and stable: "P1". Name is what options use: "duplicate". Group is the
	// name of the probe's group: "duplicates".
	ID, Name, Group string
	// Description says what happens, Advice what a consumer does about it.
	Description, Advice string
	// References are issues of consumers that broke, and documents.
	References []string
}

// Probes returns the probes of [Grade], in the order in which they run.
func Probes() ([]Probe, error) {
	all, err := grade.Probes()
	if err != nil {
		return nil, err
	}
	var probes []Probe
	for _, p := range all {
		probes = append(probes, Probe{ID: p.ID, Name: p.Name, Group: p.Group, Description: p.Description, Advice: p.Advice, References: p.References})
	}
	return probes, nil
}
