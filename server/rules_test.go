package server

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
)

// held is how long a rule holds the answer of a call back, whose run has had
// deliveries of these states, one a second.
func held(t *testing.T, response ruleResponse, within time.Duration, states ...string) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), within)
	defer cancel()
	s := newSession(&Server{options: &settings{}, running: t.Context(), journal: journal.New(journal.Limit{})}, "one")
	c := &calling{session: s, runs: []*activeRun{{ID: "run-1"}}}
	told := make(chan struct{})
	go func() {
		defer close(told)
		for _, state := range states {
			time.Sleep(time.Second)
			s.journal.Add(journal.Entry{Kind: journal.KindDelivery, Session: "one", Run: "run-1", State: state})
			s.journal.Add(journal.Entry{Kind: journal.KindDelivery, Session: "one", Run: "another", State: journal.StateSucceeded})
		}
	}()
	startedAt := time.Now()
	(&spoiltCall{&activeRule{Response: &response}}).wait(ctx, c)
	duration := time.Since(startedAt)
	<-told
	return duration
}

func TestRule_HoldsResponse(t *testing.T) {
	t.Parallel()
	first := ruleResponse{WebhooksFirst: true}
	for name, one := range map[string]struct {
		response ruleResponse
		within   time.Duration
		states   []string
		want     time.Duration
	}{
		"by nothing":                          {ruleResponse{Status: 500}, time.Hour, nil, 0},
		"for a time":                          {ruleResponse{Delay: time.Minute}, time.Hour, nil, time.Minute},
		"no longer than its client waits":     {ruleResponse{Delay: time.Minute}, time.Second, nil, time.Second},
		"until the first webhook":             {first, time.Hour, []string{"succeeded", "succeeded"}, time.Second},
		"until it is refused":                 {first, time.Hour, []string{"scheduled", "failed"}, 2 * time.Second},
		"until nobody gets it":                {first, time.Hour, []string{"dropped"}, time.Second},
		"not for ever":                        {first, time.Hour, []string{"scheduled", "retrying"}, maxWebhooksFirst},
		"until the webhook and for a time":    {ruleResponse{Delay: time.Minute, WebhooksFirst: true}, time.Hour, []string{"succeeded"}, time.Minute},
		"for a webhook while its client does": {first, time.Millisecond, nil, time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { require.Equal(t, one.want, held(t, one.response, one.within, one.states...)) })
		})
	}
}
