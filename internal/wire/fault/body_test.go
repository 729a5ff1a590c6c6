package fault_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

const (
	gupshup = `{"app":"DemoApp","timestamp":1776950128977,"type":"message-event","payload":{"id":"2bc3","type":"sent","destination":"919000000001","payload":{"ts":1776950127}}}`
	netcore = "[\n  {\"status\": \"Sent\", \"event_time\": 1731580203, \"remarks\": \"\", \"tags\": []}\n]\n"
	emoji   = `{"type":"text","text":"नमस्ते 😀 caf\u00e9 \"é\"","n":-1.5e3}`
	many    = `[{"id":"a","ok":true},{"id":"b","ok":true},{"id":"c","ok":true}]`
)

func one(t *testing.T, spec string) fault.Fault {
	t.Helper()
	f, err := fault.Parse(spec)
	require.NoError(t, err)
	return f
}

// batchOf returns the layout of an array with some items.
func batchOf(pointers ...string) fault.Layout { return fault.Layout{Items: pointers, Batch: true} }

// Where a fault is random, the body leaves one choice, or the field is set.
func TestBody_ChangesTheseBytes(t *testing.T) {
	t.Parallel()
	message := fault.Layout{
		Items: []string{""}, Kind: "/type",
		Optional: []string{"/app", "/payload/type", "/payload/payload"}, Known: []string{"/payload/type", "/timestamp"},
	}
	for name, c := range map[string]struct {
		spec, body, want, note string
		layout                 fault.Layout
		nth                    int
	}{
		"truncate":                              {spec: "truncate:at=10", body: gupshup, want: gupshup[:10], note: "truncate after 10 of 161 bytes"},
		"truncate to nothing":                   {spec: "truncate:0", body: netcore, want: "", note: "truncate after 0 of 78 bytes"},
		"truncate inside a character":           {spec: "truncate:25", body: emoji, want: emoji[:25], note: "truncate after 25 of 76 bytes"},
		"truncate what is no JSON":              {spec: "truncate:3", body: "a=b&c=d", want: "a=b", note: "truncate after 3 of 7 bytes"},
		"invalid UTF-8 in a text":               {spec: "invalid-utf8:field=/text", body: emoji, want: strings.Replace(emoji, `\"é\"`, `\"é\"`+"\xff", 1), note: "invalid-utf8 /text"},
		"invalid UTF-8 spares the name":         {spec: "invalid-utf8", body: `{"type":"a","b":"c"}`, layout: message, want: "{\"type\":\"a\",\"b\":\"c\xff\"}", note: "invalid-utf8 /b"},
		"byte order mark":                       {spec: "bom", body: gupshup, want: "\xef\xbb\xbf" + gupshup, note: "bom"},
		"byte order mark before what is a form": {spec: "bom", body: "a=b", want: "\xef\xbb\xbfa=b", note: "bom"},
		"malformed where a comma is no loss":    {spec: "malformed-json", body: "[]", want: "[", note: `malformed-json without ']' at byte 1`, nth: 1},
		"null for a value":                      {spec: "null-value:field=/payload/payload", body: gupshup, want: strings.Replace(gupshup, `{"ts":1776950127}`, `null`, 1), note: "null-value /payload/payload"},
		"null for the only value":               {spec: "null-value", body: `{"type":"a","b":{"c":[ true ,null]}}`, layout: message, want: `{"type":"a","b":{"c":[ null ,null]}}`, note: "null-value /b/c/0"},
		"null for an empty array":               {spec: "null-value", body: `{ "tags" : [ ] }`, want: `{ "tags" : null }`, note: "null-value /tags"},
		"null for the last of repeated keys":    {spec: "null-value", body: `{"a":1,"a":2}`, want: `{"a":1,"a":null}`, note: "null-value /a"},
		"number as string":                      {spec: "number-as-string", body: netcore, want: strings.Replace(netcore, "1731580203", `"1731580203"`, 1), note: "number-as-string /0/event_time"},
		"number with exponent as string":        {spec: "number-as-string:/n", body: emoji, want: strings.Replace(emoji, "-1.5e3", `"-1.5e3"`, 1), note: "number-as-string /n"},
		"escape":                                {spec: "escape-non-ascii", body: `{"é":"😀\u00e9\\é"}`, want: `{"\u00e9":"\ud83d\ude00\u00e9\\\u00e9"}`, note: "escape-non-ascii 3 characters"},
		"escape one, behind a byte order mark":  {spec: "escape-non-ascii", body: "\xef\xbb\xbf\"\u2028\"", want: "\xef\xbb\xbf\"\\u2028\"", note: "escape-non-ascii 1 character"},
		"unknown field":                         {spec: "unknown-field", body: gupshup, want: gupshup[:len(gupshup)-1] + `,"unknown_field":"unknown"}`, note: "unknown-field /unknown_field"},
		"unknown field in the first item":       {spec: "unknown-field", body: netcore, want: strings.Replace(netcore, "[]", `[],"unknown_field":"unknown"`, 1), note: "unknown-field /0/unknown_field"},
		"unknown field in an item":              {spec: "unknown-field", body: many, layout: batchOf("/1"), want: strings.Replace(many, `"b","ok":true`, `"b","ok":true,"unknown_field":"unknown"`, 1), note: "unknown-field /1/unknown_field"},
		"unknown field in an empty object":      {spec: "unknown-field:/a", body: `{"a":{ }}`, want: `{"a":{"unknown_field":"unknown" }}`, note: "unknown-field /a/unknown_field"},
		"unknown field once more":               {spec: "unknown-field", body: `{"unknown_field":1}`, want: `{"unknown_field":1,"unknown_field_too":"unknown"}`, note: "unknown-field /unknown_field_too"},
		"unlisted number":                       {spec: "unlisted-value", body: gupshup, layout: message, nth: 3, want: strings.Replace(gupshup, "1776950128977", "1776950128977977", 1), note: "unlisted-value /timestamp"},
		"unlisted zero":                         {spec: "unlisted-value:/a", body: `{"a":0}`, want: `{"a":977}`, note: "unlisted-value /a"},
		"missing first key":                     {spec: "missing-field", body: gupshup, layout: message, want: strings.Replace(gupshup, `"app":"DemoApp",`, "", 1), note: "missing-field /app"},
		"missing key between":                   {spec: "missing-field", body: gupshup, layout: message, nth: 1, want: strings.Replace(gupshup, `"type":"sent",`, "", 1), note: "missing-field /payload/type"},
		"missing last key":                      {spec: "missing-field", body: gupshup, layout: message, nth: 2, want: strings.Replace(gupshup, `,"payload":{"ts":1776950127}`, "", 1), note: "missing-field /payload/payload"},
		"missing first key again":               {spec: "missing-field", body: gupshup, layout: message, nth: 3, want: strings.Replace(gupshup, `"app":"DemoApp",`, "", 1), note: "missing-field /app"},
		"missing only key":                      {spec: "missing-field:/payload/payload/ts", body: gupshup, want: strings.Replace(gupshup, `"ts":1776950127`, "", 1), note: "missing-field /payload/payload/ts"},
		"missing key with white space":          {spec: "missing-field:/0/remarks", body: netcore, want: strings.Replace(netcore, `"remarks": "", `, "", 1), note: "missing-field /0/remarks"},
		"missing last key with white space":     {spec: "missing-field:/b", body: "{ \"a\" : 1 ,\n \"b\" : 2\n}", want: "{ \"a\" : 1\n}", note: "missing-field /b"},
		"missing key that is repeated":          {spec: "missing-field:/a", body: `{"a":1,"b":2,"a":3,"a":4}`, want: `{"b":2}`, note: "missing-field /a"},
		"missing keys, all the same":            {spec: "missing-field:/a", body: `{ "a":1, "a":3 }`, want: `{  }`, note: "missing-field /a"},
		"missing empty key":                     {spec: "missing-field:/", body: `{"":1,"a":2}`, want: `{"a":2}`, note: "missing-field /"},
		"missing key with a slash":              {spec: "missing-field:/a~1b", body: `{"a/b":1,"a":2}`, want: `{"a":2}`, note: "missing-field /a~1b"},
		"missing element":                       {spec: "missing-field:/1", body: many, want: strings.Replace(many, `{"id":"b","ok":true},`, "", 1), note: "missing-field /1"},
		"missing key passes over what is gone":  {spec: "missing-field", body: `{"a":1}`, layout: fault.Layout{Optional: []string{"/b", "/a"}}, want: `{}`, note: "missing-field /a"},
		"poison makes a batch of three":         {spec: "poison-item", body: netcore, layout: batchOf("/0"), want: "[\n  " + netcoreItem + "," + netcorePoison + "," + netcoreItem + "\n]\n", note: "poison-item /1"},
		"poison between two":                    {spec: "poison-item", body: `{"s":[{"id":"a"}, {"id":"b"}]}`, layout: batchOf("/s/0", "/s/1"), want: `{"s":[{"id":"a"},{"id":null}, {"id":"b"}]}`, note: "poison-item /s/1"},
		"poison amid three":                     {spec: "poison-item", body: many, layout: batchOf("/0", "/1", "/2"), want: strings.Replace(many, `,{"id":"c"`, `,{"id":null,"ok":null},{"id":"c"`, 1), note: "poison-item /2"},
		"poison of what is no object":           {spec: "poison-item", body: `[7]`, layout: batchOf("/0"), want: `[7,null,7]`, note: "poison-item /1"},
		"poison beside what is no item":         {spec: "poison-item", body: `[{"id":"x"},{"a":1}]`, layout: batchOf("/1"), want: `[{"id":"x"},{"a":1},{"a":null},{"a":1}]`, note: "poison-item /2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := []byte(c.body)
			got, ok := one(t, c.spec).Body(body, c.layout, c.nth, prng.New(uint64(c.nth)))
			require.True(t, ok)
			require.Equal(t, c.want, string(got.Body))
			require.Equal(t, c.note, got.Note)
			require.Equal(t, c.body, string(body), "the body that was given stays as it is")
		})
	}
}

