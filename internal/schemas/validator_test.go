package schemas_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// gupshupBody is a Gupshup v2 body of the form that the wire has, with places to spoil.
func gupshupBody(payload string) string {
	return `{"app":"DemoApp","timestamp":1710940462137,"version":2,"type":"message-event","payload":` + payload + `}`
}

const sentPayload = `{"id":"gBEGkYaYVSEEAgkD7bRi9syGnBk","gsId":"90010259-98da","type":"sent","destination":"919000000001",` +
	`"payload":{"ts":1710940461},"conversation":{"id":"5e4a","expiresAt":1711023240,"type":"service"},"pricing":{"policy":"CBP","category":"service"}}`

func netcore(elements ...string) string { return "[" + strings.Join(elements, ",") + "]" }

func netcoreEvent(status, time string) string {
	return fmt.Sprintf(`{"callbackdata":"","channel":"RCS","event_time":%s,"last_channel":"","message_id":"api-1","mobile":"919000000001",`+
		`"remarks":"","requestid":"f95e","status":%q,"tags":[],"type":"Template"}`, time, status)
}

func v3(changes ...string) string {
	return `{"object":"whatsapp_business_account","gs_app_id":"a","entry":[{"id":"1","changes":[` + strings.Join(changes, ",") + `]}]}`
}

func v3Change(value string) string { return `{"field":"messages","value":` + value + `}` }

// What all bodies have, and what those of inbound messages have.
const (
	v3Envelope = `"messaging_product":"whatsapp","metadata":{"display_phone_number":"919000000002","phone_number_id":"118264093750217"}`
	v3Contact  = `,"contacts":[{"profile":{"name":"Asha"},"wa_id":"919000000001"}]`
)

func v3Status(status string) string {
	return fmt.Sprintf(`{"gs_id":"7d","id":"wamid.A","recipient_id":"919000000001","status":%q,"timestamp":"1710930461"}`, status)
}

const v3Text = `{"from":"919000000001","id":"wamid.B","timestamp":"1710930462","type":"text","text":{"body":"Hi"}}`

// brief is what a row of a table says of an item: level, event, and each
// finding as "rule pointer".
func brief(item webhook.Item) string {
	v := item.Verdict
	parts := []string{item.Pointer, v.Level.String(), v.Provider, v.Type}
	for _, f := range v.Findings {
		parts = append(parts, f.Rule+" "+f.Pointer)
	}
	return strings.Join(parts, " · ")
}

