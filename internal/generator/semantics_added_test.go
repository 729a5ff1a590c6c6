package generator_test

import (
	"slices"
	"strings"
)

// gupshupV3MoneyRules are about payments, charges, calls and what the phone app of the business knows.
func gupshupV3MoneyRules() []semanticRule {
	const payment, billing, calls, history = v3 + "status.payment", v3 + "billing-event", v3 + "calls", v3 + "history"
	return []semanticRule{
		{"v3-G11", payment, itemsOfV3(func(_ madeBody, _, item node) finding {
			p, t := item.at("payment"), item.at("payment/transaction")
			if !t.has("status") {
				return must(item.text("status") == "pending")
			}
			return must(t.text("status") == item.text("status") && t.text("amount/value") == p.text("amount/value") && t.text("amount/offset") == p.text("amount/offset") &&
				t.text("currency") == p.text("currency") && (t.text("status") == "failed" || !t.has("error")) &&
				t.number("created_timestamp") <= t.number("updated_timestamp") && t.number("updated_timestamp") <= item.number("timestamp"))
		}), inV3(`{"statuses":[{"status":"captured","timestamp":"5","payment":{"transaction":{"status":"failed"}}}]}`)},
		{"v3-I01-payment", payment, itemsOfV3(func(_ madeBody, _, item node) finding {
			id := item.text("id")
			if item.has("meta_msg_id") {
				id = item.text("meta_msg_id")
			}
			return must(isWamid(id, item.text("recipient_id"), false))
		}), inV3(`{"statuses":[{"id":"wamid.x","recipient_id":"919000000001"}]}`)},
		{"v3-P25..P28", billing, func(b madeBody) finding {
			d, r := valueOf(b).at("billing/deductions"), valueOf(b).at("billing/references")
			category := d.text("category")
			if r.has("gs_id") == (category == "general_purpose_ai") || !r.has("destination") {
				return violated
			}
			if d.text("model") == "CBP" {
				return must(!d.has("category") && r.has("conversation_id") && !slices.Contains([]string{"regular", "free_customer_service", "free_entry_point"}, d.text("type")))
			}
			billable := d.billable()
			return must(d.has("category") && billable != nil && *billable == (d.text("type") == "regular") && slices.Contains([]string{"regular", "free_customer_service", "free_entry_point"}, d.text("type")))
		}, inV3(`{"billing":{"deductions":{"model":"PMP","type":"regular","billable":false,"category":"utility"},"references":{"destination":"1","gs_id":"1"}}}`)},
		{"v3-C01-call", calls, func(b madeBody) finding {
			user, business := "from", "to"
			c := valueOf(b).at("calls/0")
			if c.text("direction") == "BUSINESS_INITIATED" {
				user, business = business, user
			}
			return must((!valueOf(b).has("contacts") || valueOf(b).text("contacts/0/wa_id") == c.text(user)) && c.text(business) == valueOf(b).text("metadata/display_phone_number"))
		}, inV3(`{"metadata":{"display_phone_number":"1"},"contacts":[{"wa_id":"1"}],"calls":[{"from":"1","to":"2","direction":"USER_INITIATED"}]}`)},
		{"v3-V02-call", calls, func(b madeBody) finding {
			c := valueOf(b).at("calls/0")
			return when(c.has("duration"), func() bool { return c.number("end_time")-c.number("start_time") == c.number("duration") })
		}, inV3(`{"calls":[{"start_time":"5","end_time":"4","duration":1}]}`)},
		{"v3-history", history, func(b madeBody) finding {
			thread := valueOf(b).at("history/0/threads/0")
			m := thread.at("messages/0")
			return when(m.has("id"), func() bool {
				business := valueOf(b).text("metadata/display_phone_number")
				if m.has("to") {
					return m.text("to") == thread.text("id") && m.text("from") == business && m.number("timestamp") < b.now.Unix()
				}
				return m.text("from") == thread.text("id") && m.text("from") != business && m.number("timestamp") < b.now.Unix()
			})
		}, inV3(`{"history":[{"threads":[{"id":"1","messages":[{"id":"x","from":"2"}]}]}]}`)},
	}
}

