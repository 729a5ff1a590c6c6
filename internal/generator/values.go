package generator

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/value"
)

// Values are those of one item. Each is made when it is asked for, from the
// luck of what it belongs to: of the run, the conversation, the message or the
// event. So whatever tells of a message tells the same.
type values struct {
	formatter *routeFormatter
	context   *valueContext

	run, conversation, messages, message, event uint64
	number                                      int // of the conversation
	start                                       time.Time
	opened                                      time.Duration // when the conversation began
	item                                        *scenarios.Item
	// subject is the message that the values tell of: that of the item, or the one
	// that it replies to.
	subject *scenarios.Message

	subscriber value.Value // the recipient's number, once somebody asked
	settings   []setting
	// reason is why a message fails, once somebody asked.
	reason      *schemas.Reason
	givenReason string // the reason's neutral name, if it was given
	element     uint64
	// medium is the kind of media of the object in the making, if it is named for one.
	medium  string
	random  *prng.Source
	source  prng.Source // of the id in the making
	scratch []byte
	// answered are the values of the message that is replied to, once somebody asked.
	replyValues *values
	retained    *retained
}

// Kept is what a writing keeps from one body to the next.
type retained struct {
	reply    values
	run      uint64
	appPhone value.Value
}

// A setting is a value that was given, by name.
type setting struct {
	name   string
	value  value.Value
	absent bool
}

// given returns a value that was given.
func (v *values) given(name string) (found value.Value, given, ok bool) {
	for i := range v.settings {
		if v.settings[i].name == name {
			return v.settings[i].value, true, !v.settings[i].absent
		}
	}
	return value.Value{}, false, false
}

// Contents are the values that stand in a part of a body.
type contents struct {
	names []string // sorted, each once
	// failure and reply: some are of why a message fails, or of the message that
	// is replied to.
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

// howMany of the values were given, the ids of a message that is replied to
// among them.
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

// reply are the values of the message that is replied to.
func (v *values) reply() (*values, bool) {
	if v.item.Reply == nil {
		return nil, false
	}
	if v.replyValues == nil {
		other := &v.retained.reply
		*other = *v
		other.subject = v.item.Reply
		other.message = messageSeed(v.conversation, v.messages, v.item.Reply.Name)
		other.settings = nil // they are about this message
		v.replyValues = other
	}
	return v.replyValues, true
}

func messageSeed(conversation, messages uint64, name string) uint64 {
	return prng.Seed(conversation, saltMessage, messages, prng.SeedOf(name))
}

// roll draws from 0 to n-1 by the luck of what a value belongs to and a name.
func roll(seed, salt uint64, n int) int {
	source := prng.From(seed, salt)
	return source.IntN(n)
}

func ofRun(v *values) uint64          { return v.run }
func ofConversation(v *values) uint64 { return v.conversation }
func ofMessage(v *values) uint64      { return v.message }
func ofEvent(v *values) uint64        { return v.event }

// owner is what a value belongs to, by the first word of its name.
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

// at is a moment of the run; none if it has not come.
func (v *values) at(since time.Duration) (value.Value, bool) {
	if since == scenarios.NotYet {
		return value.Value{}, false
	}
	return value.OfTime(v.start.Add(since)), true
}

// failure returns why the message fails: the reason that was given, or one that
// fits the event, the same wherever the message's failure is told.
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
		stage = stageAsync // a refusal at once stands in the answer of the API
	}
	fitting := v.context.fitting(v.formatter.reasons, stage)
	if len(fitting) == 0 {
		return nil
	}
	v.reason = fitting[roll(v.message, saltReason, len(fitting))]
	return v.reason
}

// status is the status word of the failure, or the one that stands for all.
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

// window is the 24 hours for which a conversation is paid, the number of those
// that have gone by, and when it ends.
func (v *values) window() (n uint64, ends time.Duration) {
	const day = 24 * time.Hour
	at := v.subject.Sent
	if at == scenarios.NotYet {
		at = v.item.At
	}
	days := max(0, at-v.opened) / day
	return uint64(days), v.opened + (days+1)*day
}
