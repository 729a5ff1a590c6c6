package generator_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	rcsID  = regexp.MustCompile(`^api-[0-9]+-([0-9]+)-[0-9a-f]{32}-([0-9]+)$`)
	smsID  = regexp.MustCompile(`^sms-[0-9]+-[0-9a-f]{12}-[A-Za-z0-9]{16}-[0-9a-f]{9}-([0-9]+)$`)
	botTag = regexp.MustCompile(`^[a-z0-9_]+_[A-Za-z0-9]{8}$`)
	blob   = regexp.MustCompile(`^https://rcs-user-content-ap\.storage\.googleapis\.com/[0-9a-f-]{36}/[0-9a-f]{60}$`)
)

// netcoreRules are about RCS and its SMS.
func netcoreRules() []semanticRule {
	const event, in, file = "netcore/event.", "netcore/incoming.", "netcore/incoming.image netcore/incoming.video netcore/incoming.audio netcore/incoming.application netcore/incoming.text-file"
	const click, tap, user = "0/click_data/", "0/message_details/suggestionResponse/", "0/message_details/userFile/"
	isSMS := func(b madeBody) bool { return b.text("0/channel") == "SMS" }
	return []semanticRule{
		{"nc-N01", event, func(b madeBody) finding {
			return must((b.text("0/status") == "Clicked") == (b.has(click+"postbackData") && b.has(click+"text")) && (b.text("0/status") == "Clicked" || !b.has("0/click_data")))
		}, `[{"status":"Sent","click_data":{"text":"x"}}]`},
		{"nc-N02,N03", event, func(b madeBody) finding {
			kind := b.text(click + "suggestionType")
			return when(kind != "", func() bool {
				return (kind == "reply") == (b.text(click+"type") == "REPLY") && b.text(click+"type") != "CLICK"
			})
		}, `[{"click_data":{"suggestionType":"reply","type":"ACTION"}}]`},
		{"nc-N04", event + "clicked", func(b madeBody) finding {
			if !isSMS(b) {
				return must(b.text(click+"type") != "CLICK")
			}
			return must(b.text(click+"type") == "CLICK" && !b.has(click+"suggestionType") && strings.HasPrefix(b.text(click+"text"), "https://"))
		}, `[{"channel":"SMS","click_data":{"type":"REPLY"}}]`},
		{"nc-N05", event, func(b madeBody) finding {
			return must(slices.Contains([]string{"Not sent", "Failed"}, b.text("0/status")) == b.has("0/remarks"))
		}, `[{"status":"Sent","remarks":"x"}]`},
		{"nc-N06", event, func(b madeBody) finding {
			return when(strings.Contains(b.text("0/remarks"), "RCS"), func() bool { return !isSMS(b) })
		}, `[{"channel":"SMS","remarks":"Number is RCS disabled"}]`},
		{"nc-N07", event, func(b madeBody) finding {
			if !isSMS(b) {
				return must(!b.has("0/last_channel") && strings.HasPrefix(b.text("0/message_id"), "api-"))
			}
			return must(b.text("0/last_channel") == "RCS" && b.text("0/type") == "Text" && strings.HasPrefix(b.text("0/message_id"), "sms-"))
		}, `[{"channel":"SMS","last_channel":"RCS","type":"Template"}]`},
		{"nc-N09", event, func(b madeBody) finding {
			m := rcsID.FindStringSubmatch(b.text("0/message_id"))
			return when(strings.HasPrefix(b.text("0/message_id"), "api-"), func() bool { return m != nil && m[1] == b.text("0/mobile") && m[2] <= b.text("0/event_time") })
		}, `[{"message_id":"api-1-2","mobile":"2"}]`},
		{"nc-N10", event, func(b madeBody) finding {
			return when(isSMS(b), func() bool { return smsID.MatchString(b.text("0/message_id")) })
		}, `[{"channel":"SMS","message_id":"sms-1"}]`},
		{"nc-N11", "netcore/incoming.click", func(b madeBody) finding {
			var data map[string]any
			if json.Unmarshal([]byte(b.text(tap+"metadata")), &data) != nil {
				return violated
			}
			meta := node{data}
			m := rcsID.FindStringSubmatch(meta.text("msgId"))
			sent, err := time.Parse("2006-01-02T15:04:05.000", meta.text("a2pMsgDate"))
			if m == nil || err != nil {
				return violated
			}
			after := sent.Unix() - node{map[string]any{"x": m[2]}}.number("x")
			return must((meta.text("suggestionType") == "reply") == (b.text(tap+"type") == "REPLY") && after >= 0 && after <= 60 && sent.UnixMilli() < b.number("0/received_at"))
		}, `[{"message_details":{"suggestionResponse":{"metadata":"{}"}}}]`},
		{"nc-N12", in, func(b madeBody) finding {
			return must(strings.HasPrefix(b.text("0/message_id"), "Mx") && len(b.text("0/message_id")) == 24)
		}, `[{"message_id":"x"}]`},
		{"nc-N13", event, func(b madeBody) finding {
			return when(isSMS(b), func() bool { return !slices.Contains([]string{"Read", "Not sent"}, b.text("0/status")) })
		}, `[{"channel":"SMS","status":"Read"}]`},
		{"nc-K13", file, func(b madeBody) finding {
			kind, _, _ := strings.Cut(b.text(user+"payload/mimeType"), "/")
			return must(kind == b.text("0/message_type"))
		}, `[{"message_type":"document","message_details":{"userFile":{"payload":{"mimeType":"text/csv"}}}}]`},
		{"nc-K14", "netcore/incoming.text-file", func(b madeBody) finding {
			return must(slices.Contains([]string{"text/plain", "text/x-java", "text/x-vcard", "text/csv"}, b.text(user+"payload/mimeType")))
		}, `[{"message_details":{"userFile":{"payload":{"mimeType":"text/html"}}}}]`},
		{"nc-K16", file, func(b madeBody) finding {
			mime := b.text(user + "payload/mimeType")
			may := strings.HasPrefix(mime, "video/") || mime == "image/jpeg" || mime == "image/png"
			return when(b.has(user+"thumbnail"), func() bool {
				return may && b.text(user+"thumbnail/mimeType") == "image/jpeg" && b.number(user+"thumbnail/fileSizeBytes") < b.number(user+"payload/fileSizeBytes")
			})
		}, `[{"message_details":{"userFile":{"payload":{"mimeType":"image/gif"},"thumbnail":{"mimeType":"image/jpeg"}}}}]`},
		{"nc-K17", file, func(b madeBody) finding {
			whole, small := b.text(user+"payload/fileUri"), b.text(user+"thumbnail/fileUri")
			return must(blob.MatchString(whole) && (small == "" || blob.MatchString(small) && small != whole))
		}, `[{"message_details":{"userFile":{"payload":{"fileUri":"x"}}}}]`},
		{"nc-K18", file, func(b madeBody) finding {
			limit := int64(100 << 20)
			switch mime := b.text(user + "payload/mimeType"); {
			case mime == "text/x-vcard":
				limit = 400
			case strings.HasPrefix(mime, "image/"):
				limit = 4 << 20
			case strings.HasPrefix(mime, "audio/"):
				limit = 500 << 10
			}
			return must(b.number(user+"payload/fileSizeBytes") <= limit)
		}, `[{"message_details":{"userFile":{"payload":{"mimeType":"text/x-vcard","fileSizeBytes":401}}}}]`},
		{"nc-fileName", file, func(b madeBody) finding {
			return must(fitsName(b.text(user+"payload/mimeType"), b.text(user+"payload/fileName")))
		},
			`[{"message_details":{"userFile":{"payload":{"mimeType":"text/csv","fileName":"a.pdf"}}}}]`},
		{"nc-C24", in, func(b madeBody) finding {
			return must(strings.HasPrefix(b.text("0/to"), "+") && len(b.text("0/from")) == 16 && botTag.MatchString(b.text("0/from_name")))
		}, `[{"to":"+1","from":"aaaaaaaaaaaaaaaa","from_name":"Asha Stores"}]`},
		{"nc-Q25", event, func(b madeBody) finding { return must(hex32.MatchString(b.text("0/requestid"))) }, `[{"requestid":"x"}]`},
		{"nc-Q26", "netcore/incoming.click netcore/event.clicked", func(b madeBody) finding {
			text := b.text(tap+"postbackData") + b.text(click+"postbackData")
			return must(slug.MatchString(text) && (isSMS(b) || strings.ContainsAny(text, "_-")))
		}, `[{"click_data":{"postbackData":"plane"}}]`},
	}
}

