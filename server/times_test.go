package server

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
)

// A week is a scenario of seven days.
const week = "name: week\ndescription: A message that is read after a week.\nsteps:\n" +
	"  - {send: message.sent, after: 1s}\n  - {send: message.delivered, after: 1d}\n  - {send: message.read, after: 6d}\n"

// bodyTimes are the times in the V3 statuses that were sent, oldest first.
func bodyTimes(t *testing.T, s *Server, run string) (times []time.Time) {
	t.Helper()
	synctest.Wait()
	found, _, err := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindDelivery, Run: run})
	require.NoError(t, err)
	for i := range found {
		var body struct {
			Entry []struct {
				Changes []struct {
					Value struct {
						Statuses []struct{ Timestamp json.RawMessage }
					}
				}
			}
		}
		one := found[len(found)-1-i].Complete()
		require.NoError(t, json.Unmarshal(one.Delivery.Event.Body, &body), string(one.Delivery.Event.Body))
		text := string(body.Entry[0].Changes[0].Value.Statuses[0].Timestamp)
		if unquoted, err := strconv.Unquote(text); err == nil {
			text = unquoted
		}
		n, err := strconv.ParseInt(text, 10, 64)
		require.NoError(t, err)
		at := time.Unix(n, 0)
		if at.Year() > 9999 { // the time of an enqueued status is in milliseconds
			at = time.UnixMilli(n)
		}
		times = append(times, at.UTC().Truncate(time.Second))
	}
	return times
}

func gaps(times []time.Time) (all []time.Duration) {
	for i := range times[1:] {
		all = append(all, times[i+1].Sub(times[i]))
	}
	return all
}

func weekServer(t *testing.T, speed Speed) *Server {
	t.Helper()
	return newServer(t, func(o *Options) {
		o.Speed = speed
		o.Scenarios = []fs.FS{fstest.MapFS{"week.yaml": {Data: []byte(week)}}}
	})
}

// At max speed, no body has a time after now; order and gaps are those of the plan. The start that
// a run names stays, and so do the times at another speed.
func TestTimes_OfRuns(t *testing.T) {
	t.Parallel()
	weekly := []time.Duration{24 * time.Hour, 6 * 24 * time.Hour}
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		speed Speed
		order RunOptions
		wait  time.Duration
		last  func(now time.Time) time.Time
	}{
		"max":             {Immediate, RunOptions{}, 0, func(now time.Time) time.Time { return now }},
		"max of the run":  {RealTime, RunOptions{Speed: "max"}, 0, func(now time.Time) time.Time { return now }},
		"max with at":     {Immediate, RunOptions{At: at}, 0, func(time.Time) time.Time { return at.Add(7*24*time.Hour + time.Second) }},
		"real time":       {RealTime, RunOptions{}, 8 * 24 * time.Hour, func(now time.Time) time.Time { return now.Add(7*24*time.Hour + time.Second) }},
		"real time at":    {RealTime, RunOptions{At: at}, 8 * 24 * time.Hour, func(time.Time) time.Time { return at.Add(7*24*time.Hour + time.Second) }},
		"faster than max": {1000, RunOptions{}, time.Hour, func(now time.Time) time.Time { return now.Add(7*24*time.Hour + time.Second) }},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := weekServer(t, c.speed)
			now := time.Now().UTC().Truncate(time.Second)
			c.order.Scenario, c.order.Route = "week", "gupshup/v3"
			run, err := s.Session("").Play(t.Context(), c.order)
			require.NoError(t, err)
			time.Sleep(c.wait)
			times := bodyTimes(t, s, run.ID)
			require.Len(t, times, 3, name)
			require.Equal(t, weekly, gaps(times), name)
			require.Equal(t, c.last(now), times[2], name)
		})
	}
}

// A webhook that follows a call at max speed comes after the call, and at most five minutes ahead.
func TestTimes_OfCalls(t *testing.T) {
	t.Parallel()
	for name, to := range map[string]string{"delivered and read": "919000000002", "slow": "919000000050"} {
		moved := 0
		for seed := range uint64(20) {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t, func(o *Options) { o.Seed = seed })
				call := time.Now().UTC().Truncate(time.Second)
				body := "channel=whatsapp&source=919000000001&src.name=DemoApp&message=%7B%22type%22%3A%22text%22%2C%22text%22%3A%22hi%22%7D&destination=" + to
				w := asked(t, sidesOf(t, s).provider, "POST", "/gupshup/v3/wa/api/v1/msg", form, strings.NewReader(body))
				require.Equal(t, http.StatusAccepted, w.Code, w.Body)
				times := bodyTimes(t, s, "")
				require.Len(t, times, 4)
				for _, one := range times {
					require.LessOrEqual(t, one.Sub(call), maxAhead, name)
				}
				if times[0].Before(call) {
					moved++
					require.Equal(t, maxAhead, times[3].Sub(call), "%s: it was moved as little as needed", name)
				}
			})
		}
		require.Equal(t, name == "slow", moved == 20, "%s: %d", name, moved)
	}
}

// The IDs of a message that was moved into the past are those of its response.
func TestTimes_KeepIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t, nil)
		w := asked(t, sidesOf(t, s).provider, "POST", "/soip/rcs/v2/message", "application/json", strings.NewReader(`{"messages":[{"to":"919000000050","type":"text","text":"hi"}]}`))
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		synctest.Wait()
		found, _, err := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindCall})
		require.NoError(t, err)
		id := found[0].Values["message.id"]
		require.NotEmpty(t, id)
		sent, _, err := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindDelivery})
		require.NoError(t, err)
		require.NotEmpty(t, sent)
		for _, one := range sent {
			require.Contains(t, string(one.Complete().Delivery.Event.Body), id)
		}
	})
}
