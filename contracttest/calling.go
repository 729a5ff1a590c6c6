package contracttest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/generator"
	"github.com/ringback-dev/ringback/internal/api"
	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/platform"
	"github.com/ringback-dev/ringback/internal/value"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

// A calling is a call that is being answered.
type calling struct {
	*Provider
	Call
	call     *api.Call
	seed     uint64
	messages []message
	outcome  platform.Outcome
}

// A message is one of a call: the request by which its ids are made, and what is
// known of it by name.
type message struct {
	generator.Request
	ids    map[string]value.Value
	values map[string]string
}

// idNames are the values by which an answer and the webhooks name a message.
func idNames() []string { return []string{"message.id", "message.channel_id", "message.request_id"} }

// decide does what is asked, if nothing speaks against it.
func (c *calling) decide() (*api.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	c.seed = chance.Seed(c.Provider.seed, chance.SeedOf("call"), c.asked)
	first := c.call.Values
	if len(c.call.Messages) > 0 {
		first = c.call.Messages[0]
	}
	if reply, refused := c.call.Refused(c.facts(first)); refused {
		return reply, nil
	}
	if command := c.call.API.Command; command != "" && len(c.call.Messages) == 0 {
		c.outcome = c.state.Do(platform.Command{
			Name: command, Provider: c.route.Provider.Name, Route: c.call.Route, Values: c.call.Values, Lists: c.call.Lists, Body: c.call.Body, At: c.At, Seed: c.seed,
		})
	}
	if c.outcome.Failure != "" {
		return c.call.Failed(c.outcome.Failure), nil
	}
	for i, values := range c.call.Messages {
		c.call.Play(i, c.facts(values)) // what the answer says of the message
		c.messages = append(c.messages, c.message(i, values))
	}
	return c.call.Reply(), nil
}

// facts are what the platform knows, for the conditions of the API's data. What a
// recipient's last digits choose elsewhere is nothing here: the test says what
// happens.
func (c *calling) facts(values map[string]string) map[string]string {
	facts := c.state.Facts(c.route.Provider.Name, c.route.Name, values, c.At)
	facts["recipient.magic"] = ""
	return facts
}

// message gives a message its ids.
func (c *calling) message(i int, values map[string]string) message {
	seed := chance.Seed(c.seed, uint64(i))
	item := scenarios.Item{
		With: settings(values),
		Message: scenarios.Message{
			Name: "m", Enqueued: scenarios.Never, Sent: scenarios.Never, Delivered: scenarios.Never, Read: scenarios.Never,
		},
	}
	m := message{ids: map[string]value.Value{}, values: maps.Clone(values), Request: generator.Request{
		Route: c.route, Run: max(c.Provider.seed, 1), Messages: seed, Seed: seed, Start: c.At, Items: []scenarios.Item{item},
	}}
	for _, name := range idNames() {
		id, ok := c.generator.Value(m.Request, name)
		if name == "message.request_id" && i > 0 { // all messages of a call share it
			id, ok = c.messages[0].ids[name]
		}
		if ok {
			m.ids[name] = id
			m.values[name] = id.Text()
		}
	}
	return m
}

// count is how many the answer lists: the messages that were sent, or else what
// the platform found.
func (c *calling) count(string) int { return max(len(c.messages), len(c.outcome.Objects)) }

// lookup gives a value of the answer.
func (c *calling) lookup(item int, name string) (value.Value, bool) {
	at := max(item, 0)
	if at < len(c.outcome.Objects) {
		if found, ok := c.outcome.Objects[at][name]; ok {
			return found, true
		}
	}
	if at < len(c.messages) {
		if id, ok := c.messages[at].ids[name]; ok {
			return id, true
		}
		return c.generator.Value(c.messages[at].Request, name)
	}
	request := generator.Request{
		Route: c.route, Run: max(c.Provider.seed, 1), Seed: c.seed, Messages: c.seed, Start: c.At,
		Items: []scenarios.Item{{With: settings(c.call.Values)}},
	}
	return c.generator.Value(request, name)
}

// settings gives values by name, as they are. What belongs to the call alone is no
// value of an event.
func settings(values map[string]string) []scenarios.Setting {
	var all []scenarios.Setting
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if _, known := value.KindOf(name); known {
			all = append(all, scenarios.Setting{Name: name, Text: values[name], Literal: true})
		}
	}
	return all
}

// silences are what only the consumer can say of its message: what it did not say,
// nobody tells.
func silences(values map[string]string) []scenarios.Setting {
	var all []scenarios.Setting
	for _, name := range []string{"message.foreign_id", "message.tags", "message.metadata"} {
		if _, said := values[name]; !said {
			all = append(all, scenarios.Setting{Name: name, Absent: true, Anywhere: true})
		}
	}
	return all
}

// fields are the lines of a header, sorted by name.
func fields(header http.Header) []webhook.Field {
	var all []webhook.Field
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, text := range header[name] {
			all = append(all, webhook.Field{Name: name, Value: text})
		}
	}
	return all
}

func unescape(part string) (string, error) {
	if !strings.Contains(part, "%") {
		return part, nil
	}
	return url.PathUnescape(part)
}
