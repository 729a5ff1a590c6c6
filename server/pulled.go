package server

import (
	"iter"

	"github.com/ringback-dev/ringback/internal/engine/script"
)

// pulled gives jobs one by one, as [iter.Pull2] does, whose coroutine it begins
// only for many. Few are taken at once: each message that is under way has a plan,
// and a coroutine that stands still takes more room than its jobs. They can be
// asked for twice, and must be the same.
func pulled(jobs iter.Seq2[script.Job, error]) (next func() (script.Job, error, bool), stop func()) {
	const few, usualJobs = 16, 4
	type one struct {
		job script.Job
		err error
	}
	all := make([]one, 0, usualJobs)
	for job, err := range jobs {
		if len(all) == few {
			return iter.Pull2(jobs)
		}
		all = append(all, one{job, err})
	}
	next = func() (script.Job, error, bool) {
		if len(all) == 0 {
			return script.Job{}, nil, false
		}
		first := all[0]
		all[0], all = one{}, all[1:]
		return first.job, first.err, true
	}
	return next, func() { all = nil }
}
