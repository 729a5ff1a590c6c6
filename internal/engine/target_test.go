package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

const anywhere = "http://127.0.0.1:1/hook"

func (s stage) target(t *testing.T, route string, o engine.TargetOptions) engine.Target {
	t.Helper()
	o.URL = anywhere
	target, err := engine.TargetOf(s.on(t, route).route, o)
	require.NoError(t, err)
	return target
}

func TestTargetOf_UsesContract(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	const sec = time.Second
	for route, want := range map[string]contract.Schedule{
		"gupshup/v2":          {Attempts: 2, Success: []string{"2xx"}, TimeAllowed: 10 * sec, EmptyBody: true},
		"mobtexting/whatsapp": {Attempts: 3, Delays: []time.Duration{10 * sec, 100 * sec}, Success: []string{"2xx"}, TimeAllowed: 3 * sec},
		"mobtexting/voice":    {Success: []string{"200", "202"}},
		"netcore":             {Attempts: 1, Success: []string{"2xx"}},
		"tata-omni":           {Attempts: 2, Delays: []time.Duration{60 * sec}, Success: []string{"2xx"}},
	} {
		target := s.target(t, route, engine.TargetOptions{})
		require.Equal(t, want, target.Schedule, route)
		require.Equal(t, "POST", target.Method)
		require.False(t, target.HeadOfLine)
	}
}

// A route may send queries and forms instead of JSON, and a URL may have variables.
func TestTargetOf_Encodes(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	event := webhook.Event{Type: "gupshup/sms/report", Body: []byte(`{"externalId":"4-1","status":"SUCCESS"}`)}
	for route, urls := range map[string]map[string]string{
		"gupshup/sms":      {"": "GET ?externalId=4-1&status=SUCCESS ", "?id=%0&s={{status}}": "GET ?id=4-1&s=SUCCESS "},
		"gupshup/sms-post": {"": "POST  externalId=4-1&status=SUCCESS", "?to={{response}}": "POST ?to= externalId=4-1&status=SUCCESS"},
	} {
		for query, want := range urls {
			target, err := engine.TargetOf(s.on(t, route).route, engine.TargetOptions{URL: anywhere + query})
			require.NoError(t, err)
			out := target.Encode(event)
			require.Equal(t, want, out.Method+" "+strings.TrimPrefix(out.URL, anywhere)+" "+string(out.Body), route+query)
		}
	}
	require.Nil(t, s.target(t, "gupshup/v2", engine.TargetOptions{}).Encode, "JSON is sent as it is")
	_, err := engine.TargetOf(s.on(t, "gupshup/sms").route, engine.TargetOptions{URL: anywhere + "?id={{externalID}}"})
	require.EqualError(t, err, `read URL: the variable {{externalID}} is not a value of gupshup/sms; did you mean "externalId"?`)
}

func TestTargetOf_Profile(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	target := s.target(t, "gupshup/v2", engine.TargetOptions{Retry: "rbm-600s-7d-headofline"})
	require.Equal(t, contract.StatusCodes{"200"}, target.Schedule.Success)
	require.Equal(t, 168*time.Hour, target.Schedule.Limit)
	require.True(t, target.HeadOfLine)
}

func TestTargetOf_WarnsWithoutSecret(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	target := s.target(t, "mobtexting/sms", engine.TargetOptions{})
	require.Nil(t, target.Sign)
	require.Equal(t, []string{"mobtexting/sms signs by HMAC-SHA256, but no secret is given: the events go unsigned"}, target.Notices)
	require.Empty(t, s.target(t, "gupshup/v2", engine.TargetOptions{}).Notices, "nothing is missing where nothing is signed")
	weak := s.target(t, "gupshup/v2", engine.TargetOptions{Scheme: "standard", Secrets: []string{"whsec_AAAA"}})
	require.Len(t, weak.Notices, 1)
	require.NotContains(t, weak.Notices[0], "AAAA")
}

func TestTargetOf_Signs(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "mobtexting/whatsapp")
	w := wireOf(t, 0)
	o := engine.TargetOptions{Secrets: []string{"the webhook id"}, Bearer: "token", Header: []webhook.Header{{Name: "X-Team", Value: "billing"}}}
	results := deliver(t, s.script(t, "  - send: message.delivered\n", scenarios.Options{}), w, o, engine.Immediate())
	scheme := s.route.Contract.Signature
	secrets, err := scheme.Secrets("the webhook id")
	require.NoError(t, err)
	a := w.arrived[0]
	require.NoError(t, scheme.Verify(signature.Received{Header: a.header, Body: a.body}, secrets, time.Now(), signature.Tolerance))
	require.Equal(t, []string{"Bearer token"}, a.values("Authorization"))
	require.Equal(t, []string{"billing"}, a.values("X-Team"))
	require.True(t, strings.HasPrefix(a.line, "POST /hook "), a.line)
	require.Len(t, results[0].Event.Headers, len(results[0].Attempts[0].RequestHeaders)-3, "the Event has its own lines only")
}

