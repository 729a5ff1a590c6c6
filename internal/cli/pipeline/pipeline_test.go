package pipeline

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// numbered yields bodies that are named by their number, each of some bytes.
func numbered(n, bytes int) iter.Seq2[capture.Body, error] {
	return func(yield func(capture.Body, error) bool) {
		for i := range n {
			if !yield(capture.Body{Source: fmt.Sprint(i), Bytes: make([]byte, bytes)}, nil) {
				return
			}
		}
	}
}

// echo judges a body as one item at its number; it takes longer for some.
func echo(b capture.Body) ([]webhook.Item, []sequence.Item, error) {
	if len(b.Source)%2 == 0 {
		runtime.Gosched()
	}
	return []webhook.Item{{Pointer: "/" + b.Source}}, nil, nil
}

func TestRun_KeepsOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ bodies, bytes int }{
		{0, 0}, {1, 0}, {maxBodies - 1, 0}, {maxBodies, 0}, {maxBodies + 1, 0}, {20_000, 10}, {50, maxBytes}, {30, maxBytes / 3},
	} {
		next := 0
		for one := range Run(t.Context(), numbered(c.bodies, c.bytes), echo) {
			require.NoError(t, errors.Join(one.Unread, one.Failed))
			require.Equal(t, fmt.Sprint(next), one.Body.Source)
			require.Equal(t, "/"+one.Body.Source, one.Items[0].Pointer)
			next++
		}
		require.Equal(t, c.bodies, next)
	}
}

func TestRun_StopsEarly(t *testing.T) {
	t.Parallel()
	for _, after := range []int{1, maxBodies, 1000} {
		var read atomic.Int64
		endless := func(yield func(capture.Body, error) bool) {
			for yield(capture.Body{Source: fmt.Sprint(read.Add(1) - 1)}, nil) {
			}
		}
		seen := 0
		for range Run(t.Context(), endless, echo) {
			if seen++; seen == after {
				break
			}
		}
		require.Equal(t, after, seen)
		// When the loop is left, nobody reads any more; and nobody read far ahead.
		// TestMain finds a goroutine that is left.
		batches := int64(2*runtime.GOMAXPROCS(0) + 4)
		require.LessOrEqual(t, read.Load(), int64(after)+batches*maxBodies)
	}
}

func TestRun_PassesErrors(t *testing.T) {
	t.Parallel()
	unread, unjudged := errors.New("unread"), errors.New("unjudged")
	bodies := func(yield func(capture.Body, error) bool) {
		for i := range 300 {
			body, err := capture.Body{Source: fmt.Sprint(i)}, error(nil)
			if i%7 == 0 {
				body, err = capture.Body{}, unread
			}
			if !yield(body, err) {
				return
			}
		}
	}
	validator := func(b capture.Body) ([]webhook.Item, []sequence.Item, error) {
		if b.Source == "" {
			return nil, nil, errors.New("a body that was not read is not judged")
		}
		if b.Source == "100" {
			return nil, nil, unjudged
		}
		return echo(b)
	}
	i := 0
	for one := range Run(t.Context(), bodies, validator) {
		switch {
		case i%7 == 0:
			require.ErrorIs(t, one.Unread, unread)
		case i == 100:
			require.ErrorIs(t, one.Failed, unjudged)
			require.Equal(t, "100", one.Body.Source)
		default:
			require.NoError(t, errors.Join(one.Unread, one.Failed))
			require.Equal(t, "/"+fmt.Sprint(i), one.Items[0].Pointer)
		}
		i++
	}
	require.Equal(t, 300, i)
}

func TestRun_EndsWithContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	endless := func(yield func(capture.Body, error) bool) {
		for yield(capture.Body{}, nil) {
		}
	}
	seen := 0
	for range Run(ctx, endless, echo) {
		if seen++; seen == 10 {
			cancel()
		}
	}
	require.Equal(t, 10, seen)
}
