package generator

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A person has a name, and a first name in Latin letters. The gender is "" where the name doesn't show it.
type person struct{ first, last, latin, gender string }

func (p *person) full() string {
	if p.last == "" {
		return p.first
	}
	return p.first + " " + p.last
}

// handle makes a username of a person's name.
func (p *person) handle(seed uint64) string {
	return strings.ToLower(p.latin) + strconv.Itoa(10+roll(seed, 0x68, 90))
}

// person makes a person: most have Indian names, some in their own script, some are from other
// countries.
func (w *words) person(seed uint64) person {
	source := prng.From(seed, 0x706572736f6e)
	switch n := source.IntN(100); {
	case n < 70:
		first := w.firstNames[source.IntN(len(w.firstNames))]
		first.last = w.lastNames[source.IntN(len(w.lastNames))]
		return first
	case n < 85:
		return w.natives[source.IntN(len(w.natives))]
	default:
		first := w.foreignFirst[source.IntN(len(w.foreignFirst))]
		return person{first: first, last: w.foreignLast[source.IntN(len(w.foreignLast))], latin: first}
	}
}

func (s *routeFormatter) recipientValue(name, rest string) getter {
	phone := s.recipientPhone
	switch rest {
	case "phone":
		return phone
	case "wa_number":
		return func(v *values) (value.Value, bool) {
			if found, ok := phone(v); ok {
				return found, true
			}
			return s.words.phone(v.conversation), true // it doesn't show the hidden number
		}
	case "new_phone":
		return func(v *values) (value.Value, bool) { return s.words.phone(v.conversation + 1), true }
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
	case "created_at":
		return createdAt
	}
	return s.personValue(rest)
}

func (s *routeFormatter) recipientPhone(v *values) (value.Value, bool) {
	if found, given, ok := v.given("recipient.phone"); given {
		return found, ok
	}
	if v.subscriber.Kind() == 0 {
		v.subscriber = s.words.subscriber(v.run, v.number, s.domestic)
	}
	return v.subscriber, true
}

// personValue makes what is known about the end user. It agrees with the name, and stays the same in the conversation.
func (s *routeFormatter) personValue(rest string) getter {
	of := func(text func(p *person, v *values) string) getter {
		return func(v *values) (value.Value, bool) {
			p := s.words.person(v.conversation)
			found := text(&p, v)
			return value.OfText(found), found != ""
		}
	}
	switch rest {
	case "name":
		return of(func(p *person, _ *values) string { return p.full() })
	case "first_name":
		return of(func(p *person, _ *values) string { return p.first })
	case "last_name":
		return func(v *values) (value.Value, bool) { return value.OfText(s.words.person(v.conversation).last), true }
	case "username":
		return of(func(p *person, v *values) string { return p.handle(v.conversation) })
	case "email":
		return of(func(p *person, v *values) string { return p.handle(v.conversation) + "@example.com" })
	case "gender":
		return of(func(p *person, v *values) string { return p.shownGender(v.conversation) })
	case "company":
		return of(func(_ *person, v *values) string {
			return s.words.companies[roll(v.conversation, 0x636f6d70, len(s.words.companies))]
		})
	case "birth_date":
		return of(func(_ *person, v *values) string {
			const youngest, years, daysOfYear = 19, 50, 365
			days := youngest*daysOfYear + roll(v.conversation, 0x62697274, years*daysOfYear)
			return v.start.AddDate(0, 0, -days).Format(time.DateOnly)
		})
	}
	return nil
}

// shownGender is the gender in a profile, which few people fill in.
func (p *person) shownGender(seed uint64) string {
	if roll(seed, 0x67656e64, 3) > 0 {
		return ""
	}
	return p.gender
}

// createdAt is when the provider first had the contact: with the conversation, or days before it.
func createdAt(v *values) (value.Value, bool) {
	switch {
	case v.context.event != "contact.updated":
		return v.at(v.item.At)
	case v.opened < v.item.At:
		return v.at(v.opened)
	}
	return v.at(v.item.At - time.Duration(1+roll(v.conversation, 0x63726561, 400))*24*time.Hour)
}

