package script

import (
	"time"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A Job is one Event that is to be delivered.
type Job struct {
	// ID is the delivery's; it stays the same over all attempts, and copies of an
	// Event share it.
	ID string
	// Due is when the first attempt is planned, since the run began.
	Due time.Duration
	// At is when it is due by the clock; zero if it goes at once. The engine sets it.
	At time.Time
	// Attempts are those of an earlier run, which the schedule counts.
	Attempts []webhook.Attempt
	// Stopped is closed when the job's run is stopped; nil is never. The engine sets it.
	Stopped <-chan struct{}
	// Target is the index of the one that it goes to.
	Target int
	// EndUser is the number of whose conversation it is of; 0 if it is of none.
	EndUser int
	// Release, if above 0, ties jobs that follow each other: those of one number
	// are made first and then released together.
	Release int
	// Dropped: it is lost on its way, so it is neither made nor sent. Its Result
	// comes at its time, so that what is lost can be shown.
	Dropped bool
	// Prepare makes the Event, with its faults. It is called
	// at most once, from any goroutine. An error of it ends the run: it is ours.
	Prepare func() (Prepared, error)
	// Seed is the seed of the retries.
	Seed uint64
	// Ref is the caller's; its Result has it, too. The engine doesn't read it.
	Ref any
	// Cue is the planned event; nil if the job isn't of a plan.
	Cue *scenarios.PlannedEvent
}

// Prepared is what is sent.
type Prepared struct {
	Event webhook.Event
	// Faults are those of [webhook.Delivery].
	Faults []string
	// SignatureFault is the corruption of the signature, as in [fault.Fault.SignatureFault];
	// "" if it is not.
	SignatureFault string
}
