package generator_test

import (
	"slices"
	"strings"
	"time"
)

// gupshupV2Rules are about messages and templates.
func gupshupV2Rules() []semanticRule {
	const status, category, message, sent = "gupshup/v2/template-event.status-update", "gupshup/v2/template-event.category-update", "gupshup/v2/message.", "gupshup/v2/message-event.sent"
	isStatus := func(b madeBody, want ...string) bool { return slices.Contains(want, b.text("payload/status")) }
	return []semanticRule{
		{"v2-T01", status, func(b madeBody) finding {
			return when(isStatus(b, "approved"), func() bool { return b.none("payload/rejectedReason", "payload/description") })
		}, `{"payload":{"status":"approved","rejectedReason":"INVALID_FORMAT"}}`},
		{"v2-T02", status, func(b madeBody) finding {
			return when(isStatus(b, "rejected"), func() bool { return b.has("payload/rejectedReason") && !b.has("payload/description") })
		}, `{"payload":{"status":"rejected"}}`},
		{"v2-T03", status, func(b madeBody) finding {
			return when(isStatus(b, "paused"), func() bool {
				return b.has("payload/description") && !b.has("payload/rejectedReason") && b.has("payload/type")
			})
		}, `{"payload":{"status":"paused","description":"x"}}`},
		{"v2-T04", status, func(b madeBody) finding {
			return when(isStatus(b, "deleted", "disabled", "in_appeal"), func() bool { return b.none("payload/rejectedReason", "payload/description") })
		}, `{"payload":{"status":"deleted","description":"x"}}`},
		{"v2-T06", category, func(b madeBody) finding {
			return must(b.none("payload/status", "payload/rejectedReason", "payload/description", "payload/quality") && b.has("payload/category"))
		}, `{"payload":{"status":"approved","category":"X"}}`},
		{"v2-T10..T12", status, func(b madeBody) finding {
			text := b.text("payload/description")
			return when(text != "", func() bool { return isPause(text, strings.Contains(text, "6 hours"), b.now) })
		}, `{"payload":{"description":"Your WhatsApp message template has been paused for 3 hours until Apr 25 at 8:07 AM UTC because it had issues."}}`},
		{"v2-T40", category, func(b madeBody) finding {
			return when(b.has("payload/category/current") || b.has("payload/category/correct"), func() bool {
				return b.none("payload/category/old", "payload/category/new") && b.text("payload/category/current") != b.text("payload/category/correct")
			})
		}, `{"payload":{"category":{"current":"UTILITY","correct":"UTILITY"}}}`},
		{"v2-T41", category, func(b madeBody) finding {
			return when(b.has("payload/category/old") || b.has("payload/category/new"), func() bool {
				return b.none("payload/category/current", "payload/category/correct") && b.text("payload/category/old") != b.text("payload/category/new")
			})
		}, `{"payload":{"category":{"old":"UTILITY","new":"MARKETING","current":"UTILITY"}}}`},
		{"v2-Q32", "gupshup/v2/template-event", func(b madeBody) finding {
			return when(b.has("payload/elementName"), func() bool { return templateNames.MatchString(b.text("payload/elementName")) })
		}, `{"payload":{"elementName":"Order Shipped"}}`},
		{"v2-P12", sent, func(b madeBody) finding {
			for _, at := range []string{"payload", "payload/payload"} {
				if b.has(at+"/conversation/expiresAt") && b.text(at+"/pricing/policy") == "PMP" {
					ts := max(b.number("payload/ts"), b.number("payload/payload/ts"))
					return must(b.number(at+"/conversation/expiresAt") == ts)
				}
			}
			return notApplicable
		}, `{"payload":{"payload":{"ts":1700000000},"conversation":{"expiresAt":1700086400},"pricing":{"policy":"PMP"}}}`},
		{"v2-P22", "gupshup/v2/message-event.delivered gupshup/v2/message-event.read", func(b madeBody) finding {
			return when(b.has("payload/payload/ts"), func() bool {
				return b.none("payload/payload/conversation", "payload/conversation", "payload/pricing", "payload/payload/pricing")
			})
		}, `{"payload":{"payload":{"ts":1,"conversation":{"id":"x"}}}}`},
		{"v2-P02..P08,P23,P24", sent, func(b madeBody) finding {
			if setsPrices(b.scenario) {
				return notApplicable
			}
			for _, at := range []string{"payload/pricing", "payload/payload/pricing"} {
				if b.has(at) {
					return must(priced(b.text(at+"/policy"), b.text(at+"/type"), b.text(at+"/category"), nil))
				}
			}
			return notApplicable
		}, `{"payload":{"pricing":{"policy":"PMP","category":"marketing"}}}`},
		{"v2-P25..P27", "gupshup/v2/billing-event", func(b madeBody) finding {
			d := b.at("payload/deductions")
			if d.text("model") == "PMP" {
				free := !d.has("conversationType") && !b.has("payload/references/conversationId") || d.text("category") == "marketing_lite"
				return must(free && priced("PMP", d.text("type"), d.text("category"), d.billable()))
			}
			return must(!d.has("category") && b.has("payload/references/conversationId") && (!d.has("conversationType") || d.text("type") == "FTC"))
		}, `{"payload":{"deductions":{"model":"PMP","type":"regular","category":"service","billable":true}}}`},
		{"v2-P01", "gupshup/v2/billing-event " + sent, func(b madeBody) finding {
			if setsPrices(b.scenario) {
				return notApplicable // the scenario sets the old model
			}
			for _, at := range []string{"payload/deductions/model", "payload/pricing/policy", "payload/payload/pricing/policy"} {
				if b.has(at) {
					return must(b.text(at) == "PMP")
				}
			}
			return notApplicable
		}, `{"payload":{"deductions":{"model":"CBP"}}}`},
		{"v2-C05", message, func(b madeBody) finding {
			phone := b.text("payload/sender/phone")
			ok := phone == b.text("payload/source")
			if b.has("payload/sender/dial_code") && b.has("payload/sender/country_code") {
				ok = ok && b.text("payload/sender/country_code")+b.text("payload/sender/dial_code") == phone
			}
			return must(ok)
		}, `{"payload":{"source":"919000000001","sender":{"phone":"919000000002"}}}`},
		{"v2-C06", message, func(b madeBody) finding {
			return when(b.has("phone"), func() bool { return b.text("phone") != b.text("payload/sender/phone") })
		}, `{"phone":"919000000001","payload":{"sender":{"phone":"919000000001"}}}`},
		{"v2-Z01", "gupshup/v2/message-event.", func(b madeBody) finding {
			ts := max(b.number("payload/ts"), b.number("payload/payload/ts"))
			return when(ts > 0, func() bool { return b.number("timestamp") >= ts*1000 && b.number("timestamp") < ts*1000+999+60_000 })
		}, `{"timestamp":1700000000000,"payload":{"ts":1700000900}}`},
		{"v2-I01", "gupshup/v2/message-event.", func(b madeBody) finding {
			for _, at := range []string{"payload/id", "payload/payload/whatsappMessageId"} {
				if id := b.text(at); strings.HasPrefix(id, "wamid.") && b.has("payload/destination") {
					return must(isWamid(id, b.text("payload/destination"), false))
				}
			}
			return notApplicable
		}, `{"payload":{"id":"wamid.HBgMabcdefghijklmnopFQIAERgSabcdefghijklmnopqrstuvwxAA==","destination":"919000000001"}}`},
		{"v2-I02", message, func(b madeBody) finding {
			id := b.text("payload/id")
			return when(strings.HasPrefix(id, "wamid."), func() bool { return isWamid(id, b.text("payload/source"), true) })
		}, `{"payload":{"id":"wamid.HBgMabcdefghijklmnopFQIAERgSabcdefghijklmnopqrstuvwxAA==","source":"919000000001"}}`},
		{"v2-I06,I09", "gupshup/v2/message-event.", func(b madeBody) finding {
			return when(b.has("payload/id"), func() bool { return !strings.HasPrefix(b.text("payload/id"), "gBEG") })
		}, `{"payload":{"id":"gBEGkYiEB1VXAglK1ZEqA1YKPrU"}}`},
		{"v2-I12", "gupshup/v2/", func(b madeBody) finding {
			id := b.text("payload/userId") + b.text("payload/sender/userId")
			return when(id != "", func() bool { return bsuid.MatchString(id) })
		}, `{"payload":{"userId":"91.123"}}`},
		{"v2-K01..K06", "gupshup/v2/message.image gupshup/v2/message.video gupshup/v2/message.audio gupshup/v2/message.sticker gupshup/v2/message.file", func(b madeBody) finding {
			kind := strings.Replace(b.text("payload/type"), "file", "document", 1)
			mime := b.text("payload/payload/contentType")
			return when(mime != "", func() bool {
				return slices.Contains(kindsOfMIME[kind], mime) && (kind != "document" || fitsName(mime, b.text("payload/payload/name")))
			})
		}, `{"payload":{"type":"image","payload":{"contentType":"image/gif"}}}`},
		{"v2-K10", "gupshup/v2/message.image gupshup/v2/message.video gupshup/v2/message.audio gupshup/v2/message.sticker gupshup/v2/message.file", func(b madeBody) finding {
			return must(b.number("payload/payload/urlExpiry") == b.number("timestamp")+604_800_000)
		}, `{"timestamp":1,"payload":{"payload":{"urlExpiry":1}}}`},
		{"v2-M37", "gupshup/v2/message.button_reply gupshup/v2/message.list_reply gupshup/v2/message.quick_reply", func(b madeBody) finding {
			return when(b.has("payload/payload/reply"), func() bool {
				place, found := strings.CutPrefix(b.text("payload/payload/reply"), b.text("payload/payload/title")+" ")
				return found && len(place) == 1
			})
		}, `{"payload":{"payload":{"title":"Yes","reply":"No 1"}}}`},
		{"v2-Q26", "gupshup/v2/message.", func(b madeBody) finding {
			text := b.text("payload/payload/postbackText")
			return when(text != "", func() bool { return slug.MatchString(text) && strings.ContainsAny(text, "_-") })
		}, `{"payload":{"payload":{"postbackText":"plane"}}}`},
		{"v2-M13", "gupshup/v2/message-event.delivered gupshup/v2/message-event.read", func(b madeBody) finding {
			return when(b.now.Sub(b.submitted) > 7*24*time.Hour, func() bool { return !b.has("payload/gsId") })
		}, `{"payload":{"gsId":"x"}}`},
		{"v2-Q21", "gupshup/v2/message-event", func(b madeBody) finding {
			id := b.text("payload/conversation/id") + b.text("payload/payload/conversation/id")
			return when(id != "", func() bool { return hex32.MatchString(id) })
		}, `{"payload":{"conversation":{"id":"x"}}}`},
	}
}