// A country has an ISO 3166 code, a dial code, and fictional numbers: those that its regulator
// reserves for fiction, or a range that this project uses for all examples.
type country struct {
	code, dial string
	// prefixes precede the free digits.
	prefixes   []string
	freeDigits int
}

func countries() []country {
	return []country{
		{"IN", "91", []string{"919000"}, 6},
		{"US", "1", []string{"120255501", "131255501", "141555501", "121355501"}, 2}, // 555-0100 to 0199
		{"GB", "44", []string{"447700900"}, 3},                                       // Ofcom: 07700 900000 to 900999
		{"AU", "61", []string{"6149157"}, 4},                                         // ACMA: 0491 57x xxx
		{"FR", "33", []string{"3363998"}, 4},                                         // ARCEP: 06 39 98 xx xx
		{"DE", "49", []string{"4917139200"}, 2},                                      // BNetzA: 0171 39200 xx
	}
}

// countryOf finds the country of an international number; the default is India.
func (w *words) countryOf(digits string) country {
	for _, c := range w.countries {
		if strings.HasPrefix(digits, c.dial) {
			return c
		}
	}
	return w.countries[0]
}

const (
	numbers = 1_000_000 // distinct Indian numbers
	// abroad is the percentage of end users from other countries.
	abroad = 15
)

// DistinctFrom is the first conversation with numbers from large ranges only: 400,000 consecutive
// conversations have different numbers. Use it for an application that remembers the end users of
// earlier runs.
const DistinctFrom = 1 << 24

// subscriber returns the number of the end user of a conversation. The first million Indian ones
// are different: step and numbers have no common factor.
//
// A domestic one is Indian.
func (w *words) subscriber(run uint64, conversation int, domestic bool) value.Value {
	source := prng.From(run, 0x737562, uint64(conversation))
	switch {
	case domestic:
	case conversation >= DistinctFrom && conversation%20 == 0:
		return w.distinctAbroad(run, conversation/20)
	case conversation < DistinctFrom && source.IntN(100) < abroad:
		return number(&w.countries[1+source.IntN(len(w.countries)-1)], &source)
	}
	return nthNumber(run, conversation%(numbers-1))
}

// appPhone is the number of the application, which no end user has.
func (w *words) appPhone(run uint64) value.Value { return nthNumber(run, numbers-1) }

// nthNumber returns one of the million Indian numbers of a run.
func nthNumber(run uint64, n int) value.Value {
	const step = 618_033
	n = (roll(run, 0x6f6666, numbers) + n*step) % numbers
	digits := [...]byte{'9', '1', '9', '0', '0', '0', '0', '0', '0', '0', '0', '0'}
	for i := len(digits) - 1; n > 0; i-- {
		digits[i] = byte('0' + n%10)
		n /= 10
	}
	return phoneOf(string(digits[:]))
}

// distinctAbroad returns the nth number of the countries that have 10,000 numbers.
func (w *words) distinctAbroad(run uint64, n int) value.Value {
	const free, size, step = 4, 10_000, 6_181
	large := slices.DeleteFunc(slices.Clone(w.countries), func(c country) bool { return c.freeDigits != free })
	c := large[n%len(large)]
	at := (roll(run, 0x616272, size) + n/len(large)%size*step) % size
	return phoneOf(fmt.Sprintf("%s%0*d", c.prefixes[0], free, at))
}

// phone returns a random Indian number.
func (w *words) phone(seed uint64) value.Value {
	source := prng.From(seed, 0x70686f6e65)
	return number(&w.countries[0], &source)
}

func number(c *country, source *prng.Source) value.Value {
	var digits [16]byte
	n := copy(digits[:], c.prefixes[source.IntN(len(c.prefixes))])
	for range c.freeDigits {
		digits[n] = byte('0' + source.IntN(10))
		n++
	}
	return phoneOf(string(digits[:n]))
}

func phoneOf(digits string) value.Value {
	phone, err := value.OfPhone(digits)
	if err != nil {
		panic("invalid number in the generator: " + err.Error())
	}
	return phone
}