// netcoreWhatsAppRules are about WhatsApp of this provider.
func netcoreWhatsAppRules() []semanticRule {
	const status, in = "netcore/whatsapp/delivery-status", "netcore/whatsapp/incoming."
	kinds := map[string]string{"image": "image_type", "video": "video_type", "audio": "audio_type", "document": "document_type"}
	return []semanticRule{
		{"ncwa-N15", status, func(b madeBody) finding {
			s := b.at("delivery_status/0")
			return must(uuid4.MatchString(s.text("ncmessage_id")) && s.text("recipient") != s.text("phoneNumber") && (s.text("status") == "failed") == s.has("status_remark") &&
				(s.text("status") != "failed" || !s.has("pricing")))
		}, `{"delivery_status":[{"ncmessage_id":"x","status":"sent"}]}`},
		{"ncwa-P03..P08", status, func(b madeBody) finding {
			p := b.at("delivery_status/0/pricing")
			return when(p.has("pricing_model") && p.has("type") && !setsPrices(b.scenario), func() bool {
				return priced(p.text("pricing_model"), p.text("type"), p.text("category"), p.billable())
			})
		}, `{"delivery_status":[{"pricing":{"pricing_model":"PMP","type":"regular","category":"service"}}]}`},
		{"ncwa-I02", in, func(b madeBody) finding {
			m := b.at("incoming_message/0")
			return must(isWamid(m.text("message_id"), m.text("from"), true) && m.text("from") != m.text("to"))
		}, `{"incoming_message":[{"message_id":"x"}]}`},
		{"ncwa-context", in, func(b madeBody) finding {
			c := b.at("incoming_message/0/context")
			_, isObject := c.v.(map[string]any)
			return must(isObject && c.has("ncmessage_id") == c.has("message_id"))
		}, `{"incoming_message":[{"context":{"ncmessage_id":"x"}}]}`},
		{"ncwa-K01..K08", in, func(b madeBody) finding {
			m := b.at("incoming_message/0")
			kind := strings.ToLower(m.text("message_type"))
			file := m.at(kinds[kind])
			return when(file.has("mime_type"), func() bool {
				mime := file.text("mime_type")
				return slices.Contains(kindsOfMIME[kind], mime) && (!file.has("filename") || fitsName(mime, file.text("filename"))) &&
					(file.text("voice") != "true" || mime == "audio/ogg; codecs=opus") && isSHA256(file.text("sha256"))
			})
		}, `{"incoming_message":[{"message_type":"AUDIO","audio_type":{"mime_type":"audio/mpeg","voice":true}}]}`},
		{"ncwa-Q26", in + "button " + in + "interactive", func(b madeBody) finding {
			m := b.at("incoming_message/0")
			id := m.text("text_type/payload") + m.text("interactive_type/button_reply/id") + m.text("interactive_type/list_reply/id")
			return must(m.has("context/ncmessage_id") && slug.MatchString(id) && strings.ContainsAny(id, "_-"))
		}, `{"incoming_message":[{"text_type":{"payload":"plane"}}]}`},
	}
}

// tataKindRules are about the kinds of messages that the document doesn't show.
func tataKindRules() []semanticRule {
	const message = "tata-omni/message."
	return []semanticRule{
		{"tata-C13", message + "interactive", func(b madeBody) finding {
			n := b.at("messages/interactive")
			for _, block := range []string{"button_reply", "list_reply", "nfm_reply"} {
				if n.has(block) != (n.text("type") == block) {
					return violated
				}
			}
			return must(n.text("type") != "nfm_reply" || strings.Contains(n.text("nfm_reply/response_json"), "flow_token"))
		}, `{"messages":{"interactive":{"type":"list_reply","button_reply":{"id":"x"}}}}`},
		{"tata-C17", message + "system", func(b madeBody) finding {
			changed := b.text("messages/system/wa_id")
			return when(changed != "", func() bool { return changed != b.text("messages/from") })
		}, `{"messages":{"from":"1","system":{"wa_id":"1"}}}`},
		{"tata-C19", message + "order", func(b madeBody) finding {
			for _, product := range b.list("messages/order/product_items") {
				if product.text("currency") != "INR" || product.number("quantity") < 1 {
					return violated
				}
			}
			return must(digitsOfMeta.MatchString(b.text("messages/order/catalog_id")))
		}, `{"messages":{"order":{"product_items":[{"currency":"USD"}]}}}`},
		{"tata-K21", message, func(b madeBody) finding {
			r := b.at("messages/referral")
			return when(r.has("media_type"), func() bool {
				return (r.text("media_type") == "video") == r.has("video_url") && r.has("video_url") != r.has("image_url")
			})
		}, `{"messages":{"referral":{"media_type":"image","video_url":"x"}}}`},
		{"tata-S16", message + "unsupported", func(b madeBody) finding {
			return must(b.text("messages/errors/0/code") == "131051")
		}, `{"messages":{"errors":[{"code":131026}]}}`},
	}
}
