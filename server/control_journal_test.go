package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

func fields(pairs ...string) []webhook.Header {
	var all []webhook.Header
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, webhook.Header{Name: pairs[i], Value: pairs[i+1]})
	}
	return all
}

func aDelivery() journal.Entry {
	return journal.Entry{
		ID: "d", Kind: journal.KindDelivery, Session: defaultSession, Route: "gupshup/v2", CanonicalEvent: "message.delivered", At: noon(), Status: 200,
		State: journal.StateSucceeded, Values: map[string]string{"recipient.phone": "919000000001"},
		Delivery: &webhook.Delivery{ID: "d", Event: webhook.Event{Route: "gupshup/v2", Body: []byte(`{"a":"<&>"}`), Headers: fields("X-App", "shop")}, Attempts: []webhook.Attempt{{
			At: noon(), RequestHeaders: fields("X-Hub-Signature-256", "sha256=aa", "webhook-id", "d"), Status: 200, ResponseHeaders: fields("Set-Cookie", "a=b"), ResponseBody: []byte("\xff"),
		}}},
		Verdicts: []webhook.Item{{}, {Pointer: "/1", Verdict: webhook.Verdict{Level: webhook.LevelError, Findings: []webhook.Finding{{Level: webhook.LevelError, Rule: "type"}}}}},
	}
}

func aCall() journal.Entry {
	return journal.Entry{ID: "c", Kind: journal.KindCall, Session: defaultSession, Route: "gupshup/v2", Call: &journal.Call{
		Operation: "send", Method: "POST", Path: "/wa/api/v1/msg?access_token=xyz&channel=whats%20app", Body: []byte("a=\x80"), Status: 202,
		Header: fields("apikey", "k1", "Authorization", "Bearer k2", "Accept", "\xff"), Response: []byte(`{"status":"submitted"}`), Duration: time.Millisecond,
	}}
}

func TestDeliveries_ShowTapeRecord(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.log.Add(aDelivery())
	shown := func(query string) string {
		record, err := json.Marshal(s.ask(t, "GET", "/deliveries/d"+query, "").json(t)["delivery"])
		require.NoError(t, err)
		return string(record)
	}
	d, err := capture.ReadDelivery([]byte(shown("?secrets=true")))
	require.NoError(t, err)
	require.Equal(t, *aDelivery().Delivery, d)
	require.Contains(t, shown(""), `["X-Hub-Signature-256","***"],["webhook-id","d"]`)
	require.Contains(t, shown(""), `["Set-Cookie","***"]`)
	require.NotContains(t, shown(""), "sha256=aa")
	held, _ := s.log.Get("d")
	require.Equal(t, aDelivery().Delivery, held.Delivery, "to mask is to copy")
}

func TestCalls_MaskSecrets(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.log.Add(aCall())
	want := map[string]any{
		"operation": "send", "method": "POST", "path": "/wa/api/v1/msg?access_token=***&channel=whats%20app", "body_base64": "YT2A", "status": 202.0,
		"headers": []any{[]any{"apikey", "***"}, []any{"Authorization", "***"}, []any{"Accept", "/w==", "base64"}}, "response_headers": []any{},
		"response": `{"status":"submitted"}`, "duration_ms": 1.0,
	}
	require.Equal(t, want, s.ask(t, "GET", "/calls/c", "").json(t)["call"])
	plain := s.ask(t, "GET", "/calls/c?secrets=true", "").Body.String()
	require.Contains(t, plain, "access_token=xyz&channel")
	require.Contains(t, plain, `["apikey","k1"],["Authorization","Bearer k2"]`)
}

