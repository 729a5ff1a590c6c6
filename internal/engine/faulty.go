package engine

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// Faulty reports whether the Event was sent otherwise than its provider would:
// a fault changed its body, its signature or its headers. A consumer may reject
// such a one. When and how often it was sent does not count.
func (r *Result) Faulty() bool {
	return slices.ContainsFunc(r.Faults, func(note string) bool {
		name, fired := faultOf(note)
		return fired && slices.ContainsFunc(fault.Kinds(), func(k fault.Kind) bool { return k.Name == name && k.Stage != fault.StagePlan })
	})
}
