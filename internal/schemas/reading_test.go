package schemas

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/sequence"
)

// readExample reads the only item of an example of an event type, after a change of its text.
func readExample(t *testing.T, catalog *Catalog, name, example, old, replacement string) sequence.Item {
	t.Helper()
	eventType, err := catalog.Type(name)
	require.NoError(t, err)
	examples, err := eventType.Examples()
	require.NoError(t, err)
	i := slices.IndexFunc(examples, func(e Example) bool { return e.Name == example })
	require.GreaterOrEqual(t, i, 0, example)
	body := string(examples[i].Body)
	require.Contains(t, body, old)
	validator, err := catalog.Validator(Scope{})
	require.NoError(t, err)
	_, read := validator.Read([]byte(strings.Replace(body, old, replacement, 1)), time.Time{})
	require.Len(t, read, 1)
	return read[0]
}

func textsOfItem(item sequence.Item, name string) []string {
	var all []string
	for _, v := range item.Values {
		if v.Name == name {
			all = append(all, v.Text)
		}
	}
	return all
}

// What is read of a body is about the same items as the verdicts, and each canonical event is one of its
// type.
func TestRead_AgreesWithBody(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	validator, err := catalog.Validator(Scope{})
	require.NoError(t, err)
	events := map[string]bool{}
	for _, eventType := range catalog.Types() {
		examples, err := eventType.Examples()
		require.NoError(t, err)
		for _, one := range examples {
			items, read := validator.Read(one.Body, time.Time{})
			require.Equal(t, validator.Body(one.Body, time.Time{}), items)
			require.Len(t, read, len(items))
			for i := range read {
				require.Equal(t, items[i].Pointer, read[i].Place.Item)
				require.Equal(t, items[i].Verdict.Type, read[i].Type)
				if read[i].Event != "" {
					require.Contains(t, eventType.CanonicalEvents(), read[i].Event, "%s %s", eventType.Name, one.Name)
					events[read[i].Event] = true
				}
			}
		}
	}
	require.Greater(t, len(events), 40)
}

func TestRead_CanonicalEvents(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	for _, c := range []struct{ typeName, example, old, replacement, event, route string }{
		{"mobtexting/sms.message.status", "documented", "DELIVRD", "DELIVRD", "message.delivered", "mobtexting/sms"},
		{"mobtexting/sms.message.status", "documented", "DELIVRD", "UNDELIV", "message.undelivered", "mobtexting/sms"},
		{"mobtexting/sms.message.status", "documented", "DELIVRD", "ABSENT-SUB", "message.failed", "mobtexting/sms"},
		{"mobtexting/sms.message.status", "documented", "DELIVRD", "NO-SUCH-WORD", "", "mobtexting/sms"},
		{"mobtexting/viber.message.status", "delivered-not-read", `"delivered"`, `"read"`, "message.read", "mobtexting/viber"},
		{"gupshup/v3/message.interactive", "button-reply", `"type": "button_reply"`, `"type": "list_reply"`, "inbound.list", "gupshup/v3"},
		{"gupshup/v2/message-event.failed", "bsuid", "failed", "failed", "message.failed", "gupshup/v2"},
	} {
		item := readExample(t, catalog, c.typeName, c.example, c.old, c.replacement)
		require.Equal(t, []string{c.event, c.route}, []string{item.Event, item.Route}, c)
	}
}

func TestRead_Values(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	failed := readExample(t, catalog, "gupshup/v2/message-event.failed", "bsuid", "failed", "failed")
	require.Equal(t, []string{"undeliverable"}, failed.Reasons)
	require.True(t, failed.LinkedDevices)
	require.Contains(t, failed.Supported, "message.sent")
	masked := readExample(t, catalog, "netcore/event.sent", "empty-fields", `"mobile": "919000000011"`, `"mobile": "9190XXXXXX11"`)
	require.False(t, masked.LinkedDevices)
	require.Equal(t, []string{"9190XXXXXX11"}, textsOfItem(masked, "recipient.phone"), "a value that doesn't fit its format is read, too")
	flat := readExample(t, catalog, "mobtexting/sms.message.status", "documented", "DELIVRD", "DELIVRD")
	i := slices.IndexFunc(flat.Values, func(v sequence.Value) bool { return v.Format == "datetime_ist" && !v.Time.IsZero() })
	require.GreaterOrEqual(t, i, 0)
}

// Equal items have the same hash, whatever the ID of their delivery.
func TestRead_Hash(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	sample := func(old, replacement string) uint64 {
		return readExample(t, catalog, "gupshup/v2/message-event.sent", "bsuid", old, replacement).Hash
	}
	require.Equal(t, sample("{", "{"), sample("{", "{ "))
	require.NotEqual(t, sample("{", "{"), sample("DemoApp", "OtherApp"))
	inbound := func(id string) uint64 {
		body := `{"id":"` + id + `","businessPhoneNumber":"+919000000001","contacts":{"profile":{"name":"Asha"},"wa_id":"919000000011"},` +
			`"messages":{"from":"919000000011","id":"wamid.A1","text":{"body":"Hi"},"timestamp":"1731580203","type":"text"}}`
		validator, err := catalog.Validator(Scope{Type: "tata-omni/message.text"})
		require.NoError(t, err)
		_, read := validator.Read([]byte(body), time.Time{})
		return read[0].Hash
	}
	require.Equal(t, inbound("delivery-1"), inbound("delivery-2"))
}
