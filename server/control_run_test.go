package server

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

func TestRuns_ReadRequest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.ask(t, "POST", "/runs", `{"scenario":"message-delivered","route":"gupshup","seed":18446744073709551615,"with":{"recipient.phone":"919000000001","message.text":null},
		"set":{"/a":{"b":1}},"faults":[{"duplicate":{"copies":2}}],"speed":"60x","count":3,"rate":"0.5/s","to":"http://127.0.0.1:1/"}`)
	require.Equal(t, 201, r.Code, "%s", r.Body)
	require.Equal(t, "runs/run%2F1", r.Header().Get("Location"))
	o := s.plays[0]
	require.Equal(t, "message-delivered", o.Scenario.Name)
	require.Equal(t, "gupshup/v2", o.Route.Name)
	require.True(t, o.Seeded)
	require.Equal(t, []scenarios.Setting{{Name: "message.text", Absent: true}, {Name: "recipient.phone", Text: "919000000001"}}, o.Options.With)
	require.Equal(t, []scenarios.Setting{{Name: "/a", Text: `{"b":1}`}}, o.Options.Set)
	require.Equal(t, "duplicate", o.Options.Faults[0].Name())
	require.Equal(t, []any{uint64(1<<64 - 1), 3, 500, "60x", "http://127.0.0.1:1/"}, []any{o.Options.Seed, o.Options.Conversations, o.Options.Rate, o.Speed, o.To})

	s.ask(t, "POST", "/runs", `{"yaml":"name: mine\ndescription: One.\nsteps:\n  - send: message.sent\n"}`)
	require.Equal(t, "mine", s.plays[1].Scenario.Name)
	require.Nil(t, s.plays[1].Route)
	require.False(t, s.plays[1].Seeded)
}

// A refusal is what a body is refused with.
type rejection struct {
	body    string
	status  int
	pointer any
	detail  string
}

func (s *stage) rejects(t *testing.T, method, path string, all []rejection) {
	t.Helper()
	for _, one := range all {
		p := s.ask(t, method, path, one.body).problem(t, one.status)
		require.Equal(t, one.pointer, p["pointer"], "%s: %s", one.body, p["detail"])
		require.Contains(t, p["detail"], one.detail, one.body)
	}
}

func TestRuns_RejectInvalidRequest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.rejects(t, "POST", "/runs", []rejection{
		{``, 415, nil, "send Content-Type: application/json"},
		{`{`, 400, nil, "(line 1, column 2)"},
		{`{"scenario":"a","scenario":"b"}`, 400, "/scenario", "duplicate key"},
		{`{}`, 400, nil, "set either scenario (a name) or yaml"},
		{`{"scenario":"a","yaml":"b"}`, 400, nil, "set either scenario (a name) or yaml"},
		{`{"provider":"gupshup"}`, 400, "/provider", `unknown field "provider"; it is now "route"`},
		{`{"":1}`, 400, "/", `unknown field ""; known: `},
		{`{"scenari":"a"}`, 400, "/scenari", `unknown field "scenari"; did you mean "scenario"?`},
		{`{"scenario":1}`, 400, "/scenario", "want a string, got number 1"},
		{`{"scenario":null}`, 400, "/scenario", "want a string, got null"},
		{`{"scenario":"message-deliverd"}`, 422, "/scenario", `did you mean "message-delivered"?`},
		{`{"yaml":"name: x\nsteps: 1\n"}`, 422, "/yaml", "x.yaml:2:8"},
		{`{"scenario":"message-delivered","route":"gupshop"}`, 422, "/route", `did you mean "gupshup"?`},
		{`{"scenario":"message-delivered","seed":-1}`, 400, "/seed", "want a whole number"},
		{`{"scenario":"message-delivered","seed":1.5}`, 400, "/seed", "want a whole number"},
		{`{"scenario":"message-delivered","count":-1}`, 400, "/count", "negative"},
		{`{"scenario":"message-delivered","with":{"message.text":1}}`, 400, "/with/message.text", "want a string"},
		{`{"scenario":"message-delivered","set":{"a":1}}`, 400, "/set/a", "not a JSON Pointer"},
		{`{"scenario":"message-delivered","faults":["drop","drip"]}`, 400, "/faults/1", "drip"},
		{`{"scenario":"message-delivered","faults":{}}`, 400, "/faults", "want an array, got an empty object"},
		{`{"scenario":"message-delivered","speed":"fast"}`, 400, "/speed", "want 1x, 60x"},
		{`{"scenario":"message-delivered","rate":"50"}`, 400, "/rate", `with their unit (50/s), found "50"`},
		{`{"scenario":"message-delivered","to":"ftp://user:secret@a"}`, 400, "/to", "want a URL with http://"},
	})
	require.Empty(t, s.plays)
	require.NotContains(t, s.ask(t, "POST", "/runs", `{"scenario":"message-delivered","to":"ftp://user:secret@a"}`).Body.String(), "secret")
}

