package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// UnmetExpectations lists what the scenario expects of the response and the last attempt did
// not bring; "" if nothing is missed, or nothing was expected or sent. Allowed
// is the time that the contract allows.
func (r *Result) UnmetExpectations(allowed time.Duration) string {
	if r.Cue == nil || len(r.Attempts) == 0 {
		return ""
	}
	e, last := r.Cue.Expect, r.Attempts[len(r.Attempts)-1]
	if len(e.Status) > 0 || e.Within > 0 || e.Contract || e.Empty {
		s := contract.Schedule{Success: e.Status, TimeAllowed: within(e, allowed), EmptyBody: e.Empty, Strict: true}
		if len(e.Status) == 0 {
			s.Success = []string{"1xx", "2xx", "3xx", "4xx", "5xx"}
		}
		if _, why := s.Accepted(last); why != "" {
			return why
		}
	}
	return unmetHeader(e.Headers, last.ResponseHeaders)
}

// unmetHeader finds the first line that is wanted and missing.
func unmetHeader(wanted []scenarios.Setting, lines []webhook.Header) string {
	for _, want := range wanted {
		met := slices.ContainsFunc(lines, func(f webhook.Header) bool {
			return strings.EqualFold(f.Name, want.Name) && (want.Text == "" || f.Value == want.Text)
		})
		switch {
		case met:
		case want.Text == "":
			return fmt.Sprintf("response has no header %s", want.Name)
		default:
			return fmt.Sprintf("response has no header %s: %s", want.Name, want.Text)
		}
	}
	return ""
}

func within(e scenarios.Expect, allowed time.Duration) time.Duration {
	if e.Contract {
		return allowed
	}
	return e.Within
}
