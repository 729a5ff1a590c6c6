package value

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Defect is the reason why a value can't be right although its JSON type is. It is zero for a value that
// may be right.
type Defect uint8

// The defects, the worst first.
const (
	// Unparsable means that the value isn't written in its format.
	Unparsable Defect = iota + 1
	// Implausible means that the value is out of range.
	Implausible
	// Leftover means that the value is empty, or a placeholder that was not filled in.
	Leftover
)

// A Problem is what is wrong with a value. Its texts don't quote the value.
type Problem struct {
	Defect   Defect
	Expected string
	// Hint names another format that the value fits, or the unit; else "".
	Hint string
}

// A Check finds the values of one name and format that can't be right. The zero Check accepts
// everything. It is immutable.
type Check struct {
	kind   Kind
	url    bool  // the provider's own address, which has a scheme
	number bool  // an ID that is a number
	unit   int64 // of a time in Unix units: how many make a second
	ahead  int64 // seconds that a time may be after the reference time
	words  Words
	word   string
	bounds *bounds
	// placeholders is true if the value may not be left over, and filled if it may not be empty.
	placeholders, filled bool
	name                 bool // of a person or thing: capitals are no placeholder
	listed               []string
	exceptions           []*regexp.Regexp
}

// Exceptions are what a provider is known to write beside the format.
type Exceptions struct {
	// Listed are values that the schema lists.
	Listed []string
	// Patterns match other whole values.
	Patterns []*regexp.Regexp
	// Ahead is how long after the event a time may be; 0 is a day.
	Ahead time.Duration
}

// Words are the placeholders of a provider's documentation, for example "our-message-id".
type Words struct {
	// lengths has a bit for the length of each word, so that nearly all values need no look-up.
	lengths uint64
	all     map[string]bool
}

// NewWords returns a set of words.
func NewWords(all []string) Words {
	w := Words{all: map[string]bool{}}
	for _, word := range all {
		w.all[word] = true
		w.lengths |= 1 << (len(word) % 64)
	}
	return w
}

func (w *Words) has(text string) bool { return w.lengths>>(len(text)%64)&1 != 0 && w.all[text] }

// NewCheck returns the check of a name of [Names], written in a format. The offset is that of
// x-value-offset.
func NewCheck(name string, format Format, offset time.Duration, e Exceptions, words Words) Check {
	if e.Ahead == 0 {
		e.Ahead = defaultAhead + max(offset, 0)
	}
	c := Check{kind: format.kind, word: format.word, listed: e.Listed, exceptions: e.Patterns, words: words, ahead: int64(e.Ahead / time.Second)}
	c.placeholders = checksPlaceholders(name, format.kind)
	c.filled = c.placeholders && !strings.HasPrefix(name, "fake.") && name != "recipient.last_name" || format.kind == Phone || name == FakeID || name == "fake.url"
	c.name = format.kind == Text && !isAddress(name)
	c.url, c.number = isMedia(name), format.kind == ID && format.word == "number"
	c.bounds = boundsOf(name, format.kind)
	switch c.word {
	case "unix_s", "unix_s_string":
		c.unit = 1
	case "unix_ms", "unix_ms_string":
		c.unit = 1000
	}
	return c
}

// Checks reports whether the check can find anything.
func (c *Check) Checks() bool {
	return c.kind == Time || c.bounds != nil || c.placeholders
}

// checksPlaceholders reports whether a value of the name identifies something or names it: free texts
// and words of the application may be anything.
func checksPlaceholders(name string, kind Kind) bool {
	switch name {
	case "app.name", "recipient.name", "recipient.username", "recipient.country_code", "recipient.dial_code", "template.name", "message.template", "media.name", "media.document_name", "app.bot_name",
		"recipient.first_name", "recipient.last_name", "recipient.company", "recipient.email",
		"fake.first_name", "fake.last_name", "fake.full_name", "fake.company", "fake.username", "fake.email":
		return true
	}
	return kind == ID || kind == Phone || isAddress(name)
}

func isAddress(name string) bool {
	switch name {
	case "fake.url", "error.href", "referral.image_url", "referral.video_url", "referral.thumbnail_url":
		return true
	}
	return isMedia(name)
}

func isMedia(name string) bool {
	return name == "media.url" || name == "media.thumbnail_url" || name == "call.recording_url"
}

