package generator_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// A value that is set decides those that belong to it; "-" stands for a value that doesn't exist.
func TestValue_FollowsSetValues(t *testing.T) {
	t.Parallel()
	const v2, voice, sms, rcs = "gupshup/v2", "mobtexting/voice", "mobtexting/sms", "netcore"
	for _, test := range []struct {
		route, event string
		set, want    map[string]string
	}{
		{voice, "call.ended", map[string]string{"call.status": "BUSY"}, map[string]string{"call.duration": "0", "call.recording_url": "-", "call.leg2": "-", "call.hangup_by": "-"}},
		{voice, "call.ended", map[string]string{"call.status": "MISSED"}, map[string]string{"call.leg1": "RECEIVED", "call.billed": "0", "call.mid": "*", "call.flow": "-"}},
		{voice, "call.ended", map[string]string{"call.status": "COMPLETED"}, map[string]string{"call.leg2": "ANSWER", "call.recording_url": "*"}},
		{v2, "template.paused", map[string]string{"template.pause": "2"}, map[string]string{
			"template.pause_title": "SECOND_PAUSE",
			"template.pause_text":  "Your WhatsApp message template has been paused for 6 hours until Mar 1 at 4:01 PM UTC because it continued to have issues.",
		}},
		{v2, "template.approved", nil, map[string]string{"template.pause_text": "-", "template.reason": "-", "template.status_reason": "NONE"}},
		{v2, "template.quality", map[string]string{"template.quality": "RED"}, map[string]string{"template.previous_quality": "YELLOW"}},
		{v2, "template.recategorized", map[string]string{"template.new_category": "marketing"}, map[string]string{"template.category": "utility"}},
		{v2, "account.tier", map[string]string{"account.tier": "TIER_10K"}, map[string]string{"account.previous_tier": "TIER_2K", "account.tier_event": "UPGRADE"}},
		{v2, "account.tier", map[string]string{"account.previous_tier": "TIER_100K", "account.tier": "TIER_10K"}, map[string]string{"account.tier_event": "DOWNGRADE"}},
		{v2, "account.tier", map[string]string{"account.tier_event": "FLAGGED", "account.tier": "TIER_10K"}, map[string]string{"account.previous_tier": "TIER_10K"}},
		{v2, "account.name", map[string]string{"account.review": "approved"}, map[string]string{"account.review_reason": "-"}},
		{v2, "message.sent", map[string]string{"conversation.category": "referral_conversion"}, map[string]string{"pricing.type": "free_entry_point", "pricing.billable": "false"}},
		{v2, "message.sent", map[string]string{"pricing.model": "CBP"}, map[string]string{"pricing.type": "-"}},
		{sms, "message.delivered", map[string]string{"message.text": "नमस्ते"}, map[string]string{"message.units": "1", "message.encoding": "ucs-2"}},
		{rcs, "message.sent", map[string]string{"message.channel": "sms"}, map[string]string{"message.last_channel": "rcs", "message.type": "text"}},
		{rcs, "message.sent", nil, map[string]string{"message.channel": "rcs", "message.last_channel": ""}},
	} {
		k := harnessOf(t, test.route, generator.Options{})
		one := item(test.event)
		for name, text := range test.set {
			one.With = append(one.With, scenarios.Setting{Name: name, Text: text})
		}
		for name, want := range test.want {
			found, ok := k.g.Value(request(k.route, 3, one), name)
			got := "-"
			if ok {
				kind, _ := value.KindOf(name)
				format, err := value.ParseFormat(kind, "")
				require.NoError(t, err)
				text, err := format.AppendText(nil, found)
				require.NoError(t, err)
				got = string(text)
			}
			if want == "*" {
				require.NotContains(t, []string{"", "-"}, got, "%v: %s", test.set, name)
				continue
			}
			require.Equal(t, want, got, "%v: %s", test.set, name)
		}
	}
}
