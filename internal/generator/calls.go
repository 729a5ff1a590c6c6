package generator

import (
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A call is what a report of a call says. All values of a call follow from its status, which is given or
// drawn: an unanswered call has no recording, for example.
type call struct {
	// outbound and bridged are the status of a call to an end user, and of one that connects two.
	outbound, bridged string
	leg1, leg2        string
	hangupBy          string
	duration, billed  time.Duration
}

const (
	answered  = "ANSWER"
	completed = "COMPLETED"
	missed    = "MISSED"
	received  = "RECEIVED"
	noAnswer  = "NOANSWER"
)

// unanswered are the statuses of a leg that nobody answered, the most frequent first.
func unanswered() []string {
	return []string{noAnswer, noAnswer, "BUSY", "CANCEL", "CHANUNAVAIL", "CONGESTION"}
}

func (v *values) call() call {
	draw := prng.From(v.message, prng.SeedOf("call"))
	chance, reason := draw.IntN(100), unanswered()[draw.IntN(len(unanswered()))]
	ring, talk := time.Duration(4+draw.IntN(20))*time.Second, time.Duration(5+draw.IntN(175))*time.Second
	hangup := []string{"agent", "caller"}[draw.IntN(2)]
	status, given, ok := v.given("call.status")
	length, lengthGiven, lengthOK := v.given("call.duration")
	switch {
	case given && ok:
		return callOf(status.Text(), reason, hangup, ring, talk, length, lengthGiven && lengthOK)
	case lengthGiven && lengthOK && length.Duration() == 0:
		return callOf(reason, reason, hangup, ring, talk, length, true)
	case chance < 60 || lengthGiven:
		return callOf(answered, reason, hangup, ring, talk, length, lengthGiven && lengthOK)
	case chance < 75:
		return callOf(missed, reason, hangup, ring, talk, length, false)
	case chance < 85:
		return callOf(received, reason, hangup, ring, talk, length, false)
	}
	return callOf(reason, reason, hangup, ring, talk, length, false)
}

// callOf is the call with a status.
func callOf(status, reason, hangup string, ring, talk time.Duration, length value.Value, given bool) call {
	c := call{outbound: status, bridged: status, leg1: status}
	switch status {
	case answered, completed:
		c.outbound, c.bridged, c.leg1, c.leg2 = answered, completed, received, answered
		c.hangupBy, c.duration, c.billed = hangup, talk, max(talk-ring, time.Second)
	case missed:
		c.outbound, c.leg1, c.leg2, c.duration = noAnswer, received, reason, ring
	case received:
		c.outbound, c.duration = noAnswer, min(ring, 10*time.Second)
	}
	if given {
		c.duration = length.Duration()
		c.billed = min(c.billed, c.duration)
	}
	return c
}

func (s *routeFormatter) callValue(name, rest string) getter {
	text := func(of func(c *call) string) getter {
		return func(v *values) (value.Value, bool) {
			c := v.call()
			found := of(&c)
			return value.OfText(found), found != ""
		}
	}
	switch rest {
	case "started_at":
		return func(v *values) (value.Value, bool) { return v.at(v.item.At - v.call().duration) }
	case "ended_at":
		return func(v *values) (value.Value, bool) { return v.at(v.item.At) }
	case "reported_at":
		return func(v *values) (value.Value, bool) {
			return v.at(v.item.At)
		}
	case "duration":
		return func(v *values) (value.Value, bool) { return value.OfDuration(v.call().duration), true }
	case "billed":
		return func(v *values) (value.Value, bool) { return value.OfDuration(v.call().billed), true }
	case "source":
		return pick(name, []string{"OBD"})
	case "bridged_source":
		return pick(name, []string{"C2C"})
	case "status":
		return text(func(c *call) string { return c.outbound })
	case "bridged_status":
		return text(func(c *call) string { return c.bridged })
	case "leg1":
		return func(v *values) (value.Value, bool) {
			c := v.call()
			return value.OfText(c.leg1), !v.gives1("call.status", answered)
		}
	case "leg2":
		return text(func(c *call) string { return c.leg2 })
	case "hangup_by":
		return text(func(c *call) string { return c.hangupBy })
	case "mid":
		return s.id(name, "{{message.id}}", ofMessage)
	case "flow":
		get := s.id(name, "{{random|digits 3}}", ofRun)
		delete(s.formats, name)
		return func(v *values) (value.Value, bool) {
			if v.gives1("call.status", completed, missed, received) { // only a bridged call has such a status
				return value.Value{}, false
			}
			return get(v)
		}
	case "recording_url":
		return func(v *values) (value.Value, bool) {
			if c := v.call(); c.billed == 0 {
				return value.Value{}, false
			}
			id, _ := v.lookup("media.id")
			return value.OfText("https://media.example.com/recordings/" + id.Text() + ".mp3"), true
		}
	}
	return nil
}

// gives1 reports whether a value was given, and is one of some words.
func (v *values) gives1(name string, words ...string) bool {
	found, _, ok := v.given(name)
	return ok && slices.Contains(words, found.Text())
}