// What a scheme wraps is wrapped once, and signed at each attempt.
func TestTargetOf_WrapsOnce(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	target := s.target(t, "gupshup/v2", engine.TargetOptions{Scheme: "rbm", Secrets: []string{"s"}})
	c := &consumer{response: func(n int, _ delivery.Request) webhook.Attempt { return webhook.Attempt{Status: 100 * (6 - 2*n)} }}
	collect(t, engine.Play(t.Context(), jobsOf(job("body", 0)), []engine.Target{target}, c, engine.Immediate()))
	require.Len(t, c.requests, 2)
	require.Contains(t, string(c.requests[0].Body), `"data":"Ym9keQ=="`)
	require.Equal(t, c.requests[0].Body, c.requests[1].Body)
}

func TestTarget_RejectsUnsupportedFaults(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	for _, c := range []struct {
		route string
		o     engine.TargetOptions
		spec  string
		want  string
	}{
		{"gupshup/v2", engine.TargetOptions{}, "wrong-key", "apply fault wrong-key: gupshup/v2 signs nothing"},
		{"mobtexting/sms", engine.TargetOptions{}, "tampered", "apply fault tampered: mobtexting/sms signs by HMAC-SHA256, but no secret is given"},
		{"mobtexting/sms", engine.TargetOptions{Secrets: []string{"s"}}, "stale", "apply fault stale: signature scheme HMAC-SHA256 does not support it"},
		{"mobtexting/sms", engine.TargetOptions{Secrets: []string{"s"}}, "upper-case-signature", ""},
		{"mobtexting/sms", engine.TargetOptions{Secrets: []string{"s"}}, "doubled-signature", ""},
		{"gupshup/v2", engine.TargetOptions{}, "truncate", ""},
		{"gupshup/v2", engine.TargetOptions{Scheme: "basic", Secrets: []string{"u:p"}}, "tampered", "apply fault tampered: signature scheme basic does not support it"},
	} {
		target := s.target(t, c.route, c.o)
		f, err := fault.Parse(c.spec)
		require.NoError(t, err)
		if err := target.Check(f); c.want != "" {
			require.EqualError(t, err, c.want)
		} else {
			require.NoError(t, err)
		}
	}
}

func TestTargetOf_RejectsInvalidOptions(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "netcore")
	for want, c := range map[string]struct {
		route string
		o     engine.TargetOptions
	}{
		"read URL: want http:// or https://":             {"netcore", engine.TargetOptions{URL: "localhost:8080"}},
		"want http:// or https://":                       {"netcore", engine.TargetOptions{URL: "http:///path"}},
		"https:// and a host":                            {"netcore", engine.TargetOptions{URL: "ftp://host/"}},
		"netcore has no signature; leave the secret out": {"netcore", engine.TargetOptions{Secrets: []string{"s"}}},
		"unknown scheme":                                 {"netcore", engine.TargetOptions{Scheme: "stirpe"}},
		"unknown profile":                                {"netcore", engine.TargetOptions{Retry: "never"}},
		"netcore sends no bearer token":                  {"netcore", engine.TargetOptions{Bearer: "t"}},
		"a bearer token must have only letters":          {"mobtexting/sms", engine.TargetOptions{Bearer: "a b"}},
		"the provider's contract sets it":                {"netcore", engine.TargetOptions{Header: []webhook.Header{{Name: "content-type", Value: "text/plain"}}}},
		"belongs to the connection":                      {"netcore", engine.TargetOptions{Header: []webhook.Header{{Name: "Host", Value: "a"}}}},
		"the HMAC-SHA256 signature adds it":              {"mobtexting/sms", engine.TargetOptions{Header: []webhook.Header{{Name: "signature", Value: "a"}}}},
		"Authorization: the bearer signature adds it":    {"mobtexting/sms", engine.TargetOptions{Bearer: "t", Header: []webhook.Header{{Name: "Authorization", Value: "a"}}}},
		"Authorization: the basic signature adds it":     {"mobtexting/sms", engine.TargetOptions{Bearer: "t", Scheme: "basic", Secrets: []string{"u:p"}}},
	} {
		if c.o.URL == "" {
			c.o.URL = anywhere
		}
		_, err := engine.TargetOf(s.on(t, c.route).route, c.o)
		require.ErrorContains(t, err, want)
	}
}
