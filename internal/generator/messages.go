package generator

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

func (s *routeFormatter) messageValue(name, rest string) getter {
	if get := s.messageTime(rest); get != nil {
		return get
	}
	switch rest {
	case "id":
		return s.messageID(name)
	case "channel_id":
		return s.channelID(name)
	case "reply_to":
		return s.replied(name, "message.id")
	case "reply_channel_id":
		return s.replied(name, "message.channel_id")
	case "reply_meta_id":
		return s.replied(name, "message.meta_id")
	case "meta_id":
		return s.metaID(name)
	case "foreign_id":
		return func(v *values) (value.Value, bool) {
			return value.OfText("order-" + strconv.Itoa(10_000+roll(v.message, prng.SeedOf(name), 90_000))), true
		}
	case "tags":
		return pick(name, s.words.tags)
	case "template":
		return pick("template.name", s.words.templates)
	case "units":
		return func(v *values) (value.Value, bool) { _, units := s.sms(v); return wholeNumber(units), true }
	case "encoding":
		return func(v *values) (value.Value, bool) {
			if gsm, _ := s.sms(v); !gsm {
				return value.OfText("ucs-2"), true
			}
			return value.OfText("gsm-7"), true
		}
	case "cost":
		return s.cost
	case "outbound_channel_id":
		return s.outboundChannelID(name)
	case "state":
		return messageState
	case "channel", "last_channel":
		return s.channel(rest)
	case "type":
		return messageType
	case "text":
		return s.messageText
	}
	return s.tapValue(rest)
}

// messageTime makes a time in the life of a message. A time after the event doesn't exist, even if the request has it.
func (s *routeFormatter) messageTime(rest string) getter {
	switch rest {
	case "submitted_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Submitted) }
	case "enqueued_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Enqueued) }
	case "accepted_at":
		return func(v *values) (value.Value, bool) {
			at := v.subject.Submitted + 4*time.Second
			if v.subject.Delivered != scenarios.NotYet {
				at = max(v.subject.Submitted, min(at, v.subject.Delivered))
			}
			return v.at(at)
		}
	case "sent_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Sent) }
	case "reply_sent_at":
		return func(v *values) (value.Value, bool) {
			other, ok := v.reply()
			if !ok {
				return value.Value{}, false
			}
			return other.at(max(other.subject.Submitted, other.subject.Sent))
		}
	case "delivered_at":
		return func(v *values) (value.Value, bool) {
			switch v.context.event {
			case "message.enqueued", "message.sent", "message.failed", "message.undelivered":
				return value.Value{}, false
			case "":
				if s.reportsSent {
					return value.Value{}, false // see messageState
				}
			}
			if v.context.event == "message.read" && v.subject.Delivered == scenarios.NotYet {
				return v.at(v.subject.Read) // what was read was delivered
			}
			return v.at(v.subject.Delivered)
		}
	case "read_at":
		return func(v *values) (value.Value, bool) {
			switch v.context.event {
			case "", "message.enqueued", "message.sent", "message.delivered", "message.failed", "message.undelivered":
				return value.Value{}, false
			}
			return v.at(v.subject.Read)
		}
	}
	return nil
}

// messageID makes the ID of a message, which is that of the fallback on another channel.
func (s *routeFormatter) messageID(name string) getter {
	main := s.id(name, "{{random|uuid}}", ofMessage)
	if _, ok := s.route.ID("message.fallback_id"); !ok {
		return main
	}
	fallback := s.id("message.fallback_id", "", ofMessage)
	write, writeFallback := s.formats[name], s.formats["message.fallback_id"]
	s.formats[name] = func(v *values, dst []byte) ([]byte, error) {
		if v.onFallback() {
			return writeFallback(v, dst)
		}
		return write(v, dst)
	}
	return func(v *values) (value.Value, bool) {
		if v.onFallback() {
			return fallback(v)
		}
		return main(v)
	}
}

// onFallback reports whether the message was sent on another channel than the route's.
func (v *values) onFallback() bool {
	found, _, ok := v.given("message.channel")
	return ok && !strings.EqualFold(found.Text(), v.formatter.route.Channel)
}

func (s *routeFormatter) channel(rest string) getter {
	return func(v *values) (value.Value, bool) {
		switch {
		case rest == "channel" && !v.onFallback(), rest == "last_channel" && v.onFallback():
			return value.OfText(s.route.Channel), true
		}
		return value.OfText(""), true // no other channel was tried before
	}
}

