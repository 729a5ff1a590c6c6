package generator

import (
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// perMessageFrom is the first day on which messages are priced, not conversations, in India.
var perMessageFrom = time.Date(2025, 6, 30, 18, 30, 0, 0, time.UTC)

// pricingModel is the model of the time of the message, unless it is given.
func (v *values) pricingModel() string {
	if found, _, ok := v.given("pricing.model"); ok {
		return found.Text()
	}
	if v.start.Add(v.item.At).Before(perMessageFrom) {
		return "CBP"
	}
	return "PMP"
}

func (s *routeFormatter) conversationValue(name string) getter {
	switch name {
	case "conversation.id":
		return s.id(name, "{{random|hex 32}}", func(v *values) uint64 {
			if v.pricingModel() == "PMP" {
				return v.message // a conversation for each message
			}
			n, _ := v.window()
			return v.conversation + n
		})
	case "conversation.expires_at":
		return conversationEnd
	case "conversation.category":
		return func(v *values) (value.Value, bool) { return value.OfText(category(v)), true }
	case "pricing.model":
		return func(v *values) (value.Value, bool) { return value.OfText(v.pricingModel()), true }
	case "pricing.type":
		return pricingType
	case "pricing.billable":
		return func(v *values) (value.Value, bool) {
			if found, _, ok := v.given("pricing.type"); ok {
				return value.OfBool(found.Text() == "regular"), true
			}
			return value.OfBool(billable(v)), true
		}
	}
	return nil
}

// conversationEnd is when a conversation ends: at once if messages are priced, and a day after its start, rounded up to
// a minute, if conversations are. Only the first status of a message has it.
func conversationEnd(v *values) (value.Value, bool) {
	switch v.context.event {
	case "message.delivered", "message.read", "message.played", "message.failed", "message.deleted":
		return value.Value{}, false
	}
	if v.pricingModel() == "PMP" {
		at := v.subject.Sent
		if at == scenarios.NotYet {
			at = v.item.At
		}
		return v.at(at)
	}
	_, ends := v.window()
	at := v.start.Add(ends)
	return value.OfTime(at.Add(time.Minute - time.Nanosecond).Truncate(time.Minute)), true
}

func pricingType(v *values) (value.Value, bool) {
	if v.pricingModel() != "PMP" {
		return value.Value{}, false
	}
	switch found := category(v); {
	case found == "referral_conversion":
		return value.OfText("free_entry_point"), true
	case billable(v):
		return value.OfText("regular"), true
	}
	return value.OfText("free_customer_service"), true
}

// category returns the pricing category of a conversation.
func category(v *values) string {
	if found, given, ok := v.given("conversation.category"); given && ok {
		return found.Text()
	}
	categories := []string{"marketing", "utility", "utility", "authentication", "service"}
	return categories[roll(v.conversation, prng.SeedOf("conversation.category"), len(categories))]
}

// billable reports whether a message is paid for: service conversations are free, and those that an advertisement
// opened.
func billable(v *values) bool {
	found := category(v)
	return found != "service" && found != "referral_conversion"
}
