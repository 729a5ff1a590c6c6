package generator_test

import (
	"slices"
	"strings"
)

// itemsOfV3 is where a rule for messages and statuses looks: the value, and the item in it.
func itemsOfV3(check func(b madeBody, value, item node) finding) func(b madeBody) finding {
	return func(b madeBody) finding {
		item := itemOfV3(b)
		if item.v == nil {
			return notApplicable
		}
		return check(b, valueOf(b), item)
	}
}

// gupshupV3ItemRules are about messages and statuses.
func gupshupV3ItemRules() []semanticRule {
	const status, message = v3 + "status.", v3 + "message."
	return []semanticRule{
		{"v3-S02", status, itemsOfV3(func(_ madeBody, _, item node) finding {
			return when(item.text("status") != "failed", func() bool { return !item.has("errors") })
		}), inV3(`{"statuses":[{"status":"sent","errors":[1]}]}`)},
		{"v3-P01", status, itemsOfV3(func(b madeBody, _, item node) finding {
			return when(item.has("pricing/pricing_model") && !setsPrices(b.scenario), func() bool { return item.text("pricing/pricing_model") == "PMP" })
		}), inV3(`{"statuses":[{"pricing":{"pricing_model":"CBP"}}]}`)},
		{"v3-P02..P08", status, itemsOfV3(func(b madeBody, _, item node) finding {
			p := item.at("pricing")
			return when(p.has("pricing_model") && p.has("type") && !setsPrices(b.scenario), func() bool {
				return priced(p.text("pricing_model"), p.text("type"), p.text("category"), p.billable())
			})
		}), inV3(`{"statuses":[{"pricing":{"pricing_model":"PMP","type":"regular","category":"service"}}]}`)},
		{"v3-P03", status, itemsOfV3(func(_ madeBody, _, item node) finding {
			return when(item.text("pricing/pricing_model") == "CBP", func() bool { return !item.has("pricing/type") })
		}), inV3(`{"statuses":[{"pricing":{"pricing_model":"CBP","type":"regular"}}]}`)},
		{"v3-P10", status, itemsOfV3(func(_ madeBody, _, item node) finding {
			return when(item.has("pricing/category") && item.has("conversation/origin/type"), func() bool {
				return item.text("pricing/category") == item.text("conversation/origin/type")
			})
		}), inV3(`{"statuses":[{"pricing":{"category":"utility"},"conversation":{"origin":{"type":"service"}}}]}`)},
		{"v3-P11,P12", status, itemsOfV3(func(b madeBody, _, item node) finding {
			ends := item.number("conversation/expiration_timestamp")
			return when(ends > 0, func() bool {
				ahead := ends - item.number("timestamp")
				if item.text("pricing/pricing_model") == "CBP" {
					return ends%60 == 0 && ahead > 0 && ahead <= 86_460
				}
				return ahead == 0 || setsPrices(b.scenario)
			})
		}), inV3(`{"statuses":[{"timestamp":"100","conversation":{"expiration_timestamp":"200"}}]}`)},
		{"v3-P14", status, itemsOfV3(func(_ madeBody, _, item node) finding {
			return when(item.has("conversation/id"), func() bool { return hex32.MatchString(item.text("conversation/id")) })
		}), inV3(`{"statuses":[{"conversation":{"id":"x"}}]}`)},
		{"v3-C01", message, itemsOfV3(func(_ madeBody, value, item node) finding {
			return when(value.has("contacts/0/wa_id") && item.has("from"), func() bool { return value.text("contacts/0/wa_id") == item.text("from") })
		}), inV3(`{"contacts":[{"wa_id":"1"}],"messages":[{"from":"2"}]}`)},
		{"v3-C03", v3, itemsOfV3(func(_ madeBody, value, item node) finding {
			id := item.text("from_user_id") + item.text("recipient_user_id")
			return when(value.has("contacts/0/user_id") && id != "", func() bool { return value.text("contacts/0/user_id") == id })
		}), inV3(`{"contacts":[{"user_id":"IN.1"}],"messages":[{"from_user_id":"IN.2"}]}`)},
		{"v3-C04", status, itemsOfV3(func(_ madeBody, value, item node) finding {
			return when(value.has("contacts/0/wa_id") && item.has("recipient_id"), func() bool { return value.text("contacts/0/wa_id") == item.text("recipient_id") })
		}), inV3(`{"contacts":[{"wa_id":"1"}],"statuses":[{"recipient_id":"2"}]}`)},
		{"v3-C07", v3, itemsOfV3(func(_ madeBody, value, item node) finding {
			return when(value.has("metadata/display_phone_number"), func() bool {
				return value.text("metadata/display_phone_number") != item.text("recipient_id")+item.text("to") && (item.has("to") || item.has("to_user_id") || value.text("metadata/display_phone_number") != item.text("from"))
			})
		}), inV3(`{"metadata":{"display_phone_number":"1"},"messages":[{"from":"1"}]}`)},
		{"v3-C13", v3 + "message.interactive", itemsOfV3(func(_ madeBody, _, item node) finding {
			n := item.at("interactive")
			return when(n.v != nil, func() bool {
				for _, block := range []string{"button_reply", "list_reply", "nfm_reply", "call_permission_reply"} {
					if n.has(block) != (n.text("type") == block) {
						return false
					}
				}
				return n.text("type") != "nfm_reply" || strings.Contains(n.text("nfm_reply/response_json"), "{")
			})
		}), inV3(`{"messages":[{"interactive":{"type":"list_reply","button_reply":{"id":"x"}}}]}`)},
		{"v3-C13-permission", v3 + "message.interactive", itemsOfV3(func(_ madeBody, _, item node) finding {
			p := item.at("interactive/call_permission_reply")
			return when(p.v != nil, func() bool {
				if p.text("response") == "reject" {
					return p.none("is_permanent", "expiration_timestamp")
				}
				return p.has("is_permanent") != p.has("expiration_timestamp")
			})
		}), inV3(`{"messages":[{"interactive":{"call_permission_reply":{"response":"reject","is_permanent":true}}}]}`)},
		{"v3-C16", v3 + "message.location", itemsOfV3(func(_ madeBody, _, item node) finding {
			return must(item.has("location/name") == item.has("location/address"))
		}), inV3(`{"messages":[{"location":{"name":"x"}}]}`)},
		{"v3-C17", v3 + "message.system", itemsOfV3(func(_ madeBody, _, item node) finding {
			changed := item.text("system/wa_id") + item.text("system/new_wa_id")
			return when(strings.Contains(item.text("system/type"), "changed_number") && item.has("from"), func() bool {
				return changed != item.text("from") && strings.Contains(item.text("system/body"), " changed from "+item.text("from")+" to "+changed)
			})
		}), inV3(`{"messages":[{"from":"1","system":{"type":"user_changed_number","wa_id":"1"}}]}`)},
		{"v3-C19,Q38,Q39", v3 + "message.order", itemsOfV3(func(_ madeBody, _, item node) finding {
			for _, product := range item.list("order/product_items") {
				if product.text("currency") != "INR" || product.number("quantity") < 1 || strings.HasPrefix(product.text("item_price"), "-") {
					return violated
				}
			}
			return must(digitsOfMeta.MatchString(item.text("order/catalog_id")))
		}), inV3(`{"messages":[{"order":{"product_items":[{"currency":"USD"}]}}]}`)},
		{"v3-I01", status, itemsOfV3(func(_ madeBody, _, item node) finding {
			for _, key := range []string{"id", "meta_msg_id"} {
				if id := item.text(key); strings.HasPrefix(id, "wamid.") && item.has("recipient_id") {
					return must(isWamid(id, item.text("recipient_id"), false))
				}
			}
			return notApplicable
		}), inV3(`{"statuses":[{"id":"wamid.HBgMabcdefghijklmnopFQIAERgSabcdefghijklmnopqrstuvwxAA==","recipient_id":"919000000001"}]}`)},
		{"v3-I02", message, itemsOfV3(func(_ madeBody, _, item node) finding {
			return when(item.has("from"), func() bool { return isWamid(item.text("id"), item.text("from"), true) })
		}), inV3(`{"messages":[{"from":"919000000001","id":"wamid.HBgMabcdefghijklmnopFQIAERgSabcdefghijklmnopqrstuvwxAA=="}]}`)},
		{"v3-I12", v3, itemsOfV3(func(_ madeBody, _, item node) finding {
			id := item.text("from_user_id") + item.text("recipient_user_id")
			return when(id != "", func() bool { return bsuid.MatchString(id) })
		}), inV3(`{"messages":[{"from_user_id":"x"}]}`)},
		{"v3-K01..K06", message, itemsOfV3(func(_ madeBody, _, item node) finding {
			kind := item.text("type")
			media := item.at(kind)
			return when(media.has("mime_type"), func() bool {
				mime := media.text("mime_type")
				return slices.Contains(kindsOfMIME[kind], mime) && (!media.has("filename") || fitsName(mime, media.text("filename"))) &&
					(media.text("voice") != "true" || mime == "audio/ogg; codecs=opus")
			})
		}), inV3(`{"messages":[{"type":"audio","audio":{"mime_type":"audio/mpeg","voice":true}}]}`)},
		{"v3-K08", message, itemsOfV3(func(_ madeBody, _, item node) finding {
			media := item.at(item.text("type"))
			return when(media.has("sha256"), func() bool { return isSHA256(media.text("sha256")) })
		}), inV3(`{"messages":[{"type":"image","image":{"sha256":"abc"}}]}`)},
		{"v3-K09", message, itemsOfV3(func(_ madeBody, _, item node) finding {
			media := item.at(item.text("type"))
			return when(media.has("mime_type"), func() bool { return digitsOfMeta.MatchString(media.text("id")) })
		}), inV3(`{"messages":[{"type":"image","image":{"mime_type":"x","id":"0"}}]}`)},
		{"v3-Q02", v3, itemsOfV3(func(_ madeBody, _, item node) finding {
			_, isText := item.v.(map[string]any)["timestamp"].(string)
			return when(item.has("timestamp"), func() bool { return isText != (item.text("status") == "enqueued") })
		}), inV3(`{"statuses":[{"status":"sent","timestamp":1}]}`)},
		{"v3-Q23", message, itemsOfV3(func(_ madeBody, _, item node) finding {
			n := len(item.text("referral/ctwa_clid"))
			return when(n > 0, func() bool { return n >= 80 && n <= 150 })
		}), inV3(`{"messages":[{"referral":{"ctwa_clid":"x"}}]}`)},
		{"v3-K21", message, itemsOfV3(func(_ madeBody, _, item node) finding {
			r := item.at("referral")
			return when(r.has("media_type"), func() bool {
				video := r.text("media_type") == "video"
				return !(video && r.has("image_url")) && !(!video && r.has("video_url"))
			})
		}), inV3(`{"messages":[{"referral":{"media_type":"image","video_url":"x"}}]}`)},
		{"v3-Q26", message, itemsOfV3(func(_ madeBody, _, item node) finding {
			id := item.text("interactive/button_reply/id") + item.text("interactive/list_reply/id")
			return when(id != "", func() bool { return slug.MatchString(id) && strings.ContainsAny(id, "_-") })
		}), inV3(`{"messages":[{"interactive":{"button_reply":{"id":"plane"}}}]}`)},
	}
}
