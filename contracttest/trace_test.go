package contracttest

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/webhook"
)

func TestRecord_TracedFindsWhatTheStateKeepsOfABody(t *testing.T) {
	t.Parallel()
	const body = `{"app":"Lotus Airways","type":"mess`
	quoted := strconv.Quote(body)
	for name, c := range map[string]struct {
		before, after, sent string
		fallback            []string
		want                bool
	}{
		"a copy":                          {`{"log":[]}`, `{"log":[{"raw":` + quoted + `}]}`, body, nil, true},
		"a copy in base64":                {`{"log":[]}`, `{"log":["` + base64.StdEncoding.EncodeToString([]byte(body)) + `"]}`, body, nil, true},
		"a copy in hex":                   {`{"log":[]}`, `{"log":["` + hex.EncodeToString([]byte(body)) + `"]}`, body, nil, true},
		"a copy that was there before":    {`{"log":[` + quoted + `]}`, `{"log":[` + quoted + `]}`, body, nil, false},
		"a copy without what is no UTF-8": {`{}`, `{"raw":"{\"app\":\"Lotus �"}`, "{\"app\":\"Lotus \xff Airways\"}", nil, true},
		"a counter that always counts":    {`{"received":1}`, `{"received":2}`, body, []string{"/received"}, false},
		"a counter of what is unread":     {`{"received":1,"unread":0}`, `{"received":2,"unread":1}`, body, []string{"/received"}, true},
		"the same, before that is known":  {`{"received":1,"unread":0}`, `{"received":2,"unread":1}`, body, nil, false},
		"an entry where others come too":  {`{"log":[1]}`, `{"log":[1,2]}`, body, []string{"/log"}, false},
		"an entry where no others come":   {`{"dead":{}}`, `{"dead":{"x":{"at":1}}}`, body, []string{"/log"}, true},
		"an entry of an empty body":       {`{"log":[1]}`, `{"log":[1,2]}`, "", []string{"/log"}, true},
		"nothing of an empty body":        {`{"received":1}`, `{"received":2}`, "", []string{"/received"}, false},
		"a body too short to be found":    {`{"log":[]}`, `{"log":["{}"]}`, "{}", []string{"/log"}, false},
		"nothing at all":                  {`{}`, `{}`, body, []string{}, false},
	} {
		r := &Observation{seen: [][]byte{[]byte(c.before)}, State: []byte(c.after), sent: []byte(c.sent)}
		require.Equal(t, c.want, r.traced(c.fallback), name)
	}
	require.False(t, (&Observation{sent: []byte(body)}).traced(nil), "no state is shown")
}

// What is kept as it came is no effect of it: whoever refuses it may keep it, too.
func TestRecord_ACopyOfTheBodyIsNoEffect(t *testing.T) {
	t.Parallel()
	n := newNames()
	n.add("m", map[string]string{"message.id": "wamid.12345678"}, isPersonal)
	body := []byte(`{"payload":{"id":"wamid.12345678"}}`)
	r := &Observation{names: n, State: []byte(`{"unread":[` + strconv.Quote(string(body)) + `]}`)}
	require.False(t, r.effects().none())
	r.sent = body
	require.True(t, r.effects().none())
}

// An application may refuse a body that it cannot use, or take it and keep it; what it
// takes and loses fails, and where nothing shows, nothing is claimed.
func TestGarbage_EffectsDecideWhatBecameOfABodyThatWasAccepted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		behavior string
		hidden   bool
		probe    string
		outcome  webhook.Outcome
		reason   string
	}{
		"unreadable, kept":              {"keep", false, "D3", webhook.OutcomePassed, ""},
		"unreadable, refused and kept":  {"refuse and keep", false, "D3", webhook.OutcomePassed, ""},
		"unreadable, counted":           {"count", false, "D3", webhook.OutcomePassed, ""},
		"unreadable, lost":              {"lose", false, "D3", webhook.OutcomeFailed, "the response is 200, and the body is lost without a trace: the consumer made no call, and its state shows nothing of it"},
		"unreadable, and no state":      {"lose", true, "D3", webhook.OutcomeInconclusive, "the response is 200, and nothing shows what became of the body: the consumer made no call, and no state is shown; give --state-url"},
		"of another type, kept":         {"keep", false, "D4", webhook.OutcomePassed, ""},
		"of another type, lost":         {"lose", false, "D4", webhook.OutcomeFailed, "the response is 200, but it is not handled as it is without that"},
		"of another type, lost, hidden": {"lose", true, "D4", webhook.OutcomeFailed, "the response is 200, but it is not handled as it is without that"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				provider, err := NewProvider("gupshup")
				require.NoError(t, err)
				a, err := app.New(app.Config{Route: "gupshup", ProviderURL: provider.URL(), Client: provider.Client()})
				require.NoError(t, err)
				defer a.Close()
				o := Options{Handler: &unreading{App: a, behavior: c.behavior}, Provider: provider, StateURL: "/state", Seed: 1, Only: []string{c.probe}}
				if c.hidden {
					o.StateURL = ""
				}
				results, err := Grade(t.Context(), o)
				require.NoError(t, err)
				require.Equal(t, c.outcome, results[0].Outcome, results[0].Reason)
				require.Contains(t, results[0].Reason, c.reason)
			})
		})
	}
}

// An unreading application does something of its own with what the careful one refuses.
type unreading struct {
	*app.App
	behavior string

	mu       sync.Mutex
	kept     []string
	rejected int
}

func (u *unreading) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	response := httptest.NewRecorder()
	u.App.ServeHTTP(response, r)
	switch {
	case r.Method == http.MethodGet:
		var state map[string]any
		_ = json.Unmarshal(response.Body.Bytes(), &state) // it is the careful application's
		state["refused"], state["unread"] = u.rejected, u.kept
		_ = json.NewEncoder(w).Encode(state)
		return
	case response.Code < http.StatusBadRequest:
		w.WriteHeader(response.Code)
		return
	case u.behavior == "count":
		u.rejected++
	case u.behavior != "lose":
		u.kept = append(u.kept, string(body))
	}
	if u.behavior == "refuse and keep" {
		w.WriteHeader(response.Code)
	}
}
