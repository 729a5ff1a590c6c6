package root

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

	"github.com/ringback-dev/ringback/internal/cli"
)

// Where standard error is no terminal, serve prints what it always did.
func TestServe_NoLinesOffTerminal(t *testing.T) {
	t.Parallel()
	errs := newAwaited("control API at ")
	end := serving(t, errs)
	<-errs.line
	sendVia(t, providerOf(errs.String()))
	awaitRuns(t, errs.String()) // events that aren't sent are a line
	require.Equal(t, cli.ExitOK, end())
	require.Regexp(t, "^seed 0x[0-9a-f]{32}\nprovider API at http://[0-9.:]+\ncontrol API at http://[0-9.:]+, token [A-Z2-7]+\n$", errs.String())
}

// Without a seed no two starts share an ID; the seed that is printed repeats them, and so
// does one that was given.
func TestServe_IDsFollowTheSeed(t *testing.T) {
	t.Parallel()
	start := func(args ...string) (seed, id string) {
		errs := newAwaited("control API at ")
		end := serving(t, errs, args...)
		<-errs.line
		id = sendVia(t, providerOf(errs.String()))
		require.Equal(t, cli.ExitOK, end())
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

// serving runs serve in this process, on ports of its own and at full speed, until end,
// which returns its code.
func serving(t *testing.T, errs io.Writer, args ...string) (end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	code := make(chan int, 1)
	go func() {
		all := append([]string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--speed", "max"}, args...)
		code <- run(ctx, all, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs})
	}()
	return func() int {
		cancel()
		return <-code
	}
}

// providerOf is the URL of the provider side, which serve has printed.
func providerOf(errs string) string {
	_, provider, _ := strings.Cut(errs, "provider API at ")
	provider, _, _ = strings.Cut(provider, "\n")
	return provider
}

// awaitRuns waits until the runs of a server, which has printed where it is, have ended.
func awaitRuns(t *testing.T, errs string) {
	t.Helper()
	_, control, _ := strings.Cut(errs, "control API at ")
	control, token, _ := strings.Cut(strings.TrimSpace(control), ", token ")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	require.Eventually(t, func() bool {
		request, err := http.NewRequest(http.MethodGet, control+"/api/v1/runs", nil)
		require.NoError(t, err)
		request.Header.Set("Authorization", "Bearer "+token)
		response, err := client.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		var runs struct{ Data []struct{ State string } }
		require.NoError(t, json.NewDecoder(response.Body).Decode(&runs))
		return len(runs.Data) == 1 && runs.Data[0].State == "done"
	}, 10*time.Second, 5*time.Millisecond)
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
