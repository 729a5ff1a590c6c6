package pipeline

import (
	"time"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// Validate validates a body within a scope, or as the event type of its tape. Its times are compared
// with the time of its record in a tape, else with now.
func Validate(catalog *schemas.Catalog, asked schemas.Scope, now time.Time, b capture.Body) ([]webhook.Item, error) {
	validator, now, problem, err := prepare(catalog, asked, now, b)
	if validator == nil {
		return problem, err
	}
	return validator.Body(b.Bytes, now), nil
}

// Read is Validate that also returns what the items have for the rules over a capture.
func Read(catalog *schemas.Catalog, asked schemas.Scope, now time.Time, b capture.Body) ([]webhook.Item, []sequence.Item, error) {
	validator, now, problem, err := prepare(catalog, asked, now, b)
	if validator == nil {
		return problem, make([]sequence.Item, len(problem)), err
	}
	items, read := validator.Read(b.Bytes, now)
	for i := range read {
		read[i].Received = b.At
	}
	return items, read, nil
}

// prepare returns the validator of a body and the reference time, or the one item of a body that has
// no bytes.
func prepare(catalog *schemas.Catalog, asked schemas.Scope, now time.Time, b capture.Body) (*schemas.Validator, time.Time, []webhook.Item, error) {
	switch {
	case b.Problem != "":
		return nil, now, []webhook.Item{schemas.Unreadable(b.Problem)}, nil
	case b.Size > 0:
		return nil, now, []webhook.Item{schemas.Oversized(b.Size)}, nil
	}
	scope := asked
	if asked == (schemas.Scope{}) {
		scope = schemas.Scope{Likely: b.Type}
	}
	if !b.At.IsZero() {
		now = b.At
	}
	validator, err := catalog.Validator(scope)
	return validator, now, nil, err
}
