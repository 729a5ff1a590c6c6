package scenarios_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// Whatever a recipient is played, the route can play it: a call to a send Operation
// must not fail for the digits of a phone number.
func TestMagic_PlaysEveryRecipientOnEveryRoute(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	magic, err := shipped.Magic()
	require.NoError(t, err)
	for _, name := range catalog.Routes() {
		r := routeOf(t, catalog, name)
		for _, one := range append(slices.Clone(magic.Recipients), magic.Others) {
			played, with, ok := magic.For("91900000"+one.Digits, r)
			require.Equal(t, one.Digits != "", ok)
			require.NotEmpty(t, one.Description)
			if played == "" {
				continue
			}
			require.Contains(t, one.Scenarios, played)
			s, err := library.Scenario(played)
			require.NoError(t, err)
			_, err = s.Plan(r, scenarios.Options{With: with})
			require.NoError(t, err, "%s on %s", one.Digits, name)
		}
	}
}

func TestMagic_ChoosesScenarioOfRoute(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	magic, err := shipped.Magic()
	require.NoError(t, err)
	for _, c := range []struct{ phone, route, scenario, reason string }{
		{"919000000001", "gupshup/v2", "message-not-read", ""},
		{"919000000002", "netcore", "message-delivered", ""},
		{"919000000010", "gupshup/v3", "message-failed-sync", "not-on-whatsapp"},
		{"919000000010", "netcore", "message-failed-sync", "not-on-rcs"},
		{"919000000010", "mobtexting/whatsapp", "message-failed-sync", ""},
		{"919000000011", "mobtexting/sms", "message-failed-sync", "low-balance"},
		{"919000000020", "tata-omni", "message-failed-async", "window-closed"},
		{"919000000030", "mobtexting/sms", "message-undelivered", ""},
		{"919000000030", "gupshup/v2", "message-failed-async", ""},
		{"919000000051", "mobtexting/sms", "", ""},
		{"919000001234", "gupshup/v2", "message-delivered", ""},
		{"919000001234", "mobtexting/voice", "call-ended", ""},
		{"919000001234", "mobtexting/contacts", "", ""},
		{"2", "gupshup/v2", "message-delivered", ""},
		{"", "gupshup/v2", "message-delivered", ""},
	} {
		scenario, with, _ := magic.For(c.phone, routeOf(t, catalog, c.route))
		require.Equal(t, c.scenario, scenario, "%s on %s", c.phone, c.route)
		var want []scenarios.Setting
		if c.reason != "" {
			want = []scenarios.Setting{{Name: "error", Text: c.reason}}
		}
		require.Equal(t, want, with, "%s on %s", c.phone, c.route)
	}
}

const others = "\nothers: {scenario: message-delivered, description: x}\n"

func TestMagic_MostDigitsWin(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	magic, err := scenarios.ReadMagic("magic.yaml", []byte(`recipients:
- {digits: "22", scenario: message-slow, description: x}
- {digits: "0022", scenario: reply-text, with: {message.text: "no", error: dnd}, description: x}`+others), library)
	require.NoError(t, err)
	for phone, want := range map[string]string{"919000000022": "reply-text", "919000000122": "message-slow", "22": "message-slow", "919000000002": "message-delivered"} {
		scenario, _, ok := magic.For(phone, everything())
		require.Equal(t, want, scenario)
		require.Equal(t, want != "message-delivered", ok)
	}
	_, with, _ := magic.For("919000000022", everything())
	require.Equal(t, []scenarios.Setting{{Name: "message.text", Text: "no"}}, with, "the route knows no such reason")
}

func TestReadMagic_RejectsInvalidTable(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	for text, want := range map[string]string{
		"[]":                      "load magic.yaml:1:1: expected a mapping, found an empty array",
		"recipients: []":          `load magic.yaml:1:1: missing key "others"`,
		"recipients: []" + others: `load magic.yaml:1:13: expected a list of recipients with at least one entry, found an empty array`,
		"recipients: [{digits: 2, scenario: message-slow, description: x}]" + others:                                                                `1:23: expected the last 2 to 15 digits of a phone number (for example "0002"), found number 2`,
		"recipients: [{digits: \"2x\", scenario: message-slow, description: x}]" + others:                                                           `found string "2x"`,
		"recipients: [{scenario: message-slow, description: x}]" + others:                                                                           `1:14: missing key "digits"`,
		"recipients: [{digits: \"02\", description: x}]" + others:                                                                                   `1:14: missing key "scenario"`,
		"recipients: [{digits: \"02\", scenario: message-slow}]" + others:                                                                           `1:14: missing key "description"`,
		"recipients: [{digits: \"02\", scenario: message-slo, description: x}]" + others:                                                            `unknown scenario "message-slo"; did you mean "message-slow"?`,
		"recipients: [{digits: \"02\", scenario: [], description: x}]" + others:                                                                     `expected one entry or a list of 1 to 100, found an empty array`,
		"recipients: [{digits: \"02\", scenario: message-slow, descripton: x, description: x}]" + others:                                            `unknown key "descripton"; did you mean "description"?`,
		"recipients: [{digits: \"02\", scenario: message-slow, with: {a.b: 1}, description: x}]" + others:                                           `unknown value "a.b"`,
		"recipients: [{digits: \"02\", scenario: message-slow, description: x}, {digits: \"02\", scenario: message-slow, description: x}]" + others: `1:79: duplicate digits 02`,
		"recipients: [{digits: \"02\", scenario: message-slow, description: x}]\nothers: {digits: \"03\", scenario: message-slow, description: x}":  `2:10: unknown key "digits"`,
	} {
		_, err := scenarios.ReadMagic("magic.yaml", []byte(text), library)
		require.ErrorContains(t, err, want)
	}
}
