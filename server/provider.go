package server

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
)

// A calling is one call of the application to an API, as far as it has come.
type calling struct {
	*session
	*callspec.Call
	startedAt time.Time
	seed      uint64
	base      string // of URLs that lead here: scheme, host and session
	mount     string
	route     *schemas.Route
	// subscribed are the routes of the webhooks of a message.
	subscribed []*schemas.Route
	messages   []mock.Message
	runs       []*activeRun
	outcome    state.Outcome
	// rejected is the response to a call that isn't carried out, and text why; nil if it
	// is.
	rejected *callspec.Reply
	text     string
	left     func(done bool) // ends the action of the call; nil if there was none
	release  func()          // called when the response was written; nil does nothing
}

// call responds to a call of an operation. One that isn't complete, or for which there is no
// room, is rejected in the provider's own shape, before anything else is looked at.
func (s *session) call(a *callspec.Operation, mount string, vars map[string]string, w http.ResponseWriter, r *http.Request) {
	startedAt := time.Now().UTC()
	body, err := bodyOf(r)
	c := &calling{session: s, startedAt: startedAt, seed: s.called(a.Provider.Name), mount: mount, base: s.base(r)}
	request := callspec.Request{Mount: mount, Vars: unescaped(vars), Query: r.URL.Query(), Header: r.Header, Body: body}
	if err != nil {
		request.Body = nil // half a body says nothing
	}
	if len(body) <= maxPooled {
		request.Parser, _ = s.parsers.Get().(*document.Parser)
	}
	if request.Parser == nil {
		request.Parser = new(document.Parser)
	}
	c.Call = a.Read(request, s.accept(a.Provider.Name))
	if err != nil {
		var status int
		status, c.text = deadline.Unread(err)
		c.rejected = c.Call.Malformed(status, nil, c.text)
	} else if p, ok := errors.AsType[*problem](s.mayBegin("take call")); ok {
		c.rejected = c.reject(p)
	}
	c.response(w, r, body)
	if len(body) <= maxPooled && c.Call.Problem == "" {
		s.parsers.Put(request.Parser)
	}
}

// maxPooled bounds the bodies whose parsers are used again: a parser stays as large as its largest body.
const maxPooled = 64 << 10

// bodyOf is [io.ReadAll] of a body, with memory for the length that its header gives.
func bodyOf(r *http.Request) ([]byte, error) {
	if r.ContentLength < 0 || r.ContentLength > maxPooled {
		return io.ReadAll(r.Body)
	}
	var body bytes.Buffer
	body.Grow(int(r.ContentLength) + bytes.MinRead) // with room to find the end
	_, err := body.ReadFrom(r.Body)
	return body.Bytes(), err
}

// accept says which keys are good: those of the command line and the tokens that
// were given out, or any.
func (s *session) accept(provider string) func(key string) bool {
	if len(s.options.Keys) == 0 {
		return nil
	}
	return func(key string) bool { return slices.Contains(s.options.Keys, key) || s.isIssued(provider, key) }
}

func unescaped(vars map[string]string) map[string]string {
	for name, text := range vars {
		if plain, err := url.PathUnescape(text); err == nil {
			vars[name] = plain
		}
	}
	return vars
}

// response carries out the call, responds, and adds the call to the journal.
func (c *calling) response(w http.ResponseWriter, r *http.Request, body []byte) {
	defer func() { c.leave() }()
	entry := journal.Entry{Kind: journal.KindCall, Session: c.name, Route: c.Route, At: c.startedAt, Values: maps.Clone(c.Values)}
	call := &journal.Call{Operation: c.Operation.Name, Method: r.Method, Path: r.URL.Path, Header: delivery.Fields(r.Header), Body: body}
	altered := &callRule{}
	if c.rejected == nil {
		altered = c.matchCallRule(c.Operation, c.Route)
	}
	header := w.Header()
	status, contentType, text, err := c.worded(altered, header)
	if err != nil {
		c.log.Error("respond to a call", "api", c.Operation.Name, "error", err)
		c.text = err.Error()
		status, contentType, text = http.StatusInternalServerError, "text/plain; charset=utf-8", []byte(c.text+"\n")
	}
	if contentType != "" {
		header.Set("Content-Type", contentType)
	}
	altered.wait(r.Context(), c)
	header.Set("Content-Length", strconv.Itoa(len(text)))
	journaled(w)
	w.WriteHeader(status)
	_, _ = w.Write(text)
	call.Status, call.ResponseHeader, call.Response, call.Duration = status, delivery.Fields(header), text, time.Since(c.startedAt)
	entry.Call, entry.Status, entry.Text = call, status, c.text
	if len(c.messages) > 0 && len(c.runs) > 0 {
		entry.Run = c.runs[0].ID
		c.messages[0].SetValues(entry.Values, mock.IDs()...)
		for _, name := range mock.Recipients() {
			if text := c.Messages[0][name]; text != "" {
				entry.Values[name] = text
			} else {
				delete(entry.Values, name)
			}
		}
	}
	c.journal.Add(entry)
}

