package main

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/prng"
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
	lines := &serveLines{told: map[string]bool{}}
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

// Where standard error is no terminal, serve prints what it always did.
func TestServe_NoLinesOffTerminal(t *testing.T) {
	t.Parallel()
	errs := newAwaited("control side at ")
	end := serving(t, errs)
	<-errs.line
	sendVia(t, providerOf(errs.String()))
	require.Equal(t, exitFine, end())
	require.Regexp(t, "^seed 0x[0-9a-f]{32}\nprovider side at http://[0-9.:]+\ncontrol side at http://[0-9.:]+, token [A-Z2-7]+\n$", errs.String())
}

// Without a seed no two starts share an ID; the seed that is printed repeats them, and so
// does one that was given.
func TestServe_IDsFollowTheSeed(t *testing.T) {
	t.Parallel()
	start := func(args ...string) (seed, id string) {
		errs := newAwaited("control side at ")
		end := serving(t, errs, args...)
		<-errs.line
		id = sendVia(t, providerOf(errs.String()))
		require.Equal(t, exitFine, end())
		first, _, _ := strings.Cut(strings.TrimPrefix(errs.String(), "seed "), "\n")
		return first, id
	}
	seed, id := start()
	otherSeed, otherID := start()
	require.NotEqual(t, seed, otherSeed)
	require.NotEqual(t, id, otherID)
	sameSeed, sameID := start("--seed", seed)
	require.Equal(t, []string{seed, id}, []string{sameSeed, sameID})
	_, small := start("--seed", "7")
	_, smallAgain := start("--seed", "7")
	require.Equal(t, small, smallAgain)
	require.NotEqual(t, small, id)
}

func TestServe_AFixedSeedIsWarnedAbout(t *testing.T) {
	t.Parallel()
	for origin, shown := range map[string]string{"flag": "--seed", "RINGBACK_SEED": "RINGBACK_SEED", "ringback.yaml:3": "ringback.yaml:3"} {
		text := (&serveOptions{seed: "7", seedOrigin: origin}).seedText(prng.RunSeed{Low: 7})
		first, warning, _ := strings.Cut(text, "\n")
		require.Equal(t, "seed 7", first)
		require.Equal(t, "ringback: warning: the seed is fixed ("+shown+"): after a restart the server issues the same IDs again, and a consumer that ignores "+
			"IDs that it has seen loses messages; leave the seed out to get new IDs", strings.Join(strings.Fields(warning), " "))
		for line := range strings.Lines(warning) {
			require.LessOrEqual(t, len(line), 81, line)
		}
	}
	require.Equal(t, "seed 7\n", (&serveOptions{}).seedText(prng.RunSeed{Low: 7}))
}

// serving runs serve in this process, on ports of its own and at full speed, until end,
// which returns its code.
func serving(t *testing.T, errs io.Writer, args ...string) (end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	code := make(chan int, 1)
	go func() {
		all := append([]string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--speed", "max"}, args...)
		code <- run(ctx, all, streams{strings.NewReader(""), io.Discard, errs})
	}()
	return func() int {
		cancel()
		return <-code
	}
}

// providerOf is the URL of the provider side, which serve has printed.
func providerOf(errs string) string {
	_, provider, _ := strings.Cut(errs, "provider side at ")
	provider, _, _ = strings.Cut(provider, "\n")
	return provider
}

// sendVia sends a message by the send API of a server, and returns its ID.
func sendVia(t *testing.T, provider string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, provider+"/wa/api/v1/msg", strings.NewReader(url.Values{
		"channel": {"whatsapp"}, "source": {"919000000001"}, "destination": {"919000000002"}, "src.name": {"Demo"}, "message": {`{"type":"text","text":"hi"}`},
	}.Encode()))
	require.NoError(t, err)
	request.Header = http.Header{"Apikey": {"any"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	require.Equal(t, http.StatusAccepted, response.StatusCode)
	var sent struct{ MessageID string }
	require.NoError(t, json.NewDecoder(response.Body).Decode(&sent))
	require.NotEmpty(t, sent.MessageID)
	return sent.MessageID
}