func TestEmit_ReadsRequest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, body := range []string{
		`{"event":"message.delivered","seed":1,"with":{"error":null}}`,
		`{"type":"mobtexting/sms.message.status"}`,
		`{"body":"{\"a\": 1}","route":"netcore"}`,
		`{"body_base64":"/w==","type":"gupshup/v3/status.sent"}`,
	} {
		require.Equal(t, 202, s.ask(t, "POST", "/events", body).Code, body)
	}
	require.Nil(t, s.emits[0].Route)
	require.Equal(t, []scenarios.Setting{{Name: "error", Absent: true}}, s.emits[0].Options.With)
	require.Equal(t, "mobtexting/sms", s.emits[1].Route.Name)
	require.Equal(t, []any{"", `{"a": 1}`, true, "netcore"}, []any{s.emits[2].Event, string(s.emits[2].Raw), s.emits[2].IsRaw, s.emits[2].Route.Name})
	require.Equal(t, []any{"\xff", "gupshup/v3"}, []any{string(s.emits[3].Raw), s.emits[3].Route.Name})
	s.rejects(t, "POST", "/events", []rejection{
		{`{}`, 400, "/event", "event is missing"},
		{`{"event":"message.deliverd"}`, 422, "/event", `did you mean "message.delivered"?`},
		{`{"event":"gupshup/v3/status.sent"}`, 400, "/event", "set type instead"},
		{`{"event":"message.sent","type":"gupshup/v3/status.sent"}`, 400, "/type", "set one of the two"},
		{`{"type":"gupshup/v2/nothing"}`, 422, "/type", "no event type"},
		{`{"type":"gupshup/v3/status.sent","route":"netcore"}`, 422, "/type", "netcore has no event type"},
		{`{"body":"x"}`, 400, "/route", "route is missing"},
		{`{"body":"x","body_base64":"eA==","route":"netcore"}`, 400, "/body_base64", "one of the two"},
		{`{"body_base64":"?","route":"netcore"}`, 400, "/body_base64", "not Base64"},
		{`{"body":"x","route":"netcore","set":{"/a":1}}`, 400, nil, "do not apply to a raw body"},
	})
}

