package shipped_test

import (
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// callResponses are the responses to all example requests, and what they start.
func (w *providerWorld) callResponses() string { return w.respondToExamples(false) }

// invalidCalls are the responses to example requests, and to ones that are slightly invalid.
func (w *providerWorld) invalidCalls() string { return w.respondToExamples(true) }

func (w *providerWorld) respondToExamples(invalid bool) string {
	_, folder := w.provider.APIs()
	if folder == nil {
		return ""
	}
	names, err := fs.Glob(folder, "examples/*.http")
	require.NoError(w.t, err)
	var b strings.Builder
	remembered := state.New(state.Rules{Route: w.catalog.Route, Modes: w.calls.Modes})
	w.haveTemplates(remembered)
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		require.NoError(w.t, err)
		fmt.Fprintln(&b, name)
		matched := false
		for _, o := range w.calls.APIs {
			if request, ok := exampleRequest(o, string(text)); ok {
				matched = true
				if b.WriteString(w.respond(remembered, o, request, nil)); invalid {
					b.WriteString(w.invalidRequests(remembered, o, request))
				}
			}
		}
		if !matched {
			fmt.Fprintln(&b, "no operation")
		}
	}
	return b.String() + w.subscribe(remembered)
}

// haveTemplates lets the provider have a template of each status.
func (w *providerWorld) haveTemplates(remembered *state.State) {
	for i, command := range []string{"", "template.approve", "template.reject", "template.pause"} {
		values := map[string]string{
			"template.name": "template-" + command, "template.language": "en", "template.category": "MARKETING", "template.body": "a", "template.reason": "SPAM",
		}
		for _, name := range []string{"template.create", command} {
			made := remembered.Do(state.Command{Name: name, Provider: w.provider.Name, Values: values, At: keysStart().Add(-time.Hour), Seed: uint64(i)})
			if len(made.Objects) > 0 {
				values["template.id"] = made.Objects[0]["template.id"].Text()
			}
		}
	}
}

// exampleRequest reads an example of docs/apis.md, if it is one of the operation.
func exampleRequest(o *callspec.Operation, text string) (callspec.Request, bool) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	at, query, _ := strings.Cut(target, "?")
	want, have := strings.Split(o.Path, "/"), strings.Split(at, "/")
	if o.Method != method || len(want) != len(have) {
		return callspec.Request{}, false
	}
	r := callspec.Request{Vars: map[string]string{}, Header: map[string][]string{}, Body: []byte(strings.TrimSuffix(body, "\n"))}
	for i := range want {
		name, isVar := strings.CutPrefix(want[i], "{")
		name = strings.TrimSuffix(name, "}")
		if !isVar && want[i] != have[i] || isVar && o.Vars[name] != nil && !slices.Contains(o.Vars[name], have[i]) {
			return r, false
		}
		if isVar {
			r.Vars[name] = have[i]
		}
	}
	r.Query, _ = url.ParseQuery(query)
	for _, line := range lines[1:] {
		key, text, _ := strings.Cut(line, ": ")
		r.Header[key] = append(r.Header[key], text)
	}
	return r, true
}

// respond is how the provider understands a request, and how it responds.
func (w *providerWorld) respond(remembered *state.State, o *callspec.Operation, r callspec.Request, accept func(string) bool) string {
	var b strings.Builder
	call := o.Read(r, accept)
	fmt.Fprintln(&b, o.Name, o.Command, call.Route, call.Auth, call.Problem, call.Pointer, call.Status, call.Values, call.Lists, call.Messages, len(call.Body))
	command := state.Command{
		Name: o.Command, Provider: o.Provider.Name, Route: call.Route, Values: call.Values, Lists: call.Lists, Body: call.Body, At: keysStart(), Seed: 1,
	}
	reply, rejected := call.Rejected(remembered.Facts(o.Provider.Name, call.Route, call.Values, keysStart()))
	for _, facts := range playFacts() {
		if reply, rejected := call.Rejected(facts); rejected {
			fmt.Fprintln(&b, w.rendered(call, reply, state.Outcome{}))
		}
	}
	var outcome state.Outcome
	switch {
	case rejected:
	case len(call.Messages) > 0:
		for i := range call.Messages {
			for _, facts := range playFacts() {
				name, with := call.Start(i, facts)
				fmt.Fprintln(&b, name, with)
				fmt.Fprintln(&b, w.rendered(call, call.Reply(), outcome))
			}
		}
	case o.Command != "":
		outcome = remembered.Do(command)
		fmt.Fprintln(&b, outcome.Failure, outcome.Objects, outcome.Events)
		for _, failure := range append([]string{outcome.Failure}, "unknown-id", "limit-reached", "url-invalid", "expired", "other") {
			if failed := call.Failed(failure); failure != "" {
				fmt.Fprintln(&b, failure, w.rendered(call, failed, outcome))
			}
		}
	}
	if reply == nil {
		reply = call.Reply()
	}
	fmt.Fprintln(&b, w.rendered(call, reply, outcome))
	return b.String()
}

