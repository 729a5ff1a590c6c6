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

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/value"
	"github.com/ringback-dev/ringback/webhook"
)

// A Observation is what was seen of one playing: what was delivered, how it was answered,
// what the consumer called the provider for, and what it showed of itself in the end.
type Observation struct {
	Scenario  *scenarios.Scenario
	StartedAt time.Time
	Duration  time.Duration
	// Deliveries are in the order in which they began.
	Deliveries []Delivered
	// Calls are those about the person of the conversation, in their order; Others those
	// about nobody who ever had one.
	Calls, Others []Call
	// State is what the consumer showed in the end; nil if it shows nothing.
	State []byte
	// Skipped are the steps that the route cannot tell, Missed the APIs of which a
	// call was waited for in vain.
	Skipped []scenarios.Skip
	Missed  []string
	// Released is when calls that were held back got their answer; zero if none was.
	Released time.Time
	// Allowed is how long the contract lets an answer take; 0 if it does not say.
	Allowed time.Duration

	StateError    error
	rejectedCalls []Call   // whoever they are about
	seen          [][]byte // states between the events, the first one first
	sent          []byte   // a body that may be kept as it is, which is no effect; nil if none is
	user          endUser
	awaited       int
	names         *names
}

// A Delivered is an event, how it was delivered, and when its last answer was there.
type Delivered struct {
	engine.Result
	responded time.Time
	// callsBefore is how many calls the provider had when it was sent: times may be equal.
	callsBefore int
}

func (d *Delivered) startedAt() time.Time {
	if len(d.Attempts) == 0 {
		return d.responded
	}
	return d.Attempts[0].At
}

// last is the last attempt; a zero one if none was made.
func (d *Delivered) last() webhook.Attempt {
	if len(d.Attempts) == 0 {
		return webhook.Attempt{}
	}
	return d.Attempts[len(d.Attempts)-1]
}

// Label says what was delivered, for people.
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

// Identities are the values by which people and messages are told apart.
func identities() []string {
	return slices.DeleteFunc(value.Names(), func(name string) bool { return !isIdentity(name) })
}

// personal are the identities, and what else differs from one person to the next.
func personal() []string {
	return slices.DeleteFunc(value.Names(), func(name string) bool { return !isPersonal(name) })
}

func isPersonal(name string) bool {
	kind, _ := value.KindOf(name)
	family, _, _ := strings.Cut(name, ".")
	return isIdentity(name) || kind == value.Text && slices.Contains([]string{"recipient", "conversation", "message", "error"}, family)
}

func isIdentity(name string) bool {
	kind, _ := value.KindOf(name)
	family, _, _ := strings.Cut(name, ".")
	return (kind == value.ID || kind == value.Phone) && slices.Contains([]string{"recipient", "conversation", "message"}, family)
}

// Names know what the people and the messages of a conversation are called, so that
// two conversations can be compared in which everybody has another number.
type names struct {
	labels map[string]string // by what stands in a body
	values map[string]string // by the label
	order  []string          // what is replaced, the longest first
	isText map[string]bool   // of labels, those that are words and name nobody
}

func newNames() *names {
	return &names{labels: map[string]string{}, values: map[string]string{}, isText: map[string]bool{}}
}

// Short texts stand for themselves, and somewhat longer ones are names only where
// nothing stands beside them, or no letter or digit if they are words.
const (
	minLabel    = 5
	minEmbedded = 8
)

// add learns the values of a message, and those that are names to be replaced by labels. A
// name that is known keeps its first label, for an id that two messages share is the
// conversation's.
func (n *names) add(message string, values map[string]string, isName func(name string) bool) {
	for _, name := range slices.Sorted(maps.Keys(values)) { // of two with one text, always the same is its name
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
	for text := range n.labels {
		n.order = append(n.order, text)
	}
	slices.SortFunc(n.order, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
}

// localDigits is how long a number is without its country.
const localDigits = 10

func (n *names) label(text, label string, said bool) {
	if _, known := n.labels[text]; !known && len(text) >= minLabel {
		n.labels[text] = "{{" + label + "}}"
		n.isText[text] = said
	}
}

// symbolize puts labels in the places of names.
func (n *names) symbolize(text string) string {
	for _, one := range n.order {
		switch {
		case text == one || len(one) >= minEmbedded && strings.Contains(text, one):
			text = strings.ReplaceAll(text, one, n.labels[one])
		case n.isText[one]: // a short name of an end user, in what is said to them
			text = replaceWords(text, one, n.labels[one])
		}
	}
	return text
}

// replaceWords replaces words where no letter or digit is beside them.
func replaceWords(text, words, by string) string {
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

// mentions reports whether a text is, or holds, the name of somebody or of a message of the
// conversation. What was said is no name: others say it too.
func (n *names) mentions(text string) bool {
	return slices.ContainsFunc(n.order, func(one string) bool {
		return !n.isText[one] && (text == one || len(one) >= minEmbedded && strings.Contains(text, one))
	})
}

// sent gives the messages that the consumer sent names, the same in every run: they
// are counted by what they say and then by time.
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

// render puts what was said back in the places of its labels, for people.
func (n *names) render(text string) string {
	for label, value := range n.values {
		if n.isText[value] {
			text = strings.ReplaceAll(text, "{{"+label+"}}", value)
		}
	}
	return text
}

// lookup gives a value of the conversation, or of its main message.
func (n *names) lookup(name string) (value.Value, bool) { return n.find(name, "m:"+name) }

// of gives the values of a message, and those of the conversation.
func (n *names) of(message string) func(name string) (value.Value, bool) {
	return func(name string) (value.Value, bool) { return n.find(message+":"+name, name, "m:"+name) }
}

// isMessage reports whether a text is an id of a message. What a provider calls the message
// by differs: the Operation's id or the channel's.
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
