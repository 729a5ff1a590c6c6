package capture_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

func delivery() webhook.Delivery {
	at := time.Date(2026, 3, 1, 10, 0, 0, 5, time.UTC)
	return webhook.Delivery{
		ID: "d1",
		Event: webhook.Event{
			Route: "gupshup/v2", Type: "gupshup/v2/message-event.sent", At: at,
			Headers: []webhook.Header{{Name: "X-Two", Value: "b"}, {Name: "x-one", Value: ""}, {Name: "X-Two", Value: "a"}},
			Body:    []byte("{\"a\" : \"<é😀\u2028>\"}\n"),
		},
		Attempts: []webhook.Attempt{{At: at.Add(time.Second), Status: 503}, {At: at.Add(time.Minute), Error: "connection refused"}, {Status: 200}},
	}
}

func record(t *testing.T, d webhook.Delivery) string {
	t.Helper()
	var out bytes.Buffer
	require.NoError(t, capture.WriteDelivery(&out, d))
	return out.String()
}

func TestWriteDelivery_Format(t *testing.T) {
	t.Parallel()
	require.Equal(t, `{"ringback":"delivery/1","id":"d1","at":"2026-03-01T10:00:00.000000005Z","route":"gupshup/v2",`+
		`"type":"gupshup/v2/message-event.sent","headers":[["X-Two","b"],["x-one",""],["X-Two","a"]],`+
		`"body":"{\"a\" : \"<é😀\u2028>\"}\n","attempts":[{"at":"2026-03-01T10:00:01.000000005Z","status":503},`+
		`{"at":"2026-03-01T10:01:00.000000005Z","error":"connection refused"},{"status":200}]}`+"\n", record(t, delivery()))
	require.Equal(t, "{\"ringback\":\"delivery/1\"}\n", record(t, webhook.Delivery{}))
}

func TestReadDelivery_RoundTrip(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*webhook.Delivery){
		"text":                   func(*webhook.Delivery) {},
		"no attempts":            func(d *webhook.Delivery) { d.Attempts = nil },
		"no header":              func(d *webhook.Delivery) { d.Event.Headers = nil },
		"empty":                  func(d *webhook.Delivery) { d.ID, d.Event.Route, d.Event.Type, d.Event.At = "", "", "", time.Time{} },
		"an empty body":          func(d *webhook.Delivery) { d.Event.Body = []byte{} },
		"a body of NUL":          func(d *webhook.Delivery) { d.Event.Body = []byte{0, 0x7f, '\r'} },
		"a binary body":          func(d *webhook.Delivery) { d.Event.Body = []byte("{\"a\":\"\xff\xe9\"}") },
		"replacement characters": func(d *webhook.Delivery) { d.Event.Body = []byte("\ufffd\ufeff") },
		"a binary header": func(d *webhook.Delivery) {
			d.Event.Headers = append(d.Event.Headers, webhook.Header{Name: "X-Name", Value: "Jos\xe9"}, webhook.Header{Name: "X-Name", Value: "Sm9z6Q=="})
		},
	} {
		want := delivery()
		change(&want)
		got, err := capture.ReadDelivery([]byte(record(t, want)))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
}

