package contract_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/webhook"
)

// vectorFile has published vectors of retries.
type vectorFile struct {
	Retry struct {
		Delays     map[string]any     `json:"delays_s"`
		Cumulative map[string][]int64 `json:"cumulative_s"`
		Jitter     []struct {
			Delay, U, Out float64
		} `json:"jitter_vectors"`
		RetryAfter []struct {
			Base, Effective int64
			Header          string
		} `json:"retry_after_vectors"`
	} `json:"retry_schedules"`
}

func vectors(t *testing.T) vectorFile {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var v vectorFile
	require.NoError(t, json.Unmarshal(raw, &v))
	return v
}

func failed(at time.Time) webhook.Attempt {
	return webhook.Attempt{At: at, Status: 500}
}

// times returns the seconds from the first attempt to each, for a consumer that always fails.
func times(s contract.Schedule, seed uint64) []int64 {
	start := time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)
	attempts, seconds := []webhook.Attempt{failed(start)}, []int64{0}
	for {
		at, again := s.Next(attempts, seed)
		if !again {
			return seconds
		}
		attempts, seconds = append(attempts, failed(at)), append(seconds, int64(at.Sub(start).Seconds()))
	}
}

func profile(t *testing.T, name string) contract.Profile {
	t.Helper()
	p, err := contract.NamedProfile(name)
	require.NoError(t, err)
	return p
}

func TestProfiles_PublishedDelays(t *testing.T) {
	t.Parallel()
	v := vectors(t).Retry
	names := map[string]string{"standard_webhooks_example": "standard", "svix": "svix", "outpost_exp_base2_30s_10": "outpost", "github": "github-none"}
	require.Len(t, v.Cumulative, len(names))
	for vector, name := range names {
		p := profile(t, name)
		require.False(t, p.Assumed)
		p.Schedule.Jitter = 0
		require.Equal(t, v.Cumulative[vector], times(p.Schedule, 7), name)
		delays, ok := v.Delays[vector].([]any)
		require.True(t, ok)
		for i, d := range p.Schedule.Delays {
			require.InDelta(t, delays[i+1], d.Seconds(), 0, name)
		}
	}
}

func TestProfiles_EndAtLimit(t *testing.T) {
	t.Parallel()
	all, err := contract.Profiles()
	require.NoError(t, err)
	require.Len(t, all, 11)
	for _, p := range all {
		require.NotEmpty(t, p.Source, p.Name)
		got := times(p.Schedule, 1)
		require.Less(t, len(got), 2000, p.Name)
		if p.Schedule.Limit > 0 {
			last := p.Schedule.Delays[len(p.Schedule.Delays)-1]
			require.True(t, p.Assumed)
			require.LessOrEqual(t, got[len(got)-1], int64(p.Schedule.Limit.Seconds()), p.Name)
			require.Greater(t, got[len(got)-1], int64((p.Schedule.Limit-last).Seconds())-1, p.Name)
		}
	}
	rbm := profile(t, "rbm-600s-7d-headofline")
	require.True(t, rbm.HeadOfLine)
	got := times(rbm.Schedule, 1)
	require.Len(t, got, 1017)
	require.EqualValues(t, 1023, got[10])
	require.EqualValues(t, 1623, got[11])
	_, err = contract.NamedProfile("svx")
	require.EqualError(t, err, `read retry profile: unknown profile "svx"; did you mean "svix"?`)
}

// A consumer fails for seven days and recovers on the last one.
func TestProfiles_SevenDays(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := profile(t, "meta-whatsapp-7d").Schedule
		start := time.Now()
		var attempts []webhook.Attempt
		for {
			status := 503
			if time.Since(start) > 6*24*time.Hour {
				status = 200
			}
			attempts = append(attempts, webhook.Attempt{At: time.Now(), Status: status})
			at, again := s.Next(attempts, 1)
			if !again {
				break
			}
			time.Sleep(time.Until(at))
		}
		last := attempts[len(attempts)-1]
		require.Equal(t, 200, last.Status)
		require.Len(t, attempts, 20)
		// The delays grow from one second to eight hours, and are twelve hours after that.
		require.Equal(t, 15*time.Hour+21*time.Minute+time.Second+11*12*time.Hour, last.At.Sub(start))
	})
}

