package capture_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/capture"
	"github.com/ringback-dev/ringback/webhook"
)

func delivery() webhook.Delivery {
	at := time.Date(2026, 3, 1, 10, 0, 0, 5, time.UTC)
	return webhook.Delivery{
		ID: "d1",
		Event: webhook.Event{
			Route: "gupshup/v2", Type: "gupshup/v2/message-event.sent", At: at,
			Header: []webhook.Field{{Name: "X-Two", Value: "b"}, {Name: "x-one", Value: ""}, {Name: "X-Two", Value: "a"}},
			Body:   []byte("{\"a\" : \"<é😀\u2028>\"}\n"),
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

func TestADeliveryIsOneLineOfATape(t *testing.T) {
	t.Parallel()
	require.Equal(t, `{"ringback":"delivery/1","id":"d1","at":"2026-03-01T10:00:00.000000005Z","provider":"gupshup/v2",`+
		`"event":"gupshup/v2/message-event.sent","header":[["X-Two","b"],["x-one",""],["X-Two","a"]],`+
		`"body":"{\"a\" : \"<é😀\u2028>\"}\n","attempts":[{"at":"2026-03-01T10:00:01.000000005Z","status":503},`+
		`{"at":"2026-03-01T10:01:00.000000005Z","error":"connection refused"},{"status":200}]}`+"\n", record(t, delivery()))
	require.Equal(t, "{\"ringback\":\"delivery/1\"}\n", record(t, webhook.Delivery{}))
}

func TestADeliveryIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*webhook.Delivery){
		"text":                   func(*webhook.Delivery) {},
		"no attempts":            func(d *webhook.Delivery) { d.Attempts = nil },
		"no header":              func(d *webhook.Delivery) { d.Event.Header = nil },
		"nobody said":            func(d *webhook.Delivery) { d.ID, d.Event.Route, d.Event.Type, d.Event.At = "", "", "", time.Time{} },
		"an empty body":          func(d *webhook.Delivery) { d.Event.Body = []byte{} },
		"a body of NUL":          func(d *webhook.Delivery) { d.Event.Body = []byte{0, 0x7f, '\r'} },
		"a body that is no text": func(d *webhook.Delivery) { d.Event.Body = []byte("{\"a\":\"\xff\xe9\"}") },
		"replacement characters": func(d *webhook.Delivery) { d.Event.Body = []byte("\ufffd\ufeff") },
		"a header that is no text": func(d *webhook.Delivery) {
			d.Event.Header = append(d.Event.Header, webhook.Field{Name: "X-Name", Value: "Jos\xe9"}, webhook.Field{Name: "X-Name", Value: "Sm9z6Q=="})
		},
	} {
		want := delivery()
		change(&want)
		got, err := capture.ReadDelivery([]byte(record(t, want)))
		require.NoError(t, err, name)
		require.Equal(t, want, got, name)
	}
}

func TestWriteDeliverySaysWhichOneFailed(t *testing.T) {
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
		{`{"ringback":"delivery/2"}`, `it is a record "delivery/2"; this version reads "delivery/1"`},
		{`{"ringback":null}`, `it is a record ""; this version reads "delivery/1"`},
		{`{"ringback":"delivery/1","colour":1}`, `json: unknown field "colour"`},
		{`{"ringback":"delivery/1","attempts":[{"colour":""}]}`, `json: unknown field "colour"`},
		{`{"ringback":"delivery/1","body":{}}`, "json: cannot unmarshal object into Go struct field record.body of type string"},
		{`{"ringback":"delivery/1","body":"a`, "unexpected EOF"},
		{`{"ringback":`, "unexpected EOF"},
		{`{"ringback":"delivery/1"} {"ringback":"delivery/1"}`, "something follows the record on its line"},
		{`{"ringback":"delivery/1"},`, "something follows the record on its line"},
		{"{\"ringback\":\"delivery/1\",\"body\":\"\xff\"}", "the record is not UTF-8"},
		{`{"ringback":"delivery/1","at":"9999-12-31T23:59:59-01:00"}`, "a time lies outside the years 0 to 9999"},
		{`{"ringback":"delivery/1","attempts":[{"at":"0000-01-01T00:00:00+01:00"}]}`, "a time lies outside the years 0 to 9999"},
		{`{"ringback":"delivery/1","attempts":[{"body_base64":"***"}]}`, "body_base64 is no Base64, or stands beside body"},
		{`{"ringback":"delivery/1","attempts":[{"header":[["a"]]}]}`, `a header is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","attempts":[{"sent":[["a"]]}]}`, `a header is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","body_base64":"***"}`, "body_base64 is no Base64, or stands beside body"},
		{`{"ringback":"delivery/1","body":"a","body_base64":"YQ=="}`, "body_base64 is no Base64, or stands beside body"},
		{`{"ringback":"delivery/1","header":[["a"]]}`, `a header is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","header":[["a","b","c"]]}`, `a header is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","header":[["a","***","base64"]]}`, `a header is neither [name, value] nor [name, Base64, "base64"]`},
		{`{"ringback":"delivery/1","at":"yesterday"}`, `parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`},
	}
}

