package generator_test

import (
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Refusals of the platform: the SMS never reached a network.
var refusals = strings.Fields("NO-CREDITS NO-ACCOUNT INV-NUMBER SPAM DNDNUMB BLACKLST SNDR-BLOCK TEMPLATE-NOT-FOUND INV-TEMPLATE INV-SENDER NOT-OPTIN OPTOUT-REJ PROMO-TMOUT NOTALLOWED DUPLICATE THROTTLED DLT-REJECTED DLT-INV-TMID DLT-INV-ENTITY DLT-INV-TM-ID DLT-TM-VAR-EXECEED DLT-ENTITY-NOT-FOUND DLT-TM-BLACKLST DLT-ENTITY-BLACKLST DLT-HEADER-INACTIVE DLT-TM-INACTIVE DLT-SENDER-NOT-REG-TM")

// mobtextingRules are about all channels but voice.
func mobtextingRules() []semanticRule {
	const mob, sms, contacts = "mobtexting/", "mobtexting/sms.message.status", "mobtexting/contacts"
	const status, in = "mobtexting/whatsapp.message.status mobtexting/rcs.message.status mobtexting/viber.message.status", "mobtexting/whatsapp.message.in mobtexting/rcs.message.in mobtexting/viber.message.in mobtexting/vmn.message.in"
	micros := func(text string) time.Time {
		at, err := time.Parse("2006-01-02T15:04:05.000000Z", text)
		if err != nil {
			return time.Time{}
		}
		return at
	}
	user := func(b madeBody) node { return b.at("payload/recipient/user") }
	return []semanticRule{
		{"mob-Z07,R46", status, func(b madeBody) finding {
			delivered, read := b.has("payload/delivered_at"), b.has("payload/read_at")
			switch b.text("payload/status") {
			case "sent", "failed", "rejected", "blacklist", "offline", "expired":
				return must(!delivered && !read)
			case "delivered":
				return must(delivered && !read)
			case "read":
				return must(delivered && read)
			}
			return notApplicable
		}, `{"payload":{"status":"delivered"}}`},
		{"mob-Z08", status, func(b madeBody) finding {
			newest := max(b.text("payload/processed_at"), b.text("payload/delivered_at"), b.text("payload/read_at"))
			return when(!b.byType && slices.Contains([]string{"delivered", "read"}, b.text("payload/status")), func() bool { return b.text("payload/timestamp") == newest })
		}, `{"payload":{"status":"read","timestamp":"2026-01-01"}}`},
		{"mob-Q03", status + " " + in, func(b madeBody) finding {
			at := b.text("payload/timestamp") + b.text("payload/message/timestamp")
			return when(at != "", func() bool { return !micros(at).IsZero() })
		}, `{"payload":{"timestamp":"2026-03-01 10:00:00"}}`},
		{"sms-X01..X03", sms, func(b madeBody) finding { return must(int(b.number("units")) == segments(b.message)) }, `{"units":7}`},
		{"sms-X04", sms, func(b madeBody) finding {
			credits, err := strconv.ParseFloat(b.text("credits"), 64)
			_, decimals, _ := strings.Cut(b.text("credits"), ".")
			rate := credits / float64(b.number("units"))
			known := slices.ContainsFunc([]float64{0, 0.125, 0.18, 1}, func(r float64) bool { return math.Abs(rate-r) < 1e-9 })
			return must(err == nil && len(decimals) == 4 && known)
		}, `{"credits":"0.7","units":1}`},
		{"sms-X06", sms, func(b madeBody) finding {
			return when(b.text("status") == "DELIVRD", func() bool {
				return b.has("deliv_time") && b.text("sent_time") <= max(b.text("submit_time"), b.text("sent_time")) && b.text("submit_time") <= b.text("deliv_time") && b.text("sent_time") <= b.text("deliv_time")
			})
		}, `{"status":"DELIVRD","sent_time":"2026-03-01 10:00:04","submit_time":"2026-03-01 10:00:05","deliv_time":"2026-03-01 10:00:02"}`},
		{"sms-X07,Z11", sms, func(b madeBody) finding {
			applies := false
			for _, name := range []string{"sent", "submit", "deliv"} {
				if b.has(name+"_time") && b.has(name+"_at") {
					if applies = true; inIST(b.text(name+"_time")).Unix() != b.number(name+"_at") {
						return violated
					}
				}
			}
			return when(applies, func() bool { return true })
		}, `{"sent_time":"2026-03-01 10:00:00","sent_at":"1772359200"}`},
		{"sms-X08", sms, func(b madeBody) finding {
			return when(slices.Contains(refusals, b.text("status")), func() bool { return !b.has("deliv_time") && !b.has("deliv_at") })
		}, `{"status":"DNDNUMB","deliv_time":"x"}`},
		{"sms-X10", sms, func(b madeBody) finding {
			return when(b.text("status") == "REJ-MULTIPART", func() bool { return b.number("units") >= 2 })
		}, `{"status":"REJ-MULTIPART","units":1}`},
		{"sms-X16", sms, func(b madeBody) finding {
			id, place, _ := strings.Cut(b.text("id"), ":")
			return must(uuid4.MatchString(id) && place != "")
		}, `{"id":"x"}`},
		{"mob-Q10", "mobtexting/sms. mobtexting/voice. mobtexting/vmn.", func(b madeBody) finding {
			phone := b.text("mobile") + b.text("receiver") + b.text("payload/recipient/from")
			if phone == "" && strings.Trim(b.text("to"), "0123456789") == "" {
				phone = b.text("to")
			}
			return when(phone != "", func() bool { return indianMobile.MatchString(phone) })
		}, `{"mobile":"4917139200"}`},
		{"mob-C20", in, func(b madeBody) finding {
			gender := user(b).text("user_info/gender")
			return when(gender != "", func() bool { return fitsGender(user(b).text("first_name"), gender) })
		}, `{"payload":{"recipient":{"user":{"first_name":"Priya","user_info":{"gender":"male"}}}}}`},
		{"mob-C21", in, func(b madeBody) finding {
			name, _, _ := strings.Cut(user(b).text("email"), "@")
			return when(name != "", func() bool { return strings.EqualFold(name, user(b).text("username")) })
		}, `{"payload":{"recipient":{"user":{"username":"asha","email":"ravi@example.com"}}}}`},
		{"mob-C23", in, func(b madeBody) finding { return must(b.text("payload/recipient/from") == user(b).text("phone")) },
			`{"payload":{"recipient":{"from":"1","user":{"phone":"2"}}}}`},
		{"mob-C25", contacts, func(b madeBody) finding {
			created, updated := micros(b.text("created_at")), micros(b.text("updated_at"))
			ok := fitsGender(b.text("first_name"), b.text("gender")) && updated.After(created) == strings.Contains(b.text("status"), "updated") && !updated.Before(created)
			if day, err := time.Parse(time.DateOnly, b.text("birth_date")); err == nil {
				age := b.now.Sub(day) / (365 * 24 * time.Hour)
				ok = ok && age >= 18 && age <= 90
			}
			return must(ok)
		}, `{"status":"Subscriber updated successfully","created_at":"2026-03-01T10:00:00.000000Z","updated_at":"2026-03-01T10:00:00.000000Z"}`},
		{"mob-K12", in, func(b madeBody) finding {
			kind, media := b.text("payload/message/type"), b.at("payload/message/payload")
			return when(kindsOfMIME[kind] != nil, func() bool {
				fits := func(name string) bool {
					return slices.ContainsFunc(kindsOfMIME[kind], func(mime string) bool { return fitsName(mime, name) })
				}
				ok := fits(path.Base(media.text("url")))
				if kind == "document" {
					return ok && fits(media.text("filename"))
				}
				return ok && !media.has("filename") && (kind != "audio" || !media.has("caption"))
			})
		}, `{"payload":{"message":{"type":"video","payload":{"url":"https://x/a.jpg"}}}}`},
		{"mob-I15", status + " " + in, func(b madeBody) finding { return must(uuid4.MatchString(b.text("payload/id"))) }, `{"payload":{"id":"1"}}`},
		{"mob-unsubscription", "mobtexting/whatsapp.unsub mobtexting/rcs.unsub mobtexting/viber.unsub mobtexting/sms.unsub mobtexting/voice.unsub", func(b madeBody) finding {
			return must((b.text("type") == "all") == (b.text("value") == "*") && b.has("value"))
		}, `{"type":"all","value":"promo"}`},
	}
}

// voiceRules are about calls.
func voiceRules() []semanticRule {
	const voice = "mobtexting/voice.message.out"
	unanswered := []string{"BUSY", "NOANSWER", "CANCEL", "CONGESTION", "CHANUNAVAIL"}
	is := func(b madeBody, key string, words ...string) bool { return slices.Contains(words, b.text(key)) }
	return []semanticRule{
		{"voice-V01", voice, func(b madeBody) finding {
			return must(!inIST(b.text("end_at")).Before(inIST(b.text("start_at"))) && b.number("duration") >= 0)
		}, `{"start_at":"2026-03-01 10:00:01","end_at":"2026-03-01 10:00:00"}`},
		{"voice-V02", voice, func(b madeBody) finding {
			took := int64(inIST(b.text("end_at")).Sub(inIST(b.text("start_at"))) / time.Second)
			return must(took-b.number("duration") >= -60 && took-b.number("duration") <= 60)
		}, `{"start_at":"2026-03-01 10:00:00","end_at":"2026-03-01 11:00:00","duration":"3"}`},
		{"voice-V03", voice, func(b madeBody) finding {
			return when(is(b, "status", unanswered...), func() bool {
				return b.number("duration") <= 60 && (!b.has("billing") || b.text("billing") == "0") && b.none("recording_url", "hangup_by")
			})
		}, `{"status":"BUSY","duration":"0","recording_url":"x"}`},
		{"voice-V04", voice, func(b madeBody) finding {
			return when(b.text("source") == "OBD" && is(b, "status", "ANSWER"), func() bool { return b.number("duration") >= 1 })
		}, `{"source":"OBD","status":"ANSWER","duration":"0"}`},
		{"voice-V05", voice, func(b madeBody) finding {
			return when(b.text("source") == "OBD", func() bool {
				return b.has("mid") && b.has("flow_id") && b.none("status1", "status2", "billing", "date", "unixtime", "hangup_by") && is(b, "status", append(unanswered, "ANSWER")...)
			})
		}, `{"source":"OBD"}`},
		{"voice-V06", voice, func(b madeBody) finding {
			return when(b.text("source") == "C2C", func() bool { return b.none("mid", "flow_id") && b.has("date") && b.has("unixtime") && b.has("status1") })
		}, `{"source":"C2C","mid":"x"}`},
		{"voice-V07", voice, func(b madeBody) finding {
			return when(is(b, "status", "COMPLETED"), func() bool {
				return is(b, "status1", "RECEIVED", "ANSWER") && is(b, "status2", "ANSWER") && b.number("billing") >= 1 && is(b, "hangup_by", "agent", "caller")
			})
		}, `{"status":"COMPLETED","status1":"BUSY"}`},
		{"voice-V08", voice, func(b madeBody) finding {
			return when(is(b, "status", "MISSED"), func() bool {
				return is(b, "status1", "RECEIVED", "ANSWER") && is(b, "status2", unanswered...) && b.text("billing") == "0"
			})
		}, `{"status":"MISSED","status2":"ANSWER"}`},
		{"voice-V09", voice, func(b madeBody) finding {
			return when(is(b, "status", "RECEIVED"), func() bool { return !b.has("status2") && b.text("billing") == "0" })
		}, `{"status":"RECEIVED","status2":"ANSWER"}`},
		{"voice-V10", voice, func(b madeBody) finding {
			return when(is(b, "status1", unanswered...), func() bool { return !b.has("status2") && b.text("status") == b.text("status1") })
		}, `{"status1":"BUSY","status2":"ANSWER"}`},
		{"voice-V11", voice, func(b madeBody) finding {
			return when(b.has("billing"), func() bool { return b.number("billing") <= b.number("duration") })
		}, `{"billing":"3","duration":"1"}`},
		{"voice-V12", voice, func(b madeBody) finding {
			return when(b.has("date"), func() bool {
				late := inIST(b.text("date")).Sub(inIST(b.text("end_at")))
				return inIST(b.text("date")).Unix() == b.number("unixtime") && late >= 0 && late <= 5*time.Second
			})
		}, `{"date":"2026-03-01 10:00:00","unixtime":"1"}`},
		{"voice-V13", voice, func(b madeBody) finding {
			return when(b.has("recording_url"), func() bool {
				return strings.HasSuffix(b.text("recording_url"), ".mp3") || strings.HasSuffix(b.text("recording_url"), ".wav")
			})
		}, `{"recording_url":"https://x/a.pdf"}`},
	}
}
