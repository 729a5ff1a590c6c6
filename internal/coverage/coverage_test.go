package coverage_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

const smallProvider = `provider: small
title: Small
routes:
  small/one: {channel: sms, types: ["*"]}
  small/two: {channel: whatsapp, types: [status]}
default: small/one
items:
  - path: /list/*
events:
  message.sent:
    one: {type: status, where: {/list/0/status: SENT}}
    two: {type: status, where: {/list/0/status: SENT}}
  message.read:
    one: {type: status, where: {/list/0/status: READ}}
`

const smallSchema = `{
  "x-source": "made up", "type": "object", "required": ["list"],
  "properties": {"list": {"type": "array", "minItems": 1, "items": {
    "type": "object", "required": ["status"],
    "properties": {"status": {"enum": ["SENT", "READ"]}, "code": {"type": "integer", "x-extensible-enum": [1, 2]}, "a": {"type": "string"}, "b": {"type": "string"}},
    "anyOf": [{"x-variant": "documented", "required": ["a"]}, {"x-variant": "observed", "required": ["b"]}]
  }}}
}`

func small(t *testing.T) (*schemas.Catalog, *coverage.Coverage) {
	t.Helper()
	catalog, err := schemas.Load(fstest.MapFS{
		"small/provider.yaml":      {Data: []byte(smallProvider)},
		"small/status/schema.json": {Data: []byte(smallSchema)},
	})
	require.NoError(t, err)
	all, err := coverage.New(catalog)
	require.NoError(t, err)
	return catalog, all
}

// add shows a body as a judge sees it, and returns how many items counted.
func add(t *testing.T, catalog *schemas.Catalog, all *coverage.Coverage, d coverage.Direction, route, body string) int {
	t.Helper()
	validator, err := catalog.Validator(schemas.Scope{Type: "small/status"})
	require.NoError(t, err)
	items, err := validator.Body([]byte(body))
	require.NoError(t, err)
	n, err := all.Add(d, route, []byte(body), items)
	require.NoError(t, err)
	return n
}

func texts(marks []coverage.Point) []string {
	var all []string
	for _, m := range marks {
		all = append(all, m.String())
	}
	return all
}

func TestTheContractIsEverythingThatCanBeMet(t *testing.T) {
	t.Parallel()
	_, all := small(t)
	marks := []string{
		"the event", "to tell message.sent", "to tell message.read", "/list/* as documented", "/list/* as observed",
		"/list", "/list/*/status", "/list/*/status = READ", "/list/*/status = SENT",
		"/list/*/code", "/list/*/code absent", "/list/*/code = 1", "/list/*/code = 2",
		"/list/*/a", "/list/*/a absent", "/list/*/b", "/list/*/b absent",
	}
	require.Equal(t, marks, texts(all.Missing(coverage.Emitted, "small/one", "small/status")))
	require.NotContains(t, texts(all.Missing(coverage.Emitted, "small/two", "small/status")), "to tell message.read", "the other route does not map it")
}

// What no body had is found, whatever it is.
func TestWhatNobodyMetIsMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bodies []string
		want   []string
	}{
		"one form": {[]string{`{"list":[{"status":"SENT","a":"1","code":1}]}`}, []string{
			"to tell message.read", "/list/* as observed", "/list/*/status = READ", "/list/*/code absent", "/list/*/code = 2", "/list/*/a absent", "/list/*/b",
		}},
		"both forms in one body": {[]string{`{"list":[{"status":"SENT","a":"1","b":"","code":2}]}`}, []string{
			"to tell message.read", "/list/*/status = READ", "/list/*/code absent", "/list/*/code = 1", "/list/*/a absent", "/list/*/b absent",
		}},
		"a batch is several bodies": {[]string{`{"list":[{"status":"SENT","a":"1","code":1},{"status":"READ","b":"1","code":2}]}`}, []string{"/list/*/code absent"}},
		"all":                       {[]string{`{"list":[{"status":"SENT","a":"1","code":1},{"status":"READ","b":"1","code":2}]}`, `{"list":[{"status":"READ","b":"1"}]}`}, nil},
		"drift meets what is known": {[]string{`{"list":[{"status":"READ","a":"1","code":3,"new":true}]}`}, []string{
			"to tell message.sent", "/list/* as observed", "/list/*/status = SENT", "/list/*/code absent", "/list/*/code = 1", "/list/*/code = 2", "/list/*/a absent", "/list/*/b",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			catalog, all := small(t)
			for _, body := range c.bodies {
				require.NotZero(t, add(t, catalog, all, coverage.Seen, "small/one", body))
			}
			require.Equal(t, c.want, texts(all.Missing(coverage.Seen, "small/one", "small/status")))
			require.Zero(t, all.Route("small/two").Shown[coverage.Seen], "another route is another count")
			require.Zero(t, all.Route("small/one").Total[coverage.Emitted].Met, "another direction is another count")
		})
	}
}

