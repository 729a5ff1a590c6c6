package generator

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Salts separate values that are derived from the same seed.
const (
	saltReason       = 0x7265
	saltApp          = 0x617070
	saltMessage      = 0x6d657373
	saltConversation = 0x636f6e76
	saltBody         = 0x626f6479
	saltMapping      = 0x776179
)

// getter returns the getter of a value, by the scope and the rest of its name.
func (s *routeFormatter) getter(name string) getter {
	scope, rest, _ := strings.Cut(name, ".")
	var get getter
	switch scope {
	case "app", "run":
		get = s.appValue(name, rest)
	case "recipient":
		get = s.recipientValue(name, rest)
	case "message":
		get = s.messageValue(name, rest)
	case "conversation", "pricing":
		get = s.conversationValue(name)
	case "error":
		get = errorValue(rest)
	case "template":
		get = s.templateValue(name, rest)
	case "call":
		get = s.callValue(name, rest)
	case "event":
		if rest == "at" {
			get = func(v *values) (value.Value, bool) { return v.at(v.item.At) }
		}
	case "media":
		get = s.mediaValue(name, rest)
	case "fake":
		get = s.fakeValue(rest)
	}
	if get != nil {
		return get
	}
	if kind, _ := value.KindOf(name); kind != value.ID {
		if _, ok := s.route.ID(name); !ok {
			return noValue
		}
	}
	return s.id(name, "{{random|uuid}}", owner(name))
}

// noValue is the getter of a value that the provider doesn't have, for example an ad account.
func noValue(*values) (value.Value, bool) { return value.Value{}, false }

// pick chooses one text of a list, by the seed of the value's owner.
func pick(name string, list []string) getter {
	salt, seed := prng.SeedOf(name), owner(name)
	return func(v *values) (value.Value, bool) {
		return value.OfText(list[roll(seed(v), salt, len(list))]), true
	}
}

func (s *routeFormatter) appValue(name, rest string) getter {
	switch rest {
	case "name":
		return pick(name, s.words.apps)
	case "phone":
		return func(v *values) (value.Value, bool) {
			if v.retained.run != v.run || v.retained.appPhone.Kind() == 0 {
				v.retained.run, v.retained.appPhone = v.run, s.words.phone(v.run^saltApp)
			}
			return v.retained.appPhone, true
		}
	case "client":
		return s.id(name, "{{random|digits 3}}", ofRun)
	case "phone_id", "waba", "business", "ad_account":
		return s.id(name, "{{random|digits 15}}", ofRun)
	}
	return nil
}

func (s *routeFormatter) recipientValue(name, rest string) getter {
	person := func(v *values) person { return s.words.person(v.conversation) }
	phone := func(v *values) (value.Value, bool) {
		if found, given, ok := v.given("recipient.phone"); given {
			return found, ok
		}
		if v.subscriber.Kind() == 0 {
			v.subscriber = s.words.subscriber(v.run, v.number)
		}
		return v.subscriber, true
	}
	switch rest {
	case "phone":
		return phone
	case "name":
		return func(v *values) (value.Value, bool) { return value.OfText(person(v).full()), true }
	case "username":
		return func(v *values) (value.Value, bool) { return value.OfText(person(v).handle(v.conversation)), true }
	case "country":
		return func(v *values) (value.Value, bool) {
			found, _ := phone(v) // an end user without a number still has a country
			return value.OfText(s.words.countryOf(found.Text()).code), true
		}
	case "country_code":
		return func(v *values) (value.Value, bool) {
			found, ok := phone(v)
			return value.OfText(s.words.countryOf(found.Text()).dial), ok
		}
	case "dial_code":
		return func(v *values) (value.Value, bool) {
			found, ok := phone(v)
			return value.OfText(strings.TrimPrefix(found.Text(), s.words.countryOf(found.Text()).dial)), ok
		}
	case "contact":
		return s.id(name, "{{random|digits 5}}", ofConversation)
	case "user_id":
		return s.id(name, "IN.{{random|digits 16}}", ofConversation)
	}
	return nil
}

func (s *routeFormatter) messageValue(name, rest string) getter {
	switch rest {
	case "submitted_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Submitted) }
	case "enqueued_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Enqueued) }
	case "sent_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Sent) }
	case "delivered_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Delivered) }
	case "read_at":
		return func(v *values) (value.Value, bool) { return v.at(v.subject.Read) }
	case "reply_to":
		return s.replied(name, "message.id")
	case "reply_channel_id":
		return s.replied(name, "message.channel_id")
	case "reply_meta_id":
		return s.replied(name, "message.meta_id")
	case "meta_id":
		if _, ok := s.route.ID(name); !ok {
			return noValue // the ID of the channel is that of Meta
		}
	case "foreign_id":
		return func(v *values) (value.Value, bool) {
			return value.OfText("order-" + strconv.Itoa(10_000+roll(v.message, prng.SeedOf(name), 90_000))), true
		}
	case "tags":
		return pick(name, s.words.tags)
	case "template":
		return pick("template.name", s.words.templates)
	case "units":
		return func(*values) (value.Value, bool) { return wholeNumber(1), true }
	case "cost":
		return func(v *values) (value.Value, bool) {
			return value.OfMoney(int64(1000 + 50*roll(v.message, prng.SeedOf(name), 40))), true
		}
	case "type":
		return messageType
	case "text":
		return s.messageText
	}
	return nil
}

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