func TestRules_ReadAndShow(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.ask(t, "POST", "/rules", `{"on":"calls","match":{"route":"gupshup","operation":"send"},"response":{"status":429,"body":{"a":1},"delay":"1500ms","retry_after":"30s","webhooks_first":true},"every":2,"ttl":"10m"}`)
	require.Equal(t, 201, r.Code, "%s", r.Body)
	require.Equal(t, "rules/rule-1", r.Header().Get("Location"))
	v := r.json(t)
	require.Equal(t, map[string]any{"status": 429.0, "body": map[string]any{"a": 1.0}, "delay": "1.5s", "retry_after": "30s", "webhooks_first": true}, v["response"])
	require.Equal(t, map[string]any{"route": "gupshup", "operation": "send"}, v["match"])
	require.Contains(t, v, "expires_at")
	require.Equal(t, v, s.ask(t, "GET", "/rules", "").first(t))
	one := s.inForce[0]
	require.Equal(t, []any{`{"a":1}`, 2, 10.0}, []any{string(one.Response.Body), one.Every, one.Until.Sub(one.CreatedAt).Minutes()})
	s.rejects(t, "POST", "/rules", []rejection{
		{`{"on":"calls","answer":{}}`, 400, "/answer", `it is now "response"`},
		{`{"on":"deliveries","faults":["drop"],"next":1}`, 400, "/next", `it is now "times"`},
		{`{"on":"calls","match":{"provider":"gupshup"},"response":{}}`, 400, "/match/provider", `it is now "route"`},
		{`{"on":"calls","match":{"api":"send"},"response":{}}`, 400, "/match/api", `it is now "operation"`},
		{`{}`, 400, "/on", "known: calls, deliveries"},
		{`{"on":"delivery"}`, 400, "/on", `on is "delivery"`},
		{`{"on":"deliveries"}`, 400, "/faults", "needs a fault"},
		{`{"on":"deliveries","faults":["drip"]}`, 400, "/faults/0", "drip"},
		{`{"on":"deliveries","faults":[{"drop":{"chanc":1}}]}`, 400, "/faults/0", "chanc"},
		{`{"on":"deliveries","faults":["drop:chance=1"]}`, 400, "/faults/0", "write a mapping"},
		{`{"on":"deliveries","faults":["drop"],"response":{}}`, 400, "/response", "only in a rule on calls"},
		{`{"on":"deliveries","faults":["drop"],"match":{"operation":"send"}}`, 400, "/match/operation", "only in a rule on calls"},
		{`{"on":"deliveries","faults":["drop"],"match":{"event":"message.deliverd"}}`, 422, "/match/event", `did you mean "message.delivered"?`},
		{`{"on":"deliveries","faults":["drop"],"match":{"rout":"x"}}`, 400, "/match/rout", `did you mean "route"?`},
		{`{"on":"deliveries","faults":["drop"],"match":{"route":"gupshop"}}`, 422, "/match/route", `did you mean "gupshup"?`},
		{`{"on":"deliveries","faults":["drop"],"times":-1}`, 400, "/times", "negative"},
		{`{"on":"deliveries","faults":["drop"],"every":-1}`, 400, "/every", "negative"},
		{`{"on":"deliveries","faults":["drop"],"ttl":"soon"}`, 400, "/ttl", "want for example"},
		{`{"on":"calls"}`, 400, "/response", "needs a response"},
		{`{"on":"calls","faults":["drop"],"response":{"status":500}}`, 400, "/faults", "only in a rule on deliveries"},
		{`{"on":"calls","response":{"status":500},"match":{"event":"message.read"}}`, 400, "/match/event", "only in a rule on deliveries"},
		{`{"on":"calls","response":{}}`, 400, "/response", "has no effect"},
		{`{"on":"calls","response":{"status":99}}`, 400, "/response/status", "want 200 to 599"},
		{`{"on":"calls","response":{"body":1,"delay":"1s"}}`, 400, "/response/body", "needs a status"},
		{`{"on":"calls","response":{"delay":"-1s"}}`, 400, "/response/delay", "want for example"},
	})
	require.Len(t, s.inForce, 1)
	r = s.ask(t, "POST", "/rules", `{"on":"deliveries","match":{"type":"gupshup/v3/status.sent"},"faults":["drop",{"duplicate":{"copies":2}}],"times":3}`)
	require.Equal(t, []any{"drop", map[string]any{"duplicate": map[string]any{"copies": 2.0}}}, r.json(t)["faults"])
	require.Equal(t, []any{2, 3, "gupshup/v3/status.sent"}, []any{s.inForce[1].Faults[1].Copies(), s.inForce[1].Times, s.inForce[1].Type})
}

