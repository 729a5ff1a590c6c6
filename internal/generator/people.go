package generator

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A person has a name, and a first name in Latin letters.
type person struct{ first, last, latin string }

func (p person) full() string {
	if p.last == "" {
		return p.first
	}
	return p.first + " " + p.last
}

// person makes a person: most have Indian names, some in their own script, some are from other
// countries.
func (w *words) person(seed uint64) person {
	source := prng.From(seed, 0x706572736f6e)
	switch n := source.IntN(100); {
	case n < 70:
		first := w.firstNames[source.IntN(len(w.firstNames))]
		return person{first, w.lastNames[source.IntN(len(w.lastNames))], first}
	case n < 85:
		return w.natives[source.IntN(len(w.natives))]
	default:
		first := w.foreignFirst[source.IntN(len(w.foreignFirst))]
		return person{first, w.foreignLast[source.IntN(len(w.foreignLast))], first}
	}
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
func (w *words) subscriber(run uint64, conversation int) value.Value {
	const step = 618_033
	source := prng.From(run, 0x737562, uint64(conversation))
	switch {
	case conversation >= DistinctFrom && conversation%20 == 0:
		return w.distinctAbroad(run, conversation/20)
	case conversation < DistinctFrom && source.IntN(100) < abroad:
		return number(&w.countries[1+source.IntN(len(w.countries)-1)], &source)
	}
	n := (roll(run, 0x6f6666, numbers) + conversation%numbers*step) % numbers
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