// gupshupV2AccountRules are about accounts.
func gupshupV2AccountRules() []semanticRule {
	const status, tier = "gupshup/v2/account-event.status-event", "gupshup/v2/account-event.tier-event"
	const p = "payload/payload/"
	is := func(b madeBody, want ...string) bool { return slices.Contains(want, b.text(p+"status")) }
	lists := []string{p + "restrictions", p + "restrictionInfo"}
	others := []string{p + "waba_id", p + "owner_business_id", p + "ad_account_id"}
	change := func(b madeBody) (before, after int) {
		if b.has(p + "oldLimit") {
			return rung(b.text(p + "oldLimit")), rung(b.text(p + "currentLimit"))
		}
		return rung(b.text(p + "currentTier")), rung(b.text(p + "newTier"))
	}
	event := func(b madeBody) string { return strings.ToUpper(b.text(p + "event")) }
	return []semanticRule{
		{"v2-A01", status, func(b madeBody) finding {
			return when(is(b, "ACCOUNT_RESTRICTED"), func() bool { return b.has(lists[0]) != b.has(lists[1]) && b.none(p+"violation_type", p+"actionDate") })
		}, `{"payload":{"payload":{"status":"ACCOUNT_RESTRICTED"}}}`},
		{"v2-A02", status, func(b madeBody) finding {
			return when(is(b, "ACCOUNT_VIOLATION"), func() bool { return b.has(p+"violation_type") && b.none(lists...) })
		}, `{"payload":{"payload":{"status":"ACCOUNT_VIOLATION"}}}`},
		{"v2-A03", status, func(b madeBody) finding {
			return when(is(b, "DISABLE", "ACCOUNT_DISABLE", "REINSTATE"), func() bool { return b.has(p+"actionDate") && b.none(append(lists, p+"violation_type")...) })
		}, `{"payload":{"payload":{"status":"DISABLE"}}}`},
		{"v2-A04", status, func(b madeBody) finding {
			return when(is(b, "ACCOUNT_VERIFIED"), func() bool {
				return b.none(append(slices.Concat(lists, others), p+"violation_type", p+"actionDate")...)
			})
		}, `{"payload":{"payload":{"status":"ACCOUNT_VERIFIED","actionDate":"x"}}}`},
		{"v2-A05", status, func(b madeBody) finding {
			return when(is(b, "AD_ACCOUNT_LINKED"), func() bool {
				return b.has(others[0]) && b.has(others[1]) && b.has(others[2]) && b.none(append(lists, p+"violation_type", p+"actionDate")...)
			})
		}, `{"payload":{"payload":{"status":"AD_ACCOUNT_LINKED"}}}`},
		{"v2-A06", status, func(b madeBody) finding {
			types, ends := map[string]bool{}, map[string]bool{}
			all := append(b.list(lists[0]), b.list(lists[1])...)
			for _, r := range all {
				types[r.text("type")+r.text("restrictionType")] = true
				ends[r.text("expiry")+r.text("expiration")] = true
			}
			return when(len(all) > 0, func() bool { return len(types) == len(all) && len(ends) == 1 })
		}, `{"payload":{"payload":{"restrictions":[{"type":"A","expiry":"1"},{"type":"A","expiry":"1"}]}}}`},
		{"v2-A11,A40", "gupshup/v2/account-event.", func(b madeBody) finding {
			return when(b.has(p+"actionDate"), func() bool { return isDay(b.text(p+"actionDate"), b.now) })
		}, `{"payload":{"payload":{"actionDate":"January 31,2021"}}}`},
		{"v2-A23,A24", "gupshup/v2/account-event.pricing-tier-update", func(b madeBody) finding {
			updated := b.number(p + "tierUpdateTime")
			return must(fitsTier(b.text(p+"tier"), b.text(p+"pricingCategory")) && b.text(p+"region") == "INDIA" && b.text(p+"effectiveMonth") == monthInIST(unixOf(updated)) && updated <= b.now.Unix())
		}, `{"payload":{"payload":{"effectiveMonth":"2025-11","pricingCategory":"MARKETING"}}}`},
		{"v2-A30", tier, func(b madeBody) finding {
			small := event(b) != b.text(p+"event")
			if b.has(p + "oldLimit") {
				return must(small && b.has(p+"currentLimit") && b.none(p+"currentTier", p+"newTier"))
			}
			return must(!small && b.has(p+"newTier") && b.none(p+"oldLimit", p+"currentLimit"))
		}, `{"payload":{"payload":{"event":"upgrade","currentTier":"TIER_250","newTier":"TIER_1K"}}}`},
		{"v2-A31", tier, func(b madeBody) finding {
			before, after := change(b)
			return when(event(b) != "ONBOARDING", func() bool { return before >= 0 && after >= 0 })
		}, `{"payload":{"payload":{"event":"UPGRADE","currentTier":"TIER_3","newTier":"TIER_1K"}}}`},
		{"v2-A32", tier, func(b madeBody) finding {
			before, after := change(b)
			return when(event(b) == "UPGRADE", func() bool { return after == before+1 })
		}, `{"payload":{"payload":{"event":"UPGRADE","currentTier":"TIER_250","newTier":"TIER_10K"}}}`},
		{"v2-A33", tier, func(b madeBody) finding {
			before, after := change(b)
			return when(event(b) == "DOWNGRADE", func() bool { return after == before-1 })
		}, `{"payload":{"payload":{"event":"DOWNGRADE","currentTier":"TIER_250","newTier":"TIER_1K"}}}`},
		{"v2-A34", tier, func(b madeBody) finding {
			before, after := change(b)
			return when(event(b) == "FLAGGED" || event(b) == "UNFLAGGED", func() bool { return after == before })
		}, `{"payload":{"payload":{"event":"FLAGGED","currentTier":"TIER_250","newTier":"TIER_1K"}}}`},
		{"v2-A38", "gupshup/v2/account-event.capability-event", func(b madeBody) finding {
			return must(slices.Contains([]int64{250, 1000, 2000, 10_000, 100_000, -1}, b.number(p+"maxDailyConversationPerPhone")))
		}, `{"payload":{"payload":{"maxDailyConversationPerPhone":17}}}`},
		{"v2-A41", "gupshup/v2/account-event.pndn-event", func(b madeBody) finding {
			return must(!b.has(p+"rejectedReason") || strings.EqualFold(b.text(p+"status"), "rejected"))
		}, `{"payload":{"payload":{"status":"approved","rejectedReason":"INVALID_FORMAT"}}}`},
		{"v2-K21", "gupshup/v2/referral gupshup/v2/message-event.referral gupshup/v2/message.text", func(b madeBody) finding {
			for _, at := range []string{"payload/payload", "payload/referral", "messages/0/referral"} {
				if r := (b.at(at)); r.has("media_type") {
					video := r.text("media_type") == "video"
					return must(!(video && r.has("image_url")) && !(!video && r.has("video_url")))
				}
			}
			return notApplicable
		}, `{"payload":{"payload":{"media_type":"image","video_url":"x"}}}`},
		{"v2-L55", "gupshup/v2/preference-event", func(b madeBody) finding {
			one := b.at(p + "user_preferences/0")
			return must(one.text("detail") == "User requested to "+one.text("value")+" marketing messages")
		}, `{"payload":{"payload":{"user_preferences":[{"detail":"User requested to stop marketing messages","value":"resume"}]}}}`},
	}
}
