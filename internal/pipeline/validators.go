package pipeline

import (
	"sync"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// Validators are the validators of scopes, each made once.
type Validators struct {
	Catalog *schemas.Catalog
	made    sync.Map // schemas.Scope → func() (*schemas.Validator, error)
}

func (j *Validators) Of(scope schemas.Scope) (*schemas.Validator, error) {
	made, _ := j.made.LoadOrStore(scope, sync.OnceValues(func() (*schemas.Validator, error) { return j.Catalog.Validator(scope) }))
	return made.(func() (*schemas.Validator, error))()
}

// Validate validates a body within a scope, or as the event type of its tape.
func Validate(all *Validators, asked schemas.Scope, b capture.Body) ([]webhook.Item, error) {
	switch {
	case b.Problem != "":
		return []webhook.Item{schemas.Unreadable(b.Problem)}, nil
	case b.Size > 0:
		return []webhook.Item{schemas.Oversized(b.Size)}, nil
	}
	scope := asked
	if asked == (schemas.Scope{}) && all.Catalog.HasType(b.Type) {
		scope = schemas.Scope{Likely: b.Type}
	}
	validator, err := all.Of(scope)
	if err != nil {
		return nil, err
	}
	return validator.Body(b.Bytes)
}
