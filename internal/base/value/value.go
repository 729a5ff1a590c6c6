package value

import (
	"errors"
	"strings"
	"time"
)

// Value is one value of a run, free of any format. Values of the same kind
// that mean the same are equal under ==, but for numbers, which keep the text
// they were written with. The zero Value is none.
type Value struct {
	kind   Kind
	text   string // id, phone (digits), number, text
	at     time.Time
	amount int64 // duration in nanoseconds, money in ten-thousandths
	yes    bool
}

// OfID makes an id of any text: providers do not agree on a form.
func OfID(text string) Value { return Value{kind: ID, text: text} }

// OfPhone makes a phone number of its international form, with or without the plus.
func OfPhone(text string) (Value, error) {
	digits, ok := phoneDigits(text)
	if !ok {
		return Value{}, errors.New("read phone number: " + wantPhone)
	}
	return Value{kind: Phone, text: digits}, nil
}

// OfTime makes a time; its zone is forgotten.
func OfTime(at time.Time) Value { return Value{kind: Time, at: at.UTC()} }

// OfDuration makes a duration.
func OfDuration(d time.Duration) Value { return Value{kind: Duration, amount: int64(d)} }

// OfMoney makes an amount of money from its ten-thousandths: 2.5 is 25000.
func OfMoney(tenThousandths int64) Value { return Value{kind: Money, amount: tenThousandths} }

// OfNumber makes a number of its decimal text. Leading zeros are kept, for
// error codes such as 000 mean something; such a number has no JSON number.
func OfNumber(text string) (Value, error) {
	if !isNumber(text) {
		return Value{}, errors.New("read number: " + wantNumber)
	}
	return Value{kind: Number, text: text}, nil
}

// OfText makes a text.
func OfText(text string) Value { return Value{kind: Text, text: text} }

// OfBool makes a yes or no.
func OfBool(yes bool) Value { return Value{kind: Bool, yes: yes} }

// Kind is the kind of the value; the methods of other kinds return zero.
func (v Value) Kind() Kind { return v.kind }

// Text is an id, a text, the digits of a phone number without plus, or a number as written.
func (v Value) Text() string { return v.text }

// Time is a time in UTC.
func (v Value) Time() time.Time { return v.at }

// Duration is a duration.
func (v Value) Duration() time.Duration {
	if v.kind != Duration {
		return 0
	}
	return time.Duration(v.amount)
}

// Money is an amount in ten-thousandths.
func (v Value) Money() int64 {
	if v.kind != Money {
		return 0
	}
	return v.amount
}

// Bool is a yes or no.
func (v Value) Bool() bool { return v.yes }

const (
	wantPhone  = "want 1 to 15 digits that begin with a country code, with or without a plus"
	wantNumber = "want a decimal number"
)

func phoneDigits(text string) (string, bool) {
	const maxCount = 15 // E.164
	digits := strings.TrimPrefix(text, "+")
	count := leadingDigits(digits)
	return digits, count == len(digits) && count >= 1 && count <= maxCount && digits[0] != '0'
}

// isNumber accepts the numbers of JSON, and leading zeros.
func isNumber(text string) bool {
	rest := strings.TrimPrefix(text, "-")
	count := leadingDigits(rest)
	if count == 0 {
		return false
	}
	rest = rest[count:]
	if fraction, found := strings.CutPrefix(rest, "."); found {
		if count = leadingDigits(fraction); count == 0 {
			return false
		}
		rest = fraction[count:]
	}
	if rest == "" {
		return true
	}
	if rest[0] != 'e' && rest[0] != 'E' {
		return false
	}
	exponent := rest[1:]
	if exponent != "" && (exponent[0] == '+' || exponent[0] == '-') {
		exponent = exponent[1:]
	}
	return exponent != "" && leadingDigits(exponent) == len(exponent)
}

func isJSONNumber(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	return isNumber(text) && (digits[0] != '0' || leadingDigits(digits) == 1)
}

func leadingDigits(text string) int {
	count := 0
	for count < len(text) && text[count] >= '0' && text[count] <= '9' {
		count++
	}
	return count
}
