package callspec_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The tests of this file walk the data: a new call is born tested.

func embedded(t testing.TB) *callspec.Operations {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	set, err := callspec.Load(catalog, library)
	require.NoError(t, err)
	return set
}

// An example is a request as schemas/<provider>/apis/examples has it.
type example struct {
	name   string
	api    *callspec.Operation
	method string
	request
}

type request = callspec.Request

func examples(t testing.TB, set *callspec.Operations) []example {
	t.Helper()
	var all []example
	var providers []*schemas.Provider
	for _, a := range set.APIs {
		if !slices.Contains(providers, a.Provider) {
			providers = append(providers, a.Provider)
		}
	}
	for _, p := range providers {
		_, folder := p.APIs()
		names, err := fs.Glob(folder, "examples/*.http")
		require.NoError(t, err)
		for _, name := range names {
			text, err := fs.ReadFile(folder, name)
			require.NoError(t, err)
			all = append(all, parse(t, set, p, strings.TrimSuffix(strings.TrimPrefix(name, "examples/"), ".http"), string(text)))
		}
	}
	return all
}

func parse(t testing.TB, set *callspec.Operations, p *schemas.Provider, name, text string) example {
	t.Helper()
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	path, query, _ := strings.Cut(target, "?")
	e := example{name: p.Name + "/" + name, method: method}
	e.Body = []byte(strings.TrimSuffix(body, "\n"))
	values, err := url.ParseQuery(query)
	require.NoError(t, err)
	e.Query, e.Header = values, map[string][]string{}
	for _, line := range lines[1:] {
		key, text, _ := strings.Cut(line, ": ")
		e.Header[key] = append(e.Header[key], text)
	}
	for _, a := range set.APIs {
		vars, ok := match(a, method, path)
		if !ok || a.Alternative || a.Provider != p || e.api != nil && open(e.api) < open(a) {
			continue
		}
		if e.api != nil && open(e.api) == open(a) {
			require.Fail(t, "fits two calls", "%s: %s and %s", e.name, e.api.Name, a.Name)
		}
		e.api, e.Vars = a, vars
	}
	require.NotNil(t, e.api, "%s fits no call", e.name)
	e.api = e.api.Chosen(e.request)
	require.True(t, name == e.api.Name || strings.HasPrefix(name, e.api.Name+"."), "%s is an example of %s", name, e.api.Name)
	return e
}

// open is the number of variables of a path that have any value: of two operations that fit, the one with fewer counts.
func open(a *callspec.Operation) int { return strings.Count(a.Path, "{") - len(a.Vars) }

func match(a *callspec.Operation, method, path string) (map[string]string, bool) {
	want, have := strings.Split(a.Path, "/"), strings.Split(path, "/")
	if a.Method != method || len(want) != len(have) {
		return nil, false
	}
	vars := map[string]string{}
	for i := range want {
		name, ok := strings.CutPrefix(want[i], "{")
		name = strings.TrimSuffix(name, "}")
		switch set := a.Vars[name]; {
		case !ok && want[i] != have[i], ok && set != nil && !slices.Contains(set, have[i]):
			return nil, false
		case ok:
			vars[name] = have[i]
		}
	}
	return vars, true
}

// anything has a value of every name.
func anything(_ int, name string) (value.Value, bool) {
	kind, known := value.KindOf(name)
	if !known {
		return value.Value{}, false
	}
	text := map[value.Kind]string{
		value.ID: "4711", value.Phone: "919000000002", value.Time: "2026-03-01T10:00:00Z", value.Duration: "90s",
		value.Money: "2.5", value.Number: "2", value.Text: "a text", value.Bool: "true",
	}[kind]
	v, err := value.Read(kind, text)
	return v, err == nil
}

func two(string) int { return 2 }

func render(t testing.TB, reply *callspec.Reply) string {
	t.Helper()
	contentType, body, err := reply.Render(two, anything)
	require.NoError(t, err)
	if strings.Contains(contentType, "json") && body != nil {
		require.True(t, json.Valid(body), "%s", body)
	}
	text := fmt.Sprint(reply.Status)
	if reply.Media {
		return text + " the file"
	}
	return strings.TrimSpace(text + " " + contentType + " " + string(body))
}

func TestExamples_CoverEveryOperation(t *testing.T) {
	t.Parallel()
	set := embedded(t)
	shown := map[*callspec.Operation]bool{}
	for _, e := range examples(t, set) {
		shown[e.api] = true
	}
	for _, a := range set.APIs {
		require.True(t, shown[a], "%s %s %s has no example", a.Provider.Name, a.Method, a.Path)
	}
}

