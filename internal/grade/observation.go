package grade

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// An Observation is what one run of a scenario showed: the deliveries, and the consumer's
// responses, calls and state.
type Observation struct {
	Scenario  *scenarios.Scenario
	StartedAt time.Time
	Duration  time.Duration
	// Deliveries are in the order of their first attempts.
	Deliveries []Delivered
	// Calls are about the end user of the conversation, in their order; Others are about end users
	// without a conversation.
	Calls, Others []Call
	// State is the consumer's state at the end; nil if it has none.
	State []byte
	// Skipped are the steps that the route doesn't support, Missed the operations of which an
	// expected call wasn't made.
	Skipped []scenarios.Skip
	Missed  []string
	// Released is when held calls got their response; zero if no call was held.
	Released time.Time
	// Allowed is the contract's limit of a response time; 0 if it has none.
	Allowed time.Duration

	StateError    error
	rejectedCalls []Call   // about any end user
	seen          [][]byte // states between the events, in order
	sent          []byte   // a body of which a copy in the state is not an effect; or nil
	user          endUser
	awaited       int
	names         *names
}

// A Delivered is a delivery that has ended, with the time of its last response.
type Delivered struct {
	engine.Result
	responded time.Time
	// callsBefore is the number of the provider's calls when it was sent: times can be equal.
	callsBefore int
}

func (d *Delivered) startedAt() time.Time {
	if len(d.Attempts) == 0 {
		return d.responded
	}
	return d.Attempts[0].At
}

// last is the last attempt; a zero one if there is none.
func (d *Delivered) last() webhook.Attempt {
	if len(d.Attempts) == 0 {
		return webhook.Attempt{}
	}
	return d.Attempts[len(d.Attempts)-1]
}

// Label describes the delivery for reports: its canonical events.
func (d *Delivered) Label() string {
	if d.Cue == nil || len(d.Cue.Items) == 0 {
		return cmp.Or(d.Event.Type, "a body")
	}
	var words []string
	for _, item := range d.Cue.Items {
		words = append(words, item.Event)
	}
	text := strings.Join(words, " + ")
	if d.Cue.Copy > 0 {
		text += " again"
	}
	return text
}

// identities are the values that identify end users and messages.
func identities() []string {
	return slices.DeleteFunc(value.Names(), func(name string) bool { return !isIdentity(name) })
}

// personal are the identities and the other values that differ between end users.
func personal() []string {
	return slices.DeleteFunc(value.Names(), func(name string) bool { return !isPersonal(name) })
}

func isPersonal(name string) bool {
	kind, _ := value.KindOf(name)
	family, _, _ := strings.Cut(name, ".")
	return isIdentity(name) || kind == value.Text && !isWord(name) && slices.Contains([]string{"recipient", "conversation", "message", "error"}, family)
}

// isWord reports whether a text is one of a few words of the provider ("reply", "sms"), which an
// application may use for something else, or a part of a name, which is the whole name of some.
func isWord(name string) bool {
	return slices.Contains([]string{
		"recipient.first_name", "recipient.last_name",
		"message.suggestion", "message.tap", "message.channel", "message.last_channel", "message.encoding", "message.system_type", "recipient.gender",
	}, name)
}

func isIdentity(name string) bool {
	kind, _ := value.KindOf(name)
	family, _, _ := strings.Cut(name, ".")
	return (kind == value.ID || kind == value.Phone) && slices.Contains([]string{"recipient", "conversation", "message"}, family)
}

// names replace the values of the end users and messages of a conversation by labels, so that two
// conversations can be compared.
type names struct {
	labels map[string]labeled // by value
	values map[string]string  // by label
	order  []labeled          // the values to replace, the longest first
}

// A labeled is a value with its label. isText: it is text and identifies nothing.
type labeled struct {
	value, label string
	isText       bool
}

func newNames() *names {
	return &names{labels: map[string]labeled{}, values: map[string]string{}}
}

// A text shorter than minLabel has no label. From minEmbedded on, it is replaced within other
// texts too; between these limits, only as a whole or, if it is text, as whole words.
const (
	minLabel    = 5
	minEmbedded = 8
)

