// Package consumers_test sends the same webhooks to the consumers of all languages and compares
// their states.
package consumers_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // as the command sets it: much is loaded once, and stays
	goleak.VerifyTestMain(m)
}

// A state is the JSON of a consumer's /state.
type state struct {
	Received   int            `json:"received"`
	Duplicates int            `json:"duplicates"`
	ByStatus   map[string]int `json:"by_status"`
}

// A posting is a body to send, and the state that follows.
type posting struct {
	name   string
	body   []byte
	status int
	want   state
}

// postings are the statuses of a message in a bad order, and unknown and malformed bodies.
func postings(t *testing.T) []posting {
	t.Helper()
	var all []posting
	now := state{ByStatus: map[string]int{}}
	post := func(name string, body []byte, status, duplicates int, byStatus map[string]int) {
		if status == http.StatusOK {
			now.Received++
		}
		now.Duplicates += duplicates
		if byStatus != nil {
			now.ByStatus = byStatus
		}
		all = append(all, posting{name, body, status, now})
	}
	event := func(kind, example string, duplicates int, byStatus map[string]int) {
		post(kind+"/"+example, exampleBody(t, kind, example), http.StatusOK, duplicates, byStatus)
	}
	event("enqueued", "documented", 0, map[string]int{"enqueued": 1})
	event("delivered", "observed", 0, map[string]int{"delivered": 1})
	event("sent", "observed", 0, nil) // late
	event("delivered", "observed", 1, nil)
	event("sent", "observed", 1, nil)
	event("enqueued", "documented", 1, nil)
	event("failed", "async", 0, map[string]int{"delivered": 1, "failed": 1})
	event("failed", "sync", 0, map[string]int{"delivered": 1, "failed": 2})
	event("failed", "sync", 1, nil)
	event("read", "no-gsid", 0, map[string]int{"delivered": 1, "failed": 2, "read": 1})
	event("read", "observed", 0, map[string]int{"failed": 2, "read": 2})
	event("mismatch", "documented", 0, nil) // not a status
	for _, unknown := range []string{
		`{"type":"message-event","payload":{"id":"a","type":"teleported"}}`, `{"type":"of-tomorrow","payload":{"id":"a","type":"sent"}}`,
		`{"type":"message-event","payload":{"id":7,"type":"sent"}}`, `{"type":"message-event","payload":[]}`, `{"type":["message-event"]}`,
		`{"payload":null}`, `{}`, `[]`, `null`, `"sent"`, `1e5`,
	} {
		post(unknown, []byte(unknown), http.StatusOK, 0, nil)
	}
	for _, malformed := range []string{"", " ", "{", "{}{}", "sent", "{'type':'message-event'}", "[1,]", "[NaN]", "\xff\xfe", "\"\xff\"", "\xef\xbb\xbf{}", "id=1&type=sent"} {
		post(malformed, []byte(malformed), http.StatusBadRequest, 0, nil)
	}
	tooLarge := []byte(`"` + strings.Repeat("a", maxBody) + `"`)
	post("too large", tooLarge, http.StatusBadRequest, 0, nil)
	event("deleted", "observed", 0, map[string]int{"failed": 2, "read": 1, "deleted": 1})
	return all
}

// exampleBody reads an example of an event; observed ones are changed to be about one message.
func exampleBody(t *testing.T, kind, example string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("../../schemas/gupshup/v2/message-event."+kind, "examples", example+".json"))
	require.NoError(t, err)
	if example != "observed" && kind != "enqueued" {
		return body
	}
	var event map[string]any
	require.NoError(t, json.Unmarshal(body, &event))
	payload := event["payload"].(map[string]any)
	if kind == "enqueued" { // the API's ID, which later events have as gsId
		payload["id"] = "232aa9de-fed4-4229-bed9-9a4927f82f94"
	} else {
		payload["gsId"] = "232aa9de-fed4-4229-bed9-9a4927f82f94"
	}
	body, err = json.Marshal(event)
	require.NoError(t, err)
	return body
}

func TestConsumers_HaveTheSameState(t *testing.T) {
	t.Parallel()
	goConsumer := filepath.Join(t.TempDir(), "consumer")
	out, err := exec.Command("go", "build", "-ldflags=-w", "-o", goConsumer, "./go").CombinedOutput()
	require.NoError(t, err, string(out))
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	for name, command := range map[string][]string{
		"go": {goConsumer}, "node": {"node", "node/consumer.mjs"}, "python": {"python3", "python/consumer.py"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("%s is not installed: %v", command[0], err)
			}
			url := testconsumer.Application(t, nil, command...)
			for _, p := range postings(t) {
				status, body, err := send(t, http.MethodPost, url, p.body)
				switch {
				case len(p.body) <= maxBody:
					require.NoError(t, err, p.name)
					require.Equal(t, p.status, status, p.name)
				case err == nil:
					require.Contains(t, []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge}, status)
				}
				if status == http.StatusOK {
					require.Empty(t, body, p.name)
				}
				status, body, err = send(t, http.MethodGet, url+"/state", nil)
				require.NoError(t, err)
				require.Equal(t, http.StatusOK, status)
				var got state
				require.NoError(t, json.Unmarshal(body, &got))
				require.Equal(t, p.want, got, p.name)
			}
			status, _, err := send(t, http.MethodGet, url, nil)
			require.NoError(t, err)
			require.Equal(t, http.StatusMethodNotAllowed, status)
		})
	}
}

// Each consumer is short enough to read at once.
func TestConsumers_AreShort(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"go/main.go", "node/consumer.mjs", "python/consumer.py"} {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		require.Less(t, bytes.Count(text, []byte("\n")), 80, name)
	}
}

// maxBody is the consumers' limit of a body. They reject a larger one before they have read all of
// it, so the sender may find the connection closed instead of a response.
const maxBody = 1 << 20

// send uses a connection for each request, as a provider may.
func send(t *testing.T, method, url string, body []byte) (int, []byte, error) {
	t.Helper()
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	require.NoError(t, err)
	request.Close = true
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	return response.StatusCode, got, err
}