func TestLists_FullShowsBodies(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.log.Add(aDelivery())
	short := s.ask(t, "GET", "/deliveries", "").first(t)
	require.Equal(t, map[string]any{
		"seq": 1.0, "id": "d", "kind": "delivery", "session": "default", "route": "gupshup/v2", "event": "message.delivered", "at": "2026-03-01T12:00:00Z",
		"status": 200.0, "state": "succeeded", "values": map[string]any{"recipient.phone": "919000000001"}, "level": "error",
	}, short)
	long := s.ask(t, "GET", "/deliveries?full=true", "").first(t)
	require.Contains(t, long, "delivery")
	require.Len(t, long["verdicts"], 2)
}

func TestLists_Paginate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for n := range 7 {
		s.log.Add(journal.Entry{ID: fmt.Sprint(n), Kind: journal.KindCall, Session: defaultSession})
	}
	got, path := "", "/calls?limit=3"
	for path != "" {
		page := s.ask(t, "GET", path, "").json(t)
		for _, one := range page["data"].([]any) {
			got += one.(map[string]any)["id"].(string)
		}
		if path = ""; page["next"] != nil {
			path = "/calls?limit=3&cursor=" + page["next"].(string)
		}
	}
	require.Equal(t, "6543210", got)
	require.JSONEq(t, `{"data":[]}`, s.ask(t, "GET", "/inbox", "").Body.String())
}

func TestFilters_ReadOrRejected(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.log.Add(aDelivery())
	for query, found := range map[string]int{
		"route=gupshup": 1, "route=netcore": 0, "event=message.*": 1, "event=message.read": 0, "status=2xx": 1, "state=failed": 0, "phone=%2B91%2090000%2000001": 1,
		"since=2026-03-01T12:00:00Z": 1, "until=2026-03-01T12:00:00Z": 0, "since=1m": 0, "after=0": 1, "after=1": 0, "text=%22A%22": 1, "type=gupshup/v2/*": 0, "id=d": 1, "run=r": 0,
	} {
		require.Len(t, s.ask(t, "GET", "/deliveries?"+query, "").json(t)["data"], found, query)
	}
	for query, want := range map[string]string{
		"route=gupshop":         `read route: unknown name "gupshop"; did you mean "gupshup"?`,
		"event=message.deliver": `did you mean "message.delivered"?`,
		"type=x":                `read type: unknown name "x"; GET /api/v1/catalog/event-types lists all`,
		"status=2x":             `read query: read status: "2x" is neither a code (for example 200) nor a class (for example 2xx)`,
		"state=sent":            `unknown state "sent"`,
		"since=yesterday":       `read since: "yesterday" is invalid; want a time (for example`,
		"limit=0":               `want a whole number from 1 to 500`,
		"after=x":               `want the seq of an entry`,
		"full=yes":              `read full: "yes" is invalid; want true or false`,
		"cursor=x":              `leave it out to start from the first`,
		"event=message.[":       `did you mean`,
	} {
		if p := s.ask(t, "GET", "/deliveries?"+query, "").problem(t, 400); want != `did you mean` {
			require.Contains(t, p["detail"], want)
		}
	}
	for _, query := range []string{"kind=deliverys", "count=0", "count=1001", "timeout=61s", "timeout=5", "timeout=-1s"} {
		s.ask(t, "GET", "/wait?"+query, "").problem(t, 400)
	}
}

func TestWait_RespondsWhenEntryIsAdded(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	synctest.Test(t, func(t *testing.T) {
		startedAt := time.Now()
		time.AfterFunc(3*time.Second, func() { s.log.Add(journal.Entry{ID: "other", Kind: journal.KindNote, Session: defaultSession}) })
		time.AfterFunc(4*time.Second, func() { s.log.Add(aDelivery()) })
		r := s.ask(t, "GET", "/wait?kind=delivery&phone=919000000001&state=succeeded", "")
		require.Equal(t, 4*time.Second, time.Since(startedAt))
		require.Contains(t, r.first(t), "delivery", "it is shown with its body")
	})
}