// What is understood of each example, what it plays and what is answered.
func TestExamples_AreReadAndAnswered(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, e := range examples(t, embedded(t)) {
		call := e.api.Read(e.request, nil)
		require.Empty(t, call.Problem, e.name)
		require.Equal(t, "ok", call.Auth, e.name)
		require.Zero(t, call.Status, e.name)
		_, rejected := call.Rejected(map[string]string{"account.restricted": "false", "template.known": "true"})
		require.False(t, rejected, e.name)
		for name, text := range call.Values {
			kind, known := value.KindOf(name)
			require.True(t, known, "%s takes %s", e.name, name)
			_, err := value.Read(kind, text)
			require.NoError(t, err, "%s takes %s", e.name, name)
		}
		fmt.Fprintf(&got, "%s: %s on %s\n", e.name, or(e.api.Command, "only answered"), call.Route)
		describe(&got, call)
		fmt.Fprintf(&got, "  answer %s\n\n", render(t, call.Reply()))
	}
	golden(t, "testdata/calls.golden", got.String())
}

func describe(out *strings.Builder, call *callspec.Call) {
	if len(call.Messages) == 0 {
		for _, name := range slices.Sorted(maps.Keys(call.Values)) {
			fmt.Fprintf(out, "  %s: %s\n", name, call.Values[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(call.Lists)) {
		fmt.Fprintf(out, "  %s, a list: %q\n", name, call.Lists[name])
	}
	for i, message := range call.Messages {
		scenario, with := call.Start(i, map[string]string{"recipient.magic": "message-delivered"})
		fmt.Fprintf(out, "  message %d plays %q with %v\n", i, scenario, with)
		for _, name := range slices.Sorted(maps.Keys(message)) {
			fmt.Fprintf(out, "    %s: %s\n", name, message[name])
		}
	}
	if call.Body != nil {
		fmt.Fprintf(out, "  file %q\n", call.Body)
	}
}

func or(text, other string) string {
	if text == "" {
		return other
	}
	return text
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(got), 0o600))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run the test with -update and look at the difference")
}

// statusOfRejection is the status of what a provider rejects: some respond with 200, and the error is in the body.
func statusOfRejection(e example, usual int) int {
	for prefix, status := range map[string]int{"netcore/sms": 200, "gupshup/gateway": 200, "netcore/whatsapp": 403, "gupshup/partner.health": 400} {
		if strings.HasPrefix(e.name, prefix) && (status == 200 || usual == 401) {
			return status
		}
	}
	return usual
}

// withoutKey is a body without the keys that examples have in it.
func withoutKey(body []byte) []byte {
	return regexp.MustCompile(`(access_token|password)=(token|key)-of-the-example&?|"password":"key-of-the-example",?`).ReplaceAll(body, nil)
}

func TestExamples_RequireAuth(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t, embedded(t)) {
		if !e.api.Asks() {
			continue
		}
		bare := e.request
		bare.Query = maps.Clone(bare.Query)
		delete(bare.Query, "access_token")
		delete(bare.Query, "password")
		bare.Body = withoutKey(bare.Body)
		bare.Header = map[string][]string{"Content-Type": e.Header["Content-Type"]}
		call := e.api.Read(bare, nil)
		require.Equal(t, "missing", call.Auth, e.name)
		reply, rejected := call.Rejected(nil)
		require.True(t, rejected, e.name)
		require.Equal(t, statusOfRejection(e, 401), reply.Status, e.name)
		require.NotEmpty(t, render(t, reply), e.name)

		call = e.api.Read(e.request, func(key string) bool {
			require.Contains(t, []string{"key-of-the-example", "token-of-the-example"}, key)
			return false
		})
		require.Equal(t, "invalid", call.Auth, e.name)
		reply, rejected = call.Rejected(nil)
		require.True(t, rejected, e.name)
		require.Equal(t, statusOfRejection(e, 401), reply.Status, e.name)
	}
}

// allOptional is what says that all keys of a body are optional: the command of an object, or the name of the operation.
func allOptional(a *callspec.Operation) string {
	if strings.HasPrefix(a.Command, "object.") {
		return a.Command
	}
	return a.Name
}

func TestExamples_BodyIsValidated(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t, embedded(t)) {
		if !e.api.Body() {
			continue
		}
		for _, body := range []string{"", "{", `{"to": 5}`, "to=&destination=x", "--x\n", "[]", "null", "1e999", `{"to":`} {
			broken := e.request
			broken.Body, broken.Query = []byte(body), map[string][]string{"access_token": {"token-of-the-example"}}
			call := e.api.Read(broken, nil)
			if call.Problem == "" {
				require.Contains(t, []string{"subscription.update", "partner.subscription.update", "webhook.update", "template.edit", "partner.template.edit",
					"object.put", "object.update"}, allOptional(e.api),
					"%s takes %q", e.name, body) // all of their keys are optional
				continue
			}
			require.Empty(t, call.Messages)
			reply, rejected := call.Rejected(nil)
			require.True(t, rejected, e.name)
			require.Contains(t, []int{statusOfRejection(e, 400), statusOfRejection(e, 422)}, reply.Status, e.name)
			require.NotEmpty(t, render(t, reply), e.name)
		}
	}
}