func TestValidate_RecognizesAndGradesLevels(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for name, c := range map[string]struct {
		body  string
		scope schemas.Scope
		want  []string
	}{
		"a body that is right": {
			body: gupshupBody(sentPayload), want: []string{" · ok · gupshup · gupshup/v2/message-event.sent"},
		},
		"no JSON": {
			body: `{"app":`, want: []string{" · error ·  ·  · syntax "},
		},
		"nothing": {
			body: "", want: []string{" · error ·  ·  · syntax "},
		},
		"an unlisted kind is unknown, with its provider": {
			body: gupshupBody(strings.Replace(sentPayload, `"sent"`, `"sennt"`, 1)), want: []string{" · unknown · gupshup ·  · unrecognized /payload/type"},
		},
		"a missing kind is an error": {
			body: gupshupBody(strings.Replace(sentPayload, `"type":"sent",`, ``, 1)), want: []string{" · error · gupshup ·  · discriminator /payload/type"},
		},
		"a kind that is no text is an error": {
			body: gupshupBody(strings.Replace(sentPayload, `"sent"`, `7`, 1)), want: []string{" · error · gupshup ·  · discriminator /payload/type"},
		},
		"the document's choice come back as a kind": {
			body: gupshupBody(strings.Replace(sentPayload, `"sent"`, `"enqueued|failed|sent"`, 1)), want: []string{" · error · gupshup ·  · placeholder /payload/type"},
		},
		"the document's placeholder come back as a kind": {
			body: `{"statuses":[{"id":"wamid.A","status":"STATUS","timestamp":"1710930462","recipient_id":"919000000001"}],"id":"x"}`,
			want: []string{"/statuses/0 · error · tata-omni ·  · placeholder /statuses/0/status"},
		},
		"the document's choice come back as a known value": {
			body: `{"event":"whatsapp:message:status","payload":{"id":"a","channel":"whatsapp","from":"919000000002","to":"919000000001","status":"sent|read","processed_at":"2021-06-18T14:48:06.886358Z","timestamp":"2021-06-18T14:48:06.886358Z"}}`,
			want: []string{" · error · mobtexting · mobtexting/whatsapp.message.status · placeholder /payload/status"},
		},
		"nothing known": {
			body: `{"hello":"world"}`, want: []string{" · unknown ·  ·  · unrecognized "},
		},
		"no object at all": {
			body: `42`, want: []string{" · unknown ·  ·  · unrecognized "},
		},
		"an unlisted V3 status is unknown, and no faulty errors event": {
			body: v3(v3Change(`{"messaging_product":"whatsapp","statuses":[` + v3Status("sennt") + `]}`)),
			want: []string{"/entry/0/changes/0/value/statuses/0 · unknown · gupshup ·  · unrecognized /entry/0/changes/0/value/statuses/0/status"},
		},
		"a V3 status without its kind lacks its kind, and is no faulty errors event": {
			body: v3(v3Change(`{"messaging_product":"whatsapp","statuses":[` + strings.Replace(v3Status("sent"), `"status":"sent",`, "", 1) + `]}`)),
			want: []string{"/entry/0/changes/0/value/statuses/0 · error · gupshup ·  · discriminator /entry/0/changes/0/value/statuses/0/status"},
		},
		"an unlisted kind of answer is drift, not an error": {
			body: v3(v3Change(`{` + v3Envelope + v3Contact + `,"messages":[{"from":"919000000001","id":"i","timestamp":"1710930462","type":"interactive","interactive":{"type":"catalog_message_reply"}}]}`)),
			want: []string{"/entry/0/changes/0/value/messages/0 · drift · gupshup · gupshup/v3/message.interactive · unlisted-value /entry/0/changes/0/value/messages/0/interactive/type"},
		},
		"what has the wrong type is told so once": {
			body: gupshupBody(strings.Replace(sentPayload, `"payload":{"ts":1710940461}`, `"payload":[7]`, 1)),
			want: []string{" · error · gupshup · gupshup/v2/message-event.sent · type /payload/payload"},
		},
		"an unlisted kind of template event is unknown, and no faulty status update": {
			body: `{"app":"a","timestamp":1,"version":2,"type":"template-event","payload":{"type":"categry-update","id":"i","elementName":"e","languageCode":"en","category":{"old":"A","new":"B"}}}`,
			want: []string{" · unknown · gupshup ·  · unrecognized /payload/type"},
		},
		"with a type, a body is validated as it, whatever it looks like": {
			body: `{"hello":"world"}`, scope: schemas.Scope{Type: "gupshup/v2/user-event.opted-in"},
			want: []string{" · error · gupshup · gupshup/v2/user-event.opted-in · required /app · required /payload · required /timestamp · required /type · required /version · unknown-field /hello"},
		},
		"narrowed to a provider, nothing else is considered": {
			body: gupshupBody(sentPayload), scope: schemas.Scope{Route: "netcore"}, want: []string{" · unknown ·  ·  · unrecognized "},
		},
		"narrowed to a route, the provider's other routes are not considered": {
			body: gupshupBody(sentPayload), scope: schemas.Scope{Route: "gupshup/v3"}, want: []string{" · unknown ·  ·  · unrecognized "},
		},
		"a tape's word narrows, but does not force": {
			body: gupshupBody(sentPayload), scope: schemas.Scope{Likely: "gupshup/v2/message-event.read"}, want: []string{" · unknown · gupshup ·  · unrecognized /payload/type"},
		},
		"a tape's word that the catalogue does not know is passed over": {
			body: gupshupBody(sentPayload), scope: schemas.Scope{Likely: "gupshup/v9/x"}, want: []string{" · ok · gupshup · gupshup/v2/message-event.sent"},
		},
		"a bad second element of a batch is found": {
			body: netcore(netcoreEvent("Delivered", "1704876828"), netcoreEvent("Read", `"x"`)),
			want: []string{"/0 · ok · netcore · netcore/event.delivered", "/1 · error · netcore · netcore/event.read · type /1/event_time"},
		},
		"a good first element does not hide an unknown second": {
			body: netcore(netcoreEvent("Delivered", "1704876828"), netcoreEvent("Reed", "1704876828")),
			want: []string{"/0 · ok · netcore · netcore/event.delivered", "/1 · unknown · netcore ·  · unrecognized /1/status"},
		},
		"a bad first element does not hide a good second": {
			body: netcore(`7`, netcoreEvent("Read", "1704876828")),
			want: []string{"/0 · unknown ·  ·  · unrecognized /0", "/1 · ok · netcore · netcore/event.read"},
		},
		"statuses and messages of several changes are items": {
			body: v3(v3Change(`{`+v3Envelope+`,"statuses":[`+v3Status("sent")+`,`+v3Status("read")+`]}`),
				v3Change(`{`+v3Envelope+v3Contact+`,"messages":[`+v3Text+`],"statuses":[`+strings.Replace(v3Status("delivered"), `"timestamp":"1710930461"`, `"timestamp":true`, 1)+`]}`)),
			want: []string{
				"/entry/0/changes/0/value/statuses/0 · ok · gupshup · gupshup/v3/status.sent",
				"/entry/0/changes/0/value/statuses/1 · ok · gupshup · gupshup/v3/status.read",
				"/entry/0/changes/1/value/messages/0 · ok · gupshup · gupshup/v3/message.text",
				"/entry/0/changes/1/value/statuses/0 · error · gupshup · gupshup/v3/status.delivered · type /entry/0/changes/1/value/statuses/0/timestamp",
			},
		},
		"a change without statuses or messages is an item itself": {
			body: v3(v3Change(`{"messaging_product":"whatsapp","errors":[{"code":130429,"title":"Rate limit hit"}]}`), v3Change(`{`+v3Envelope+`,"statuses":[`+v3Status("sent")+`]}`)),
			want: []string{"/entry/0/changes/0 · ok · gupshup · gupshup/v3/errors", "/entry/0/changes/1/value/statuses/0 · ok · gupshup · gupshup/v3/status.sent"},
		},
		"an element with an id only is no item, and stays beside each": {
			body: `{"statuses":[{"id":"wamid.A","status":"sent","timestamp":"1710930462","recipient_id":"919000000001","conversation":{"id":"c","expiration_timestamp":"1710990000","origin":{"type":"service"}},"pricing":{"billable":true,"pricing_model":"CBP","category":"service"}},{"id":"u"}],"id":"u"}`,
			want: []string{"/statuses/0 · ok · tata-omni · tata-omni/status.sent"},
		},
		"a new field and a new value are drift": {
			body: gupshupBody(strings.Replace(strings.Replace(sentPayload, `"policy":"CBP"`, `"policy":"XBP"`, 1), `"ts":`, `"via":"x","ts":`, 1)),
			want: []string{" · drift · gupshup · gupshup/v2/message-event.sent · unknown-field /payload/payload/via · unlisted-value /payload/pricing/policy"},
		},
		"an empty key is a key": {
			body: gupshupBody(strings.Replace(sentPayload, `"ts":`, `"":"x","ts":`, 1)),
			want: []string{" · drift · gupshup · gupshup/v2/message-event.sent · unknown-field /payload/payload/"},
		},
		"an empty key deep in an alternative is one drift": {
			body: v3(v3Change(`{` + v3Envelope + `,"contacts":[{"profile":{"name":"Asha","":""},"wa_id":"919000000001"}],"messages":[{"from":"919000000001","id":"i","reaction":{"message_id":"m"},"timestamp":"1710930462","type":"reaction"}]}`)),
			want: []string{"/entry/0/changes/0/value/messages/0 · drift · gupshup · gupshup/v3/message.reaction · unknown-field /entry/0/changes/0/value/contacts/0/profile/"},
		},
		"an error does not hide drift beside it": {
			body: gupshupBody(strings.Replace(sentPayload, `"destination":"919000000001"`, `"destinaton":"919000000001"`, 1)),
			want: []string{" · error · gupshup · gupshup/v2/message-event.sent · required /payload/destination · unknown-field /payload/destinaton"},
		},
		"a repeated key is drift": {
			body: gupshupBody(strings.Replace(sentPayload, `"gsId":`, `"gsId":"x","gsId":`, 1)),
			want: []string{" · drift · gupshup · gupshup/v2/message-event.sent · duplicate-key /payload/gsId"},
		},
		"a lone surrogate is drift": {
			body: strings.Replace(gupshupBody(sentPayload), "DemoApp", `Demo\ud83dApp`, 1),
			want: []string{" · drift · gupshup · gupshup/v2/message-event.sent · lone-surrogate /app"},
		},
		"a byte order mark is drift": {
			body: "\ufeff" + gupshupBody(sentPayload),
			want: []string{" · drift · gupshup · gupshup/v2/message-event.sent · byte-order-mark "},
		},
		"a number that nothing can hold is an error before v5 sees it": {
			body: strings.Replace(gupshupBody(sentPayload), "1710940462137", "1e5000000", 1),
			want: []string{" · error · gupshup · gupshup/v2/message-event.sent · number /timestamp"},
		},
		"a thousand levels are too deep to be validated": {
			body: strings.Repeat("[", 1000) + strings.Repeat("]", 1000), want: []string{" · inconclusive ·  ·  · limit "},
		},
		"a thousand items are too many to be validated": {
			body: netcore(slices.Repeat([]string{netcoreEvent("Read", "1704876828")}, 1001)...), want: []string{" · inconclusive ·  ·  · limit "},
		},
		"a defect in a batch belongs to its item": {
			body: netcore(netcoreEvent("Delivered", "1704876828"), strings.Replace(netcoreEvent("Read", "1704876828"), `"callbackdata":""`, `"callbackdata":"\ud83d"`, 1)),
			want: []string{"/0 · ok · netcore · netcore/event.delivered", "/1 · drift · netcore · netcore/event.read · lone-surrogate /1/callbackdata"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, item := range verdictsOn(t, validatorOf(t, catalog, c.scope), []byte(c.body)) {
				require.NotNil(t, item.Verdict.Candidates)
				got = append(got, brief(item))
			}
			require.Equal(t, c.want, got)
		})
	}
}

