package scenarios

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/fault"
)

// A tally counts what a fault has met.
type tally struct{ seen, fired int }

// fires decides whether a fault befalls a cue. The luck is that of the fault
// with this cue, so that other cues do not change it.
func (p *Plan) fires(i int, t *tally, d *draft) (Befallen, bool) {
	f := p.faults[i]
	luck := chance.From(f.seed, d.Seed)
	if fires := f.fault.Fires(t.seen, t.fired, d.At, &luck); !fires {
		t.seen++
		return Befallen{}, false
	}
	t.seen++
	t.fired++
	return Befallen{f.fault, t.fired - 1, chance.Seed(f.seed, d.Seed, 1)}, true
}

// befall decides for each cue which faults befall it: those of its step, then
// those that are common to all. Only a reorder, which looks at several cues,
// is decided on its own.
func (p *Plan) befall(stream iter.Seq[*draft], luck []tally) iter.Seq[*draft] {
	if len(p.faults) == 0 {
		return stream
	}
	return func(yield func(*draft) bool) {
		for d := range stream {
			for _, i := range slices.Concat(d.act.faults, p.common) {
				if p.faults[i].fault.Name() == "reorder" || d.Act != nil {
					continue
				}
				befallen, ok := p.fires(i, &luck[i], d)
				switch {
				case !ok:
				case befallen.Fault.Stage() == fault.StagePlan:
					d.struck = append(d.struck, befallen)
				default:
					d.Faults = append(d.Faults, befallen)
				}
			}
			if !yield(d) {
				return
			}
		}
	}
}

// mostWindow bounds the cues that are held back until a window is full.
const mostWindow = 100_000

// reorder lets the cues of a window change places: when each is sent stays,
// what is sent then does not. A window begins with a cue that the fault
// befalls and holds what follows, of whatever step; the cues in it are no
// candidates themselves.
func (p *Plan) reorder(stream iter.Seq[*draft], i int, luck *tally) iter.Seq[*draft] {
	f := p.faults[i]
	reach := f.fault.Window()
	return func(yield func(*draft) bool) {
		var window []*draft
		var begun Befallen
		closed := func() bool {
			shuffle(window, begun.Seed)
			for _, d := range window {
				if !yield(d) {
					return false
				}
			}
			window = window[:0]
			return true
		}
		for d := range stream {
			if d.Act != nil { // it stays where it is, and nothing passes it by
				if !closed() || !yield(d) {
					return
				}
				continue
			}
			if reach.Within > 0 && len(window) > 0 && d.At >= later(window[0].At, reach.Within) && !closed() {
				return
			}
			if len(window) == 0 {
				befallen, ok := Befallen{}, false
				if f.step == nil || f.step == d.act.step {
					befallen, ok = p.fires(i, luck, d)
				}
				if !ok {
					if !yield(d) {
						return
					}
					continue
				}
				begun = befallen
			}
			window = append(window, d)
			if (len(window) == reach.Events || len(window) == mostWindow) && !closed() {
				return
			}
		}
		closed()
	}
}

// shuffle changes the order of two cues or more, and never leaves it as it was.
func shuffle(window []*draft, seed uint64) {
	if len(window) < 2 {
		return
	}
	source := chance.New(seed)
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

// strike does what the faults of the plan want with one cue. However they are
// ordered in the file, a delay moves the copies too, and what is dropped has none.
func (o *outbox) strike(d *draft) {
	for _, b := range d.struck {
		switch b.Fault.Name() {
		case "drop":
			d.Dropped = true
			d.Notes = append(d.Notes, "drop")
		case "delay":
			by := b.Fault.Delay().Sample(chance.New(b.Seed))
			d.At = later(d.At, by)
			d.Notes = append(d.Notes, "delay "+by.String())
		}
	}
	if d.Dropped || len(d.struck) == 0 {
		o.put(d.Cue)
		return
	}
	o.copies(d.Cue, d.struck)
}

// copies puts an event and its copies into the outbox: first those of the same
// instant, so that they follow each other, then those that come later.
func (o *outbox) copies(c Cue, struck []Befallen) {
	is := func(name string) func(Befallen) bool {
		return func(b Befallen) bool { return b.Fault.Name() == name }
	}
	if slices.ContainsFunc(struck, is("concurrent")) {
		o.releases++
		c.Release = o.releases
	}
	o.put(c)
	c.Notes = nil
	for _, name := range []string{"concurrent", "duplicate"} {
		for _, b := range struck {
			if b.Fault.Name() != name {
				continue
			}
			luck := chance.New(b.Seed)
			for n := range b.Fault.Copies() {
				if name == "duplicate" {
					c.At = later(c.At, b.Fault.After().Sample(luck))
					c.Release = 0
				}
				c.Copy++
				c.Notes = []string{fmt.Sprintf("%s %d of %d", name, n+1, b.Fault.Copies())}
				o.put(c)
			}
		}
	}
}
