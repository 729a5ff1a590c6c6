package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An item is an entry of the journal as the control API shows it.
type item struct {
	Seq                                                                    uint64
	ID, Kind, Session, Run, Route, Event, Type, State, Endpoint, Operation string
	Status                                                                 int
	Values                                                                 map[string]string
	Text, Level                                                            string
	Delivery                                                               *struct {
		ID, Type, Method, URL, Body string
		Base64                      string     `json:"body_base64"`
		Headers                     [][]string `json:"headers"`
		Faults                      []string
		Attempts                    []struct {
			Status         int
			RequestHeaders [][]string `json:"request_headers"`
		}
	}
	Call *struct {
		Method, Path, Body string
		Response           string  `json:"response"`
		Duration           float64 `json:"duration_ms"`
	}
	Verdicts []struct{ Verdict, Type string }
}

// items are those of an answer that lists them.
func (a response) items(t *testing.T) []item {
	t.Helper()
	require.Contains(t, []int{http.StatusOK, http.StatusAccepted}, a.status, a.body)
	var list struct{ Data []item }
	require.NoError(t, json.Unmarshal([]byte(a.body), &list))
	return list.Data
}

// find lists entries, below /api/v1.
func (w *world) find(path string) []item {
	w.t.Helper()
	return w.steer("GET", "/api/v1"+path, "").items(w.t)
}

// await waits until n entries fit.
func (w *world) await(n int, query string) []item {
	w.t.Helper()
	return w.steer("GET", fmt.Sprintf("/api/v1/wait?timeout=20s&count=%d&%s", n, query), "").items(w.t)
}

// order asks the control API to do something, which it does.
func (w *world) order(path, json string) response {
	w.t.Helper()
	got := w.steer("POST", "/api/v1"+path, json)
	require.Equal(w.t, 2, got.status/100, got.body)
	return got
}

// delivers is a world in which one message has been sent and told of; it returns
// the message's id.
func delivers(t *testing.T) (w *world, id string) {
	t.Helper()
	w = newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.subscribe("/wa/app/123/subscription", "2", "ALL").status)
	sent := w.call(text(userPhone))
	require.Equal(t, http.StatusAccepted, sent.status, sent.body)
	w.await(5, "kind=delivery&state=succeeded")
	return w, sent.field(t, "messageId")
}

func TestFilters_FindCallsAndDeliveries(t *testing.T) {
	t.Parallel()
	w, id := delivers(t)
	for path, count := range map[string]int{
		"/deliveries":                    5,
		"/deliveries?id=" + id:           4,
		"/deliveries?phone=" + userPhone: 4,
		"/deliveries?phone=" + url.QueryEscape("+91 9000000002"): 4, // as people write it
		"/deliveries?phone=919000000003":                         0,
		"/deliveries?event=message.delivered":                    1,
		"/deliveries?event=message.*":                            4,
		"/deliveries?type=gupshup/v2/user-event.*":               1,
		"/deliveries?route=gupshup":                              5,
		"/deliveries?route=gupshup/v3":                           0,
		"/deliveries?status=2xx":                                 5,
		"/deliveries?state=dropped":                              0,
		"/deliveries?text=SANDBOX":                               1,
		"/deliveries?since=1h&until=0s":                          5,
		"/deliveries?until=1h":                                   0,
		"/calls":                                                 2,
		"/calls?id=" + id:                                        1,
		"/calls?phone=" + userPhone:                              1,
		"/calls?operation=send":                                  1,
		"/calls?operation=subscription.create&status=200":        1,
		"/calls?text=DemoApp":                                    1,
		"/calls?status=4xx":                                      0,
		"/inbox":                                                 0,
	} {
		assert.Len(t, w.find(path), count, path)
	}
	run := w.find("/calls?id=" + id)[0].Run
	assert.Len(t, w.find("/deliveries?run="+run), 4, "a call leads to what followed from it")
	one := w.find("/deliveries?full=true&event=message.delivered")[0]
	assert.Contains(t, one.Delivery.Body, id)
	assert.Equal(t, http.StatusOK, one.Delivery.Attempts[0].Status)
	call := w.find("/calls?full=true&operation=send")[0].Call
	assert.Equal(t, "POST", call.Method)
	assert.Contains(t, call.Response, id)
	assert.NotContains(t, w.steer("GET", "/api/v1/calls?full=true", "").body, `"apikey","k"`, "no key is shown")
}

func TestLists_PagesAreComplete(t *testing.T) {
	t.Parallel()
	w, _ := delivers(t)
	seen, cursor := map[string]bool{}, ""
	for page := range 3 {
		got := w.steer("GET", "/api/v1/deliveries?limit=2&cursor="+url.QueryEscape(cursor), "")
		for _, one := range got.items(t) {
			require.False(t, seen[one.ID], one.ID)
			seen[one.ID] = true
		}
		if page < 2 {
			cursor = got.field(t, "next")
		} else {
			assert.NotContains(t, got.body, `"next"`)
		}
	}
	assert.Len(t, seen, 5)
}

