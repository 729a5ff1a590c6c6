package schemas

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// noPhone matches what stands where a phone number does and is none: the
// documents' masked digits, user ids, group ids, call flows, and what people
// write on contact cards.
var noPhone = regexp.MustCompile(`[A-Za-z* ]|^[0-9]{16,}$`)

// A spelling is read both ways: what stands in an example where a schema says
// x-value must read as that value. A time in the wrong unit would be a time in
// 1970 or in the year 50000.
func TestValues_OfExamples(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	list, err := os.ReadFile("../../schemas/documented.tsv")
	require.NoError(t, err)
	documented := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		documented[strings.Split(line, "\t")[0]] = true
	}
	read := map[value.Kind]int{}
	for _, eventType := range catalog.Types() {
		examples, err := eventType.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			root, _, err := document.JSON(e.Body, document.BodyLimits())
			require.NoError(t, err)
			walkBody(&root, nil, func(path []string, n *document.Node) {
				for _, s := range eventType.Root().Describing(path) {
					s.Sometimes(func(a *jsonschema.Schema) {
						if a.Value != "" && n.Kind != document.Null && n.Text != "" {
							checkValue(t, eventType.Name+" "+e.Name+" "+document.Pointer(path...), a, n, documented[eventType.Name+"/examples/"+e.Name+".json"])
							read[a.Format.Kind()]++
						}
					})
				}
			})
		}
	}
	for _, kind := range []value.Kind{value.ID, value.Phone, value.Time, value.Number, value.Text} {
		require.Greater(t, read[kind], 20, "%s values were read", kind)
	}
}

func checkValue(t *testing.T, where string, s *jsonschema.Schema, n *document.Node, documented bool) {
	t.Helper()
	v, err := s.Format.Parse(n.Any())
	switch kind := s.Format.Kind(); {
	case kind == value.Phone && noPhone.MatchString(n.Text):
	case kind == value.Time && documented && (err != nil || v.Time().Year() < 2008):
		// TIMESTAMP, 1234567890
	case err != nil:
		t.Errorf("%s does not read as %s: %v", where, s.Value, err)
	case kind == value.Time && (v.Time().Year() < 2008 || v.Time().Year() > 2040):
		t.Errorf("%s: %s reads as the year %d", where, s.Value, v.Time().Year())
	}
}

func walkBody(n *document.Node, path []string, visit func([]string, *document.Node)) {
	visit(path, n)
	for i := range n.Members {
		walkBody(&n.Members[i].Value, append(slices.Clip(path), n.Members[i].Key), visit)
	}
	for i := range n.Items {
		walkBody(&n.Items[i], append(slices.Clip(path), strconv.Itoa(i)), visit)
	}
}

// What a schema names and nobody spells would come as a uuid, where the provider
// has digits. The ids of the message that is replied to, of the campaign of a call,
// and of the message that a status is about are spelled as others.
func TestRouteID_CoversIDsOfSchemas(t *testing.T) {
	t.Parallel()
	spelledElsewhere := []string{value.FakeID, "message.reply_to", "message.reply_channel_id", "message.reply_meta_id", "call.mid", "message.outbound_channel_id"}
	texts := []string{"message.metadata", "message.choice"}
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	for _, p := range catalog.Providers {
		for _, route := range p.Routes {
			for _, eventType := range route.Types() {
				eventType.Root().Walk(func(s *jsonschema.Schema) {
					if s.Format.Kind() != value.ID && !slices.Contains(texts, s.Value) || slices.Contains(spelledElsewhere, s.Value) {
						return
					}
					if _, ok := route.ID(s.Value); !ok {
						t.Errorf("%s: %s%s is %s, which ids does not spell", route.Name, eventType.Name, s.Pointer, s.Value)
					}
				})
			}
		}
	}
}

// Netcore's metadata is JSON in a string.
func TestRouteID_TextFromTemplate(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	route, err := catalog.Route("netcore")
	require.NoError(t, err)
	template, ok := route.ID("message.metadata")
	require.True(t, ok)
	place, err := value.OfNumber("0")
	require.NoError(t, err)
	values := map[string]value.Value{
		"message.reply_to":      value.OfID("api-337-919000000011-5b2f-1731580201"),
		"message.reply_sent_at": value.OfTime(time.UnixMilli(1731580203417)),
		"template.code":         value.OfID("offer_2024"),
		"message.suggestion":    value.OfText("url_action"),
		"message.place":         place,
	}
	text, err := template.Expand(func(name string) (value.Value, bool) { v, ok := values[name]; return v, ok }, nil)
	require.NoError(t, err)
	require.JSONEq(t, `{"msgId": "api-337-919000000011-5b2f-1731580201", "a2pMsgDate": "2024-11-14T10:30:03.417", "templateCode": "offer_2024",
		"templateType": "rich_card", "suggestionType": "url_action", "suggestionIndex": 0}`, text)
}

// What a spelling writes is of a type that its place allows.
func TestShape_FormatFitsType(t *testing.T) {
	t.Parallel()
	catalog, err := Load(os.DirFS("../../schemas"))
	require.NoError(t, err)
	phone, err := value.OfPhone("919900000000")
	require.NoError(t, err)
	number, err := value.OfNumber("7")
	require.NoError(t, err)
	samples := map[value.Kind]value.Value{
		value.ID: value.OfID("7"), value.Phone: phone, value.Time: value.OfTime(time.Unix(1731580203, 0)), value.Duration: value.OfDuration(time.Second),
		value.Money: value.OfMoney(20000), value.Number: number, value.Text: value.OfText("x"), value.Bool: value.OfBool(true),
	}
	for _, eventType := range catalog.Types() {
		eventType.Root().Walk(func(s *jsonschema.Schema) {
			if s.Value == "" || s.Types == nil {
				return
			}
			written, err := s.Format.Text(samples[s.Format.Kind()])
			require.NoError(t, err)
			var fits []string
			switch written.(type) {
			case string:
				fits = []string{"string"}
			case bool:
				fits = []string{"boolean"}
			default:
				fits = []string{"integer", "number"}
			}
			if !slices.ContainsFunc(fits, func(one string) bool { return slices.Contains(s.Types, one) }) {
				t.Errorf("%s%s: %s is written as %T where %v may stand", eventType.Name, s.Pointer, s.Value, written, s.Types)
			}
		})
	}
}