func TestValidate_NamesAllAmbiguousTypes(t *testing.T) {
	t.Parallel()
	body := `{"id":436,"receiver":"919000000001","type":"category","value":"WUC","created_at":"2023-07-08T12:27:39.000000Z","status":"Unsubscriber created successfully"}`
	validator := validatorOf(t, embedded(t), schemas.Scope{})
	v := verdictsOn(t, validator, []byte(body))[0].Verdict
	require.Equal(t, webhook.LevelOK, v.Level)
	require.Empty(t, v.Type)
	require.Equal(t, []string{"mobtexting/rcs.unsubscription", "mobtexting/viber.unsubscription", "mobtexting/whatsapp.unsubscription"}, v.Candidates)

	withText := strings.Replace(body, "436", `"d105a1ef"`, 1)
	v = verdictsOn(t, validator, []byte(withText))[0].Verdict
	require.Equal(t, webhook.LevelOK, v.Level)
	require.Equal(t, []string{"mobtexting/sms.unsubscription", "mobtexting/voice.unsubscription"}, v.Candidates, "the best level decides")

	narrowed := validatorOf(t, embedded(t), schemas.Scope{Route: "mobtexting/whatsapp"})
	require.Equal(t, "mobtexting/whatsapp.unsubscription", verdictsOn(t, narrowed, []byte(body))[0].Verdict.Type)
}

