package value

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Format is a way to write the values of one kind. It is comparable; the zero
// Format writes nothing.
type Format struct {
	kind   Kind
	word   string
	length int // of the formats that take one
}

// formatsOf has the default first. " N" marks a format that takes a length.
var formatsOf = [...][]string{
	ID:       {"plain", "number", "uuid", "hex N", "digits N", "number N", "base62 N", "base64url N", "base64 N"},
	Phone:    {"msisdn", "e164", "local", "msisdn_number", "wamid outbound", "wamid inbound"},
	Time:     {"unix_s", "unix_ms", "unix_s_string", "unix_ms_string", "datetime", "datetime_ist", "rfc3339", "rfc3339_micro", "iso_milli", "date", "day_month_year", "month_day_year", "month_ist", "month_day_clock"},
	Duration: {"seconds", "seconds_string", "millis"},
	Money:    {"decimal_string", "number"},
	Number:   {"number", "string"},
	Text:     {"plain", "upper", "lower", "capital", "snake"},
	Bool:     {"bool", "string"},
}

// Formats lists the formats of a kind, the default first; "hex N" takes a length.
func (k Kind) Formats() []string {
	if !k.known() {
		return nil
	}
	return slices.Clone(formatsOf[k])
}

// ParseFormat reads a format of a kind as data files write it: "e164", "hex 32".
// "" is the kind's default.
func ParseFormat(kind Kind, text string) (Format, error) {
	if !kind.known() {
		return Format{}, fmt.Errorf("parse format %q: %s is not a kind of values", text, kind)
	}
	if text == "" {
		return Format{kind: kind, word: formatsOf[kind][0]}, nil
	}
	format, err := parseFormatName(kind, text)
	if err != nil {
		return Format{}, fmt.Errorf("parse format %q of kind %s: %w; there are %s",
			text, kind, err, strings.Join(formatsOf[kind], ", "))
	}
	return format, nil
}

func parseFormatName(kind Kind, text string) (Format, error) {
	if slices.Contains(formatsOf[kind], text) && !strings.HasSuffix(text, " N") {
		return Format{kind: kind, word: text}, nil
	}
	word, argument, hasArgument := strings.Cut(text, " ")
	stands := slices.Contains(formatsOf[kind], word)
	takesLength := slices.Contains(formatsOf[kind], word+" N") && (hasArgument || !stands)
	switch {
	case !takesLength && !stands:
		return Format{}, errors.New("no such format")
	case !takesLength && hasArgument:
		return Format{}, fmt.Errorf("%s takes no argument", word)
	case !takesLength:
		return Format{kind: kind, word: word}, nil
	}
	length, err := strconv.Atoi(argument)
	if err != nil || strconv.Itoa(length) != argument || length < 1 || length > MaxLength {
		return Format{}, fmt.Errorf("%s takes a length from 1 to %d", word, MaxLength)
	}
	return Format{kind: kind, word: word, length: length}, nil
}

// Kind is the kind of the values that this format writes.
func (s Format) Kind() Kind { return s.kind }

// String is what ParseFormat read, or the default's name.
func (s Format) String() string {
	if s.length == 0 {
		return s.word
	}
	return s.word + " " + strconv.Itoa(s.length)
}

// Text gives what stands in the JSON: a string, a json.Number or a bool. What
// the format has no room for is cut off, never rounded up. The making formats
// (see Makes) write an id as it is, though "number 9" as a JSON number.
func (s Format) Text(v Value) (any, error) {
	if s.kind == 0 {
		return nil, errors.New("format value: the format is empty")
	}
	if v.kind != s.kind {
		return nil, fmt.Errorf("format %s as %s: the value is of kind %s", s.kind, s, v.kind)
	}
	formatted, err := s.format(v)
	if err != nil {
		return nil, fmt.Errorf("format %s as %s: %w", s.kind, s, err)
	}
	return formatted, nil
}

// Parse reads back what Text gives. It is generous where providers are careless:
// a number is read from a JSON number as well as from its text, under any format.
// What was cut off or changed in case stays so.
func (s Format) Parse(found any) (Value, error) {
	if s.kind == 0 {
		return Value{}, errors.New("parse value: the format is empty")
	}
	parsed, err := s.parse(found)
	if err != nil {
		return Value{}, fmt.Errorf("parse %s as %s: %w", s.kind, s, err)
	}
	return parsed, nil
}

func (s Format) format(v Value) (any, error) {
	switch s.kind {
	case Phone:
		return formatPhone(s.word, v.text), nil
	case Time:
		return formatTime(s.word, v.at)
	case Duration:
		return formatDuration(s.word, v.Duration()), nil
	case Money:
		return formatMoney(s.word, v.amount), nil
	case Number:
		return formatNumber(s.word, v.text)
	case Text:
		return formatText(s.word, v.text), nil
	case Bool:
		return formatBool(s.word, v.yes), nil
	default:
		return formatID(s.word, v.text)
	}
}

func (s Format) parse(found any) (Value, error) {
	text, err := textOf(found, s.kind)
	if err != nil {
		return Value{}, err
	}
	switch s.kind {
	case Phone:
		return parsePhone(s.word, text)
	case Time:
		return parseTime(s.word, text)
	case Duration:
		return parseDuration(s.word, text)
	case Money:
		return parseMoney(text)
	case Number:
		return parseNumber(s.word, text)
	case Text:
		return OfText(parseText(s.word, text)), nil
	case Bool:
		return parseBool(text)
	default:
		return parseID(s.word, text)
	}
}

func textOf(found any, kind Kind) (string, error) {
	switch found := found.(type) {
	case string:
		return found, nil
	case json.Number:
		return found.String(), nil
	case bool:
		if kind == Bool {
			return strconv.FormatBool(found), nil
		}
		return "", errors.New("want a string or a number, found a bool")
	case nil:
		return "", errors.New("want a string or a number, found null")
	default:
		return "", fmt.Errorf("want a string, json.Number or bool, found %T", found)
	}
}
