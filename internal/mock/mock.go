// Package mock is what the response to a call and the webhooks that follow it have in
// common: the ids and values of the messages that the call sends. Whoever plays the
// provider to an application answers by it, so that the ids match. It is pure.
package mock

import (
	"maps"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// IDs are the names of the values that identify a message in a response and in webhooks.
func IDs() []string { return []string{"message.id", "message.channel_id", "message.request_id"} }

// A Message is one that a call sends: the request by which its webhooks are made, and
// the ids that they will have.
type Message struct {
	generator.Request
	ids map[string]value.Value
}

// NewMessage gives a message its ids, without making an event of it. What is given with
// it is known already, such as the id of a request that several messages share.
func NewMessage(g *generator.Generator, r generator.Request, with []scenarios.Setting) Message {
	r.Items = []scenarios.Item{{
		With: with,
		Message: scenarios.Message{
			Name: "m", Enqueued: scenarios.NotYet, Sent: scenarios.NotYet, Delivered: scenarios.NotYet, Read: scenarios.NotYet,
		},
	}}
	m := Message{Request: r, ids: map[string]value.Value{}}
	for _, name := range IDs() {
		if found, ok := g.Value(r, name); ok {
			m.ids[name] = found
		}
	}
	return m
}

// SetValues puts ids of the message among what is known by name.
func (m Message) SetValues(known map[string]string, names ...string) {
	for _, name := range names {
		if id, ok := m.ids[name]; ok {
			known[name] = id.Text()
		}
	}
}

// A Response has the values of the response to a call.
type Response struct {
	Generator *generator.Generator
	// Request makes what belongs to the call and to no message, with the Values that the
	// call gives; without a route there is nothing of that kind.
	Request generator.Request
	Values  map[string]string
	// Messages are those that the call sends, Objects what the platform found.
	Messages []Message
	Objects  []map[string]value.Value
}

// Count is how many elements a list in the response has: the messages, or else what the
// platform found.
func (a *Response) Count(string) int { return max(len(a.Messages), len(a.Objects)) }

// Lookup gives the value of a name, of the item'th thing of a list (below 0: of no
// list): what the platform says, else the message's, else the call's.
func (a *Response) Lookup(item int, name string) (value.Value, bool) {
	if name == "request.at" && !a.Request.Start.IsZero() {
		return value.OfTime(a.Request.Start), true
	}
	at := max(item, 0)
	if at < len(a.Objects) {
		if found, ok := a.Objects[at][name]; ok {
			return found, true
		}
		if family, _, _ := strings.Cut(name, "."); knowsOf(a.Objects[at], family) {
			return value.Value{}, false // of what the platform knows, nothing is made up
		}
	}
	if at < len(a.Messages) {
		m := a.Messages[at]
		if id, ok := m.ids[name]; ok {
			return id, true
		}
		return a.Generator.Value(m.Request, name)
	}
	if a.Request.Route == nil {
		return value.Value{}, false
	}
	r := a.Request
	r.Items = []scenarios.Item{{With: Settings(a.Values)}}
	return a.Generator.Value(r, name)
}

// knowsOf reports whether an object is of a family, such as "template".
func knowsOf(object map[string]value.Value, family string) bool {
	for name := range object {
		if strings.HasPrefix(name, family+".") {
			return true
		}
	}
	return false
}

// Settings gives values by name, sorted; a later one wins. A value stands as it is; the
// reason of a failure ("error") may be a template. What belongs to the call alone is no
// value of an event, and left out.
func Settings(values ...map[string]string) []scenarios.Setting {
	merged := map[string]string{}
	for _, one := range values {
		maps.Copy(merged, one)
	}
	var all []scenarios.Setting
	for _, name := range slices.Sorted(maps.Keys(merged)) {
		if _, known := value.KindOf(name); known || name == "error" {
			all = append(all, scenarios.Setting{Name: name, Text: merged[name], Literal: name != "error"})
		}
	}
	return all
}

// UnsetFields returns settings that leave out the values that only the application can give its
// message, and did not give. An end user with only a user ID has no phone number in the events
// of the message.
func UnsetFields(values map[string]string) []scenarios.Setting {
	names := []string{"message.foreign_id", "message.tags", "message.metadata"}
	if values["recipient.user_id"] != "" {
		names = append(names, "recipient.phone")
	}
	var all []scenarios.Setting
	for _, name := range names {
		if _, said := values[name]; !said {
			all = append(all, scenarios.Setting{Name: name, Absent: true, Anywhere: true})
		}
	}
	return all
}

// Recipients are the names of the values that say to whom a call sends a message, the
// one that counts first.
func Recipients() []string { return []string{"recipient.phone", "recipient.user_id"} }

// Recipient is to whom a call sends a message: a phone number or, without one, a user id.
func Recipient(values map[string]string) string {
	for _, name := range Recipients() {
		if text := values[name]; text != "" {
			return text
		}
	}
	return ""
}