func TestCommands_ReadRequest(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	secret := map[string]value.Value{
		"subscription.secret": value.OfText("s3"), "subscription.id": value.OfID("1"), "template.created_at": value.OfTime(noon()), "message.cost": value.OfMoney(12_500), "account.active": value.OfBool(true),
	}
	s.outcome = state.Outcome{Objects: []map[string]value.Value{secret}, Events: []state.Event{{Event: "template.approved", Route: "gupshup/v2", After: 5e9}}, Body: []byte("\xff")}
	r := s.ask(t, "POST", "/state/commands", `{"name":"media.put","provider":"gupshup","values":{"media.type":"image/png"},"lists":{"subscription.modes":["ALL"]},"body_base64":"/w=="}`)
	require.JSONEq(t, `{"objects":[{"subscription.secret":"***","subscription.id":"1","template.created_at":"2026-03-01T12:00:00Z","message.cost":"1.25","account.active":"true"}],
		"events":[{"event":"template.approved","after":"5s","route":"gupshup/v2"}],"body_base64":"/w=="}`, r.Body.String())
	require.Equal(t, []any{"media.put", "gupshup", "\xff"}, []any{s.commands[0].Name, s.commands[0].Provider, string(s.commands[0].Body)})
	s.outcome = state.Outcome{Failure: "unknown-id", Detail: "no template has this name"}
	p := s.ask(t, "POST", "/state/commands", `{"name":"template.approve","route":"gupshup/v2"}`).problem(t, 422)
	require.Equal(t, []any{"unknown-id", "template.approve: no template has this name"}, []any{p["reason"], p["detail"]})
	s.rejects(t, "POST", "/state/commands", []rejection{
		{`{"name":"template.aprove","route":"gupshup"}`, 422, "/name", `did you mean "template.approve"?`},
		{`{"name":"template.approve"}`, 400, "/provider", "provider is missing"},
		{`{"name":"template.approve","provider":"gupshop"}`, 422, "/provider", `did you mean "gupshup"?`},
		{`{"name":"template.approve","route":"gupshup","values":{"template.nam":"x"}}`, 422, "/values/template.nam", `did you mean "template.name"?`},
		{`{"name":"media.put","route":"gupshup","body":"x","body_base64":"eA=="}`, 400, "/body_base64", "body is set, too"},
	})
}

func TestState_ReadStrictly(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.ask(t, "PUT", "/state", `{"subscriptions":[{"id":"1","provider":"gupshup","route":"gupshup","url":"http://a/","headers":[["a","b"]],"active":true}],"accounts":null}`)
	require.Equal(t, 200, r.Code, "%s", r.Body)
	require.Equal(t, "1", s.snapshot.Subscriptions[0].ID)
	s.rejects(t, "PUT", "/state", []rejection{
		{`{"subscription":[]}`, 400, "/subscription", `did you mean "subscriptions"?`},
		{`{"subscriptions":[{"ID":"1"}]}`, 400, "/subscriptions/0/ID", `did you mean "id"?`},
		{`{"subscriptions":[{"headers":[["a"]]}]}`, 400, "/subscriptions/0/headers/0", "want an array of 2"},
		{`{"subscriptions":[{"created_at":1}]}`, 400, "/subscriptions/0/created_at", "want a string"},
		{`{"subscriptions":[{"created_at":"today"}]}`, 400, nil, "read body"},
		{`{"media":[{"bytes":[1]}]}`, 400, "/media/0/bytes", "want a string"},
	})
}

func TestValidate_ReportsVerdicts(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := s.ask(t, "POST", "/validate?provider=gupshup", `{"type":"message-event","payload":{"type":"delivered"`).json(t)
	require.Equal(t, "error", r["items"].([]any)[0].(map[string]any)["verdict"])
	require.Equal(t, map[string]any{"error": 1.0}, r["summary"].(map[string]any)["levels"])
	require.Equal(t, "provider", s.ask(t, "POST", "/validate?provider=gupshop", "{}").problem(t, 400)["parameter"])
	require.Equal(t, "type", s.ask(t, "POST", "/validate?type=gupshup/v2/nothing", "{}").problem(t, 400)["parameter"])
}

func TestCatalog_Lists(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	require.Len(t, s.ask(t, "GET", "/catalog/event-types", "").json(t)["data"], len(s.control.catalog.Types()))
	require.Len(t, s.ask(t, "GET", "/catalog/event-types?provider=netcore", "").json(t)["data"], 26)
	require.Equal(t, s.control.catalog.Providers[0].Routes[0].Name, s.ask(t, "GET", "/catalog/routes", "").first(t)["route"])
	all := s.ask(t, "GET", "/scenarios", "").json(t)["data"].([]any)
	require.Less(t, len(s.ask(t, "GET", "/scenarios?provider=netcore", "").json(t)["data"].([]any)), len(all))
	require.Equal(t, "provider", s.ask(t, "GET", "/scenarios?provider=netcor", "").problem(t, 400)["parameter"])
	require.Equal(t, "provider", s.ask(t, "GET", "/catalog/event-types?provider=netcor", "").problem(t, 400)["parameter"])
}