func TestNext_Schedules(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		schedule contract.Schedule
		want     []int64
	}{
		"once":                  {contract.Schedule{}, []int64{0}},
		"assumed delay":         {contract.Schedule{Attempts: 3}, []int64{0, 10, 20}},
		"as many as delays":     {contract.Schedule{Delays: []time.Duration{1e9, 2e9}}, []int64{0, 1, 3}},
		"last delay repeated":   {contract.Schedule{Attempts: 5, Delays: []time.Duration{1e9, 2e9}}, []int64{0, 1, 3, 5, 7}},
		"fewer than delays":     {contract.Schedule{Attempts: 2, Delays: []time.Duration{1e9, 2e9}}, []int64{0, 1}},
		"until the limit":       {contract.Schedule{Delays: []time.Duration{10e9}, Limit: 30e9}, []int64{0, 10, 20, 30}},
		"limit before attempts": {contract.Schedule{Attempts: 9, Delays: []time.Duration{10e9}, Limit: 29e9}, []int64{0, 10, 20}},
	} {
		require.Equal(t, c.want, times(c.schedule, 3), name)
	}
	_, again := contract.Schedule{Attempts: 9}.Next(nil, 1)
	require.False(t, again)
}

func TestNext_DelayStartsAtEndOfAttempt(t *testing.T) {
	t.Parallel()
	a := failed(time.Unix(1000, 0))
	a.Timing.Total = 7 * time.Second
	at, again := contract.Schedule{Attempts: 2, Delays: []time.Duration{5e9}}.Next([]webhook.Attempt{a}, 0)
	require.True(t, again)
	require.Equal(t, time.Unix(1012, 0), at)
}

func TestNext_FinalFailures(t *testing.T) {
	t.Parallel()
	s := contract.Schedule{Attempts: 9, Stop: []string{"410"}}
	for class, want := range map[webhook.Failure]bool{
		webhook.FailureCanceled: false, webhook.FailureDenied: false, webhook.FailureRequest: false,
		webhook.FailureTimeout: true, webhook.FailureUnreachable: true, webhook.FailureDNS: true, webhook.FailureTLS: true, webhook.FailureReset: true, webhook.FailureProtocol: true,
	} {
		_, again := s.Next([]webhook.Attempt{{Failure: class, Error: "x"}}, 1)
		require.Equal(t, want, again, class)
	}
	for status, want := range map[int]bool{200: false, 204: false, 410: false, 400: true, 404: true, 307: true, 500: true} {
		_, again := s.Next([]webhook.Attempt{{Status: status}}, 1)
		require.Equal(t, want, again, status)
	}
}

func TestAccepted_Responses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		schedule contract.Schedule
		attempt  webhook.Attempt
		reason   string
	}{
		{contract.Schedule{}, webhook.Attempt{Status: 299}, ""},
		{contract.Schedule{Success: []string{"200", "202"}}, webhook.Attempt{Status: 202}, ""},
		{contract.Schedule{Success: []string{"200", "202"}}, webhook.Attempt{Status: 204}, "status 204; want 200 or 202"},
		{contract.Schedule{}, webhook.Attempt{Status: 302}, "status 302; redirects are not followed"},
		{contract.Schedule{}, webhook.Attempt{Status: 200, Failure: webhook.FailureTimeout, Error: "await answer"}, "await answer"},
		{contract.Schedule{TimeAllowed: 3e9}, webhook.Attempt{Status: 200, Timing: webhook.Timing{Total: 3e9}}, ""},
		{contract.Schedule{TimeAllowed: 3e9}, webhook.Attempt{Status: 200, Timing: webhook.Timing{Total: 4e9}}, "response took 4s; want at most 3s"},
		{contract.Schedule{EmptyBody: true}, webhook.Attempt{Status: 200}, ""},
		{contract.Schedule{EmptyBody: true}, webhook.Attempt{Status: 200, ResponseBody: []byte("ok")}, ""},
		{contract.Schedule{Strict: true}, webhook.Attempt{Status: 200, ResponseBody: []byte("ok")}, ""},
		{contract.Schedule{EmptyBody: true, Strict: true}, webhook.Attempt{Status: 200}, ""},
		{contract.Schedule{EmptyBody: true, Strict: true}, webhook.Attempt{Status: 200, ResponseBody: []byte("ok")}, "response has a body; want it empty"},
	} {
		ok, reason := c.schedule.Accepted(c.attempt)
		require.Equal(t, c.reason, reason)
		require.Equal(t, c.reason == "", ok)
	}
}