const (
	netcoreItem   = `{"status": "Sent", "event_time": 1731580203, "remarks": "", "tags": []}`
	netcorePoison = `{"status": null, "event_time": null, "remarks": null, "tags": null}`
)

func TestBody_ReportsNothingToChange(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spec, body string
		layout     fault.Layout
	}{
		"truncate behind the end":                 {"truncate:at=1000", gupshup, fault.Layout{}},
		"truncate white space only":               {"truncate:at=77", netcore, fault.Layout{}},
		"truncate nothing":                        {"truncate", "", fault.Layout{}},
		"truncate a number to a number":           {"truncate", "12", fault.Layout{}},
		"truncate what leaves JSON":               {"truncate:2", "{}}", fault.Layout{}},
		"invalid UTF-8 without a text":            {"invalid-utf8", `{"a":1}`, fault.Layout{}},
		"invalid UTF-8 of a number":               {"invalid-utf8:/a", `{"a":1,"b":"c"}`, fault.Layout{}},
		"a second byte order mark":                {"bom", "\xef\xbb\xbf{}", fault.Layout{}},
		"byte order mark of nothing":              {"bom", "", fault.Layout{}},
		"malformed number":                        {"malformed-json", "12", fault.Layout{}},
		"malformed already":                       {"malformed-json", "{", fault.Layout{}},
		"unknown event of a body without":         {"unknown-event", gupshup, fault.Layout{}},
		"unknown event that is a number":          {"unknown-event", `{"type":1}`, fault.Layout{Kind: "/type"}},
		"unknown event that is gone":              {"unknown-event", `{}`, fault.Layout{Kind: "/type"}},
		"unknown event at a level that is gone":   {"unknown-event:/kind", `{"type":"a"}`, fault.Layout{Kind: "/type"}},
		"unknown field of a text":                 {"unknown-field", `"a"`, fault.Layout{}},
		"unknown field of an empty array":         {"unknown-field", `[]`, fault.Layout{}},
		"unknown field where nothing is":          {"unknown-field:/x", `{}`, fault.Layout{}},
		"unlisted value without open sets":        {"unlisted-value", gupshup, fault.Layout{}},
		"unlisted value of a fraction":            {"unlisted-value", `{"a":1.5,"b":true,"c":-0}`, fault.Layout{Known: []string{"/a", "/b", "/c"}}},
		"missing field of none":                   {"missing-field", gupshup, fault.Layout{}},
		"missing field that is not there":         {"missing-field:/x/y", gupshup, fault.Layout{Optional: []string{"/app"}}},
		"null for null":                           {"null-value:/a", `{"a":null}`, fault.Layout{}},
		"null for the name of the event only":     {"null-value", `{"type":"a"}`, fault.Layout{Kind: "/type"}},
		"number as string without numbers":        {"number-as-string", `{"a":"1"}`, fault.Layout{}},
		"escape of plain ASCII":                   {"escape-non-ascii", gupshup, fault.Layout{}},
		"poison where no batch can be":            {"poison-item", gupshup, fault.Layout{Items: []string{""}}},
		"poison of an empty batch":                {"poison-item", `[]`, fault.Layout{Batch: true}},
		"poison of what is no array":              {"poison-item", `{"a":1}`, fault.Layout{Items: []string{"/a"}, Batch: true}},
		"structural faults of what is no JSON":    {"null-value", "a=b", fault.Layout{}},
		"structural faults of invalid UTF-8":      {"number-as-string", "{\"a\":\"\xff\",\"b\":1}", fault.Layout{}},
		"faults of another stage than the body's": {"drop", gupshup, fault.Layout{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := one(t, c.spec).Body([]byte(c.body), c.layout, 0, prng.New(1))
			require.False(t, ok, "made %q", got.Body)
			require.Zero(t, got)
		})
	}
}

