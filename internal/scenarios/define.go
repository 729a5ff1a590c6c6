package scenarios

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// A Definition describes a scenario in Go. A scenario file has the same parts.
type Definition struct {
	Name, Description string
	// Provider and Routes limit the scenario; if empty, it is for all routes.
	Provider string
	Routes   []string
	// With gives values by name to all events, Set by JSON Pointer.
	With, Set []Setting
	Steps     []Step
	Expect    Expect
}

// A Step of a [Definition] sends an event.
type Step struct {
	// Send is a canonical event or, in a provider's own scenario, an event type.
	Send string
	// Message names the message that the event is about, and ReplyTo the one that it replies
	// to; "" is the default of the event.
	Message, ReplyTo string
	// After is the delay after the step before; nil is the default time of the event.
	After     *prng.Distribution
	With, Set []Setting
	Faults    []fault.Fault
	Expect    Expect
	// Illegal marks an event that can't follow the steps before it.
	Illegal bool
}

// New makes a scenario. It checks what [Parse] checks.
func New(d Definition) (*Scenario, error) {
	s := &Scenario{
		Name: path.Join(d.Provider, d.Name), Description: d.Description, Provider: d.Provider, Routes: d.Routes,
		conversations: 1, with: choices(d.With), set: d.Set, expect: d.Expect,
	}
	for _, declared := range d.Steps {
		one := step{
			kind: send, event: declared.Send, message: declared.Message, replyTo: declared.ReplyTo, probability: always,
			with: choices(declared.With), set: declared.Set, faults: declared.Faults, expect: declared.Expect, illegal: declared.Illegal,
		}
		if declared.After != nil {
			one.after, one.hasAfter = *declared.After, true
		}
		s.steps = append(s.steps, one)
	}
	if err := d.check(s); err != nil {
		return nil, fmt.Errorf("define scenario %s: %w", document.Quote(d.Name), err)
	}
	return s, nil
}

func choices(settings []Setting) []choice {
	var all []choice
	for _, one := range settings {
		all = append(all, choice{Setting: one})
	}
	return all
}

func (d Definition) check(s *Scenario) error {
	switch {
	case !isName(d.Name):
		return errors.New("name: expected lower-case letters, digits and dashes")
	case d.Provider != "" && !isName(d.Provider):
		return fmt.Errorf("provider: expected a name of lower-case letters, digits and dashes, found %s", document.Quote(d.Provider))
	case d.Description == "":
		return errors.New("missing description")
	case len(d.Steps) == 0 || len(d.Steps) > maxSteps:
		return fmt.Errorf("expected 1 to %d steps, found %d", maxSteps, len(d.Steps))
	case d.Routes != nil && d.Provider == "":
		return errors.New(routesNeedProvider)
	}
	for _, route := range d.Routes {
		if !routeOfProvider(route, d.Provider) {
			return fmt.Errorf("expected a route of %s, found %s", d.Provider, document.Quote(route))
		}
	}
	names := messageNames(s.steps)
	if err := d.checkContent(d.With, d.Set, "", d.Expect, names); err != nil {
		return err
	}
	for i, one := range d.Steps {
		err := checkEvent(one.Send, d.Provider)
		if err == nil && one.Message != "" && !isName(one.Message) {
			err = fmt.Errorf("message: expected a name of lower-case letters, digits and dashes, found %s", document.Quote(one.Message))
		}
		if err == nil {
			err = checkCopies(one.Faults)
		}
		if err == nil {
			err = d.checkContent(one.With, one.Set, one.ReplyTo, one.Expect, names)
		}
		if err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	var illegal error
	checkLifecycles(s.steps, func(one *step, text string) {
		for i := range s.steps {
			if illegal == nil && one == &s.steps[i] {
				illegal = fmt.Errorf("step %d: %s", i+1, text)
			}
		}
	})
	return illegal
}

// checkContent checks values, and that the named messages exist.
func (d Definition) checkContent(with, set []Setting, replyTo string, expect Expect, names []string) error {
	for _, one := range with {
		if err := checkValue(one); err != nil {
			return fmt.Errorf("with %s: %w", one.Name, err)
		}
	}
	if set != nil && d.Provider == "" {
		return errors.New(setNeedsProvider)
	}
	for _, one := range set {
		if err := checkPointer(one); err != nil {
			return err
		}
	}
	named := []string{replyTo}
	for _, one := range expect.Calls {
		named = append(named, one.ReplyTo)
	}
	for _, one := range expect.State {
		named = append(named, one.Message)
	}
	for _, name := range named {
		if err := checkMessage(name, names); name != "" && err != nil {
			return err
		}
	}
	return nil
}

const (
	routesNeedProvider = "routes is allowed only in a scenario that has provider: add provider, or leave routes out"
	setNeedsProvider   = "set is allowed only in a scenario that has provider, because its JSON Pointers are for that provider's bodies: add provider, or use with"
)

// routeOfProvider reports whether a name is that of a provider or of one of its routes.
func routeOfProvider(route, provider string) bool {
	return route == provider || strings.HasPrefix(route, provider+"/")
}

// checkEvent checks a canonical event or, in a provider's own scenario, an event type.
func checkEvent(event, provider string) error {
	_, own, isType := strings.Cut(event, "/")
	found := document.Quote(document.Shorten(event, 60))
	switch {
	case canonical.Is(event):
	case !isType:
		return fmt.Errorf("unknown event %s; %s", found, document.OneOf(event, canonical.Events()))
	case provider == "":
		return fmt.Errorf("%s is an event type of one provider: add provider to the scenario, or send a canonical event", found)
	case !strings.HasPrefix(event, provider+"/") || own == "":
		return fmt.Errorf("expected an event type of %s, found %s", provider, found)
	}
	return nil
}

// messageNames lists the names of the messages that steps are about.
func messageNames(steps []step) []string {
	names := []string{mainMessage}
	walk(steps, func(s *step) {
		if s.message != "" && !slices.Contains(names, s.message) {
			names = append(names, s.message)
		}
	})
	return names
}

func checkMessage(name string, known []string) error {
	if slices.Contains(known, name) {
		return nil
	}
	return fmt.Errorf("no step is about the message %s; %s", document.Quote(name), document.OneOf(name, known))
}

func checkCopies(faults []fault.Fault) error {
	for _, one := range faults {
		if one.Copies() > maxCopies {
			return fmt.Errorf("%d copies of one event are too many; the limit is %d", one.Copies(), maxCopies)
		}
	}
	return nil
}

// Delay returns a fixed delay for [Step.After].
func Delay(d time.Duration) *prng.Distribution {
	fixed := prng.Fixed(d)
	return &fixed
}
