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
	"time"

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

// add validates and counts a body, and returns the number of counted items.
func add(t *testing.T, catalog *schemas.Catalog, all *coverage.Coverage, d coverage.Direction, route, body string) int {
	t.Helper()
	validator, err := catalog.Validator(schemas.Scope{Type: "small/status"})
	require.NoError(t, err)
	items := validator.Body([]byte(body), time.Time{})
	n, err := all.Add(d, route, []byte(body), items)
	require.NoError(t, err)
	return n
}

func texts(points []coverage.Point) []string {
	var all []string
	for _, m := range points {
		all = append(all, m.String())
	}
	return all
}

func TestContract_ListsAllPoints(t *testing.T) {
	t.Parallel()
	_, all := small(t)
	points := []string{
		"event type", "event message.sent", "event message.read", "/list/* as documented", "/list/* as observed",
		"/list", "/list/*/status", "/list/*/status = READ", "/list/*/status = SENT",
		"/list/*/code", "/list/*/code absent", "/list/*/code = 1", "/list/*/code = 2",
		"/list/*/a", "/list/*/a absent", "/list/*/b", "/list/*/b absent",
	}
	require.Equal(t, points, texts(all.Missing(coverage.Emitted, "small/one", "small/status")))
	require.NotContains(t, texts(all.Missing(coverage.Emitted, "small/two", "small/status")), "event message.read", "the other route does not map it")
}

func TestMissing_ListsUncoveredPoints(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bodies []string
		want   []string
	}{
		"one variant": {[]string{`{"list":[{"status":"SENT","a":"1","code":1}]}`}, []string{
			"event message.read", "/list/* as observed", "/list/*/status = READ", "/list/*/code absent", "/list/*/code = 2", "/list/*/a absent", "/list/*/b",
		}},
		"both variants in one body": {[]string{`{"list":[{"status":"SENT","a":"1","b":"","code":2}]}`}, []string{
			"event message.read", "/list/*/status = READ", "/list/*/code absent", "/list/*/code = 1", "/list/*/a absent", "/list/*/b absent",
		}},
		"a batch of two items": {[]string{`{"list":[{"status":"SENT","a":"1","code":1},{"status":"READ","b":"1","code":2}]}`}, []string{"/list/*/code absent"}},
		"all":                  {[]string{`{"list":[{"status":"SENT","a":"1","code":1},{"status":"READ","b":"1","code":2}]}`, `{"list":[{"status":"READ","b":"1"}]}`}, nil},
		"drift covers listed points": {[]string{`{"list":[{"status":"READ","a":"1","code":3,"new":true}]}`}, []string{
			"event message.sent", "/list/* as observed", "/list/*/status = SENT", "/list/*/code absent", "/list/*/code = 1", "/list/*/code = 2", "/list/*/a absent", "/list/*/b",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			catalog, all := small(t)
			for _, body := range c.bodies {
				require.NotZero(t, add(t, catalog, all, coverage.Seen, "small/one", body))
			}
			require.Equal(t, c.want, texts(all.Missing(coverage.Seen, "small/one", "small/status")))
			require.Zero(t, all.Route("small/two").Shown[coverage.Seen], "routes are counted separately")
			require.Zero(t, all.Route("small/one").Total[coverage.Emitted].Covered, "directions are counted separately")
		})
	}
}

func TestAdd_InvalidBodyCoversNothing(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{"not JSON": `{`, "invalid": `{"list":[{"status":"SENT"}]}`, "another type": `[]`} {
		catalog, all := small(t)
		require.Zero(t, add(t, catalog, all, coverage.Seen, "", body), name)
		require.Zero(t, all.Route("small/one").Total[coverage.Seen].Covered, name)
	}
	_, all := small(t)
	n, err := all.Add(coverage.Seen, "", []byte(`{}`), []webhook.Item{{Verdict: webhook.Verdict{Type: "small/nothing"}}})
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestRoute_SumsItsEventTypes(t *testing.T) {
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
	require.Len(t, route.Types, 14)
	sum, points := coverage.Share{}, 0
	for _, e := range route.Types {
		sum.Covered += e.Total[coverage.Accepted].Covered
		sum.All += e.Total[coverage.Accepted].All
		points += e.Points
	}
	require.Equal(t, sum, route.Total[coverage.Accepted])
	require.Positive(t, sum.Covered)
	require.Equal(t, points, route.Points)
	require.Equal(t, 100, coverage.Share{}.Percent(), "without points, nothing is missing")
	require.Equal(t, 99, coverage.Share{Covered: 999, All: 1000}.Percent(), "a missing point is never rounded away")
	require.Len(t, all.Routes("mobtexting"), 7)
	require.Len(t, all.Routes("netcore", "gupshup/v2"), 3) // RCS and WhatsApp of netcore
}

// Exclusions lower the total of emitted points only, and reports list them with their notes.
func TestExclusions_ApplyOnlyToEmitted(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	all, err := coverage.New(catalog)
	require.NoError(t, err)
	excluded := 0
	for _, r := range all.Routes() {
		excluded += len(r.Excluded)
		for _, x := range r.Excluded {
			require.NotEmpty(t, x.Note)
		}
		require.Equal(t, r.Points, r.Total[coverage.Seen].All)
		require.Equal(t, r.Points-len(r.Excluded), r.Total[coverage.Emitted].All)
	}
	require.Positive(t, excluded)
	page, err := coverage.HTML(all.Routes())
	require.NoError(t, err)
	shown := 0
	for _, note := range []string{"it is always about another message", "an unlisted kind", "no reason of a failure", "messages of groups are", "the letter case is not certain", "no example of a real body has it"} {
		shown += strings.Count(string(page), note)
	}
	require.Equal(t, excluded, shown)
}

func TestHTMLAndMachine_HaveAllPoints(t *testing.T) {
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
	require.Contains(t, string(text), `"seen":{"covered":10,"all":17,"percent":58,"items":1}`)
	require.Contains(t, string(text), `{"kind":"value","pointer":"/list/*/code","value":"2"}`)
	require.NotContains(t, string(text), `"missing":{"accepted"`, "a direction without bodies has no missing points")
}

func TestNew_ExclusionNamesAPoint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ marks, problem string }{
		"a point":           {"status: [/list/*/code absent]", ""},
		"of one route only": {"status: [event message.read]", ""},
		"unknown point":     {"status: [/list/*/cod absent]", `small/provider.yaml:16:39: small/status has no point "/list/*/cod absent"; ringback coverage --missing lists the points`},
		"unknown type":      {"state: [/list/*/code absent]", `small/provider.yaml:16:38: small/state has no point "/list/*/code absent"; ringback coverage --missing lists the points`},
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
		excluded := all.Route("small/one").Excluded
		require.Len(t, excluded, 1, name)
		require.Equal(t, "because", excluded[0].Note, name)
		require.NotContains(t, texts(all.Missing(coverage.Emitted, "small/one", "small/status")), excluded[0].Point.String(), name)
		require.Contains(t, texts(all.Missing(coverage.Seen, "small/one", "small/status")), excluded[0].Point.String(), "the exclusion applies only to emitted")
	}
}

func TestHTML_PolicyAllowsOnlyItsStyle(t *testing.T) {
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
