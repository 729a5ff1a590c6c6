package grade_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/webhook"
)

// A failure that a probe found before its time is over counts, and the probe ends within its
// budget, though the application hangs.
func TestGrade_KeepsAFailureAtTheEndOfABudget(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		probe, text, reason string
		budget              time.Duration
	}{
		{"unknown-event", "Is anybody there?", " within 10s", time.Minute},
		{"unknown-event", "Is anybody there?", " within ", 30 * time.Second},
		{"documented", "sticker", "the documented body ", 15 * time.Second},
	} {
		a := &application{}
		results, _, err := gradedShop(t, hanging(false, 0, a, c.text), grade.Options{Only: []string{"baseline", c.probe}, ProbeTime: c.budget})
		require.NoError(t, err)
		require.Equal(t, []webhook.Outcome{webhook.OutcomePassed, webhook.OutcomeFailed}, outcomes(results), results[1].Reason)
		require.Contains(t, results[1].Reason, c.reason)
		require.LessOrEqual(t, results[1].Duration, c.budget)
	}
	careless := func(next http.Handler) http.Handler {
		next.(*testconsumer.Shop).Careless = true
		return waiting(200*time.Millisecond, false)(next)
	}
	var probe string
	whole, _, err := gradedShop(t, careless, grade.Options{Only: []string{"lifecycle"}, Violation: func(v grade.Violation) error {
		probe = v.Probe
		return nil
	}})
	require.NoError(t, err)
	require.Equal(t, "lifecycle", probe)
	require.Equal(t, webhook.OutcomeFailed, whole[0].Outcome)
	require.Contains(t, whole[0].Reason, "after message.")
	budget := whole[0].Duration * 9 / 10 // while the shortest list is searched
	cut, _, err := gradedShop(t, careless, grade.Options{Only: []string{"lifecycle"}, ProbeTime: budget})
	require.NoError(t, err)
	require.Equal(t, webhook.OutcomeFailed, cut[0].Outcome, cut[0].Reason)
	require.Contains(t, cut[0].Reason, " (it exceeded its budget of ")
	require.Equal(t, whole[0].Location, cut[0].Location)
	require.LessOrEqual(t, cut[0].Duration, budget)
}

// The total budget ends everything: a probe, the check after it, and a restart.
func TestGrade_EndsWithItsTotal(t *testing.T) {
	t.Parallel()
	restarts := 0
	for total := 4 * time.Second; total <= 28*time.Second; total += 4 * time.Second {
		a := &application{starting: 3 * time.Second}
		var duration time.Duration
		results, _, err := gradedShop(t, hanging(true, 0, a, "unknown_field"), grade.Options{
			Only: []string{"baseline", "unknown-field", "content-type"}, Time: total, Application: a,
			Ended: func(r webhook.Result, _, _ int) { duration += r.Duration },
		})
		require.NoError(t, err)
		require.LessOrEqual(t, duration, total+engine.Grace, total)
		require.Equal(t, webhook.OutcomePassed, results[0].Outcome, total)
		require.NotEqual(t, webhook.OutcomePassed, results[1].Outcome, total)
		restarts += a.restarts
	}
	require.Positive(t, restarts)
}
