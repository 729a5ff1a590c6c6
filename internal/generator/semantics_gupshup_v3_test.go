package generator_test

import (
	"slices"
	"strings"
)

const v3 = "gupshup/v3/"

// valueOf is the value of the only change, and itemOf the message or status in it.
func valueOf(b madeBody) node { return b.at("entry/0/changes/0/value") }

func itemOfV3(b madeBody) node {
	for _, list := range []string{"statuses/0", "messages/0", "message_echoes/0"} {
		if n := valueOf(b).at(list); n.v != nil {
			return n
		}
	}
	return node{}
}

// inV3 makes a control body.
func inV3(value string) string {
	return `{"entry":[{"time":1700000000,"changes":[{"value":` + value + `}]}]}`
}

// gupshupV3Rules are about templates and accounts.
func gupshupV3Rules() []semanticRule {
	const template, account = v3 + "message_template_status_update", v3 + "account_update"
	when3 := func(event string, ok func(b madeBody, n node) bool) func(b madeBody) finding {
		return func(b madeBody) finding {
			return when(valueOf(b).text("event") == event, func() bool { return ok(b, valueOf(b)) })
		}
	}
	return []semanticRule{
		{"v3-T20", template, when3("APPROVED", func(_ madeBody, n node) bool {
			return n.text("reason") == "NONE" && n.none("rejection_info", "disable_info") && (!n.has("other_info") || n.text("other_info/title") == "UNPAUSE")
		}), inV3(`{"event":"APPROVED","reason":"INVALID_FORMAT"}`)},
		{"v3-T21", template, when3("REJECTED", func(_ madeBody, n node) bool {
			known := []string{"ABUSIVE_CONTENT", "INCORRECT_CATEGORY", "INVALID_FORMAT", "PROMOTIONAL", "SCAM", "TAG_CONTENT_MISMATCH"}
			return slices.Contains(known, n.text("reason")) && n.none("other_info", "disable_info")
		}), inV3(`{"event":"REJECTED","reason":"NONE"}`)},
		{"v3-T22", template, func(b madeBody) finding {
			n := valueOf(b)
			return when(n.has("rejection_info"), func() bool {
				return n.text("event") == "REJECTED" && n.text("reason") == "INVALID_FORMAT" && n.has("rejection_info/reason") && n.has("rejection_info/recommendation")
			})
		}, inV3(`{"event":"REJECTED","reason":"SCAM","rejection_info":{"reason":"x"}}`)},
		{"v3-T23", template, when3("PAUSED", func(_ madeBody, n node) bool {
			titles := []string{"FIRST_PAUSE", "SECOND_PAUSE", "RATE_LIMITING_PAUSE"}
			return n.text("reason") == "NONE" && n.has("other_info/description") && slices.Contains(titles, n.text("other_info/title"))
		}), inV3(`{"event":"PAUSED","reason":"INVALID_FORMAT"}`)},
		{"v3-T10..T12,T24", template, func(b madeBody) finding {
			n := valueOf(b)
			title := n.text("other_info/title")
			return when(title == "FIRST_PAUSE" || title == "SECOND_PAUSE", func() bool {
				return isPause(n.text("other_info/description"), title == "SECOND_PAUSE", unixOf(b.number("entry/0/time")))
			})
		}, inV3(`{"other_info":{"title":"SECOND_PAUSE","description":"3 hours"}}`)},
		{"v3-T25,T26", template, func(b madeBody) finding {
			n := valueOf(b)
			return when(n.has("disable_info"), func() bool {
				return n.text("event") == "DISABLED" && n.number("disable_info/disable_date")-b.number("entry/0/time") <= 86_400
			})
		}, inV3(`{"event":"APPROVED","disable_info":{"disable_date":1}}`)},
		{"v3-T28", template, func(b madeBody) finding {
			n := valueOf(b)
			rejected := n.text("event") == "REJECTED"
			return when(!rejected, func() bool { return (n.text("reason") == "NONE" || !n.has("reason")) && !n.has("rejection_info") })
		}, inV3(`{"event":"IN_APPEAL","reason":"SCAM"}`)},
		{"v3-T29", v3 + "message_template v3/template_category " + v3 + "template_category_update", func(b madeBody) finding {
			n := valueOf(b)
			return must(digitsOfMeta.MatchString(n.text("message_template_id")) && n.none("metadata", "messaging_product", "contacts") && b.number("entry/0/time") > 0)
		}, inV3(`{"message_template_id":12}`)},
		{"v3-T42", v3 + "template_category_update", func(b madeBody) finding {
			n := valueOf(b)
			return when(n.has("correct_category"), func() bool {
				ahead := n.number("category_update_timestamp") - b.number("entry/0/time") - 86_400
				return !n.has("previous_category") && n.text("correct_category") != n.text("new_category") && ahead >= -60 && ahead <= 60
			})
		}, inV3(`{"correct_category":"UTILITY","new_category":"UTILITY"}`)},
		{"v3-T43", v3 + "template_category_update", func(b madeBody) finding {
			n := valueOf(b)
			return when(!n.has("correct_category"), func() bool {
				return !n.has("category_update_timestamp") && n.text("previous_category") != n.text("new_category")
			})
		}, inV3(`{"previous_category":"UTILITY","new_category":"UTILITY"}`)},
		{"v3-T45", v3 + "message_template_quality_update", func(b madeBody) finding {
			n := valueOf(b)
			return must(n.text("previous_quality_score") != n.text("new_quality_score") && n.text("new_quality_score") != "UNKNOWN")
		}, inV3(`{"previous_quality_score":"RED","new_quality_score":"RED"}`)},
		{"v3-Q32", v3 + "message_template " + v3 + "template_category_update", func(b madeBody) finding {
			return must(templateNames.MatchString(valueOf(b).text("message_template_name")))
		}, inV3(`{"message_template_name":"A b"}`)},
		{"v3-A06", account, func(b madeBody) finding {
			types, ends := map[string]bool{}, map[string]bool{}
			all := valueOf(b).list("restriction_info")
			for _, r := range all {
				types[r.text("restriction_type")], ends[r.text("expiration")] = true, true
			}
			return when(len(all) > 0, func() bool { return len(types) == len(all) && len(ends) == 1 })
		}, inV3(`{"restriction_info":[{"restriction_type":"A"},{"restriction_type":"A"}]}`)},
		{"v3-A20", account, func(b madeBody) finding {
			n := valueOf(b)
			objects := map[string]string{
				"ACCOUNT_RESTRICTION": "restriction_info", "ACCOUNT_VIOLATION": "violation_info", "DISABLED_UPDATE": "ban_info", "AD_ACCOUNT_LINKED": "waba_info",
				"VOLUME_BASED_PRICING_TIER_UPDATE": "volume_tier_info", "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE": "country",
			}
			want := objects[n.text("event")]
			return when(want != "", func() bool {
				for _, object := range objects {
					if n.has(object) != (object == want) {
						return false
					}
				}
				return true
			})
		}, inV3(`{"event":"ACCOUNT_VIOLATION","ban_info":{"x":1}}`)},
		{"v3-A21", account, func(b madeBody) finding {
			n := valueOf(b).at("ban_info")
			return when(n.v != nil && n.text("waba_ban_state") != "SCHEDULE_FOR_DISABLE", func() bool { return isDay(n.text("waba_ban_date"), b.now) })
		}, inV3(`{"ban_info":{"waba_ban_state":"DISABLE","waba_ban_date":"April 17, 2025"}}`)},
		{"v3-A22", account, func(b madeBody) finding {
			n := valueOf(b).at("disconnection_info")
			return when(n.v != nil, func() bool {
				return (n.text("initiated_by") == "SYSTEM") == strings.HasSuffix(n.text("reason"), "_INACTIVITY")
			})
		}, inV3(`{"disconnection_info":{"initiated_by":"USER","reason":"PRIMARY_INACTIVITY"}}`)},
		{"v3-A23,A24", account, func(b madeBody) finding {
			n := valueOf(b).at("volume_tier_info")
			return when(n.v != nil, func() bool {
				updated := n.number("tier_update_time")
				return updated <= b.now.Unix() && (!n.has("effective_month") || n.text("effective_month") == monthInIST(unixOf(updated))) &&
					(!n.has("tier") || fitsTier(n.text("tier"), "UTILITY")) && n.text("pricing_category") != "MARKETING"
			})
		}, inV3(`{"volume_tier_info":{"effective_month":"2025-12","tier_update_time":1}}`)},
		{"v3-L55", v3 + "user_preferences", func(b madeBody) finding {
			n := valueOf(b).at("user_preferences/0")
			return must(n.text("detail") == "User requested to "+n.text("value")+" marketing messages")
		}, inV3(`{"user_preferences":[{"detail":"x","value":"stop"}]}`)},
		{"v3-Q22", v3, func(b madeBody) finding {
			return when(b.has("entry/0/id"), func() bool {
				return digitsOfMeta.MatchString(b.text("entry/0/id")) && (!valueOf(b).has("metadata/phone_number_id") || digitsOfMeta.MatchString(valueOf(b).text("metadata/phone_number_id")))
			})
		}, `{"entry":[{"id":"01234567"}]}`},
		{"v3-Q20", v3, func(b madeBody) finding {
			return when(b.has("gs_app_id"), func() bool { return uuid4.MatchString(b.text("gs_app_id")) })
		}, `{"gs_app_id":"4dacef15-6c04-12db-b393-6190ac567eff"}`},
	}
}