var errNone = errors.New("the message does not exist")

// messageType returns the kind of an inbound message, and "text" or "template" for an outbound
// one.
func messageType(v *values) (value.Value, bool) {
	if v.context.kind != "" {
		return value.OfText(v.context.kind), true
	}
	kinds := []string{"text", "template"}
	return value.OfText(kinds[roll(v.message, prng.SeedOf("message.type"), len(kinds))]), true
}

func (s *routeFormatter) messageText(v *values) (value.Value, bool) {
	salt := prng.SeedOf("message.text")
	switch v.context.kind {
	case "button", "list", "click":
		return value.OfText(s.words.labels[roll(v.message, salt, len(s.words.labels))]), true
	case "reaction":
		return value.OfText(s.words.emoji[roll(v.message, salt, len(s.words.emoji))]), true
	}
	return value.OfText(s.words.text(v.conversation, v.message)), true
}

func (s *routeFormatter) conversationValue(name string) getter {
	switch name {
	case "conversation.id":
		return s.id(name, "{{random|hex 32}}", func(v *values) uint64 {
			n, _ := v.window()
			return v.conversation + n
		})
	case "conversation.expires_at":
		return func(v *values) (value.Value, bool) {
			_, ends := v.window()
			return v.at(ends)
		}
	case "conversation.category":
		return func(v *values) (value.Value, bool) { return value.OfText(category(v)), true }
	case "pricing.model":
		return func(*values) (value.Value, bool) { return value.OfText("PMP"), true }
	case "pricing.type":
		return func(v *values) (value.Value, bool) {
			if billable(v) {
				return value.OfText("regular"), true
			}
			return value.OfText("free_customer_service"), true
		}
	case "pricing.billable":
		return func(v *values) (value.Value, bool) { return value.OfBool(billable(v)), true }
	}
	return nil
}

// category returns the pricing category of a conversation.
func category(v *values) string {
	if found, given, ok := v.given("conversation.category"); given && ok {
		return found.Text()
	}
	categories := []string{"marketing", "utility", "utility", "authentication", "service"}
	return categories[roll(v.conversation, prng.SeedOf("conversation.category"), len(categories))]
}

// billable reports whether a message is paid for: service conversations are free.
func billable(v *values) bool { return category(v) != "service" }

func errorValue(rest string) getter {
	text := func(of func(*schemas.Reason) string) getter {
		return func(v *values) (value.Value, bool) {
			r := v.failure()
			if r == nil || of(r) == "" {
				return value.Value{}, false
			}
			return value.OfText(of(r)), true
		}
	}
	switch rest {
	case "code":
		return func(v *values) (value.Value, bool) {
			r := v.failure()
			if r == nil {
				return value.Value{}, false
			}
			number, err := value.OfNumber(r.Code)
			return number, err == nil
		}
	case "reason":
		return text(func(r *schemas.Reason) string { return cmp.Or(r.Text, r.Title) })
	case "title":
		return text(func(r *schemas.Reason) string { return cmp.Or(r.Title, r.Text) })
	case "href":
		return text(func(r *schemas.Reason) string { return r.Href })
	}
	return nil
}

func (s *routeFormatter) templateValue(name, rest string) getter {
	switch rest {
	case "name":
		return pick(name, s.words.templates)
	case "language":
		return pick(name, s.words.languages)
	case "category":
		return pick(name, []string{"marketing", "utility"})
	case "new_category":
		return func(v *values) (value.Value, bool) {
			found, _ := v.lookup("template.category")
			if found.Text() == "utility" {
				return value.OfText("marketing"), true
			}
			return value.OfText("utility"), true
		}
	case "status":
		return pick(name, []string{"approved"})
	case "reason":
		return pick(name, []string{"INVALID_FORMAT"})
	case "quality":
		return pick(name, []string{"GREEN", "YELLOW", "RED"})
	case "meta_id":
		return s.id(name, "{{random|digits 16}}", ofConversation)
	}
	return nil
}

func (s *routeFormatter) callValue(name, rest string) getter {
	// lasts returns the duration of an answered call.
	lasts := func(v *values) time.Duration {
		if found, given, ok := v.given("call.duration"); given && ok {
			return found.Duration()
		}
		return time.Duration(5+roll(v.message, prng.SeedOf("call.duration"), 175)) * time.Second
	}
	switch rest {
	case "started_at":
		return func(v *values) (value.Value, bool) { return v.at(v.item.At - lasts(v)) }
	case "ended_at":
		return func(v *values) (value.Value, bool) { return v.at(v.item.At) }
	case "duration":
		return func(v *values) (value.Value, bool) { return value.OfDuration(lasts(v)), true }
	case "flow":
		return s.id(name, "{{random|digits 3}}", ofRun)
	}
	return nil
}

func wholeNumber(n int) value.Value {
	number, _ := value.OfNumber(strconv.Itoa(n)) // digits are always a number
	return number
}