func TestWriteDelivery_ErrorNamesDelivery(t *testing.T) {
	t.Parallel()
	d := delivery()
	d.Event.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	require.ErrorContains(t, capture.WriteDelivery(new(bytes.Buffer), d), "write delivery d1: json:")
	require.ErrorIs(t, capture.WriteDelivery(full{}, delivery()), os.ErrClosed)
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func brokenRecords() []struct{ record, want string } {
	return []struct{ record, want string }{
		{`{"ringback":"delivery/2"}`, `unsupported record version "delivery/2"; this version of Ringback reads "delivery/1"`},
		{`{"ringback":null}`, `unsupported record version ""; this version of Ringback reads "delivery/1"`},
		{`{"ringback":"delivery/1","color":1}`, `unknown key "color"`},
		{`{"ringback":"delivery/1","attempts":[{"color":""}]}`, `unknown key "color"`},
		{`{"ringback":"delivery/1","body":{}}`, "json: cannot unmarshal object into Go struct field record.body of type string"},
		{`{"ringback":"delivery/1","body":"a`, "unexpected EOF"},
		{`{"ringback":`, "unexpected EOF"},
		{`{"ringback":"delivery/1"} {"ringback":"delivery/1"}`, "unexpected text after the record; write one record per line"},
		{`{"ringback":"delivery/1"},`, "unexpected text after the record; write one record per line"},
		{"{\"ringback\":\"delivery/1\",\"body\":\"\xff\"}", "the record is not UTF-8"},
		{`{"ringback":"delivery/1","at":"9999-12-31T23:59:59-01:00"}`, "time 10000-01-01T00:59:59Z is outside the years 0 to 9999"},
		{`{"ringback":"delivery/1","attempts":[{"at":"0000-01-01T00:00:00+01:00"}]}`, "time -0001-12-31T23:00:00Z is outside the years 0 to 9999"},
		{`{"ringback":"delivery/1","attempts":[{"response_base64":"***"}]}`, "response_base64 is not Base64"},
		{`{"ringback":"delivery/1","attempts":[{"response_headers":[["a"]]}]}`, `header ["a"] is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","attempts":[{"request_headers":[["a"]]}]}`, `header ["a"] is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","body_base64":"***"}`, "body_base64 is not Base64"},
		{`{"ringback":"delivery/1","body":"a","body_base64":"YQ=="}`, "body and body_base64 exclude each other; keep one"},
		{`{"ringback":"delivery/1","headers":[["a"]]}`, `header ["a"] is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","headers":[["a","b","c"]]}`, `header ["a" "b" "c"] is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","headers":[["a","***","base64"]]}`, `header ["a" "***" "base64"] is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","at":"yesterday"}`, `parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`},
	}
}

func TestReadDelivery_RejectsInvalidRecords(t *testing.T) {
	t.Parallel()
	for _, c := range brokenRecords() {
		_, err := capture.ReadDelivery([]byte(c.record))
		require.EqualError(t, err, "read delivery: "+c.want, c.record)
	}
	_, err := capture.ReadDelivery(nil)
	require.EqualError(t, err, "read delivery: EOF")
}

func TestReadDelivery_OldKeys(t *testing.T) {
	t.Parallel()
	old := `{"ringback":"delivery/1","id":"1","provider":"gupshup/v2","event":"gupshup/v2/message-event.sent","header":[["A","b"]],"body":"{}",` +
		`"attempts":[{"sent":[["A","b"]],"status":200,"header":[["B","c"]],"body":"","body_base64":"/w==","cut":true,` +
		`"dial_ns":1500000,"tls_ns":0,"first_byte_ns":2000000,"total_ns":3000000,"error":"x","class":"timeout"}]}`
	for _, c := range []struct { // in the order of the line
		old, now  string
		ofAttempt bool
	}{
		{"provider", "route", false}, {"event", "type", false}, {"header", "headers", false},
		{"sent", "request_headers", true}, {"header", "response_headers", true}, {"body", "response", true}, {"body_base64", "response_base64", true},
		{"cut", "truncated", true}, {"dial_ns", "dial_ms", true}, {"tls_ns", "tls_ms", true}, {"first_byte_ns", "first_byte_ms", true},
		{"total_ns", "total_ms", true}, {"class", "failure", true},
	} {
		_, err := capture.ReadDelivery([]byte(old))
		require.EqualError(t, err, fmt.Sprintf("read delivery: unknown key %q; it is now %q (the tape comes from an older version)", c.old, c.now))
		at := 0
		if c.ofAttempt {
			at = strings.Index(old, `"attempts"`)
		}
		old = old[:at] + strings.Replace(old[at:], `"`+c.old+`":`, `"`+c.now+`":`, 1)
	}
	d, err := capture.ReadDelivery([]byte(strings.Replace(old, `"response":"",`, "", 1)))
	require.NoError(t, err)
	require.Equal(t, "gupshup/v2/message-event.sent", d.Event.Type)
	require.Equal(t, webhook.FailureTimeout, d.Attempts[0].Failure)
	require.True(t, d.Attempts[0].Truncated)
}

func TestRead_Tape(t *testing.T) {
	t.Parallel()
	raw := delivery()
	raw.Event.Body = []byte("\xff")
	raw.Event.Route, raw.Event.Type = "", ""
	text, binary := strings.TrimSuffix(record(t, delivery()), "\n"), strings.TrimSuffix(record(t, raw), "\n")
	kind := delivery().Event.Type
	body, at := delivery().Event.Body, delivery().Event.At
	for name, c := range map[string]struct {
		content string
		want    []capture.Body
	}{
		"one record": {text, []capture.Body{{Source: "f", Bytes: body, Type: kind, At: at}}},
		"lines":      {text + "\n" + binary + "\n", []capture.Body{{Source: "f:1", Bytes: body, Type: kind, At: at}, {Source: "f:2", Bytes: []byte("\xff"), At: at}}},
		"among bodies, after a mark": {mark + text + "\n{\"a\":1}\n", []capture.Body{
			{Source: "f:1", Bytes: body, Type: kind, At: at}, {Source: "f:2", Line: 2, Column: 1, Bytes: []byte(`{"a":1}`)}}},
		"a list": {"[" + binary + " " + text + "]", []capture.Body{
			{Source: "f:1", Bytes: []byte("\xff"), At: at},
			{Source: "f:1", Line: 1, Column: len(binary) + 3, Problem: strings.TrimPrefix(noComma, "!")},
			{Source: "f:1", Bytes: body, Type: kind, At: at}}},
		"a broken record": {text + "\n" + `{"ringback":"delivery/2"}` + "\n" + binary, []capture.Body{
			{Source: "f:1", Bytes: body, Type: kind, At: at},
			{Source: "f:2", Line: 2, Column: 1, Problem: `read delivery: unsupported record version "delivery/2"; this version of Ringback reads "delivery/1"`},
			{Source: "f:3", Bytes: []byte("\xff"), At: at}}},
	} {
		path := filepath.Join(t.TempDir(), "f")
		require.NoError(t, os.WriteFile(path, []byte(c.content), 0o600))
		var got []capture.Body
		for b, err := range capture.Read([]string{path}, capture.Options{Limit: 1 << 20}) {
			require.NoError(t, err, name)
			b.Source = strings.Replace(b.Source, path, "f", 1)
			got = append(got, b)
		}
		require.Equal(t, c.want, got, name)
	}
}

func TestReadDelivery_RoundTripsAttempts(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	d := webhook.Delivery{
		ID: "d1", Event: webhook.Event{Body: []byte("{}")}, Faults: []string{"duplicate:copies=1", "bom"},
		Attempts: []webhook.Attempt{
			{
				At: at, Status: 500, RequestHeaders: []webhook.Header{{Name: "Signature", Value: "\xff"}}, ResponseHeaders: []webhook.Header{{Name: "Server", Value: "x"}},
				ResponseBody: []byte("no \xff"), Truncated: true, Timing: webhook.Timing{Dial: 1, TLS: time.Millisecond, FirstByte: 1234567, Total: time.Hour + 4},
			},
			{At: at, Error: "connection refused", Failure: webhook.FailureUnreachable, ResponseBody: []byte("half")},
		},
	}
	var line bytes.Buffer
	require.NoError(t, capture.WriteDelivery(&line, d))
	again, err := capture.ReadDelivery(line.Bytes())
	require.NoError(t, err)
	require.Equal(t, d, again)
}
