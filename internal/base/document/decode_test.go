package document_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

type remarks struct {
	Source string `key:"source"`
	Note   string `key:"note"`
}

type span struct{ Min, Max time.Duration }

// UnmarshalNode reads "1s", or {min: 1s, max: 2s}.
func (s *span) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind == document.String {
		d.Decode(n, &s.Min)
		s.Max = s.Min
		return
	}
	var long struct {
		Min time.Duration `key:"min,required"`
		Max time.Duration `key:"max,required"`
	}
	d.Decode(n, &long)
	s.Min, s.Max = long.Min, long.Max
}

func (s *span) CheckNode(d *document.Decoder, n *document.Node) {
	if s.Min > s.Max {
		d.Errorf(n, "min %s is above max %s", s.Min, s.Max)
	}
}

type policy struct {
	remarks
	Name     string                        `key:"name,required"`
	Method   string                        `key:"method" oneof:"POST PUT GET"`
	Header   string                        `key:"header" pattern:"^[A-Z][A-Za-z-]*$" want:"the name of a header"`
	Delays   []time.Duration               `key:"delays" was:"waits,pauses"`
	Codes    []string                      `key:"codes" pattern:"^[1-5]xx$"`
	Events   []string                      `key:"events,required"`
	Jitter   int                           `key:"jitter" min:"1" max:"1000"`
	Bearer   bool                          `key:"bearer"`
	Assumed  bool                          `key:"assumed" oneof:"true"`
	Within   *span                         `key:"within"`
	Routes   document.Entries[policyRoute] `key:"routes"`
	Default  document.Located[string]      `key:"default" pattern:"."`
	Limits   document.Entries[int]         `key:"limits" max:"10"`
	Raw      document.Node                 `key:"raw"`
	internal string                        //nolint:unused // a field without a tag is not decoded
}

type policyRoute struct {
	Channel string                   `key:"channel,required" was:"medium"`
	Others  document.Entries[string] `key:",rest"`
}

func TestDecode_ReadsEveryType(t *testing.T) {
	t.Parallel()
	f, err := document.ReadYAML("policy.yaml", []byte(`
name: standard
source: a page
method: PUT
header: X-Signature
delays: [5s, 2d, 1d12h]
codes: [2xx, 5xx]
events: ["*"]
jitter: 200
bearer: false
assumed: true
within: {min: 1s, max: 2s}
routes:
  sms: {channel: sms, b: two, a: one}
  rcs: {channel: rcs}
default: sms
raw: {a: [1]}
`))
	require.NoError(t, err)
	var p policy
	require.NoError(t, f.Decode(&f.Root, &p))
	require.Equal(t, "a page", p.Source)
	require.Equal(t, []time.Duration{5 * time.Second, 48 * time.Hour, 36 * time.Hour}, p.Delays)
	require.Equal(t, "PUT X-Signature 200", strings.Join([]string{p.Method, p.Header, "200"}, " "))
	require.Equal(t, 200, p.Jitter)
	require.True(t, p.Assumed)
	require.False(t, p.Bearer)
	require.Equal(t, &span{time.Second, 2 * time.Second}, p.Within)
	require.Equal(t, []string{"sms", "rcs"}, p.Routes.Names())
	require.Equal(t, []string{"b", "a"}, p.Routes[0].Value.Others.Names())
	require.Equal(t, "one", p.Routes[0].Value.Others[1].Value)
	require.Equal(t, "sms", p.Default.Value)
	require.EqualError(t, f.Errorf(p.Default.Node, "x"), "policy.yaml:16:10: x")
	require.Equal(t, `{"a": [1]}`, p.Raw.Compact(20))
}