// What nothing recognises is told by the values that name events, and by keys.
func TestValidate_DescribesUnknownBody(t *testing.T) {
	t.Parallel()
	validator, err := embedded(t).Validator(schemas.Scope{})
	require.NoError(t, err)
	for body, want := range map[string]string{
		`{"colour":"red","size":5}`: "object with colour, size",
		`{"app":"a","timestamp":1,"version":2,"type":"wallet-event","payload":{"type":"low"}}`: `object with type "wallet-event", app, timestamp, version, … (5 keys)`,
		`{"field":"x","a":1,"object":"y"}`:              `object with field "x", object "y", a`,
		`{"type":7,"event":"to 919000000001"}`:          `object with event "to 9190xxxxxx01", type`,
		`{"type":"` + strings.Repeat("long", 20) + `"}`: `object with type "longlonglonglonglonglonglongl…"`,
		`[{"status":"x"},{"status":"y"}]`:               `array of object with status "x"`,
		`[]`:                                            "an empty array",
		`"text"`:                                        `string "text"`,
	} {
		items := validator.Body([]byte(body), time.Time{})
		require.Equal(t, want, items[0].Verdict.Findings[0].Found, body)
	}
}

func TestFindings_ExplainWhatToChange(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for name, c := range map[string]struct {
		body string
		want webhook.Finding
	}{
		"an unlisted word has its neighbour": {
			gupshupBody(strings.Replace(sentPayload, `"sent"`, `"sennt"`, 1)),
			webhook.Finding{Level: webhook.LevelUnknown, Rule: "unrecognized", Pointer: "/payload/type", Line: 1, Column: 155, Found: `string "sennt"`,
				Expected: `one of "deleted", "delivered", "enqueued", "failed", "mismatch", "read", "referral", "sent"`, Hint: `did you mean "sent"?`,
				Document: "gupshup-webhooks.md: 1.4 Sent; Gupshup docs: message-events, access-api, bsuid"},
		},
		"a type says what is and what should be": {
			netcore(netcoreEvent("Read", `"1704876828"`)),
			webhook.Finding{Level: webhook.LevelError, Rule: "type", Pointer: "/0/event_time", Line: 1, Column: 50, Found: `string "1704876828"`,
				Expected: "integer", Document: "netcore-rcs-webhooks.md: Read Webhook"},
		},
		"a phone number is masked": {
			strings.Replace(netcore(netcoreEvent("Read", "1704876828")), `"mobile":"919000000001"`, `"mobile":919000000001`, 1),
			webhook.Finding{Level: webhook.LevelError, Rule: "type", Pointer: "/0/mobile", Line: 1, Column: 109, Found: `number 9190xxxxxx01`,
				Expected: "string", Document: "netcore-rcs-webhooks.md: Read Webhook"},
		},
		"a place counts characters and lines": {
			"[\n  {\"callbackdata\": \"😀é\", \"status\": \"Reed\", \"channel\": \"RCS\", \"event_time\": 1, \"last_channel\": \"\",\n\"message_id\": \"a\", \"mobile\": \"9\", \"remarks\": \"\", \"requestid\": \"r\", \"tags\": [], \"type\": \"Template\"}]",
			webhook.Finding{Level: webhook.LevelUnknown, Rule: "unrecognized", Pointer: "/0/status", Line: 2, Column: 36, Found: `string "Reed"`,
				Expected: `one of "Clicked", "Delivered", "Failed", "Not sent", "Read", "Sent"`, Hint: `did you mean "Read"?`,
				Document: "netcore-rcs-webhooks.md: Read Webhook"},
		},
		"what is no JSON at all is guessed at": {
			"<html>", webhook.Finding{Level: webhook.LevelError, Rule: "syntax", Line: 1, Column: 1, Found: "unexpected '<' where a value should begin",
				Expected: "JSON", Hint: "it looks like HTML or XML", Document: "RFC 8259"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			items := verdictsOn(t, validatorOf(t, catalog, schemas.Scope{}), []byte(c.body))
			require.Equal(t, []webhook.Finding{c.want}, items[0].Verdict.Findings)
		})
	}
}