// An unlisted value starts with the original value and keeps its separator and case.
func TestBody_UnlistedValuesArePlausible(t *testing.T) {
	t.Parallel()
	for word, pattern := range map[string]string{
		"message-event":           `^message-event-(v2|v3|beta|extended)$`,
		"sent":                    `^sent_(v2|v3|beta|extended)$`,
		"DELIVRD":                 `^DELIVRD_(V2|V3|BETA|EXTENDED)$`,
		"whatsapp:message:status": `^whatsapp:message:status:(v2|v3|beta|extended)$`,
		"":                        `^_(v2|v3|beta|extended)$`,
	} {
		seen := map[string]bool{}
		for seed := range uint64(40) {
			for _, spec := range []string{"unknown-event", "unknown-event:/k", "unlisted-value"} {
				layout := fault.Layout{Kind: "/k", Known: []string{"/k"}}
				if spec == "unknown-event:/k" {
					layout.Kind = "/inner"
				}
				got, ok := one(t, spec).Body([]byte(`{"k":"`+word+`","inner":"a"}`), layout, 0, prng.New(seed))
				require.True(t, ok)
				var body struct{ K string }
				require.NoError(t, json.Unmarshal(got.Body, &body))
				require.Regexp(t, pattern, body.K)
				seen[body.K] = true
				if spec != "unlisted-value" {
					require.Equal(t, "unknown-event /k "+body.K, got.Note)
				}
			}
		}
		require.Len(t, seen, 4)
	}
}

func TestBody_FaultsFollowEachOther(t *testing.T) {
	t.Parallel()
	body := []byte(`{"a":1,"b":"é"}`)
	var notes []string
	for _, spec := range []string{"bom", "number-as-string", "escape-non-ascii", "missing-field:/a", "invalid-utf8", "null-value", "truncate:10", "unknown-field"} {
		if faulty, ok := one(t, spec).Body(body, fault.Layout{}, 0, prng.New(3)); ok {
			body, notes = faulty.Body, append(notes, faulty.Note)
		}
	}
	require.Equal(t, "\xef\xbb\xbf"+`{"b":"\`, string(body))
	require.Equal(t, []string{
		"bom", "number-as-string /a", "escape-non-ascii 1 character", "missing-field /a", "invalid-utf8 /b", "truncate after 10 of 18 bytes",
	}, notes)
}