func TestRedeliver_SendsSameBytes(t *testing.T) {
	t.Parallel()
	w, id := delivers(t)
	before := w.mail.await(t, "/hook", 5)
	first := w.find("/deliveries?full=true&event=message.delivered&id=" + id)[0]
	again := w.order("/deliveries/"+first.ID+"/redeliver", "")
	require.Equal(t, http.StatusAccepted, again.status)
	letters := w.mail.await(t, "/hook", 6)
	assert.Equal(t, first.Delivery.Body, letters[5].body)
	assert.Equal(t, before[3].body, letters[5].body)
	fresh := again.field(t, "id")
	assert.NotEqual(t, first.ID, fresh)
	w.await(1, "kind=delivery&state=succeeded&id="+fresh)
	shown := w.steer("GET", "/api/v1/deliveries/"+fresh, "")
	assert.Equal(t, []string{"redelivered"}, shown.item(t).Delivery.Faults)
	assert.Equal(t, first.Delivery.ID, shown.item(t).Delivery.ID, "it is the same delivery to the consumer")
	assert.Equal(t, first.Event, shown.item(t).Event, "who waits for the event a second time sees it")
	assert.Equal(t, first.Run, shown.item(t).Run)
	assert.Equal(t, http.StatusNotFound, w.steer("POST", "/api/v1/deliveries/none/redeliver", "").status)
}

func (a response) item(t *testing.T) (one item) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.body), &one), a.body)
	return one
}

func TestRedeliver_ToURLOfRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.order("/runs", `{"scenario":"message-delivered","route":"netcore","to":"`+w.consumer.URL+`/to?secret=x"}`)
	first := w.await(3, "kind=delivery&state=succeeded")[0]
	assert.NotContains(t, first.Endpoint, "secret")
	w.order("/deliveries/"+first.ID+"/redeliver", "")
	letters := w.mail.await(t, "/to", 4)
	assert.Equal(t, letters[0].body, letters[3].body)
}

func TestRedeliver_RejectsMissingEndpoint(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.order("/runs", `{"scenario":"message-delivered","route":"netcore"}`)
	lost := w.await(1, "kind=delivery&state=dropped")[0]
	assert.Equal(t, "no subscription matches, and --to has no URL for netcore; subscribe with the control API: POST /api/v1/state/commands, subscription.create, or set --to URL", lost.Text)
	got := w.steer("POST", "/api/v1/deliveries/"+lost.ID+"/redeliver", "")
	assert.Equal(t, http.StatusConflict, got.status, got.body)
}

func TestWait_ExistingAndNewEntries(t *testing.T) {
	t.Parallel()
	w, id := delivers(t)
	there := w.find("/wait?timeout=0s&state=succeeded&id=" + id)
	require.Len(t, there, 1)
	assert.NotEmpty(t, there[0].Delivery.Body, "what is awaited is shown in full")

	last := w.await(5, "kind=delivery&state=succeeded")[4].Seq
	came := make(chan response, 1)
	go func() { came <- w.steer("GET", fmt.Sprintf("/api/v1/wait?timeout=20s&kind=call&after=%d", last), "") }()
	sent := w.call(text(userPhone)).field(t, "messageId")
	found := (<-came).items(t)
	require.Len(t, found, 1)
	assert.Contains(t, found[0].Call.Response, sent)

	late := w.steer("GET", "/api/v1/wait?timeout=1ms&count=2&operation=subscription.create", "")
	assert.Equal(t, http.StatusRequestTimeout, late.status)
	assert.Equal(t, "application/problem+json", late.header.Get("Content-Type"))
	assert.Contains(t, late.body, `"data":[{`, "what came is told")
	assert.Equal(t, http.StatusBadRequest, w.steer("GET", "/api/v1/wait?timeout=1h", "").status)
}

// streamed reads n entries of a stream, which begins after an id, or now.
func (w *world) streamed(path, lastID string, begun func(), n int) []item {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.control.URL+path, http.NoBody)
	require.NoError(w.t, err)
	if lastID != "" {
		request.Header.Set("Last-Event-ID", lastID)
	}
	got, err := w.control.Client().Do(request)
	require.NoError(w.t, err)
	defer got.Body.Close()
	require.Equal(w.t, "text/event-stream", got.Header.Get("Content-Type"))
	begun()
	var all []item
	for lines := bufio.NewScanner(got.Body); len(all) < n; {
		require.True(w.t, lines.Scan(), "the stream ended: %v", lines.Err())
		if data, found := strings.CutPrefix(lines.Text(), "data: "); found {
			var one item
			require.NoError(w.t, json.Unmarshal([]byte(data), &one))
			all = append(all, one)
		}
	}
	return all
}

func TestStream_SendsAndResumes(t *testing.T) {
	t.Parallel()
	w, _ := delivers(t)
	nothing := func() {}
	held := w.streamed("/api/v1/stream?after=0&kind=delivery", "", nothing, 5)
	for i, one := range held[1:] {
		assert.Greater(t, one.Seq, held[i].Seq)
	}
	rest := w.streamed("/api/v1/stream?kind=delivery", fmt.Sprint(held[2].Seq), nothing, 2)
	assert.Equal(t, held[3:], rest)
	fresh := w.streamed("/api/v1/stream?kind=call", "", func() { w.call(text(userPhone)) }, 1)
	assert.Greater(t, fresh[0].Seq, held[4].Seq)
	again := w.streamed("/api/v1/stream?kind=delivery", "999999999", nothing, 5)
	assert.Equal(t, held[0].ID, again[0].ID, "an id of another life of the server begins anew")
	assert.Equal(t, http.StatusBadRequest, w.ask(w.control, sending{method: "GET", path: "/api/v1/stream", header: []string{"Last-Event-ID", "x"}}).status)
}

func TestWait_EndsWithServer(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.control.URL+"/api/v1/stream", http.NoBody)
	require.NoError(t, err)
	stream, err := w.control.Client().Do(request)
	require.NoError(t, err)
	defer stream.Body.Close()
	w.server.Close()
	_, err = io.Copy(io.Discard, stream.Body)
	require.NoError(t, err, "it ends as it should, and is not cut off")
	late := w.steer("GET", "/api/v1/wait?timeout=20s", "")
	assert.Equal(t, http.StatusServiceUnavailable, late.status, late.body)
}