// v5 reports errors in random order; findings are in the order of the body.
func TestFindings_AreDeterministic(t *testing.T) {
	t.Parallel()
	validator := validatorOf(t, embedded(t), schemas.Scope{Type: "mobtexting/whatsapp.message.in"})
	body := []byte(`{"event":"whatsapp:message:in","a":1,"b":2,"payload":{"channels":[{"name":7,"x":1}],"recipient":{"user":{"email":5,"phone":6}},"message":{"type":"image","payload":{"url":1,"zz":2}}}}`)
	first := verdictsOn(t, validator, body)
	require.Greater(t, len(first[0].Verdict.Findings), 6)
	for range 100 {
		require.Equal(t, first, verdictsOn(t, validator, body))
	}
}

func TestMaskPhones(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"919000000001":                        "9190xxxxxx01",
		"+919000000001":                       "+9190xxxxxx01",
		"call 919000000001.":                  "call 9190xxxxxx01.",
		"+91 90000 00001":                     "+91 90xxx xxx01",
		"90000-00001":                         "9000x-xxx01",
		"+1 (415) 555-2671":                   "+1 (415) xxx-xx71",
		"wamid.HBgMOTE5MDAwMDAwMDAxFQIAEhgU=": "wamid.HBxxxxxxxxxxxxxxxxxxxxxxxxxxx",
		"1710930461":                          "1710930461",    // unix seconds
		"1710930461123":                       "1710930461123", // unix milliseconds
		"2021-04-09 16:27:51":                 "2021-04-09 16:27:51",
		"120363041729938461":                  "120363041729938461", // a group
		"131026":                              "131026",
	} {
		require.Equal(t, want, schemas.MaskPhones(text))
		require.Len(t, schemas.MaskPhones(text), len(text))
	}
}

