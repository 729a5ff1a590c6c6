package server

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// A consumer answers attempts in the process: with 200, or never if it hangs.
type consumer struct {
	hangs bool
	// gate, if there is one, is where each attempt waits until it is closed.
	gate chan struct{}

	mu   sync.Mutex
	sent []string
}

func (c *consumer) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	c.mu.Lock()
	c.sent = append(c.sent, string(r.Body))
	c.mu.Unlock()
	if c.gate != nil {
		<-c.gate
	}
	if c.hangs {
		<-ctx.Done()
		return webhook.Attempt{Error: ctx.Err().Error()}
	}
	return webhook.Attempt{Status: http.StatusOK}
}

// A senderStage is a lane to a consumer, and how its deliveries ended, by entry.
type senderStage struct {
	*endpointSender
	mu    sync.Mutex
	ended map[string]engine.Result
}

func stageSender(t *testing.T, c *consumer, change func(*engine.Target)) *senderStage {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	route, err := catalog.Route("gupshup/v2")
	require.NoError(t, err)
	target, err := engine.TargetOf(route, engine.TargetOptions{URL: "http://127.0.0.1/", Concurrency: 1})
	require.NoError(t, err)
	if change != nil {
		change(&target)
	}
	s := &senderStage{ended: map[string]engine.Result{}}
	s.endpointSender = openSender(t.Context(), target, c, func(entryRef, engine.Result) {}, func(e entryRef, r engine.Result) {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, twice := s.ended[e.entry]
		require.False(t, twice, e.entry)
		s.ended[e.entry] = r
	})
	return s
}

func (s *senderStage) give(entry, spoil string) {
	made := script.Prepared{Event: webhook.Event{Body: []byte(entry)}, SignatureFault: spoil, Faults: []string{"mark"}}
	s.put(entryRef{entry: entry}, script.Job{ID: "id-" + entry, Prepare: func() (script.Prepared, error) { return made, nil }}, engine.Speed{})
}

func TestSender_KeepsOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{}
		s := stageSender(t, c, nil)
		for _, entry := range []string{"a", "b", "c"} {
			s.give(entry, "")
		}
		synctest.Wait()
		require.Equal(t, []string{"a", "b", "c"}, c.sent)
		require.Len(t, s.ended, 3)
		require.True(t, s.ended["a"].Accepted)
		s.close()
	})
}

// Nothing stays planned for ever: whoever waits for the end of a delivery gets it.
func TestSender_CloseEndsDeliveries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{hangs: true}
		s := stageSender(t, c, nil)
		for _, entry := range []string{"under way", "waits", "waits too"} {
			s.give(entry, "")
		}
		synctest.Wait()
		s.close()
		s.give("late", "")
		require.Equal(t, []string{"under way"}, c.sent)
		require.Len(t, s.ended, 4)
		require.Len(t, s.ended["under way"].Attempts, 1)
		for _, entry := range []string{"waits", "waits too", "late"} {
			r := s.ended[entry]
			require.Empty(t, r.Attempts)
			require.Equal(t, "canceled before it was sent", r.Failure)
			require.Equal(t, "id-"+entry, r.ID)
			require.Equal(t, entry, string(r.Event.Body), "what was to be sent can still be shown")
			require.Equal(t, []string{"mark"}, r.Faults)
		}
	})
}

func TestSender_ContinuesAfterSignatureError(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*engine.Target){
		"the target is not signed": nil,
		"signing fails":            failsToSign,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := &consumer{}
				s := stageSender(t, c, change)
				s.give("altered", "wrong-key")
				synctest.Wait()
				require.Contains(t, s.ended["altered"].Failure, "sign")
				require.Empty(t, s.ended["altered"].Attempts)
				s.give("plain", "")
				synctest.Wait()
				require.True(t, s.ended["plain"].Accepted)
				require.Equal(t, []string{"plain"}, c.sent)
				s.close()
			})
		})
	}
}

func failsToSign(t *engine.Target) {
	t.Sign = func(s engine.Signing) ([]webhook.Header, error) {
		if s.Spoil != "" {
			return nil, errors.New("sign: there is no key")
		}
		return nil, nil
	}
}

func TestSender_ReleasesTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{}
		s := stageSender(t, c, func(t *engine.Target) { t.Concurrency = 2 })
		for _, entry := range []string{"a", "b"} {
			s.put(entryRef{entry: entry}, script.Job{Release: 1, Prepare: func() (script.Prepared, error) {
				return script.Prepared{Event: webhook.Event{Body: []byte(entry)}}, nil
			}}, engine.Speed{})
		}
		synctest.Wait()
		require.Empty(t, c.sent)
		s.mark()
		synctest.Wait()
		require.ElementsMatch(t, []string{"a", "b"}, c.sent)
		s.close()
	})
}

func TestSender_PausesRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &consumer{gate: make(chan struct{})}
		s := stageSender(t, c, nil)
		require.False(t, s.whenRoom(func() { t.Error("there is room") }))
		for i := range maxUnderWay {
			s.give(strconv.Itoa(i), "")
		}
		wentOn := 0
		require.True(t, s.whenRoom(func() { wentOn++ }))
		synctest.Wait()
		require.Zero(t, wentOn, "nothing has been answered")
		close(c.gate)
		synctest.Wait()
		require.Equal(t, 1, wentOn)
		require.False(t, s.whenRoom(func() { t.Error("there is room again") }))
		require.Zero(t, s.close())
	})
}

func TestSender_ResumesRunOnClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSender(t, &consumer{hangs: true}, nil)
		for i := range maxUnderWay {
			s.give(strconv.Itoa(i), "")
		}
		wentOn := 0
		require.True(t, s.whenRoom(func() { wentOn++ }))
		s.close()
		require.Equal(t, 1, wentOn)
	})
}