// worded is the response, whose headers are added to the existing ones.
func (c *calling) worded(altered *callRule, header http.Header) (status int, contentType string, text []byte, err error) {
	reply, err := c.decide(altered)
	if p, ok := errors.AsType[*problem](err); ok { // such as a server that is shutting down
		reply, err = c.reject(p), nil
	}
	if err != nil {
		return 0, "", nil, err
	}
	told := c.responseValues()
	if contentType, text, err = reply.Render(told.Count, told.Lookup); err != nil {
		return 0, "", nil, err
	}
	if reply.Media {
		contentType, text = mediaType(c.outcome.Objects[0]), c.outcome.Body
	}
	for _, line := range reply.Header {
		header.Add(line[0], line[1])
	}
	return reply.Status, contentType, text, nil
}

// reject is a problem in the shape of the provider's own errors.
func (c *calling) reject(p *problem) *callspec.Reply {
	c.text = p.Error()
	return c.Call.Malformed(p.status, p.header(), c.text)
}

// decide carries out the call, unless it is rejected.
func (c *calling) decide(altered *callRule) (*callspec.Reply, error) {
	route, err := c.options.Catalog.Route(c.Route)
	if err != nil {
		return nil, err
	}
	c.route = route
	if c.rejected != nil {
		return c.rejected, nil
	}
	if reply := altered.reply(c.Call); reply != nil {
		return reply, nil
	}
	first := c.Values
	if len(c.Messages) > 0 {
		first = c.Messages[0]
	}
	if reply, rejected := c.Call.Rejected(c.facts(first)); rejected {
		return reply, nil
	}
	if err := c.startSession(); err != nil {
		return nil, err
	}
	if c.Operation.Command != "" && len(c.Messages) == 0 {
		command := state.Command{
			Name: c.Operation.Command, Provider: c.Operation.Provider.Name, Route: c.Call.Route, Values: c.Values, Lists: c.Lists, Body: c.Call.Body, At: c.startedAt, Seed: c.seed,
		}
		if c.release, err = c.holdMedia(command); err != nil {
			return nil, err
		}
		if c.outcome, err = c.carryOutEach(command); err != nil {
			return nil, err
		}
	}
	c.setMediaURLs(c.outcome.Objects)
	if c.outcome.Failure != "" {
		c.text = c.outcome.Detail
		return c.Call.Failed(c.outcome.Failure), nil
	}
	c.after(c.Operation.Command, c.outcome, c.seed)
	c.subscribed = c.listened(c.Operation.Routes)
	for i := range c.Messages {
		if err := c.send(i); err != nil {
			return nil, err
		}
	}
	return c.Call.Reply(), nil
}

// carryOutEach carries a command out for each element of a call that has several. The first failure ends it.
func (c *calling) carryOutEach(command state.Command) (state.Outcome, error) {
	if c.Elements == nil {
		return c.carryOut(command)
	}
	var all state.Outcome
	for i, values := range c.Elements {
		command.Values, command.Seed = values, prng.Seed(c.seed, uint64(i))
		one, err := c.carryOut(command)
		if err != nil || one.Failure != "" {
			return one, err
		}
		all.Objects, all.Events = append(all.Objects, one.Objects...), append(all.Events, one.Events...)
	}
	return all, nil
}

// startSession starts the session of a call that changes something; to look around in a
// session doesn't start it.
func (c *calling) startSession() error {
	if len(c.Messages) == 0 && (c.Operation.Command == "" || state.Reads(c.Operation.Command)) {
		return nil
	}
	one, leave, err := c.start(c.name)
	if err != nil {
		return err
	}
	c.session, c.left = one, leave
	return nil
}

// leave ends what begins began.
func (c *calling) leave() {
	if c.release != nil {
		c.release()
	}
	if c.left != nil {
		c.left(c.outcome.Failure == "" && c.text == "")
	}
}

// facts are what the platform knows, for the conditions of the API's data.
func (c *calling) facts(values map[string]string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state.Facts(c.Operation.Provider.Name, c.Route, values, c.startedAt)
}

