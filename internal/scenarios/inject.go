package scenarios

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// A fireCount counts the candidates of a fault and its firings.
type fireCount struct{ seen, fired int }

// fires decides whether a fault fires for a planned event. The decision depends on these two
// only, so that other events don't change it.
func (p *Plan) fires(i int, t *fireCount, d *draftEvent) (InjectedFault, bool) {
	f := p.faults[i]
	random := prng.From(f.seed, d.Seed)
	if fires := f.fault.Fires(t.seen, t.fired, d.At, &random); !fires {
		t.seen++
		return InjectedFault{}, false
	}
	t.seen++
	t.fired++
	return InjectedFault{f.fault, t.fired - 1, prng.Seed(f.seed, d.Seed, 1)}, true
}

// injectFaults decides which faults fire for each planned event: those of its step first, then
// the common ones. A reorder, which needs several events, is decided separately.
func (p *Plan) injectFaults(stream iter.Seq[*draftEvent], random []fireCount) iter.Seq[*draftEvent] {
	if len(p.faults) == 0 {
		return stream
	}
	return func(yield func(*draftEvent) bool) {
		for d := range stream {
			for _, i := range slices.Concat(d.step.faults, p.common) {
				if p.faults[i].fault.Name() == "reorder" || d.Action != nil {
					continue
				}
				fired, ok := p.fires(i, &random[i], d)
				switch {
				case !ok:
				case fired.Fault.Stage() == fault.StagePlan:
					d.injected = append(d.injected, fired)
				default:
					d.Faults = append(d.Faults, fired)
				}
			}
			if !yield(d) {
				return
			}
		}
	}
}

// maxWindow limits the events that wait until a window is full.
const maxWindow = 100_000

// reorder exchanges the events of a window: the times stay, the events move. A window starts with
// an event for which the fault fires, and takes the following ones of any step. Events in a
// window are not candidates.
func (p *Plan) reorder(stream iter.Seq[*draftEvent], i int, random *fireCount) iter.Seq[*draftEvent] {
	f := p.faults[i]
	reach := f.fault.Window()
	return func(yield func(*draftEvent) bool) {
		var window []*draftEvent
		var started InjectedFault
		closed := func() bool {
			shuffle(window, started.Seed)
			for _, d := range window {
				if !yield(d) {
					return false
				}
			}
			window = window[:0]
			return true
		}
		for d := range stream {
			if d.Action != nil { // an action stays in place and ends the window
				if !closed() || !yield(d) {
					return
				}
				continue
			}
			if reach.Within > 0 && len(window) > 0 && d.At >= addTime(window[0].At, reach.Within) && !closed() {
				return
			}
			if len(window) == 0 {
				fired, ok := InjectedFault{}, false
				if f.step == nil || f.step == d.step.step {
					fired, ok = p.fires(i, random, d)
				}
				if !ok {
					if !yield(d) {
						return
					}
					continue
				}
				started = fired
			}
			window = append(window, d)
			if (len(window) == reach.Events || len(window) == maxWindow) && !closed() {
				return
			}
		}
		closed()
	}
}

// shuffle changes the order of two or more events. It never keeps the order.
func shuffle(window []*draftEvent, seed uint64) {
	if len(window) < 2 {
		return
	}
	source := prng.New(seed)
	order := make([]int, len(window))
	for i := range order {
		order[i] = i
	}
	for i := len(order) - 1; i > 0; i-- {
		j := source.IntN(i + 1)
		order[i], order[j] = order[j], order[i]
	}
	if slices.IsSorted(order) {
		order = append(order[1:], 0)
	}
	times, before := make([]time.Duration, len(window)), slices.Clone(window)
	for i, d := range window {
		times[i] = d.At
	}
	for i, from := range order {
		window[i] = before[from]
		window[i].At = times[i]
		if i != from {
			window[i].Notes = append(window[i].Notes, fmt.Sprintf("reorder %d to %d", from+1, i+1))
		}
	}
}

// inject applies the plan faults to one planned event. In whatever order the file has them, a
// delay moves the copies too, and a dropped event has no copies.
func (o *reorderBuffer) inject(d *draftEvent) {
	for _, b := range d.injected {
		switch b.Fault.Name() {
		case "drop":
			d.Dropped = true
			d.Notes = append(d.Notes, "drop")
		case "delay":
			by := b.Fault.Delay().Sample(prng.New(b.Seed))
			d.At = addTime(d.At, by)
			d.Notes = append(d.Notes, "delay "+by.String())
		}
	}
	if d.Dropped || len(d.injected) == 0 {
		o.add(d.PlannedEvent)
		return
	}
	o.copies(d.PlannedEvent, d.injected)
}

// copies adds an event and its copies: first the concurrent ones, so that they are adjacent, then
// the later ones.
func (o *reorderBuffer) copies(c PlannedEvent, injected []InjectedFault) {
	is := func(name string) func(InjectedFault) bool {
		return func(b InjectedFault) bool { return b.Fault.Name() == name }
	}
	if slices.ContainsFunc(injected, is("concurrent")) {
		o.releases++
		c.Release = o.releases
	}
	o.add(c)
	c.Notes = nil
	for _, name := range []string{"concurrent", "duplicate"} {
		for _, b := range injected {
			if b.Fault.Name() != name {
				continue
			}
			random := prng.New(b.Seed)
			for n := range b.Fault.Copies() {
				if name == "duplicate" {
					c.At = addTime(c.At, b.Fault.After().Sample(random))
					c.Release = 0
				}
				c.Copy++
				c.Notes = []string{fmt.Sprintf("%s %d of %d", name, n+1, b.Fault.Copies())}
				o.add(c)
			}
		}
	}
}
