package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTail_ShowsRetriesAndCallsWithoutAnOperation(t *testing.T) {
	t.Parallel()
	stream := `data: {"kind":"delivery","at":"2026-03-01T12:00:00Z","route":"mobtexting/sms","event":"message.read","state":"retrying","status":503,"text":"status 503; want 2xx"}

data: {"kind":"call","at":"2026-03-01T12:00:00Z","state":"answered","status":404,"text":"find operation: POST /x: no operation has this path"}
`
	var out bytes.Buffer
	require.NoError(t, (&tailOptions{format: "pretty"}).follow(streams{in: strings.NewReader(""), out: &out, err: io.Discard}, strings.NewReader(stream)))
	lines := strings.Split(out.String(), "\n")
	require.Regexp(t, `^\S+  delivery  mobtexting/sms +message\.read +retrying 503 +status 503; want 2xx$`, lines[0])
	require.Regexp(t, `^\S+  call      - +- +answered 404 +find operation: POST /x: no operation has this path$`, lines[1])
}

// A server that ends, ends those who follow it, and does not wait for them.
func TestTailEndsWithItsServer(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	t.Cleanup(end)
	errs, served := newAwaited("control side at "), make(chan int, 1)
	go func() {
		args := []string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--no-control-token", "--speed", "max"}
		served <- run(ctx, args, streams{in: strings.NewReader(""), out: io.Discard, err: errs})
	}()
	control, _, _ := strings.Cut(<-errs.line, ",")
	response, err := http.Post(control+"/api/v1/runs", "application/json", strings.NewReader(`{"scenario":"message-delivered","route":"netcore"}`))
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	http.DefaultClient.CloseIdleConnections()

	out, tailed := newAwaited("message.read"), make(chan int, 1)
	go func() {
		args := []string{"tail", "--all", "--server", control}
		tailed <- run(t.Context(), args, streams{in: strings.NewReader(""), out: out, err: io.Discard})
	}()
	<-out.line
	end()
	require.Equal(t, exitFine, <-served)
	require.Equal(t, exitFine, <-tailed)
}
