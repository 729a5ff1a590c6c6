package grade

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/mock/state"
)

// A calling is a call during its response.
type calling struct {
	*Provider
	Call
	call     *callspec.Call
	seed     uint64
	messages []mock.Message
	// values are the known values of each message.
	values  []map[string]string
	outcome state.Outcome
}

// respond makes the response to a call and adds its headers. A call with an incomplete body is
// rejected.
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
	values := c.responseValues()
	contentType, c.Response, err = reply.Render(values.Count, values.Lookup)
	return contentType, err
}

// decide executes the call, or returns a rejection.
func (c *calling) decide() (*callspec.Reply, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked++
	c.seed = prng.Seed(c.Provider.seed, prng.SeedOf("call"), c.firstUser, c.asked)
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
		c.call.Start(i, c.facts(values)) // the values of the message in the response
		c.messages = append(c.messages, c.message(i, values))
		known := maps.Clone(values)
		c.messages[i].SetValues(known, mock.IDs()...)
		c.values = append(c.values, known)
	}
	return c.call.Reply(), nil
}

// facts are the provider's state, for the conditions of the operation's data. Magic recipients
// have no effect here: the test decides.
func (c *calling) facts(values map[string]string) map[string]string {
	facts := c.state.Facts(c.route.Provider.Name, c.route.Name, values, c.At)
	facts["recipient.magic"] = ""
	return facts
}

// message gives a message its IDs; all messages of a call share the ID of the request.
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

// responseValues are the values of the response.
func (c *calling) responseValues() *mock.Response {
	return &mock.Response{
		Generator: c.generator, Messages: c.messages, Objects: c.outcome.Objects, Values: c.call.Values,
		Request: generator.Request{Route: c.route, Run: max(c.Provider.seed, 1), Seed: c.seed, Messages: c.seed, Start: c.At},
	}
}

func unescape(part string) (string, error) {
	if !strings.Contains(part, "%") {
		return part, nil
	}
	return url.PathUnescape(part)
}
