package value

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The local format is that of India, where the providers are: ten digits.
// A number from elsewhere has no such form and keeps its plus, so that it can be
// distinguished from a local one when it is read back.
const (
	homeCode    = "91"
	localDigits = 10
)

const wantDigits = "want digits that do not begin with 0"

// isIDNumber reports whether a text is the canonical text of a JSON number: digits without
// leading zeros.
func isIDNumber(text string) bool {
	return isJSONNumber(text) && leadingDigits(text) == len(text)
}

func formatID(word, text string) (any, error) {
	if word != "number" {
		return text, nil
	}
	if !isIDNumber(text) {
		return nil, errors.New(wantDigits)
	}
	return json.Number(text), nil
}

func parseID(word, text string) (Value, error) {
	if word == "number" && !isIDNumber(text) {
		return Value{}, errors.New(wantDigits)
	}
	return OfID(text), nil
}

func formatPhone(word, digits string) any {
	switch word {
	case "e164":
		return "+" + digits
	case "local":
		local, home := strings.CutPrefix(digits, homeCode)
		if !home || len(local) != localDigits || local[0] == '0' {
			return "+" + digits
		}
		return local
	case "msisdn_number":
		return json.Number(digits)
	default:
		return digits
	}
}

func parsePhone(word, text string) (Value, error) {
	digits, ok := phoneDigits(text)
	if !ok {
		return Value{}, errors.New(wantPhone)
	}
	if word == "local" && text == digits && len(digits) == localDigits {
		digits = homeCode + digits
	}
	return Value{kind: Phone, text: digits}, nil
}

func formatDuration(word string, d time.Duration) any {
	switch word {
	case "millis":
		return json.Number(strconv.FormatInt(d.Milliseconds(), 10))
	case "seconds_string":
		return strconv.FormatInt(int64(d/time.Second), 10)
	default:
		return json.Number(strconv.FormatInt(int64(d/time.Second), 10))
	}
}

func parseDuration(word, text string) (Value, error) {
	unit := time.Second
	if word == "millis" {
		unit = time.Millisecond
	}
	count, ok := integer(text)
	if !ok {
		return Value{}, errors.New(wantInteger)
	}
	if maxCount := int64(math.MaxInt64 / unit); count > maxCount || count < -maxCount {
		return Value{}, errors.New("longer than 292 years")
	}
	return OfDuration(time.Duration(count) * unit), nil
}

const moneyDecimals = 4

func formatMoney(word string, tenThousandths int64) any {
	sign, size := "", uint64(tenThousandths)
	if tenThousandths < 0 {
		sign, size = "-", -size // right even for the least int64
	}
	decimal := fmt.Sprintf("%s%d.%0*d", sign, size/10000, moneyDecimals, size%10000)
	if word == "number" {
		return json.Number(strings.TrimSuffix(strings.TrimRight(decimal, "0"), "."))
	}
	return decimal
}

func parseMoney(text string) (Value, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	fraction = strings.TrimRight(fraction, "0")
	switch {
	case !isNumber(text) || strings.ContainsAny(text, "eE"):
		return Value{}, errors.New("want a decimal number without exponent")
	case len(fraction) > moneyDecimals:
		return Value{}, fmt.Errorf("more than %d decimals", moneyDecimals)
	}
	amount, err := strconv.ParseInt(whole+fraction+strings.Repeat("0", moneyDecimals-len(fraction)), 10, 64)
	if err != nil {
		return Value{}, errors.New("too large")
	}
	return OfMoney(amount), nil
}

func formatNumber(word, text string) (any, error) {
	if word == "string" {
		return text, nil
	}
	if !isJSONNumber(text) {
		return nil, errors.New("leading zeros are not allowed in a JSON number")
	}
	return json.Number(text), nil
}

func parseNumber(word, text string) (Value, error) {
	if !isNumber(text) || word == "number" && !isJSONNumber(text) {
		return Value{}, errors.New(wantNumber)
	}
	return Value{kind: Number, text: text}, nil
}

func formatText(word, text string) string {
	switch word {
	case "upper":
		return strings.ToUpper(text)
	case "lower":
		return strings.ToLower(text)
	case "snake":
		return snake(text)
	case "capital":
		first, size := utf8.DecodeRuneInString(text)
		if first == utf8.RuneError {
			return text
		}
		return string(unicode.ToUpper(first)) + text[size:]
	default:
		return text
	}
}

// snake is a text as an identifier: "Asha Stores" is asha_stores. Of other scripts, nothing is left but "x".
func snake(text string) string {
	out := make([]byte, 0, len(text))
	for i := range len(text) {
		c := text[i] | 0x20 // lower case
		switch {
		case c >= 'a' && c <= 'z', text[i] >= '0' && text[i] <= '9':
			out = append(out, c)
		case len(out) > 0 && out[len(out)-1] != '_':
			out = append(out, '_')
		}
	}
	if trimmed := strings.TrimSuffix(string(out), "_"); trimmed != "" {
		return trimmed
	}
	return "x"
}

// parseText gives lower case for the formats of case: they are for the words of
// a closed set ("approved"), and Ringback's own words are lower case.
func parseText(word, text string) string {
	if word == "plain" {
		return text
	}
	return strings.ToLower(text)
}

func formatBool(word string, yes bool) any {
	if word == "string" {
		return strconv.FormatBool(yes)
	}
	return yes
}

func parseBool(text string) (Value, error) {
	if text != "true" && text != "false" {
		return Value{}, errors.New("want true or false")
	}
	return OfBool(text == "true"), nil
}

const wantInteger = "want a whole number"

// integer is stricter than strconv: no plus, so that a phone number in the wrong
// place is not read as a time.
func integer(text string) (int64, bool) {
	digits := strings.TrimPrefix(text, "-")
	if leadingDigits(digits) != len(digits) {
		return 0, false
	}
	count, err := strconv.ParseInt(text, 10, 64)
	return count, err == nil
}