func TestABrokenRecordIsRefusedWithItsReason(t *testing.T) {
	t.Parallel()
	for _, c := range brokenRecords() {
		_, err := capture.ReadDelivery([]byte(c.record))
		require.EqualError(t, err, "read delivery: "+c.want, c.record)
	}
	_, err := capture.ReadDelivery(nil)
	require.EqualError(t, err, "read delivery: EOF")
}

func TestATapeGivesTheBodiesInItsRecords(t *testing.T) {
	t.Parallel()
	raw := delivery()
	raw.Event.Body = []byte("\xff")
	raw.Event.Route, raw.Event.Type = "", ""
	text, binary := strings.TrimSuffix(record(t, delivery()), "\n"), strings.TrimSuffix(record(t, raw), "\n")
	kind := delivery().Event.Type
	body := delivery().Event.Body
	for name, c := range map[string]struct {
		content string
		want    []capture.Body
	}{
		"one record": {text, []capture.Body{{Source: "f", Bytes: body, Type: kind}}},
		"lines":      {text + "\n" + binary + "\n", []capture.Body{{Source: "f:1", Bytes: body, Type: kind}, {Source: "f:2", Bytes: []byte("\xff")}}},
		"among bodies, after a mark": {mark + text + "\n{\"a\":1}\n", []capture.Body{
			{Source: "f:1", Bytes: body, Type: kind}, {Source: "f:2", Line: 2, Column: 1, Bytes: []byte(`{"a":1}`)}}},
		"a list": {"[" + binary + " " + text + "]", []capture.Body{
			{Source: "f:1", Bytes: []byte("\xff")},
			{Source: "f:1", Line: 1, Column: len(binary) + 3, Problem: strings.TrimPrefix(noComma, "!")},
			{Source: "f:1", Bytes: body, Type: kind}}},
		"a broken record": {text + "\n" + `{"ringback":"delivery/2"}` + "\n" + binary, []capture.Body{
			{Source: "f:1", Bytes: body, Type: kind},
			{Source: "f:2", Line: 2, Column: 1, Problem: `read delivery: it is a record "delivery/2"; this version reads "delivery/1"`},
			{Source: "f:3", Bytes: []byte("\xff")}}},
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

func TestAnAttemptIsKeptWhole(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	d := webhook.Delivery{
		ID: "d1", Event: webhook.Event{Body: []byte("{}")}, Faults: []string{"duplicate:copies=1", "bom"},
		Attempts: []webhook.Attempt{
			{
				At: at, Status: 500, Sent: []webhook.Field{{Name: "Signature", Value: "\xff"}}, Header: []webhook.Field{{Name: "Server", Value: "x"}},
				Body: []byte("no \xff"), Truncated: true, Timing: webhook.Timing{Dial: 1, TLS: 2, FirstByte: 3, Total: 4},
			},
			{At: at, Error: "connection refused", Failure: webhook.ErrorRejected, Body: []byte("half")},
		},
	}
	var line bytes.Buffer
	require.NoError(t, capture.WriteDelivery(&line, d))
	again, err := capture.ReadDelivery(line.Bytes())
	require.NoError(t, err)
	require.Equal(t, d, again)
}
