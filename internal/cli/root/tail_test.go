package root

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// A server that ends, ends those who follow it, and does not wait for them.
func TestTail_EndsWithServer(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	errs, served := newAwaited("control API at "), make(chan int, 1)
	go func() {
		args := []string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--no-control-token", "--speed", "max"}
		served <- run(ctx, args, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs})
	}()
	control, _, _ := strings.Cut(<-errs.line, ",")
	response, err := http.Post(control+"/api/v1/runs", "application/json", strings.NewReader(`{"scenario":"message-delivered","route":"netcore"}`))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	http.DefaultClient.CloseIdleConnections()

	out, tailed := newAwaited("message.read"), make(chan int, 1)
	go func() {
		args := []string{"tail", "--all", "--server", control}
		tailed <- run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: out, Err: io.Discard})
	}()
	<-out.line
	end()
	require.Equal(t, cli.ExitOK, <-served)
	require.Equal(t, cli.ExitOK, <-tailed)
}
