package script

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Observe generates the events of the plan, without faults in their bodies, and reads them back, in
// the order of time. Dropped events and actions are left out.
func (s Script) Observe() ([]scenarios.Observation, error) {
	validator, err := s.Catalog.Validator(schemas.Scope{Route: s.Route.Name})
	if err != nil {
		return nil, err
	}
	var all []scenarios.Observation
	for planned := range s.Plan.PlannedEvents {
		if planned.Dropped || planned.Action != nil {
			continue
		}
		seen, err := s.observe(validator, &planned)
		if err != nil {
			return nil, fmt.Errorf("observe step %s of conversation %d: %w", planned.Step, planned.Conversation, err)
		}
		all = append(all, seen...)
	}
	return all, nil
}

// observe reads the items of one body.
func (s Script) observe(validator *schemas.Validator, planned *scenarios.PlannedEvent) ([]scenarios.Observation, error) {
	event, err := s.Generator.Event(s.Request(planned))
	if err != nil {
		return nil, err
	}
	root, _, err := document.JSON(event.Body, document.BodyLimits())
	if err != nil {
		return nil, err
	}
	var all []scenarios.Observation
	left := slices.Clone(planned.Items)
	add := func(typeName string, body func(*schemas.EventType) document.Node) error {
		t, err := s.Catalog.Type(typeName)
		if err != nil {
			return err
		}
		item := body(t)
		one := s.observation(t, &item, &left)
		one.At, one.Conversation, one.Step = planned.At, planned.Conversation, planned.Step
		all = append(all, one)
		return nil
	}
	if len(planned.Items) == 1 {
		err := add(event.Type, func(*schemas.EventType) document.Node { return root })
		return all, err
	}
	for _, item := range validator.Body(event.Body, time.Time{}) {
		if err := add(item.Verdict.Type, func(t *schemas.EventType) document.Node { return t.IsolateItem(&root, item.Pointer) }); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// observation reads a body with one item. The item of the plan that it is of is the first of those
// left whose event the body has.
func (s Script) observation(t *schemas.EventType, body *document.Node, left *[]scenarios.Item) scenarios.Observation {
	one := scenarios.Observation{Type: t.Name, Values: t.ValuesIn(body)}
	events := s.Route.CanonicalEvents(t, body)
	at := slices.IndexFunc(*left, func(item scenarios.Item) bool { return item.Event == t.Name || slices.Contains(events, item.Event) })
	if at >= 0 {
		one.Event, one.Message = (*left)[at].Event, (*left)[at].Message.Name
		*left = slices.Delete(*left, at, at+1)
	} else if len(*left) > 0 {
		one.Message = (*left)[0].Message.Name
	}
	if !slices.Contains(events, one.Event) {
		one.Event = ""
		if len(events) > 0 {
			one.Event = events[0]
		}
	}
	if family := canonical.Family(one.Event); family == "message" {
		one.Reasons = s.Route.ReasonsIn(t, body)
	}
	return one
}
