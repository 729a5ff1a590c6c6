package generator

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// values are the values of one item. A getter makes each on demand, from the seed of its owner:
// the run, the conversation, the message or the event. So all events about a message agree.
type values struct {
	formatter *routeFormatter
	context   *valueContext
	account   *schemas.Account // or nil

	run, conversation, messages, message, event uint64
	number                                      int // of the conversation
	start                                       time.Time
	opened                                      time.Duration // start of the conversation
	item                                        *scenarios.Item
	// subject is the message that the values describe: the item's, or the one that it replies to.
	subject *scenarios.Message

	// inbound: an end user wrote the subject.
	inbound bool
	// restrictions counts the restrictions in the body.
	restrictions int

	subscriber value.Value // the recipient's number, made on demand
	settings   []setting
	// reason is why the message fails, chosen on demand.
	reason      *schemas.Reason
	givenReason string // the canonical reason, if given
	element     uint64
	// medium is the kind of media that the current object is named after, or "".
	medium  string
	random  *prng.Source
	source  prng.Source // of the current ID
	scratch []byte
	// replyValues are the values of the message that the item replies to, made on demand.
	replyValues *values
	retained    *retained
}

// retained is reused from one body to the next.
type retained struct {
	reply    values
	settings []setting // of reply
	run      uint64
	appPhone value.Value
}

// A setting is a given value.
type setting struct {
	name   string
	value  value.Value
	absent bool
}

// given returns a given value.
func (v *values) given(name string) (found value.Value, given, ok bool) {
	for i := range v.settings {
		if v.settings[i].name == name {
			return v.settings[i].value, true, !v.settings[i].absent
		}
	}
	return value.Value{}, false, false
}

// contents lists the values in a part of a body.
type contents struct {
	names []string // sorted, without duplicates
	// failure and reply report whether some values belong to a failure, or to the message that
	// the item replies to.
	failure, reply bool
}

func contentsOf(names []string) contents {
	slices.Sort(names)
	return contents{
		names:   slices.Compact(names),
		failure: slices.ContainsFunc(names, func(name string) bool { return strings.HasPrefix(name, "error.") }),
		reply:   slices.ContainsFunc(names, isOfReply),
	}
}

// gives reports whether one of the values was given.
func (v *values) gives(c *contents) bool { return v.howMany(c) > 0 || c.failure && v.givenReason != "" }

// howMany counts the given values, including the IDs of the message that the item replies to.
func (v *values) howMany(c *contents) int {
	n := 0
	if c.reply && v.item.Reply != nil {
		n++
	}
	for i := range v.settings {
		if !v.settings[i].absent && slices.Contains(c.names, v.settings[i].name) {
			n++
		}
	}
	return n
}

func isOfReply(name string) bool { return strings.HasPrefix(name, "message.reply_") }

// lookup returns a value by its name, given or made.
func (v *values) lookup(name string) (value.Value, bool) {
	if found, given, ok := v.given(name); given {
		return found, ok
	}
	get := v.formatter.getters[name]
	if get == nil {
		return value.Value{}, false
	}
	return get(v)
}

// reply returns the values of the message that the item replies to.
func (v *values) reply() (*values, bool) {
	if v.item.Reply == nil {
		return nil, false
	}
	if v.replyValues == nil {
		other := &v.retained.reply
		*other = *v
		other.subject = v.item.Reply
		other.message = messageSeed(v.conversation, v.messages, v.item.Reply.Name)
		other.inbound = isInbound(v.item.Reply)
		// Settings of the message are about the other one.
		other.settings = other.retained.settings[:0]
		for i := range v.settings {
			if scope, _, _ := strings.Cut(v.settings[i].name, "."); scope == "recipient" || scope == "app" {
				other.settings = append(other.settings, v.settings[i])
			}
		}
		v.retained.settings = other.settings
		v.replyValues = other
	}
	return v.replyValues, true
}

// isInbound reports whether an end user wrote a message that another one replies to: it was never sent.
func isInbound(m *scenarios.Message) bool {
	return m.Enqueued == scenarios.NotYet && m.Sent == scenarios.NotYet && m.Delivered == scenarios.NotYet
}

func messageSeed(conversation, messages uint64, name string) uint64 {
	return prng.Seed(conversation, saltMessage, messages, prng.SeedOf(name))
}

// roll draws from 0 to n-1, from a seed and a salt.
func roll(seed, salt uint64, n int) int {
	source := prng.From(seed, salt)
	return source.IntN(n)
}

func ofRun(v *values) uint64          { return v.run }
func ofConversation(v *values) uint64 { return v.conversation }
func ofMessage(v *values) uint64      { return v.message }
func ofEvent(v *values) uint64        { return v.event }

// owner returns the seed of a value, by the scope of its name.
func owner(name string) func(*values) uint64 {
	scope, _, _ := strings.Cut(name, ".")
	switch scope {
	case "app", "run":
		return ofRun
	case "recipient", "conversation", "template":
		return ofConversation
	case "event":
		return ofEvent
	}
	return ofMessage
}

// at returns a time of the run; false if the step has not happened.
func (v *values) at(since time.Duration) (value.Value, bool) {
	if since == scenarios.NotYet {
		return value.Value{}, false
	}
	return value.OfTime(v.start.Add(since)), true
}

// failure returns why the message fails: the given reason, or one that fits the event. All events
// about the failure agree.
func (v *values) failure() *schemas.Reason {
	if v.reason != nil {
		return v.reason
	}
	if v.givenReason != "" {
		v.reason = v.formatter.reason(v.givenReason)
		return v.reason
	}
	stage := v.item.Stage
	if !v.formatter.syncFailures {
		stage = stageAsync // the API's response has a synchronous failure
	}
	fitting := v.context.fitting(v.formatter.reasons, stage)
	if len(fitting) == 0 {
		return nil
	}
	v.reason = fitting[roll(v.message, saltReason, len(fitting))]
	return v.reason
}

// status returns the status of the failure, or the fallback.
func (v *values) status(fallback string) string {
	if r := v.failure(); r != nil && r.Status != "" {
		return r.Status
	}
	return fallback
}

// fails reports whether the failure is of a stage.
func (v *values) fails(stage string) bool {
	return v.item.Stage == "" || v.item.Stage == stage
}

// window returns the number of 24-hour periods of the conversation before this one, and the end
// of this one.
func (v *values) window() (n uint64, ends time.Duration) {
	const day = 24 * time.Hour
	at := v.subject.Sent
	if at == scenarios.NotYet {
		at = v.item.At
	}
	days := max(0, at-v.opened) / day
	return uint64(days), v.opened + (days+1)*day
}