// send plays what follows a message, on each route with a subscriber.
func (c *calling) send(i int) error {
	defer func(route *schemas.Route) { c.route, c.Call.Route = route, route.Name }(c.route)
	values := c.Messages[i]
	seed := prng.Seed(c.seed, uint64(i))
	for n, route := range c.subscribed {
		c.route, c.Call.Route = route, route.Name
		facts := c.facts(values)
		magic, magicWith, _ := c.magic.For(values["recipient.phone"], script.RouteOf(route))
		facts["recipient.magic"] = magic
		name, with := c.Call.Start(i, facts)
		p := playing{
			route: route, options: scenarios.Options{Seed: seed}, messages: seed, endUser: endUser(mock.Recipient(values)), speed: c.options.Speed, start: c.startedAt,
		}
		given := append(mock.Settings(values, c.shared(i), with), mock.UnsetFields(values)...)
		if _, says := with["error"]; name == magic && !says {
			given = append(given, magicWith...)
		}
		p.options.With, p.options.Main = divided(given)
		if err := c.timeBodies(name, &p); err != nil {
			return err
		}
		if n == 0 {
			c.messages = append(c.messages, c.message(p))
			c.remember(i, values)
		}
		if err := c.begin(name, p); err != nil {
			return err
		}
	}
	return nil
}

// listened are the routes of the webhooks of a message: those of the call with a
// subscriber, unless the call came by one of them; else the default one.
func (c *calling) listened(routes []*schemas.Route) []*schemas.Route {
	if c.mount == "/"+c.route.Name {
		return []*schemas.Route{c.route}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var heard []*schemas.Route
	for _, route := range routes {
		named := slices.ContainsFunc(c.options.To, func(d Destination) bool {
			return d.Route == route.Name || route == c.route && (d.Route == "" || d.Route == route.Provider.Name)
		})
		if named || c.state.Hears(route) {
			heard = append(heard, route)
		}
	}
	if heard == nil {
		return []*schemas.Route{c.route}
	}
	return heard
}

// begin begins a run; a message without webhooks has an empty one.
func (c *calling) begin(name string, p playing) error {
	if name == "" {
		c.runs = append(c.runs, &activeRun{})
		return nil
	}
	var err error
	if p.scenario, err = c.options.Library.Scenario(name); err != nil {
		return err
	}
	p.deferrable = true
	run, err := c.play(p)
	if err != nil {
		return err
	}
	c.runs = append(c.runs, run)
	return nil
}

// message is one of which no event is made yet.
func (c *calling) message(p playing) mock.Message {
	return mock.NewMessage(c.generator, generator.Request{
		Route: p.route, Run: c.app(), Conversation: p.endUser, Messages: p.messages, Seed: p.messages, Start: cmp.Or(p.at, p.start),
	}, slices.Concat(p.options.With, p.options.Main))
}

// shared are the values that are settled already: a second route names a message
// as the first does, and all messages of a call have its id.
func (c *calling) shared(i int) map[string]string {
	known := map[string]string{}
	if i > 0 {
		c.messages[0].SetValues(known, "message.request_id")
	}
	if i < len(c.messages) {
		c.messages[i].SetValues(known, mock.IDs()...)
	}
	return known
}

// divided parts what holds for everything from what is about the message alone:
// the reply of an end user is a separate message.
func divided(all []scenarios.Setting) (with, main []scenarios.Setting) {
	with, main = make([]scenarios.Setting, 0, len(all)), make([]scenarios.Setting, 0, len(all))
	for _, one := range all {
		if strings.HasPrefix(one.Name, "message.") || strings.HasPrefix(one.Name, "media.") {
			main = append(main, one)
		} else {
			with = append(with, one)
		}
	}
	return with, main
}

// remember adds a message to the provider's state, so that the consumer can get its status.
func (c *calling) remember(i int, values map[string]string) {
	known := maps.Clone(values)
	c.messages[i].SetValues(known, mock.IDs()...)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Do(state.Command{Name: "message.send", Provider: c.Operation.Provider.Name, Route: c.Route, Values: known, At: c.startedAt, Seed: c.seed})
}

// responseValues are the values of the response.
func (c *calling) responseValues() *mock.Response {
	return &mock.Response{
		Generator: c.generator, Messages: c.messages, Objects: c.outcome.Objects, Values: c.Values,
		Request: generator.Request{Route: c.route, Run: c.app(), Seed: c.seed, Messages: c.seed, Start: c.startedAt},
	}
}

// app is the seed of the app that all calls share.
func (s *Server) app() uint64 { return max(s.options.seed().Uint64(), 1) }