// Each broken line gives its problem and no other.
func TestDecode_ReportsLineColumnAndHint(t *testing.T) {
	t.Parallel()
	const rest = "name: n\nevents: [x]\n"
	for _, c := range []struct{ source, want string }{
		{rest + "metod: PUT", `p.yaml:3:1: unknown key "metod"; did you mean "method"?`},
		{rest + "waits: [1s]", `p.yaml:3:1: unknown key "waits"; it is now "delays"`},
		{rest + "pauses: 1", `p.yaml:3:1: unknown key "pauses"; it is now "delays"`},
		{rest + "routes: {a: {medium: sms}}", `p.yaml:3:14: unknown key "medium"; it is now "channel"`},
		{rest + "method: PATCH", `p.yaml:3:9: unexpected string "PATCH"; known: GET, POST, PUT`},
		{rest + "method: 1", `p.yaml:3:9: unexpected number 1; known: GET, POST, PUT`},
		{rest + "source: 1", `p.yaml:3:9: expected a string, found number 1`},
		{rest + "header: x", `p.yaml:3:9: expected the name of a header, found string "x"`},
		{rest + "delays: [1s, 9000h]", `p.yaml:3:14: expected a duration from 0s to 366d (for example "90s" or "7d"), found string "9000h"`},
		{rest + "delays: [1]", `p.yaml:3:10: expected a duration from 0s to 366d (for example "90s" or "7d"), found number 1`},
		{rest + "delays: 1s", `p.yaml:3:9: expected a list, found string "1s"`},
		{rest + "codes: [2xx, 6xx]", `p.yaml:3:14: expected a string that matches ^[1-5]xx$, found string "6xx"`},
		{rest + "jitter: 0", `p.yaml:3:9: expected a whole number from 1 to 1000, found number 0`},
		{rest + "jitter: 1.5", `p.yaml:3:9: expected a whole number from 1 to 1000, found number 1.5`},
		{rest + `jitter: "5"`, `p.yaml:3:9: expected a whole number from 1 to 1000, found string "5"`},
		{rest + "bearer: 1", `p.yaml:3:9: expected true or false, found number 1`},
		{rest + "assumed: false", `p.yaml:3:10: expected true, or no such key, found boolean false`},
		{rest + "within: {min: 2s}", `p.yaml:3:9: missing key "max"`},
		{rest + "within: {min: 2s, max: 1s}", `p.yaml:3:9: min 2s is above max 1s`},
		{rest + "within: x", `p.yaml:3:9: expected a duration from 0s to 366d (for example "90s" or "7d"), found string "x"`},
		{rest + "routes: [a]", `p.yaml:3:9: expected a mapping, found array ["a"]`},
		{rest + "routes: {a: {channel: sms, x: 1}}", `p.yaml:3:31: expected a string, found number 1`},
		{"name: \"\"\nevents: [x]", `p.yaml:1:7: expected a string that is not empty`},
		{"name: n\nevents: []", `p.yaml:2:9: expected a list with at least one entry, found an empty array`},
		{"events: [x]", `p.yaml:1:1: missing key "name"`},
		{rest + "default: \"\"", `p.yaml:3:10: expected a string that matches ., found string ""`},
		{rest + "limits: {a: 1, b: 11}", `p.yaml:3:19: expected a whole number from 0 to 10, found number 11`},
		{"[1]", `p.yaml:1:1: expected a mapping, found array [1]`},
		{"metod: x\nname: 1", "p.yaml:1:1: unknown key \"metod\"; did you mean \"method\"?\np.yaml:1:1: missing key \"events\"\np.yaml:2:7: expected a string, found number 1"},
	} {
		f, err := document.ReadYAML("p.yaml", []byte(c.source))
		require.NoError(t, err, c.source)
		require.EqualError(t, f.Decode(&f.Root, new(policy)), c.want, c.source)
	}
}

func TestDecode_OneKey(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"{a: 1}": "", "{c: 1}": "x:1:1: missing key: one of a, b is required", "{a: 1, b: 2}": "x:1:1: keys a and b exclude each other; keep one",
	} {
		f, err := document.ReadYAML("x", []byte(source))
		require.NoError(t, err)
		d := document.NewDecoder(f)
		key := d.OneKey(&f.Root, "a", "b")
		if want == "" {
			require.NoError(t, d.Err())
			require.Equal(t, "a", key)
			continue
		}
		require.EqualError(t, d.Err(), want)
	}
}

func TestParseDuration_UpTo366Days(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0s": 0, "90s": 90 * time.Second, "5m": 5 * time.Minute, "2d": 48 * time.Hour, "6d12h": 156 * time.Hour, "1.5d": 36 * time.Hour, "366d": 366 * 24 * time.Hour,
	} {
		got, err := document.ParseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "d", "1", "-1s", "1d-1s", "9000h", "367d", "1e9d", "1d1d", "s", "5 m", "9999999999999999999h"} {
		_, err := document.ParseDuration(text)
		require.ErrorContains(t, err, "want 0s to 366d", text)
	}
}
