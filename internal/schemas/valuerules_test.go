package schemas_test

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// captured is when the bodies of these tests were received: 2026-03-05T06:07:08Z.
func captured() time.Time { return time.Date(2026, 3, 5, 6, 7, 8, 0, time.UTC) }

const (
	delivered = `{"app":"DemoApp","timestamp":1772690828123,"version":2,"type":"message-event","payload":{"id":"wamid.A1","gsId":"90010259-98da",` +
		`"type":"delivered","destination":"919000000001","payload":{"ts":1772690827}}}`
	v3Delivered = `{"object":"whatsapp_business_account","gs_app_id":"5b7c9d1e","entry":[{"id":"200300400500601","changes":[{"field":"messages","value":{` +
		`"messaging_product":"whatsapp","metadata":{"display_phone_number":"919000000002","phone_number_id":"310420530640751"},"statuses":[{"id":"wamid.A1",` +
		`"gs_id":"90010259-98da","status":"delivered","timestamp":"1772690827","recipient_id":"919000000001"}]}}]}]}`
	mobRead = `{"event":"whatsapp:message:status","payload":{"id":"21eddd2e-d28e","channel":"whatsapp","from":"919000000002","to":"919000000001","status":"read",` +
		`"delivered_at":"2026-03-05T06:05:46.419000Z","read_at":"2026-03-05T06:06:40.000000Z","processed_at":"2026-03-05T06:05:43.729000Z",` +
		`"timestamp":"2026-03-05T06:06:40.000000Z","foreign_id":"order-1"}}`
	tataText = `{"contacts":[{"profile":{"name":"Meera"},"wa_id":"919000000001"}],"messages":{"from":"919000000001","id":"wamid.A1","timestamp":"1772690827",` +
		`"type":"text","text":{"body":"x"}},"businessPhoneNumber":"+919000000002","id":"268e8b65-59a2"}`
	location = `{"app":"DemoApp","timestamp":1772690828123,"version":2,"type":"message","payload":{"id":"wamid.A1","source":"919000000001","type":"location",` +
		`"payload":{"longitude":"72.88","latitude":"19.08"},"sender":{"phone":"919000000001","name":"Meera","country_code":"91","dial_code":"9000000001"}}}`
)

func TestValidate_ValuesThatCannotBeRight(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body  string
		level webhook.Level
		want  []string // rule, pointer, hint
	}{
		"a good body": {body: delivered},
		"seconds for milliseconds": {strings.Replace(delivered, "1772690828123", "1772690828", 1), webhook.LevelDrift,
			[]string{"implausible /timestamp: looks like Unix seconds"}},
		"milliseconds for seconds": {strings.Replace(delivered, "1772690827", "1772690827123", 1), webhook.LevelDrift,
			[]string{"implausible /payload/payload/ts: looks like Unix milliseconds"}},
		"a phone number that a program wrote": {strings.Replace(delivered, "919000000001", "undefined", 1), webhook.LevelDrift,
			[]string{"leftover /payload/destination: a program wrote it instead of a value"}},
		"words of a guide": {strings.NewReplacer("wamid.A1", "WHATSAPP_MSG_ID", "90010259-98da", "GUPSHUP_MSG_ID", "919000000001", "918x98xx21x4").Replace(delivered), webhook.LevelDrift,
			[]string{"leftover /payload/id: a placeholder that was not filled in", "leftover /payload/gsId: a placeholder that was not filled in", "leftover /payload/destination: its digits are masked"}},
		"milliseconds in a text": {strings.Replace(v3Delivered, "1772690827", "1772690827123", 1), webhook.LevelDrift,
			[]string{"implausible /entry/0/changes/0/value/statuses/0/timestamp: looks like Unix milliseconds"}},
		"a date for seconds": {strings.Replace(v3Delivered, "1772690827", "2026-03-05T06:07:07Z", 1), webhook.LevelError,
			[]string{"format /entry/0/changes/0/value/statuses/0/timestamp: looks like RFC 3339"}},
		"seconds for a date": {strings.Replace(mobRead, "2026-03-05T06:05:46.419000Z", "1772690746", 1), webhook.LevelError,
			[]string{"format /payload/delivered_at: looks like Unix seconds"}},
		"another date": {strings.Replace(mobRead, `"read_at":"2026-03-05T06:06:40.000000Z"`, `"read_at":"05/03/2026 11:36"`, 1), webhook.LevelError,
			[]string{"format /payload/read_at: "}},
		"milliseconds on the third route": {strings.Replace(tataText, "1772690827", "1772690827123", 1), webhook.LevelDrift,
			[]string{"implausible /messages/timestamp: looks like Unix milliseconds"}},
		"a latitude that is not on earth":            {strings.Replace(location, "19.08", "912.1", 1), webhook.LevelDrift, []string{"implausible /payload/payload/latitude: "}},
		"an empty name":                              {strings.Replace(location, `"Meera"`, `""`, 1), webhook.LevelDrift, []string{"leftover /payload/sender/name: it is empty"}},
		"the word null":                              {strings.Replace(location, `"wamid.A1"`, `"null"`, 1), webhook.LevelDrift, []string{"leftover /payload/id: a program wrote it instead of a value"}},
		"no phone number, as the provider writes it": {body: strings.Replace(v3Delivered, `"recipient_id":"919000000001"`, `"recipient_id":""`, 1)},
		"a time after the capture":                   {strings.Replace(delivered, "1772690827", "1773122827", 1), webhook.LevelDrift, []string{"implausible /payload/payload/ts: "}},
		"beside a wrong type, both are found": {strings.NewReplacer("1772690828123", "1772690828", `"919000000001"`, "919000000001").Replace(delivered), webhook.LevelError,
			[]string{"implausible /timestamp: looks like Unix seconds", "type /payload/destination: "}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items := validatorOf(t, embedded(t), schemas.Scope{}).Body([]byte(c.body), captured())
			require.Len(t, items, 1)
			var got []string
			for _, f := range items[0].Verdict.Findings {
				got = append(got, f.Rule+" "+f.Pointer+": "+f.Hint)
				require.NotEmpty(t, f.Expected)
				require.NotEmpty(t, f.Document)
				require.Equal(t, 1, f.Line)
			}
			require.Equal(t, c.want, got)
			require.Equal(t, c.level, items[0].Verdict.Level)
		})
	}
}