func TestExamples_RejectOtherMediaType(t *testing.T) {
	t.Parallel()
	for _, e := range examples(t, embedded(t)) {
		if !e.api.Body() || len(e.Body) == 0 {
			continue
		}
		other := e.request
		other.Header = maps.Clone(other.Header)
		other.Header["Content-Type"] = []string{"text/csv"}
		call := e.api.Read(other, nil)
		require.Equal(t, 415, call.Status, e.name)
		reply, rejected := call.Rejected(nil)
		require.True(t, rejected, e.name)
		if call.Auth == "missing" { // its key is in the body, which can't be read
			require.NotEqual(t, e.Body, withoutKey(e.Body), e.name)
			require.Equal(t, statusOfRejection(e, 401), reply.Status, e.name)
			continue
		}
		require.Contains(t, []int{statusOfRejection(e, 400), statusOfRejection(e, 415), statusOfRejection(e, 422)}, reply.Status, e.name)
	}
}

func TestErrorsAndFailures_HaveResponses(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, e := range examples(t, embedded(t)) {
		if e.name != e.api.Provider.Name+"/"+e.api.Name {
			continue // another example of the same call
		}
		call := e.api.Read(e.request, nil)
		fmt.Fprintf(&got, "%s\n", e.name)
		for i, reply := range call.Rejections() {
			fmt.Fprintf(&got, "  %s: %s\n", e.api.InOrder()[i], render(t, reply))
		}
		for _, reason := range e.api.Failures() {
			if e.api.Command != "" {
				fmt.Fprintf(&got, "  failed, %s: %s\n", reason, render(t, call.Failed(reason)))
			}
		}
	}
	golden(t, "testdata/refusals.golden", got.String())
}

// Each line of plays can be reached, with reasons that the route knows.
func TestStarts_EachCanMatch(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	for _, e := range examples(t, embedded(t)) {
		if e.api.Command != "message.send" {
			continue
		}
		played := map[string]bool{}
		for _, facts := range []map[string]string{
			{"recipient.opted_out": "true"}, {"account.restricted": "true"}, {"window.open": "false"}, {"template.status": "paused"},
			{"template.status": "disabled"}, {"template.status": "pending"}, {"template.known": "false"}, {},
		} {
			facts["recipient.magic"] = "message-delivered"
			call := e.api.Read(e.request, nil)
			scenario, with := call.Start(0, facts)
			played[scenario+fmt.Sprint(with)] = true
			if scenario != "" {
				_, err := library.Scenario(scenario)
				require.NoError(t, err)
			}
			for _, r := range e.api.Routes {
				if reason, ok := with["error"]; ok && r.Name == call.Route {
					_, err := r.Reason(reason)
					require.NoError(t, err)
				}
			}
			require.NotEmpty(t, render(t, call.Reply()))
		}
		if e.api.Plays() > 1 {
			require.Greater(t, len(played), 1, e.name)
		}
	}
}

func TestResponse_HasResponseValues(t *testing.T) {
	t.Parallel()
	set := embedded(t)
	for _, e := range examples(t, set) {
		if e.name != "mobtexting/whatsapp.send" {
			continue
		}
		call := e.api.Read(e.request, nil)
		call.Start(0, map[string]string{"recipient.opted_out": "true"})
		call.Start(1, map[string]string{"recipient.magic": "message-delivered"})
		_, body, err := call.Reply().Render(two, func(item int, name string) (value.Value, bool) {
			if name == "message.foreign_id" || name == "message.status" {
				return value.Value{}, false
			}
			return anything(item, name)
		})
		require.NoError(t, err)
		var response struct {
			Data []struct {
				To, Status string
				Credits    float64
				ForeignID  string `json:"foreign_id"`
			}
		}
		require.NoError(t, json.Unmarshal(body, &response))
		require.Equal(t, "notallowed", response.Data[0].Status)
		require.Zero(t, response.Data[0].Credits)
		require.Equal(t, "queued", response.Data[1].Status)
		require.Equal(t, 1.0, response.Data[1].Credits)
		require.Equal(t, "order-77", response.Data[1].ForeignID, "what lookup does not know, the call does")
	}
}

func BenchmarkRead(b *testing.B) {
	for _, e := range examples(b, embedded(b)) {
		if e.name != "gupshup/send" && e.name != "gupshup/partner.send" {
			continue
		}
		b.Run(e.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				call := e.api.Read(e.request, nil)
				call.Rejected(nil)
				call.Start(0, nil)
				_, _, _ = call.Reply().Render(two, anything)
			}
		})
	}
}
