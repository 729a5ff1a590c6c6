package root

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// At max speed, a scenario that takes a day ends now in the bodies, unless --at says when it starts.
func TestPlay_TimesAtMaxSpeed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		args []string
		last func(began, ended, last time.Time) bool
	}{
		"ends now": {nil, func(began, ended, last time.Time) bool {
			return !last.After(ended) && last.After(began.Add(-time.Minute))
		}},
		"starts then": {[]string{"--at", at.Format(time.RFC3339)}, func(_, _, last time.Time) bool {
			return last.After(at.Add(24*time.Hour)) && last.Before(at.Add(48*time.Hour))
		}},
	} {
		var mu sync.Mutex
		var times []time.Time
		consumer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			var body struct{ Timestamp int64 }
			_ = json.NewDecoder(r.Body).Decode(&body)
			mu.Lock()
			defer mu.Unlock()
			times = append(times, time.UnixMilli(body.Timestamp))
		}))
		began := time.Now()
		code, _, errs := ran(t, append([]string{"play", "onboarding", "--to", consumer.URL, "--speed", "max", "--seed", "7", "--concurrency", "1"}, c.args...)...)
		consumer.Close()
		require.Zero(t, code, errs)
		require.Len(t, times, 8, name)
		first, last := times[0], times[0]
		for _, one := range times {
			if one.Before(first) {
				first = one
			}
			if one.After(last) {
				last = one
			}
		}
		require.True(t, c.last(began, time.Now(), last), "%s: %s", name, last)
		require.Greater(t, last.Sub(first), 24*time.Hour, "the gaps stay")
	}
}
