package engine

import (
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

// A Stats is the summary of a run. It is fed with Results and keeps none of
// them: its size is fixed, however long the run.
type Stats struct {
	// Sent are the deliveries of which at least one attempt was made. Each of
	// them is either Accepted or Refused; Retried have more than one attempt.
	Sent, Accepted, Rejected, Retried int
	// Lost are those that were dropped as planned.
	Lost int
	// Attempts counts all of them, Answers by what came of them: "2xx", or the
	// [webhook.Failure] where nothing did.
	Attempts  int
	Responses map[string]int
	// Faults counts the deliveries that each fault befell, by its name.
	Faults map[string]int
	// Warned counts the accepted deliveries with a [Result.Warning].
	Warned int
	// UnmetExpectations counts the deliveries whose response is not what the scenario expects.
	UnmetExpectations int
	// Latency is the duration of the responses, of all attempts with a response;
	// Lateness how long after its planned time a first attempt began.
	Latency, Lateness Histogram

	targets []Target
}

// NewStats returns an empty summary of a run to the targets.
func NewStats(targets []Target) *Stats {
	return &Stats{Responses: map[string]int{}, Faults: map[string]int{}, targets: targets}
}

// Add counts a Result.
func (t *Stats) Add(r Result) {
	for _, note := range r.Faults {
		if name, fired := faultOf(note); fired {
			t.Faults[name]++
		}
	}
	if r.Dropped {
		t.Lost++
	}
	if len(r.Attempts) == 0 {
		return
	}
	t.Sent++
	if r.Accepted {
		t.Accepted++
	} else {
		t.Rejected++
	}
	if r.Warning != "" {
		t.Warned++
	}
	if len(r.Attempts) > 1 {
		t.Retried++
	}
	if r.UnmetExpectations(t.targets[r.Target].Schedule.TimeAllowed) != "" {
		t.UnmetExpectations++
	}
	if !r.Due.IsZero() {
		t.Lateness.Add(r.Attempts[0].At.Sub(r.Due))
	}
	for i := range r.Attempts {
		t.attempt(&r.Attempts[i])
	}
}

func (t *Stats) attempt(a *webhook.Attempt) {
	t.Attempts++
	if a.Failure != "" {
		t.Responses[string(a.Failure)]++
		return
	}
	t.Responses[strconv.Itoa(a.Status/100)+"xx"]++
	t.Latency.Add(a.Timing.Total)
}

// faultOf is the name in a note of what a fault did, and whether it did anything.
func faultOf(note string) (name string, fired bool) {
	name, _, _ = strings.Cut(note, " ")
	name, idle := strings.CutSuffix(name, ":")
	return name, !idle
}