// add adds the values of a message; those with isName get labels. A known text keeps its first
// label: an ID that two messages share is the conversation's.
func (n *names) add(message string, values map[string]string, isName func(name string) bool) {
	for _, name := range slices.Sorted(maps.Keys(values)) { // sorted, so that equal texts get the same label in every run
		text := values[name]
		if !isPersonal(name) {
			continue
		}
		label := name
		if strings.HasPrefix(name, "message.") {
			label = cmp.Or(message, "m") + ":" + name
		}
		n.values[label] = text
		if !isName(name) {
			continue
		}
		n.label(text, label, !isIdentity(name))
		if kind, _ := value.KindOf(name); kind == value.Phone {
			digits := strings.TrimPrefix(text, "+")
			n.label(digits, label, false)
			n.label("+"+digits, label, false)
			if len(digits) > localDigits {
				n.label(digits[len(digits)-localDigits:], label, false)
			}
		}
	}
	n.order = n.order[:0]
	for _, one := range n.labels {
		n.order = append(n.order, one)
	}
	slices.SortFunc(n.order, func(a, b labeled) int {
		return cmp.Or(len(b.value)-len(a.value), strings.Compare(a.value, b.value))
	})
}

// localDigits is the length of a phone number without its country code.
const localDigits = 10

func (n *names) label(text, label string, isText bool) {
	if _, known := n.labels[text]; !known && len(text) >= minLabel {
		n.labels[text] = labeled{text, "{{" + label + "}}", isText}
	}
}

// in reports whether a text is the value, or contains it.
func (l *labeled) in(text string) bool {
	return text == l.value || len(l.value) >= minEmbedded && strings.Contains(text, l.value)
}

// symbolize replaces values by their labels.
func (n *names) symbolize(text string) string {
	for i := range n.order {
		switch one := &n.order[i]; {
		case one.in(text):
			text = strings.ReplaceAll(text, one.value, one.label)
		case one.isText: // for example an end user's short name in a message
			text = replaceWords(text, one.value, one.label)
		}
	}
	return text
}

// replaceWords replaces whole words.
func replaceWords(text, words, by string) string {
	if !strings.Contains(text, words) {
		return text
	}
	var b strings.Builder
	for {
		at := strings.Index(text, words)
		if at < 0 {
			return b.String() + text
		}
		end := at + len(words)
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[end:])
		b.WriteString(text[:at])
		if inWord(before) || inWord(after) {
			b.WriteString(words)
		} else {
			b.WriteString(by)
		}
		text = text[end:]
	}
}

func inWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// mentions reports whether a text is, or contains, the identifier of an end user or a message of
// the conversation. Message texts don't count: other conversations can have them too.
func (n *names) mentions(text string) bool {
	for i := range n.order {
		if one := &n.order[i]; !one.isText && one.in(text) {
			return true
		}
	}
	return false
}

// sent labels the messages that the consumer sent, the same in every run: they are numbered by
// text and then by time.
func (n *names) sent(calls []Call) {
	var all []Call
	for _, c := range calls {
		if c.sends {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b Call) int {
		return strings.Compare(n.symbolize(a.Values["message.text"]), n.symbolize(b.Values["message.text"]))
	})
	for i, c := range all {
		ids := map[string]string{}
		for _, name := range mock.IDs() {
			if id, ok := c.Values[name]; ok {
				ids[name] = id
			}
		}
		n.add(fmt.Sprintf("reply %d", i+1), ids, isIdentity)
	}
}

// render replaces the labels of texts by the texts, for reports.
func (n *names) render(text string) string {
	for label, value := range n.values {
		if n.labels[value].isText {
			text = strings.ReplaceAll(text, "{{"+label+"}}", value)
		}
	}
	return text
}

// lookup returns a value of the conversation, or of its main message.
func (n *names) lookup(name string) (value.Value, bool) { return n.find(name, "m:"+name) }

// of looks up values of a message, and of the conversation.
func (n *names) of(message string) func(name string) (value.Value, bool) {
	return func(name string) (value.Value, bool) { return n.find(message+":"+name, name, "m:"+name) }
}

// isMessage reports whether a text is an ID of a message: the operation's or the channel's.
func (n *names) isMessage(message, text string) bool {
	return text != "" && (text == n.values[message+":message.id"] || text == n.values[message+":message.channel_id"])
}

func (n *names) find(labels ...string) (value.Value, bool) {
	for _, label := range labels {
		text, ok := n.values[label]
		if !ok {
			continue
		}
		name := label[strings.LastIndexByte(label, ':')+1:]
		kind, _ := value.KindOf(name)
		if v, err := value.Read(kind, text); err == nil {
			return v, true
		}
		return value.OfID(text), true
	}
	return value.Value{}, false
}