// channelID makes the ID of a message on the channel, which may have another format if an end user sent it.
func (s *routeFormatter) channelID(name string) getter {
	outbound := s.id(name, "{{random|uuid}}", ofMessage)
	const in = "message.inbound_channel_id"
	if _, ok := s.route.ID(in); !ok {
		return outbound
	}
	inbound := s.id(in, "", ofMessage)
	write, writeInbound := s.formats[name], s.formats[in]
	s.formats[name] = func(v *values, dst []byte) ([]byte, error) {
		if v.inbound {
			return writeInbound(v, dst)
		}
		return write(v, dst)
	}
	return func(v *values) (value.Value, bool) {
		if v.inbound {
			return inbound(v)
		}
		return outbound(v)
	}
}

// outboundChannelID makes the ID of a message of the application, which an event of an end user is about.
func (s *routeFormatter) outboundChannelID(name string) getter {
	s.formats[name] = func(v *values, dst []byte) ([]byte, error) {
		other := *v
		other.inbound = false
		return s.formats["message.channel_id"](&other, dst)
	}
	return func(v *values) (value.Value, bool) {
		other := *v
		other.inbound = false
		return other.lookup("message.channel_id")
	}
}

// messageState returns the canonical word for the status of a message that no canonical event gives: it was sent,
// and has no times of later steps.
func messageState(*values) (value.Value, bool) { return value.OfText("sent"), true }

// replied returns an ID of the message that this one replies to.
func (s *routeFormatter) replied(as, name string) getter {
	s.formats[as] = func(v *values, dst []byte) ([]byte, error) {
		other, ok := v.reply()
		if !ok || s.formats[name] == nil {
			return dst, errNone
		}
		return s.formats[name](other, dst)
	}
	return func(v *values) (value.Value, bool) {
		other, ok := v.reply()
		if !ok {
			return value.Value{}, false
		}
		return other.lookup(name)
	}
}

var errNone = errors.New("the value does not exist")

// metaID returns Meta's ID of a message, if the account has another ID of the channel.
func (s *routeFormatter) metaID(name string) getter {
	get := s.id(name, "{{random|uuid}}", ofMessage)
	spell := s.formats[name]
	hasOwn := func(v *values) bool {
		if v.account == nil {
			return false
		}
		_, ok := v.account.ID("message.channel_id")
		return ok
	}
	s.formats[name] = func(v *values, dst []byte) ([]byte, error) {
		if !hasOwn(v) {
			return dst, errNone
		}
		return spell(v, dst)
	}
	return func(v *values) (value.Value, bool) {
		if !hasOwn(v) {
			return value.Value{}, false
		}
		return get(v)
	}
}

// messageType returns the kind of an inbound message, and "text" or "template" for an outbound
// one.
func messageType(v *values) (value.Value, bool) {
	switch {
	case v.context.kind != "":
		return value.OfText(v.context.kind), true
	case v.inbound:
		return value.OfText("image"), true
	case v.onFallback():
		return value.OfText("text"), true
	}
	kinds := []string{"text", "template"}
	return value.OfText(kinds[roll(v.message, prng.SeedOf("message.type"), len(kinds))]), true
}

func (s *routeFormatter) messageText(v *values) (value.Value, bool) {
	salt := prng.SeedOf("message.text")
	switch v.context.kind {
	case "button", "list", "click":
		return value.OfText(s.tap(v).label), true
	case "reaction":
		return value.OfText(s.words.emoji[roll(v.message, salt, len(s.words.emoji))]), true
	}
	if v.context.event == "message.clicked" {
		return value.OfText(s.tap(v).label), true
	}
	if v.inbound {
		return value.OfText(s.words.text(v.conversation, v.message)), true
	}
	return value.OfText(s.words.notice(v.conversation, v.message, v.partUndelivered())), true
}

// partUndelivered reports whether the message fails because one of its parts did: it is a long one.
func (v *values) partUndelivered() bool { return v.givenReason == "part-undelivered" }

