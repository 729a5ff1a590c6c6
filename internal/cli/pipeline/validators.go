package pipeline

import (
	"time"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// Validate validates a body within a scope, or as the event type of its tape. Its times are compared
// with the time of its record in a tape, else with now.
func Validate(catalog *schemas.Catalog, asked schemas.Scope, now time.Time, b capture.Body) ([]webhook.Item, error) {
	switch {
	case b.Problem != "":
		return []webhook.Item{schemas.Unreadable(b.Problem)}, nil
	case b.Size > 0:
		return []webhook.Item{schemas.Oversized(b.Size)}, nil
	}
	scope := asked
	if asked == (schemas.Scope{}) {
		scope = schemas.Scope{Likely: b.Type}
	}
	validator, err := catalog.Validator(scope)
	if err != nil {
		return nil, err
	}
	if !b.At.IsZero() {
		now = b.At
	}
	return validator.Body(b.Bytes, now), nil
}
