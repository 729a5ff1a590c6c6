package value

import (
	"errors"
	"fmt"
	"time"
)

// Read makes a value of a kind from how people write it: a phone number with
// or without plus, a time by RFC 3339, a duration such as 90s, money as a
// decimal number, true or false.
func Read(kind Kind, text string) (Value, error) {
	switch kind {
	case ID:
		return OfID(text), nil
	case Text:
		return OfText(text), nil
	case Phone:
		return OfPhone(text)
	case Number:
		return OfNumber(text)
	case Money:
		return parseMoney(text)
	case Bool:
		return parseBool(text)
	case Time:
		at, err := time.Parse(time.RFC3339, text)
		if err != nil || !inYears(at) {
			return Value{}, errors.New("read time: want for example 2026-03-01T10:00:00Z")
		}
		return OfTime(at), nil
	case Duration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return Value{}, errors.New("read duration: want for example 90s")
		}
		return OfDuration(d), nil
	}
	return Value{}, fmt.Errorf("read value: %s is not a kind of values", kind)
}
