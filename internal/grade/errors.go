package grade

import "errors"

// Kinds of errors, for [errors.Is].
var (
	// ErrUnknownRoute: no provider or route has the name.
	ErrUnknownRoute = errors.New("unknown route")
	// ErrUnreachable: the consumer can't be reached. The error is an [*Unreachable].
	ErrUnreachable = errors.New("the consumer can't be reached")
	// ErrRejected: the consumer rejects a webhook without faults. The error is a [*Rejected].
	ErrRejected = errors.New("the consumer rejects a webhook without faults")
)

// An unknownRoute is the catalog's error, with the kind [ErrUnknownRoute].
type unknownRoute struct{ error }

func (unknownRoute) Unwrap() error { return ErrUnknownRoute }

// Unreachable is the error of a consumer that can't be reached: the grade says nothing
// about it.
type Unreachable struct{ Cause string }

func (u *Unreachable) Error() string { return "reach the consumer: " + u.Cause }

func (u *Unreachable) Unwrap() error { return ErrUnreachable }
