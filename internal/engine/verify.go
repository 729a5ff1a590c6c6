package engine

import (
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/signature"
)

// A Verifier says what is wrong with the signature of a webhook that came at a time; nil
// if nothing is. The error is a *[signature.Refusal].
type Verifier func(r signature.Received, at time.Time) error

// VerifierOf verifies what comes by a route, by its contract's scheme or another one, with
// the same secrets that sign: one of them has to fit.
func VerifierOf(r *schemas.Route, scheme string, secrets []string) (Verifier, error) {
	s, err := schemeOf(r.Contract.Signature, scheme)
	if err != nil {
		return nil, err
	}
	if s.Unsigned() {
		return nil, fmt.Errorf("read secret: %s has no signature; leave the secret out, or set a signature scheme", r.Name)
	}
	keys, err := s.Secrets(secrets...)
	if err != nil {
		return nil, err
	}
	return func(received signature.Received, at time.Time) error {
		return s.Verify(received, keys, at, signature.Tolerance)
	}, nil
}
