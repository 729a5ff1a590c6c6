package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	if found, err := runMode(os.Args[1:]); found {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// newBench uses the test binary for the references.
func newBench(t *testing.T) *bench {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	repository, err := filepath.Abs("../../..")
	require.NoError(t, err)
	return &bench{
		sizes:      sizes{mib: 0.1, conversations: 5, calls: 20, starts: 1},
		repository: repository, folder: t.TempDir(), self: self, progress: t.Output(),
	}
}

// Every work is measured, with tiny sizes. It builds the command, so it runs only if
// RINGBACK_BENCH_ALL is set.
func TestReport_EveryWork(t *testing.T) {
	t.Parallel()
	if os.Getenv("RINGBACK_BENCH_ALL") == "" {
		t.Skip("set RINGBACK_BENCH_ALL to measure every work once")
	}
	b := newBench(t)
	r, err := b.report(t.Context(), options{pairs: 1})
	require.NoError(t, err)
	for _, f := range r.Figures {
		require.Positive(t, f.Ours, f.Work)
		require.NotEqual(t, f.Ratio > 0, f.Limit > 0, f.Work)
	}
	require.GreaterOrEqual(t, len(r.Figures), 12)
}

// The reference knows the type of each body, and finds all examples valid.
func TestReferenceValidate_ExamplesAreValid(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.own("input", b.folder, "0.1").run(t.Context())
	require.NoError(t, err)
	n, err := lines(b.input("mixed.ndjson"))
	require.NoError(t, err)
	c := b.own("reference-validate", b.input("mixed.ndjson"), b.input("mixed.types"), b.input("schemas")).command(t.Context())
	out, err := c.Output()
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintln(n, "valid"), string(out))

	broken := bytes.Repeat([]byte("{}\n"), n)
	require.NoError(t, os.WriteFile(b.input("broken.ndjson"), broken, 0o600))
	out, err = b.own("reference-validate", b.input("broken.ndjson"), b.input("mixed.types"), b.input("schemas")).command(t.Context()).Output()
	require.NoError(t, err)
	require.NotEqual(t, fmt.Sprintln(n, "valid"), string(out))
}

// The receiver counts what the loop posts, and is gone when it is stopped.
func TestReferencePost_ReachesTheReceiver(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, err := b.own("receive").start(t.Context(), "listening at")
	require.NoError(t, err)
	used, err := b.own("reference-post", s.urls[0], "40", "100").run(t.Context())
	require.NoError(t, err)
	require.Positive(t, used.cpu)
	got, err := received(t.Context(), s.urls[0])
	require.NoError(t, err)
	require.Equal(t, count{40, 4000}, got)
	require.Positive(t, s.stop().cpu)
	_, err = received(t.Context(), s.urls[0])
	require.Error(t, err)
}

func TestReferenceServe_RejectsWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	s, err := b.own("reference-serve").start(t.Context(), "listening at")
	require.NoError(t, err)
	defer s.stop()
	require.NoError(t, send(t.Context(), s.urls[0], 5))
	_, err = b.own("reference-post", s.urls[0], "1", "3").run(t.Context())
	require.ErrorContains(t, err, "400 Bad Request")
}

// A server without room gets the same request again.
func TestPost_RepeatsWhatHadNoRoom(t *testing.T) {
	t.Parallel()
	var calls, whole atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); string(body) == "body" {
			whole.Add(1)
		}
		if calls.Add(1) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer s.Close()
	require.NoError(t, post(1, func(int) (*http.Request, error) {
		return http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, strings.NewReader("body"))
	}))
	require.Equal(t, int64(2), whole.Load())
}

func TestStart_ProcessEndsEarly(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	_, err := b.own("input", b.folder, "x").start(t.Context(), "listening at")
	require.ErrorContains(t, err, `it ended without "listening at"`)
}