func TestWhatIsNoEventMeetsNothing(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"no JSON": `{`, "an error": `{"list":[{"status":"SENT"}]}`, "something else": `[]`} {
		catalog, all := small(t)
		require.Zero(t, add(t, catalog, all, coverage.Seen, "", body), name)
		require.Zero(t, all.Route("small/one").Total[coverage.Seen].Met, name)
	}
	_, all := small(t)
	n, err := all.Add(coverage.Seen, "", []byte(`{}`), []webhook.Item{{Verdict: webhook.Verdict{Type: "small/nothing"}}})
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestARouteIsTheSumOfItsEvents(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	all, err := coverage.New(catalog)
	require.NoError(t, err)
	body := []byte(`[{"channel":"RCS"}]`)
	n, err := all.Add(coverage.Accepted, "", body, []webhook.Item{{Pointer: "/0", Verdict: webhook.Verdict{Type: "netcore/event.sent"}}})
	require.NoError(t, err)
	require.Equal(t, 1, n)
	route := all.Route("netcore")
	require.Len(t, route.Events, 14)
	sum, marks := coverage.Share{}, 0
	for _, e := range route.Events {
		sum.Met += e.Total[coverage.Accepted].Met
		sum.All += e.Total[coverage.Accepted].All
		marks += e.Marks
	}
	require.Equal(t, sum, route.Total[coverage.Accepted])
	require.Positive(t, sum.Met)
	require.Equal(t, marks, route.Marks)
	require.Equal(t, 100, coverage.Share{}.Percent(), "of nothing, nothing is missed")
	require.Equal(t, 99, coverage.Share{Met: 999, All: 1000}.Percent(), "what is missed is never rounded away")
	require.Len(t, all.Routes("mobtexting"), 7)
	require.Len(t, all.Routes("netcore", "gupshup/v2"), 2)
}

// What is never emitted is no part of what is emitted, but of what is seen; and it is
// told with its reason.
func TestExcusesAreToldAndCountOnlyForWhatIsEmitted(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	all, err := coverage.New(catalog)
	require.NoError(t, err)
	excused := 0
	for _, r := range all.Routes() {
		excused += len(r.Excused)
		for _, x := range r.Excused {
			require.NotEmpty(t, x.Cause)
		}
		require.Equal(t, r.Marks, r.Total[coverage.Seen].All)
		require.Equal(t, r.Marks-len(r.Excused), r.Total[coverage.Emitted].All)
	}
	require.Positive(t, excused)
	page, err := coverage.HTML(all.Routes())
	require.NoError(t, err)
	require.Equal(t, excused, strings.Count(string(page), "it is always about another message")+strings.Count(string(page), "a kind that nobody has listed")+strings.Count(string(page), "no reason of a failure"))
}

func TestReportsAreWhole(t *testing.T) {
	t.Parallel()
	catalog, all := small(t)
	add(t, catalog, all, coverage.Seen, "small/one", `{"list":[{"status":"SENT","a":"1","code":1}]}`)
	routes := all.Routes()
	page, err := coverage.HTML(routes)
	require.NoError(t, err)
	for _, want := range []string{"Content-Security-Policy", "small/status", "7 not seen", "/list/*/code = 2", `<progress max="17" value="10">`} {
		require.Contains(t, string(page), want)
	}
	for _, unwanted := range []string{"<script", "http:", "https:", "ZgotmplZ"} {
		require.NotContains(t, string(page), unwanted)
	}
	text, err := json.Marshal(coverage.Machine(routes[:1]))
	require.NoError(t, err)
	require.Contains(t, string(text), `"seen":{"met":10,"all":17,"percent":58,"items":1}`)
	require.Contains(t, string(text), `{"kind":"value","place":"/list/*/code","value":"2"}`)
	require.NotContains(t, string(text), `"missing":{"accepted"`, "where nothing was shown, nothing is said to be missing")
}

func TestWhatIsNeverSentIsAMarkOfTheSchemas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ marks, problem string }{
		"a mark":            {"status: [/list/*/code absent]", ""},
		"of one route only": {"status: [to tell message.read]", ""},
		"no mark":           {"status: [/list/*/cod absent]", `small/provider.yaml:16:39: small/status has no mark "/list/*/cod absent"; ringback coverage --missing names marks`},
		"no event":          {"state: [/list/*/code absent]", `small/provider.yaml:16:38: small/state has no mark "/list/*/code absent"; ringback coverage --missing names marks`},
	} {
		catalog, err := schemas.Load(fstest.MapFS{
			"small/provider.yaml":      {Data: []byte(smallProvider + "coverage_exclusions:\n  - {note: because, points: {" + c.marks + "}}\n")},
			"small/status/schema.json": {Data: []byte(smallSchema)},
		})
		require.NoError(t, err, name)
		all, err := coverage.New(catalog)
		if c.problem != "" {
			require.ErrorContains(t, err, c.problem, name)
			continue
		}
		require.NoError(t, err, name)
		excused := all.Route("small/one").Excused
		require.Len(t, excused, 1, name)
		require.Equal(t, "because", excused[0].Cause, name)
		require.NotContains(t, texts(all.Missing(coverage.Emitted, "small/one", "small/status")), excused[0].Mark.String(), name)
		require.Contains(t, texts(all.Missing(coverage.Seen, "small/one", "small/status")), excused[0].Mark.String(), "what is seen has no excuse")
	}
}

// The page's policy allows its own style, byte for byte, and no other.
func TestThePageAllowsItsOwnStyleOnly(t *testing.T) {
	t.Parallel()
	page, err := coverage.HTML(nil)
	require.NoError(t, err)
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindSubmatch(page)
	require.NotNil(t, style)
	sum := sha256.Sum256(style[1])
	policy := regexp.MustCompile(`style-src '(.*?)'"`).FindSubmatch(page)
	require.NotNil(t, policy)
	require.Equal(t, "sha256-"+base64.StdEncoding.EncodeToString(sum[:]), html.UnescapeString(string(policy[1])))
}
