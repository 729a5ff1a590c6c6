package generator

import (
	"cmp"
	"strconv"
	"strings"

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
	saltAccount      = 0x616363
	saltQuality      = 0x7175616c
	saltAd           = 0x6164
	saltTap          = 0x746170

	saltTemplateReason = 0x74726561
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
	case "account":
		get = s.accountValue(name, rest)
	case "preference":
		get = preferenceValue(rest)
	case "referral":
		get = referralValue(rest)
	case "location":
		get = s.locationValue(rest)
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
				v.retained.run, v.retained.appPhone = v.run, s.words.appPhone(v.run)
			}
			return v.retained.appPhone, true
		}
	case "bot_name":
		return s.id(name, "{{app.name|snake}}_{{random|base62 8}}", ofRun)
	case "client":
		return s.id(name, "{{random|digits 3}}", ofRun)
	case "phone_id", "waba", "business", "ad_account":
		return s.id(name, "{{random|digits 15}}", ofRun)
	}
	return nil
}

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

func wholeNumber(n int) value.Value {
	number, _ := value.OfNumber(strconv.Itoa(n)) // digits are always a number
	return number
}
