package contracttest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/callspec"
	"github.com/ringback-dev/ringback/internal/deadline"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/state"
	"github.com/ringback-dev/ringback/webhook"
)

// A calling is a call that is being answered.
type calling struct {
	*Provider
	Call
	call     *callspec.Call
	seed     uint64
	messages []mock.Message
	// values are what is known of each message by name.
	values  []map[string]string
	outcome state.Outcome
}

// respond makes the response to a call, whose header lines are added to those that
// there are. One whose body broke off is rejected.
func (c *calling) respond(header http.Header, broken error) (contentType string, err error) {
	var reply *callspec.Reply
	if broken != nil {
		status, reason := deadline.Unread(broken)
		reply = c.call.Malformed(status, nil, reason)
	} else if reply, err = c.decide(); err != nil {
		return "", err
	}
	c.Status = reply.Status
	for _, line := range reply.Header {
		header.Add(line[0], line[1])
	}
	told := c.responseValues()
	contentType, c.Response, err = reply.Render(told.Count, told.Lookup)
	return contentType, err
}

// decide does what is asked, if nothing speaks against it.
func (c *calling) decide() (*callspec.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	c.seed = prng.Seed(c.Provider.seed, prng.SeedOf("call"), c.first, c.asked)
	first := c.call.Values
	if len(c.call.Messages) > 0 {
		first = c.call.Messages[0]
	}
	if reply, rejected := c.call.Rejected(c.facts(first)); rejected {
		return reply, nil
	}
	if command := c.call.Operation.Command; command != "" && len(c.call.Messages) == 0 {
		c.outcome = c.state.Do(state.Command{
			Name: command, Provider: c.route.Provider.Name, Route: c.call.Route, Values: c.call.Values, Lists: c.call.Lists, Body: c.call.Body, At: c.At, Seed: c.seed,
		})
	}
	if c.outcome.Failure != "" {
		return c.call.Failed(c.outcome.Failure), nil
	}
	for i, values := range c.call.Messages {
		c.call.Play(i, c.facts(values)) // what the answer says of the message
		c.messages = append(c.messages, c.message(i, values))
		known := maps.Clone(values)
		c.messages[i].SetValues(known, mock.IDs()...)
		c.values = append(c.values, known)
	}
	return c.call.Reply(), nil
}

// facts are what the platform knows, for the conditions of the Operation's data. What a
// recipient's last digits choose elsewhere is nothing here: the test says what
// happens.
func (c *calling) facts(values map[string]string) map[string]string {
	facts := c.state.Facts(c.route.Provider.Name, c.route.Name, values, c.At)
	facts["recipient.magic"] = ""
	return facts
}

// message gives a message its ids; all messages of a call share that of the request.
func (c *calling) message(i int, values map[string]string) mock.Message {
	shared := map[string]string{}
	if i > 0 {
		c.messages[0].SetValues(shared, "message.request_id")
	}
	seed := prng.Seed(c.seed, uint64(i))
	return mock.NewMessage(c.generator, generator.Request{
		Route: c.route, Run: max(c.Provider.seed, 1), Messages: seed, Seed: seed, Start: c.At,
	}, append(mock.Settings(values, shared), mock.UnsetFields(values)...))
}

// eventNames are the values of the answer.
func (c *calling) responseValues() *mock.Response {
	return &mock.Response{
		Generator: c.generator, Messages: c.messages, Objects: c.outcome.Objects, Values: c.call.Values,
		Request: generator.Request{Route: c.route, Run: max(c.Provider.seed, 1), Seed: c.seed, Messages: c.seed, Start: c.At},
	}
}

// fields are the lines of a header, sorted by name.
func fields(header http.Header) []webhook.Header {
	var all []webhook.Header
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, text := range header[name] {
			all = append(all, webhook.Header{Name: name, Value: text})
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
