package script

import (
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
)

// NotAfter returns the script with its start moved into the past as far as needed, so that no time
// in its bodies is after a moment. The order of all times and the gaps between them stay. The plan of
// too many events is only estimated: what would still be later has the time of that moment.
func (s Script) NotAfter(latest time.Time) Script {
	span, exact := s.Plan.Span()
	if late := s.Start.Add(span).Sub(latest); late > 0 {
		s.Start = s.Start.Add(-late)
	}
	if !exact {
		s.Latest = latest
	}
	return s
}

// limited returns the items with no time after the latest.
func (s *Script) limited(items []scenarios.Item) []scenarios.Item {
	if s.Latest.IsZero() {
		return items
	}
	limit := s.Latest.Sub(s.Start)
	items = slices.Clone(items)
	for i := range items {
		one := &items[i]
		one.At = min(one.At, limit)
		one.Message = one.Message.NotAfter(limit)
		if one.Reply != nil {
			reply := one.Reply.NotAfter(limit)
			one.Reply = &reply
		}
	}
	return items
}