// sms returns the encoding and the number of parts of the message as an SMS.
func (s *routeFormatter) sms(v *values) (gsm bool, units int) {
	text, _ := v.lookup("message.text")
	gsm, units = smsUnits(text.Text())
	if found, _, ok := v.given("message.units"); ok {
		if n, err := strconv.Atoi(found.Text()); err == nil {
			units = n
		}
	}
	return gsm, units
}

// rates are prices of one SMS part, in ten-thousandths; an account has one of them.
func rates() []int64 { return []int64{1250, 1800, 10_000} }

func (s *routeFormatter) cost(v *values) (value.Value, bool) {
	list := rates()
	_, units := s.sms(v)
	return value.OfMoney(list[roll(v.run, prng.SeedOf("message.cost"), len(list))] * int64(units)), true
}

// A tap is what an end user touched: a reply, a link or a number to call.
type tap struct{ kind, label, postback string }

// tap chooses what the end user touched. A tap that an application gets as a message is a reply; one that it gets
// as an event may be any.
func (s *routeFormatter) tap(v *values) tap {
	if v.onFallback() {
		code := prng.From(v.message, saltTap)
		return tap{"", "https://example.com/" + s.words.slugs[roll(v.message, saltTap+1, len(s.words.slugs))], string(shortCode.AppendMade(nil, &code))}
	}
	kind := ""
	if found, _, ok := v.given("message.suggestion"); ok {
		kind = found.Text()
	}
	if found, _, ok := v.given("message.tap"); ok && kind == "" && strings.EqualFold(found.Text(), "reply") {
		kind = "reply"
	}
	seed := v.message
	if kind == "" {
		switch kinds := []string{"url_action", "dialer_action", "reply"}; v.context.kind {
		case "click":
			kind = kinds[roll(seed, saltTap, 2)]
		case "button", "list":
			kind = "reply"
		default:
			kind = kinds[roll(seed, saltTap, 3)]
		}
	}
	labels := s.words.labels
	switch kind {
	case "url_action":
		labels = s.words.links
	case "dialer_action":
		labels = s.words.dials
	}
	label := labels[roll(seed, prng.SeedOf("message.text"), len(labels))]
	if found, _, ok := v.given("message.text"); ok {
		label = found.Text()
	}
	return tap{kind, label, postbackOf(label)}
}

var shortCode, _ = value.ParseFormat(value.ID, "base62 7")

// postbackOf is what an application would set as the data of a button.
func postbackOf(label string) string {
	var words []string
	for word := range strings.FieldsFuncSeq(strings.ToLower(label), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		words = append(words, word)
	}
	if len(words) < 2 {
		words = append([]string{"opt"}, append(words, "1")...)
	}
	return strings.Join(words, "_")
}

func (s *routeFormatter) tapValue(rest string) getter {
	text := func(of func(t tap) string) getter {
		return func(v *values) (value.Value, bool) {
			found := of(s.tap(v))
			return value.OfText(found), found != ""
		}
	}
	switch rest {
	case "postback":
		return text(func(t tap) string { return t.postback })
	case "suggestion":
		return text(func(t tap) string { return t.kind })
	case "tap":
		return text(func(t tap) string {
			switch t.kind {
			case "":
				return "click"
			case "reply":
				return t.kind
			}
			return "action"
		})
	case "place":
		return func(v *values) (value.Value, bool) { return wholeNumber(1 + roll(v.message, saltTap+2, 3)), true }
	case "description":
		return pick("message.description", s.words.details)
	case "system_type":
		return func(v *values) (value.Value, bool) { return value.OfText(v.systemType()), true }
	case "form":
		return s.id("message.form", `{"flow_token":"{{random|base62 12}}","rating":"{{message.place}}"}`, ofMessage)
	case "system_text":
		return func(v *values) (value.Value, bool) {
			name, _ := v.lookup("recipient.name")
			before, _ := v.lookup("recipient.phone")
			after, _ := v.lookup("recipient.new_phone")
			switch v.systemType() {
			case "user_changed_user_id":
				return value.OfText(name.Text() + " changed their user ID"), true
			case "customer_identity_changed":
				return value.OfText(name.Text() + " may have changed their device"), true
			}
			return value.OfText("User " + name.Text() + " changed from " + before.Text() + " to " + after.Text()), true
		}
	}
	return nil
}

// systemType is what a system message reports.
func (v *values) systemType() string {
	if found, _, ok := v.given("message.system_type"); ok {
		return found.Text()
	}
	return "user_changed_number"
}