func TestWait_TimesOut(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	synctest.Test(t, func(t *testing.T) {
		startedAt := time.Now()
		s.log.Add(aCall())
		p := s.ask(t, "GET", "/wait?kind=call&count=2&timeout=1m", "").problem(t, 408)
		require.Equal(t, time.Minute, time.Since(startedAt))
		require.Equal(t, "wait for 2 entries: got 1 within 1m0s; check the filters, or set a longer timeout", p["detail"])
		require.Len(t, p["data"], 1)
		require.Empty(t, s.ask(t, "GET", "/wait?kind=note", "").problem(t, 408)["data"])
		require.Equal(t, time.Minute+defaultWait, time.Since(startedAt))
	})
}

// A listener is a client that reads a stream.
type listener struct {
	t       *testing.T
	scanner *bufio.Scanner
}

func listen(t *testing.T, to string, last string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, to, nil)
	require.NoError(t, err)
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	transport := &http.Transport{}
	response, err := (&http.Client{Transport: transport}).Do(request)
	require.NoError(t, err)
	t.Cleanup(func() {
		cancel()
		_ = response.Body.Close()
		transport.CloseIdleConnections()
	})
	require.Equal(t, "text/event-stream", response.Header.Get("Content-Type"))
	l := &listener{t, bufio.NewScanner(response.Body)}
	require.Equal(t, "retry: 1000", l.block())
	return l
}

// block is the next message of the stream.
func (l *listener) block() string {
	l.t.Helper()
	var lines []string
	for l.scanner.Scan() && l.scanner.Text() != "" {
		lines = append(lines, l.scanner.Text())
	}
	return strings.Join(lines, "\n")
}

func TestStream_ResumesAfterLastEventID(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	srv := httptest.NewServer(s.handler)
	t.Cleanup(srv.Close)
	url := srv.URL + controlPrefix + "/stream?kind=note"
	note := func(text string) {
		s.log.Add(journal.Entry{Kind: journal.KindNote, Session: defaultSession, At: noon(), Text: text})
	}
	note("before")
	first := listen(t, url, "")
	note("one\ntwo")
	require.Equal(t, "id: 2\nevent: note\n"+`data: {"seq":2,"id":"note-2","kind":"note","session":"default","at":"2026-03-01T12:00:00Z","text":"one\ntwo"}`, first.block())
	s.log.Add(aCall())
	note("three")
	require.Contains(t, first.block(), "id: 4\n")
	require.Contains(t, listen(t, url, "2").block(), "id: 4\n")
	require.Contains(t, listen(t, url+"&after=0", "").block(), "id: 1\n")
	require.Contains(t, listen(t, url+"&after=0", "2").block(), "id: 4\n", "the header is stronger")
	require.Contains(t, listen(t, url, "1000").block(), "id: 1\n", "the id of a server before this one")
	s.log.Update("note-1", func(e *journal.Entry) { e.Text = "after" })
	require.Contains(t, first.block(), `"text":"after"`)
	s.ask(t, "GET", "/stream", "", "Last-Event-ID: x").problem(t, 400)
}

// A tap is a writer that a handler may write to for long.
type tap struct {
	*httptest.ResponseRecorder
	fails bool
}

func (t *tap) Write(text []byte) (int, error) {
	if t.fails {
		return 0, http.ErrHandlerTimeout
	}
	return t.ResponseRecorder.Write(text)
}

func TestStream_SendsHeartbeatUntilClientLeaves(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 2*heartbeat+time.Second)
		defer cancel()
		w := &tap{ResponseRecorder: httptest.NewRecorder()}
		s.handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", controlPrefix+"/stream", nil))
		require.Equal(t, "retry: 1000\n\n: alive\n\n: alive\n\n", w.Body.String())

		startedAt := time.Now()
		w = &tap{ResponseRecorder: httptest.NewRecorder(), fails: true}
		s.handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", controlPrefix+"/stream", nil))
		require.Equal(t, startedAt, time.Now(), "a client that does not read is left")
	})
}