// A small body must not cost minutes: each item is judged with its envelope.
func TestValidate_LimitsItemsInLargeEnvelope(t *testing.T) {
	t.Parallel()
	contacts := strings.Repeat(`{"wa_id":"9"},`, 5000) + `{"wa_id":"9"}`
	statuses := strings.Repeat(v3Status("sent")+",", 999) + v3Status("sent")
	body := v3(v3Change(`{"messaging_product":"whatsapp","contacts":[` + contacts + `],"statuses":[` + statuses + `]}`))
	items := verdictsOn(t, validatorOf(t, embedded(t), schemas.Scope{}), []byte(body))
	require.Len(t, items, 1)
	require.Equal(t, webhook.LevelInconclusive, items[0].Verdict.Level)
}

func TestValidator_RejectsUnknownScope(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for _, c := range []struct {
		scope schemas.Scope
		want  string
	}{
		{schemas.Scope{Route: "gupshop"}, `find provider: no provider or route is named "gupshop"; did you mean "gupshup"?`},
		{schemas.Scope{Type: "netcore/event.sennt"}, `find event type: no event type is named "netcore/event.sennt"; did you mean "netcore/event.sent"?`},
		{schemas.Scope{Type: "hello"}, "find event type: no event type is named \"hello\"; `ringback catalog list` lists all"},
		{schemas.Scope{Type: "netcore/event.sent", Route: "gupshup"}, "find event type: netcore/event.sent is not a type of gupshup"},
	} {
		_, err := catalog.Validator(c.scope)
		require.EqualError(t, err, c.want)
	}
}

func TestLoad_ChecksAnnotations(t *testing.T) {
	t.Parallel()
	tree := userTree(t)
	optOut(`"type": "object",`, `"readOnly": "yes", "type": "object",`)(t, tree)
	_, err := schemas.Load(tree)
	require.ErrorContains(t, err, "acme/opt-out/schema.json:")
	require.ErrorContains(t, err, `expected true or false, found string "yes"`)
}

func TestFindings_StopAtOneHundred(t *testing.T) {
	t.Parallel()
	validator := validatorOf(t, embedded(t), schemas.Scope{Type: "netcore/event.sent"})
	body := strings.Replace(netcore(netcoreEvent("Sent", "1704876828")), `"tags":[]`, `"tags":[`+strings.Repeat("7,", 999)+`7]`, 1)
	findings := verdictsOn(t, validator, []byte(body))[0].Verdict.Findings
	require.Len(t, findings, 101)
	require.Equal(t, "/0/tags/0", findings[0].Pointer)
	require.Equal(t, "/0/tags/99", findings[99].Pointer)
	require.Equal(t, "more", findings[100].Rule)
	require.Equal(t, "900 more problems", findings[100].Found)
}

// A key can be a phone number, too.
func TestFindings_MaskPhoneNumberInPointer(t *testing.T) {
	t.Parallel()
	body := gupshupBody(strings.Replace(sentPayload, `"ts":`, `"919000000077":"x","ts":`, 1))
	items := verdictsOn(t, validatorOf(t, embedded(t), schemas.Scope{}), []byte(body))
	require.Equal(t, " · drift · gupshup · gupshup/v2/message-event.sent · unknown-field /payload/payload/9190xxxxxx77", brief(items[0]))
}

func TestCatalog_SharesValidators(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	first, err := catalog.Validator(schemas.Scope{Route: "netcore"})
	require.NoError(t, err)
	again, err := catalog.Validator(schemas.Scope{Route: "netcore", Likely: "no/such-type"})
	require.NoError(t, err)
	require.Same(t, first, again)
	_, err = catalog.Validator(schemas.Scope{Route: "nobody"})
	require.ErrorContains(t, err, `no provider or route is named "nobody"`)
}
