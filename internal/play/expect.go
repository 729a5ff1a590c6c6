package play

import (
	"time"

	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/scenarios"
)

// Unmet says what the scenario expects of the answer and the last attempt did
// not bring; "" if nothing is missed, or nothing was expected or sent. Allowed
// is the time that the contract allows.
func (r *Result) Unmet(allowed time.Duration) string {
	if r.Cue == nil || len(r.Attempts) == 0 {
		return ""
	}
	e := r.Cue.Expect
	if len(e.Status) == 0 && e.Within == 0 && !e.Contract {
		return ""
	}
	s := delivery.Schedule{Success: e.Status, TimeAllowed: within(e, allowed)}
	if len(e.Status) == 0 {
		s.Success = []string{"1xx", "2xx", "3xx", "4xx", "5xx"}
	}
	_, why := s.Accepted(r.Attempts[len(r.Attempts)-1])
	return why
}

func within(e scenarios.Expect, allowed time.Duration) time.Duration {
	if e.Contract {
		return allowed
	}
	return e.Within
}
