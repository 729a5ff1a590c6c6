package root

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// What a consumer says against a webhook is shown, and each attempt where it changes its mind.
func TestPlay_ShowsWhatARejectingConsumerSays(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	consumer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch calls.Add(1) {
		case 1, 2:
			http.Error(w, "no such user 919000000001\x1b[2J\nsecond line", http.StatusInternalServerError)
		default:
			if r.URL.Path == "/never" {
				http.Error(w, "{\n  \"error\": \"closed\"\n}", http.StatusConflict)
			}
		}
	}))
	t.Cleanup(consumer.Close)
	code, out, errs := ran(t, "play", "message-failed-sync", "--provider", "mobtexting/whatsapp", "--retry", "standard", "--to", consumer.URL, "--speed", "1000000x", "--seed", "1")
	require.Equal(t, cli.ExitOK, code, out)
	require.Regexp(t, `(?m)^\S+ +message\.failed +200 +[0-9.]+ m?s +3\n    attempts 1-2   500       no such user 9190xxxxxx01·\[2J\n    attempt 3      200\n\n`, out)
	require.Regexp(t, `^ringback: message-failed-sync on mobtexting/whatsapp at 1000000x \(compressed\)`, errs)

	code, out, _ = ran(t, "play", "message-failed-sync", "--provider", "mobtexting/whatsapp", "--retry", "none", "--to", consumer.URL+"/never", "--speed", "1000000x", "--seed", "1")
	require.Equal(t, cli.ExitFindings, code)
	require.Contains(t, out, "    status 409; want 2xx\n    response: { \"error\": \"closed\" }\n")

	code, out, _ = ran(t, "play", "message-failed-sync", "--provider", "mobtexting/whatsapp", "--retry", "none", "--to", consumer.URL+"/never", "--speed", "1000000x", "--seed", "1", "--format", "ndjson")
	require.Equal(t, cli.ExitFindings, code)
	require.Contains(t, out, `"responses":["409"],"response":"{ \"error\": \"closed\" }"`)
}

// A response may take as long as --timeout says, whatever the provider's contract says.
func TestPlay_TimeoutIsInPlaceOfTheContracts(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	t.Cleanup(slow.Close)
	t.Cleanup(func() { close(ended) })
	for _, command := range [][]string{{"play", "message-failed-sync"}, {"emit", "message.failed"}} {
		code, out, _ := ran(t, append(command, "--to", slow.URL, "--speed", "max", "--seed", "1", "--retry", "none", "--timeout", "500ms")...)
		require.Equal(t, cli.ExitEnvironment, code, out)
		require.Contains(t, out, "await response: timeout after 500ms")
	}
}