// tataRules are about the form of the Cloud API that this provider passes on.
func tataRules() []semanticRule {
	const message, status = "tata-omni/message.", "tata-omni/status."
	media := func(b madeBody) (string, node) {
		kind := b.text("messages/type")
		return kind, b.at("messages/" + kind)
	}
	return []semanticRule{
		{"tata-I01", status, func(b madeBody) finding {
			return must(isWamid(b.text("statuses/0/id"), b.text("statuses/0/recipient_id"), false))
		},
			`{"statuses":[{"id":"wamid.x"}]}`},
		{"tata-I02", message, func(b madeBody) finding { return must(isWamid(b.text("messages/id"), b.text("messages/from"), true)) },
			`{"messages":{"id":"wamid.x"}}`},
		{"tata-C01", message, func(b madeBody) finding {
			if b.text("messages/type") == "system" {
				return must(!b.has("contacts")) // of a change of the number
			}
			return must(b.text("contacts/0/wa_id") == b.text("messages/from"))
		},
			`{"contacts":[{"wa_id":"1"}],"messages":{"from":"2"}}`},
		{"tata-K01..K06", message, func(b madeBody) finding {
			kind, file := media(b)
			return when(file.has("mime_type"), func() bool {
				mime := file.text("mime_type")
				return slices.Contains(kindsOfMIME[kind], mime) && (!file.has("filename") || fitsName(mime, file.text("filename"))) &&
					(file.text("voice") != "true" || mime == "audio/ogg; codecs=opus")
			})
		}, `{"messages":{"type":"audio","audio":{"mime_type":"audio/mpeg","voice":true}}}`},
		{"tata-K08", message, func(b madeBody) finding {
			_, file := media(b)
			return when(file.has("sha256"), func() bool { return isSHA256(file.text("sha256")) })
		}, `{"messages":{"type":"image","image":{"sha256":"x"}}}`},
		{"tata-P03..P08", status, func(b madeBody) finding {
			p := b.at("statuses/0/pricing")
			return when(!setsPrices(b.scenario) && p.has("pricing_model") && (p.has("type") || p.text("pricing_model") == "CBP"), func() bool {
				return priced(p.text("pricing_model"), p.text("type"), p.text("category"), p.billable())
			})
		}, `{"statuses":[{"pricing":{"pricing_model":"PMP","type":"regular","category":"service"}}]}`},
		{"tata-P01", status, func(b madeBody) finding {
			return when(b.has("statuses/0/pricing") && !setsPrices(b.scenario), func() bool { return b.text("statuses/0/pricing/pricing_model") == "PMP" })
		}, `{"statuses":[{"pricing":{"pricing_model":"CBP"}}]}`},
		{"tata-P10", status, func(b madeBody) finding {
			return when(b.has("statuses/0/pricing/category") && b.has("statuses/0/conversation/origin/type"), func() bool {
				return b.text("statuses/0/pricing/category") == b.text("statuses/0/conversation/origin/type")
			})
		}, `{"statuses":[{"pricing":{"category":"utility"},"conversation":{"origin":{"type":"service"}}}]}`},
		{"tata-P12", status + "sent", func(b madeBody) finding {
			ends := b.number("statuses/0/conversation/expiration_timestamp")
			return when(ends > 0 && b.text("statuses/0/pricing/pricing_model") == "PMP" && !setsPrices(b.scenario), func() bool { return ends == b.number("statuses/0/timestamp") })
		}, `{"statuses":[{"timestamp":"1","conversation":{"expiration_timestamp":"3"},"pricing":{"pricing_model":"PMP"}}]}`},
		{"tata-C16", "tata-omni/message.location", func(b madeBody) finding {
			return must(b.has("messages/location/name") == b.has("messages/location/address"))
		}, `{"messages":{"location":{"name":"x"}}}`},
		{"tata-R48", status, func(b madeBody) finding {
			return when(b.has("statuses/1/id") && b.has("id"), func() bool { return b.text("statuses/1/id") == b.text("id") })
		}, `{"id":"1","statuses":[{},{"id":"2"}]}`},
		{"tata-Q26", "tata-omni/message.button", func(b madeBody) finding {
			text := b.text("messages/button/payload")
			return when(text != "", func() bool {
				return text == b.text("messages/button/text") || slug.MatchString(text) && strings.ContainsAny(text, "_-")
			})
		}, `{"messages":{"button":{"payload":"plane","text":"Yes"}}}`},
	}
}
