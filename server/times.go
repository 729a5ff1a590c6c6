package server

import (
	"time"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
)

// timed gives a script the time from which the times in its bodies count. At max speed,
// everything is sent now, so nothing has a later time.
func (p *playing) timed(source script.Script) script.Script {
	switch {
	case !p.at.IsZero():
		source.Start = p.at
	case p.speed == engine.Immediate() && p.only == "":
		return source.NotAfter(source.Start)
	}
	return source
}

// maxAhead is how far ahead of now a time may be in a webhook that follows a call at max
// speed: it comes after the call. One that comes later moves the call into the past.
const maxAhead = 5 * time.Minute

// timeBodies sets the time from which the times in the webhooks of a message count. The
// values of the message in the response depend on it, so it is set before them.
func (c *calling) timeBodies(scenario string, p *playing) error {
	if scenario == "" || p.speed != engine.Immediate() {
		return nil
	}
	one, err := c.options.Library.Scenario(scenario)
	if err != nil {
		return err
	}
	if p.plan, err = planOf(one, p); err != nil {
		return err
	}
	p.at = script.Script{Plan: p.plan, Start: p.start}.NotAfter(p.start.Add(maxAhead)).Start
	return nil
}