// A response with a body where the documentation requires none is a warning, and accepted.
func TestWarning_Body(t *testing.T) {
	t.Parallel()
	body := webhook.Attempt{Status: 200, ResponseBody: []byte("ok")}
	for _, c := range []struct {
		schedule contract.Schedule
		attempt  webhook.Attempt
		warning  string
	}{
		{contract.Schedule{}, body, ""},
		{contract.Schedule{EmptyBody: true}, webhook.Attempt{Status: 200}, ""},
		{contract.Schedule{EmptyBody: true}, body, "response has a body; want it empty"},
		{contract.Schedule{EmptyBody: true}, webhook.Attempt{Status: 500, ResponseBody: []byte("no")}, ""},
		{contract.Schedule{EmptyBody: true, Strict: true}, body, ""},
	} {
		require.Equal(t, c.warning, c.schedule.Warning(c.attempt))
	}
}

func TestNext_JitterIsUniformAndSeeded(t *testing.T) {
	t.Parallel()
	cases := vectors(t).Retry.Jitter
	require.Len(t, cases, 3)
	random := map[float64]uint64{0: 0, 0.5: 1 << 63, 1: math.MaxUint64}
	for _, c := range cases {
		got := contract.Jittered(time.Duration(c.Delay)*time.Second, 200, random[c.U])
		require.Equal(t, time.Duration(c.Out)*time.Second, got)
	}
	s := profile(t, "svix").Schedule
	require.Equal(t, times(s, 7), times(s, 7))
	require.NotEqual(t, times(s, 7), times(s, 8))
}

func TestNext_HonorsRetryAfter(t *testing.T) {
	t.Parallel()
	cases := vectors(t).Retry.RetryAfter
	require.Len(t, cases, 7)
	start := time.Date(2026, 1, 15, 10, 0, 0, 0, time.UTC)
	delay := func(base time.Duration, header string) time.Duration {
		a := failed(start)
		a.ResponseHeaders = []webhook.Header{{Name: "retry-after", Value: header}}
		at, again := contract.Schedule{Attempts: 2, Delays: []time.Duration{base}, RetryAfter: 2}.Next([]webhook.Attempt{a}, 1)
		require.True(t, again)
		return at.Sub(start)
	}
	for _, c := range cases {
		require.Equal(t, time.Duration(c.Effective)*time.Second, delay(time.Duration(c.Base)*time.Second, c.Header), c.Header)
	}
	require.Equal(t, 90*time.Second, delay(time.Minute, "Thu, 15 Jan 2026 10:01:30 GMT"))
	require.Equal(t, 2*time.Minute, delay(time.Minute, "1e999"))
	require.Equal(t, 2*time.Minute, delay(time.Minute, "99999999999999999999"))

	ignoring := contract.Schedule{Attempts: 2, Delays: []time.Duration{time.Minute}}
	at, _ := ignoring.Next([]webhook.Attempt{{At: start, Status: 503, ResponseHeaders: []webhook.Header{{Name: "Retry-After", Value: "90"}}}}, 1)
	require.Equal(t, start.Add(time.Minute), at)
}

func TestNext_SlowsDownAfterTimeoutAnd429(t *testing.T) {
	t.Parallel()
	s := contract.Schedule{Attempts: 2, Delays: []time.Duration{5e9}, SlowDown: 60e9}
	start := time.Unix(1000, 0)
	for want, a := range map[time.Duration]webhook.Attempt{5e9: {Status: 503}, 60e9: {Status: 429}} {
		a.At = start
		at, _ := s.Next([]webhook.Attempt{a}, 1)
		require.Equal(t, want, at.Sub(start))
	}
	at, _ := s.Next([]webhook.Attempt{{At: start, Failure: webhook.FailureTimeout}}, 1)
	require.Equal(t, start.Add(time.Minute), at)
}

func FuzzRetryAfter(f *testing.F) {
	for _, text := range []string{"10", "-5", "1e9", "1e999", "0.5", "Wed, 21 Oct 2015 07:28:00 GMT", "abc", "", "0x10", "NaN"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := contract.RetryAfter(text, time.Unix(1750000000, 0))
		if got < 0 || got > 365*24*time.Hour || !ok && got != 0 {
			t.Fatalf("%q gave %s, %v", text, got, ok)
		}
	})
}
