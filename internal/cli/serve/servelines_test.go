package serve

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/server"
)

func TestServeLines_CallsAndDeliveries(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.Local)
	const hint = "no subscription matches, and --to has no URL for gupshup/v2; subscribe with POST /wa/app/{app}/subscription, or set --to URL"
	lost := server.Entry{Kind: string(journal.KindDelivery), Session: "default", At: at, Route: "gupshup/v2", Event: "message.enqueued", State: journal.StateDropped, Text: hint}
	other := lost
	other.Session = "blue"
	entries := []server.Entry{
		{Kind: string(journal.KindCall), Session: "default", At: at, Route: "mobtexting/whatsapp", Status: 202, Call: &server.Call{Operation: "send", Method: "POST", Path: "/x"}},
		{Kind: string(journal.KindCall), Session: "default", At: at, Status: 404, Text: "no provider has this path", Call: &server.Call{Method: "GET", Path: "/to/919000000001/\x1b[2J"}},
		{Kind: string(journal.KindDelivery), Session: "default", At: at, Route: "netcore", Event: "message.sent", State: journal.StateScheduled},
		{Kind: string(journal.KindDelivery), Session: "default", At: at, Route: "netcore", Event: "message.sent", State: journal.StateSucceeded, Status: 200},
		{Kind: string(journal.KindDelivery), Session: "blue", At: at, Route: "netcore", Type: "netcore/event.sent", State: journal.StateSucceeded, Status: 200},
		{Kind: string(journal.KindDelivery), Session: "default", At: at, Route: "netcore", Event: "message.sent", State: journal.StateFailed, Status: 500, Text: "status 500; want 2xx"},
		{Kind: string(journal.KindDelivery), Session: "default", At: at, Route: "netcore", Event: "message.sent", State: journal.StateFailed, Status: 500, Text: "status 500; want 2xx"},
		{Kind: string(journal.KindReceived), Session: "default", At: at, Route: "netcore"},
		{Kind: string(journal.KindNote), Session: "default", At: at, Route: "netcore", Text: "plan: it sends nothing"},
		lost, lost, other,
	}
	lines := &serveLines{hinted: map[string]bool{}}
	var got strings.Builder
	for _, e := range entries {
		got.WriteString(lines.of(e))
	}
	require.Equal(t, `10:00:00  call      mobtexting/whatsapp  send                    202
10:00:00  call      -                    GET /to/91…xxxx01/·[2J  404
    no provider has this path
10:00:00  delivery  netcore              message.sent            succeeded 200
10:00:00  delivery  netcore              netcore/event.sent      succeeded 200
    session blue
10:00:00  delivery  netcore              message.sent            failed 500
    status 500; want 2xx
10:00:00  delivery  netcore              message.sent            failed 500
    status 500; want 2xx
10:00:00  note      netcore              -                       -
    plan: it sends nothing
10:00:00  delivery  gupshup/v2           message.enqueued        dropped
    no subscription matches, and --to has no URL for gupshup/v2; subscribe with
    POST /wa/app/{app}/subscription, or set --to URL
10:00:00  delivery  gupshup/v2           message.enqueued        dropped
    no subscription matches, and --to has no URL for gupshup/v2
10:00:00  delivery  gupshup/v2           message.enqueued        dropped
    session blue: no subscription matches, and --to has no URL for gupshup/v2
`, got.String())
	for line := range strings.Lines(got.String()) {
		require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, line)
	}
}

func TestServe_AFixedSeedIsWarnedAbout(t *testing.T) {
	t.Parallel()
	for origin, shown := range map[string]string{"flag": "--seed", "RINGBACK_SEED": "RINGBACK_SEED", "ringback.yaml:3": "ringback.yaml:3"} {
		text := (&Options{seed: "7", seedOrigin: origin}).seedText(prng.RunSeed{Low: 7})
		first, warning, _ := strings.Cut(text, "\n")
		require.Equal(t, "seed 7", first)
		require.Equal(t, "ringback: warning: the seed is fixed ("+shown+"): after a restart the server issues the same IDs again, and a consumer that ignores "+
			"IDs that it has seen loses messages; leave the seed out to get new IDs", strings.Join(strings.Fields(warning), " "))
		for line := range strings.Lines(warning) {
			require.LessOrEqual(t, len(line), 81, line)
		}
	}
	require.Equal(t, "seed 7\n", (&Options{}).seedText(prng.RunSeed{Low: 7}))
}