// playFacts are what a provider may know of a recipient, a template and an account.
func playFacts() []map[string]string {
	all := []map[string]string{{"recipient.magic": "message-delivered", "window.open": "true", "template.known": "true", "template.status": "approved"}}
	for name, texts := range map[string][]string{
		"recipient.opted_out": {"true"}, "recipient.opted_in": {"false"}, "window.open": {"false"}, "account.restricted": {"true"}, "template.known": {"false"},
		"template.status": {"paused", "disabled", "rejected", "pending"},
	} {
		for _, text := range texts {
			one := maps.Clone(all[0])
			one[name] = text
			all = append(all, one)
		}
	}
	slices.SortFunc(all, func(a, b map[string]string) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return all
}

// rendered is a reply with its values.
func (w *providerWorld) rendered(call *callspec.Call, reply *callspec.Reply, outcome state.Outcome) string {
	route := call.Operation.Routes[0]
	response := mock.Response{
		Generator: w.typical, Objects: outcome.Objects, Values: call.Values,
		Request: generator.Request{Route: route, Run: 1, Seed: 1, Messages: 1, Start: keysStart()},
	}
	for _, values := range call.Messages {
		request := generator.Request{Route: route, Run: 1, Messages: 1, Seed: 1, Start: keysStart()}
		response.Messages = append(response.Messages, mock.NewMessage(w.typical, request, append([]scenarios.Setting{}, mock.Settings(values)...)))
	}
	contentType, body, err := reply.Render(response.Count, response.Lookup)
	return fmt.Sprintln(reply.Status, reply.Header, reply.Media, contentType, string(body), err)
}

// invalidRequests are what the provider finds in variants of a request: without its key,
// with an unknown key, and with another body.
func (w *providerWorld) invalidRequests(remembered *state.State, o *callspec.Operation, r callspec.Request) string {
	var b strings.Builder
	b.WriteString(w.respond(remembered, o, r, func(string) bool { return false }))
	bare := r
	bare.Header, bare.Query = map[string][]string{"Content-Type": r.Header["Content-Type"]}, nil
	b.WriteString(w.respond(remembered, o, bare, nil))
	if len(r.Body) == 0 {
		for name := range r.Query {
			without := r
			without.Query = maps.Clone(r.Query)
			delete(without.Query, name)
			fmt.Fprintln(&b, o.Read(without, nil).Problem)
		}
		return b.String()
	}
	other := r
	other.Header = maps.Clone(r.Header)
	other.Header["Content-Type"] = []string{"application/xml"}
	b.WriteString(w.respond(remembered, o, other, nil))
	for _, body := range invalidBodies(r.Body) {
		other := r
		other.Body = body
		call := o.Read(other, nil)
		fmt.Fprintln(&b, call.Problem, call.Pointer, call.Values, call.Lists, call.Messages)
		if reply, rejected := call.Rejected(nil); rejected {
			b.WriteString(w.rendered(call, reply, state.Outcome{}))
		}
	}
	return b.String()
}

// invalidBodies are variants of a JSON body or a form, in which one value is another one
// or missing.
func invalidBodies(body []byte) [][]byte {
	if root, _, err := document.JSON(body, document.BodyLimits()); err == nil {
		return jsonVariants(&root)
	}
	if !document.IsForm(body) {
		return nil
	}
	var all [][]byte
	pairs := strings.Split(string(body), "&")
	for i, pair := range pairs {
		name, text, _ := strings.Cut(pair, "=")
		replace := func(by ...string) {
			all = append(all, []byte(strings.Join(slices.Concat(pairs[:i], by, pairs[i+1:]), "&")))
		}
		replace()
		replace(name + "=")
		replace(name + "=x")
		if text, _ = url.QueryUnescape(text); strings.HasPrefix(text, "{") {
			root, _, err := document.JSON([]byte(text), document.BodyLimits())
			if err != nil {
				continue
			}
			for _, variant := range jsonVariants(&root) {
				replace(name + "=" + url.QueryEscape(string(variant)))
			}
		}
	}
	return all
}

func jsonVariants(root *document.Node) [][]byte {
	var all [][]byte
	file := &keyFile{root: root}
	var walk func(n *document.Node)
	walk = func(n *document.Node) {
		original := *n
		for _, kind := range []document.Node{
			{Kind: document.String}, {Kind: document.String, Text: "x"}, {Kind: document.Number, Text: "-1"}, {Kind: document.Array}, {Kind: document.Object},
		} {
			*n = kind
			all = append(all, renderJSON(root))
		}
		*n = original
		for i := range n.Members {
			all = append(all, without(occurrence{file, &n.Members[i].Value, n, n.Members[i].Key}))
			walk(&n.Members[i].Value)
		}
		for i := range n.Items {
			walk(&n.Items[i])
		}
	}
	walk(root)
	return all
}

// subscriptions are how many of each kind an app can have, and which get an event.
func (w *providerWorld) subscriptions() string {
	return w.subscribe(state.New(state.Rules{Route: w.catalog.Route, Modes: w.calls.Modes}))
}

func (w *providerWorld) subscribe(remembered *state.State) string {
	var b strings.Builder
	for _, route := range w.provider.Routes {
		for _, kind := range []string{"", "events", "incoming", "unknown"} {
			for n := range 8 {
				var modes map[string][]string
				if n > 0 { // the first one wants every event
					modes = map[string][]string{"subscription.modes": {"message.delivered"}}
				}
				outcome := remembered.Do(state.Command{
					Name: "subscription.create", Provider: w.provider.Name, Route: route.Name, At: keysStart(), Seed: uint64(n),
					Values: map[string]string{"subscription.url": "http://consumer.invalid/", "subscription.kind": kind, "app.id": "app-" + route.Name + kind},
					Lists:  modes,
				})
				fmt.Fprintln(&b, outcome.Failure, outcome.Detail)
			}
		}
	}
	for _, route := range w.provider.Routes {
		for _, t := range route.Types() {
			event := strings.Join(t.CanonicalEvents()[:min(1, len(t.CanonicalEvents()))], "")
			for _, one := range remembered.Targets(route, t.Name, event, keysStart()) {
				fmt.Fprintln(&b, t.Name, one.ID, one.Modes, one.Kind, one.Route)
			}
		}
	}
	return b.String()
}