// Accepts reports whether a value may be right: the text of a JSON string or number. It is fast;
// Problem gives the reason.
func (c *Check) Accepts(text string, span Span) bool {
	switch c.kind {
	case ID:
		if text != "" && !mayBeLeftover(text) && !c.words.has(text) && (!c.number || leadingDigits(text) == len(text)) {
			return true
		}
	case Phone:
		digits := text
		if digits != "" && digits[0] == '+' {
			digits = digits[1:]
		}
		if count := leadingDigits(digits); count == len(digits) && count >= minPhone && count <= maxPhone {
			return true
		}
	case Time:
		if c.unit > 0 {
			if seconds, ok := unixSeconds(text, c.unit); ok && span.holds(seconds, c.ahead) {
				return true
			}
		} else if seconds, ok := dateSeconds(c.word, text); ok && span.holds(seconds, c.ahead) {
			return true
		}
	case Text:
		if text != "" && !mayBeLeftover(text) && !c.words.has(text) && (!c.url || hasScheme(text)) {
			return true
		}
	default:
		if c.bounds != nil && c.inBounds(text) == (Problem{}) {
			return true
		}
	}
	return c.Problem(text, span) == Problem{}
}

// Problem returns what is wrong with a value; the zero Problem for nothing.
func (c *Check) Problem(text string, span Span) Problem {
	if c.excepts(text) {
		return Problem{}
	}
	if hint := c.leftover(text); hint != "" {
		return Problem{Leftover, c.expected(), hint}
	}
	switch c.kind {
	case Time:
		return c.time(text, span)
	case Phone:
		return c.phone(text)
	case ID:
		if c.number && leadingDigits(text) != len(text) {
			return Problem{Unparsable, c.expected(), ""}
		}
	case Text:
		if c.url && !hasScheme(text) {
			return Problem{Implausible, "an address with a scheme: https://", ""}
		}
	}
	if c.bounds != nil {
		return c.inBounds(text)
	}
	return Problem{}
}

func hasScheme(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}

// expected describes the format.
func (c *Check) expected() string {
	switch c.kind {
	case Time:
		return describeTime(c.word)
	case Phone:
		return fmt.Sprintf("a phone number of %d to %d digits", minPhone, maxPhone)
	case ID:
		return "an ID"
	case Text:
		if c.name {
			return "a name"
		}
		return "an address"
	default:
		return "a " + c.kind.String()
	}
}

const minPhone, maxPhone = 7, 15

// excepts reports whether the schema lists a value, or an exception matches it.
func (c *Check) excepts(text string) bool {
	const longest = 200
	return slices.Contains(c.listed, text) || len(text) <= longest &&
		slices.ContainsFunc(c.exceptions, func(e *regexp.Regexp) bool { return e.MatchString(text) })
}

func (c *Check) phone(text string) Problem {
	digits := strings.TrimPrefix(text, "+")
	if leadingDigits(digits) == len(digits) {
		if len(digits) >= minPhone && len(digits) <= maxPhone {
			return Problem{}
		}
		return Problem{Implausible, c.expected(), fmt.Sprintf("it has %d digits", len(digits))}
	}
	var hint string
	switch {
	case isUserID(text):
		hint = "looks like a business-scoped user ID"
	case isSpaced(digits):
		hint = "looks like a phone number with separators"
	case strings.Contains(text, "@"):
		hint = "looks like an e-mail address"
	default:
		hint = looksLike(text, Span{}, 0)
	}
	return Problem{Unparsable, c.expected(), hint}
}

// isSpaced reports whether a text has only digits, and what people write between those of a phone number.
func isSpaced(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < '0' || c > '9') && !isSeparator(rune(c)) {
			return false
		}
	}
	return true
}

func isSeparator(r rune) bool { return r == ' ' || r == '-' || r == '(' || r == ')' || r == '.' }

// isUserID reports whether a text is a business-scoped user ID: a country, a dot, and at least
// 4 digits or letters.
func isUserID(text string) bool {
	country, rest, found := strings.Cut(text, ".")
	rest = strings.TrimPrefix(rest, "ENT.")
	return found && len(country) == 2 && isCapitals(country) && len(rest) >= 4 &&
		strings.IndexFunc(rest, func(r rune) bool { return !isAlphanumeric(r) }) < 0
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}
