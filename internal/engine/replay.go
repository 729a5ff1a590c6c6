package engine

import (
	"cmp"
	"container/heap"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/webhook"
)

// A Replay makes jobs of Deliveries that were sent or received before: bodies
// and header lines byte for byte, spaced as they were.
type Replay struct {
	Deliveries iter.Seq2[webhook.Delivery, error]
	// Resign are the names of the header lines that the target makes afresh (see
	// [Target.Signed]). Without any, what was signed goes out as it was, and the
	// target should sign nothing.
	Resign []string
	Target int
	Seed   uint64
}

// Jobs gives a job for each delivery, in the order of their time: a tape has
// them in the order in which they ended. Of one that stands further behind its
// place than mostAhead the time counts no more, and it goes as soon as it is
// read. One without a time goes with the one before it.
func (r Replay) Jobs() iter.Seq2[script.Job, error] {
	return func(yield func(script.Job, error) bool) {
		var ahead window
		var begin time.Time
		give := func() bool {
			next := heap.Pop(&ahead).(placed)
			if begin.IsZero() {
				begin = next.at
			}
			return yield(r.job(next, max(0, next.at.Sub(begin))), nil)
		}
		n, last := 0, time.Time{}
		for d, err := range r.Deliveries {
			if err != nil {
				yield(script.Job{}, err)
				return
			}
			if !d.Event.At.IsZero() {
				last = d.Event.At
			}
			heap.Push(&ahead, placed{d, last, n})
			if n++; len(ahead) > maxAhead && !give() {
				return
			}
		}
		for len(ahead) > 0 {
			if !give() {
				return
			}
		}
	}
}

// maxAhead is how many deliveries are read ahead to bring them in order.
const maxAhead = 1000

// A placed delivery has its time and its number on the tape.
type placed struct {
	webhook.Delivery
	at time.Time
	n  int
}

func (r Replay) job(p placed, due time.Duration) script.Job {
	d := p.Delivery
	if d.ID == "" {
		d.ID = script.DeliveryID(prng.Seed(r.Seed, script.SeedOfID, uint64(p.n)))
	}
	return script.Job{
		ID: d.ID, Due: due, Target: r.Target, Seed: prng.Seed(r.Seed, script.SeedOfRetries, uint64(p.n)),
		Prepare: func() (script.Prepared, error) {
			m := script.Prepared{Event: d.Event, Faults: d.Faults}
			m.Event.Headers = r.header(&d)
			if len(r.Resign) > 0 {
				m.Faults = slices.DeleteFunc(slices.Clone(m.Faults), ofSignature)
			}
			return m, nil
		},
	}
}

// header are the lines to send again: those of the last attempt, which were
// signed, or those that were received.
func (r Replay) header(d *webhook.Delivery) []webhook.Header {
	lines := d.Event.Headers
	if n := len(d.Attempts); n > 0 && len(d.Attempts[n-1].RequestHeaders) > 0 {
		lines = d.Attempts[n-1].RequestHeaders
	}
	return slices.DeleteFunc(slices.Clone(lines), func(f webhook.Header) bool {
		return ofConnection(f.Name) || slices.ContainsFunc(r.Resign, func(name string) bool { return strings.EqualFold(name, f.Name) })
	})
}

// ofConnection reports whether a header line belongs to the connection that it
// came by, and not to the message.
func ofConnection(name string) bool {
	switch name = strings.ToLower(name); name {
	case "host", "content-length", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect":
		return true
	}
	return strings.HasPrefix(name, "proxy-")
}

// ofSignature reports whether a note is about a signature, which a new one mends.
func ofSignature(note string) bool {
	name, _ := faultOf(note)
	return slices.ContainsFunc(fault.Kinds(), func(k fault.Kind) bool { return k.Name == name && k.Stage == fault.StageSignature })
}

// A window is the heap of deliveries that are read ahead.
type window []placed

func (w window) Len() int { return len(w) }
func (w window) Less(i, j int) bool {
	return cmp.Or(w[i].at.Compare(w[j].at), w[i].n-w[j].n) < 0
}
func (w window) Swap(i, j int) { w[i], w[j] = w[j], w[i] }

// Push and Pop are for the package heap.
func (w *window) Push(x any) { *w = append(*w, x.(placed)) }

func (w *window) Pop() any {
	last := len(*w) - 1
	p := (*w)[last]
	(*w)[last] = placed{}
	*w = (*w)[:last]
	return p
}
