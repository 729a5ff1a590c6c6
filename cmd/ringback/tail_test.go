package main

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A server that ends, ends those who follow it, and does not wait for them.
func TestTailEndsWithItsServer(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	errs, served := newAwaited("control side at "), make(chan int, 1)
	go func() {
		args := []string{"serve", "--listen", "127.0.0.1:0", "--control", "127.0.0.1:0", "--no-control-token", "--speed", "max"}
		served <- run(ctx, args, streams{strings.NewReader(""), io.Discard, errs})
	}()
	control, _, _ := strings.Cut(<-errs.line, ",")
	answer, err := http.Post(control+"/api/v1/runs", "application/json", strings.NewReader(`{"scenario":"message-delivered","route":"netcore"}`))
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	http.DefaultClient.CloseIdleConnections()

	out, tailed := newAwaited("message.read"), make(chan int, 1)
	go func() {
		args := []string{"tail", "--all", "--control", strings.TrimPrefix(control, "http://")}
		tailed <- run(t.Context(), args, streams{strings.NewReader(""), out, io.Discard})
	}()
	<-out.line
	end()
	require.Equal(t, exitFine, <-served)
	require.Equal(t, exitFine, <-tailed)
}