// The reference time is an argument: without one, only another unit is implausible.
func TestValidate_ReferenceTime(t *testing.T) {
	t.Parallel()
	validator := validatorOf(t, embedded(t), schemas.Scope{})
	level := func(body string, at time.Time) webhook.Level {
		return validator.Body([]byte(body), at)[0].Verdict.Level
	}
	require.Equal(t, webhook.LevelOK, level(delivered, captured()))
	require.Equal(t, webhook.LevelOK, level(delivered, captured().AddDate(20, 0, 0)), "old captures are plausible")
	require.Equal(t, webhook.LevelDrift, level(delivered, captured().AddDate(-1, 0, 0)))
	require.Equal(t, webhook.LevelOK, level(delivered, time.Time{}))
	require.Equal(t, webhook.LevelDrift, level(strings.Replace(delivered, "1772690827", "1772690827123", 1), time.Time{}))
}

// Each item of a batch has its own findings.
func TestValidate_ItemsOfABatch(t *testing.T) {
	t.Parallel()
	body := netcore(netcoreEvent("Delivered", "1772690827"), netcoreEvent("Read", "1772690827123"))
	items := validatorOf(t, embedded(t), schemas.Scope{}).Body([]byte(body), captured())
	require.Len(t, items, 2)
	require.Equal(t, webhook.LevelOK, items[0].Verdict.Level)
	require.Equal(t, "/1/event_time", items[1].Verdict.Findings[0].Pointer)
	require.Equal(t, "implausible", items[1].Verdict.Findings[0].Rule)
}

// Examples are free of these findings, whatever the reference time; only payloads of the documentation
// may have leftovers, and some have.
func TestExamples_OnlyDocumentedHaveLeftovers(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	leftovers, documented := 0, 0
	for _, eventType := range catalog.Types() {
		examples, err := eventType.Examples()
		require.NoError(t, err)
		validator := validatorOf(t, catalog, schemas.Scope{Type: eventType.Name})
		for _, e := range examples {
			if e.Documented {
				documented++
			}
			for _, at := range []time.Time{{}, time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)} {
				for _, item := range validator.Body(e.Body, at) {
					for _, f := range item.Verdict.Findings {
						require.True(t, e.Documented, "%s %s: %v", eventType.Name, e.Name, f)
						require.Equal(t, webhook.RuleLeftover, f.Rule, "%s %s: %v", eventType.Name, e.Name, f)
						leftovers++
					}
				}
			}
		}
	}
	require.Positive(t, leftovers)
	require.Greater(t, documented, 100)
}

// The linter accepts leftovers in a payload that documented.tsv lists, and in no other example.
func TestLint_LeftoversNeedADocument(t *testing.T) {
	t.Parallel()
	tree := userTree(t)
	var name string
	for file := range tree {
		if strings.HasPrefix(file, "acme/sms.status/examples/") && strings.Contains(string(tree[file].Data), "919000000012") {
			name = file
		}
	}
	tree[name] = &fstest.MapFile{Data: []byte(strings.Replace(string(tree[name].Data), "919000000012", "91XXXXXXXXXX", 1))}
	lint := func() []error {
		catalog, err := schemas.Load(tree)
		require.NoError(t, err)
		return catalog.Lint(catalog.Providers[0])
	}
	problems := lint()
	require.Len(t, problems, 1)
	require.ErrorContains(t, problems[0], "example is not ok but drift: leftover at ")
	tree["documented.tsv"] = &fstest.MapFile{Data: []byte("example\tevent\n" + name + "\tacme/sms.status\n")}
	require.Empty(t, lint())
	tree[name].Data = []byte(strings.Replace(string(tree[name].Data), "91XXXXXXXXXX", "91", 1))
	require.Len(t, lint(), 1, "an implausible value is not a leftover")
}
