package schemas

import (
	"regexp"
	"strings"
)

var (
	// phoneLike is digits without a break, an international number with breaks,
	// or a common notation of a national one.
	phoneLike = regexp.MustCompile(`\+?[0-9]{10,}|\+[0-9][0-9 ().-]{8,20}[0-9]|\b[0-9]{5}[ -][0-9]{5}\b|\(?[0-9]{3}\)?[ -][0-9]{3}-[0-9]{4}\b`)
	// messageID is a WhatsApp message ID, which contains the number in Base64.
	messageID = regexp.MustCompile(`(wamid\.|gBEG|ABEG)[A-Za-z0-9+/=_-]{12,}`)
)

// MaskPhones replaces the middle of each possible phone number in a text: 10 to 15 digits that
// aren't a Unix time in seconds or milliseconds. It also masks the IDs of WhatsApp messages, which
// contain a number. The text keeps its length.
func MaskPhones(text string) string {
	return MaskPhonesExcept(text, func(string) bool { return false })
}

// MaskPhonesExcept is MaskPhones except for the numbers and IDs that are kept.
func MaskPhonesExcept(text string, kept func(run string) bool) string {
	if strings.Contains(text, "wamid.") || strings.Contains(text, "BEG") {
		text = messageID.ReplaceAllStringFunc(text, func(id string) string {
			const head = 8
			if kept(id) {
				return id
			}
			return id[:head] + strings.Repeat("x", len(id)-head)
		})
	}
	return replacePhoneLike(text, func(run string) string {
		if masked := maskPhone(run); masked == run || !kept(run) {
			return masked
		}
		return run
	})
}

// minDigits is the number of digits from which on a text may be a phone number.
const minDigits = 10

// replacePhoneLike is phoneLike.ReplaceAllStringFunc for matches with enough digits. It searches only
// where enough digits are close together, because the expression is slow.
func replacePhoneLike(text string, replace func(run string) string) string {
	var b strings.Builder
	done := 0
	for i := 0; i < len(text); i++ {
		start, digits := i, 0
		for i < len(text) && strings.IndexByte("0123456789+ ().-", text[i]) >= 0 {
			if text[i] >= '0' && text[i] <= '9' {
				digits++
			}
			i++
		}
		if digits < minDigits {
			continue
		}
		before := max(start-1, 0) // a match begins and ends at the boundary of a word
		for _, at := range phoneLike.FindAllStringIndex(text[before:min(i+1, len(text))], -1) {
			b.WriteString(text[done : before+at[0]])
			b.WriteString(replace(text[before+at[0] : before+at[1]]))
			done = before + at[1]
		}
	}
	if done == 0 {
		return text
	}
	b.WriteString(text[done:])
	return b.String()
}

func maskPhone(run string) string {
	digits := 0
	for _, r := range run {
		if r >= '0' && r <= '9' {
			digits++
		}
	}
	const maxCount, head, tail = 15, 4, 2 // E.164 has 15 digits at most
	if digits < minDigits || digits > maxCount || isUnixTime(run) {
		return run
	}
	seen := 0
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return r
		}
		if seen++; seen > head && seen <= digits-tail {
			return 'x'
		}
		return r
	}, run)
}

// isUnixTime reports whether digits are a time from 2001 to 2033 in seconds or milliseconds. No
// phone number with a country code has this form.
func isUnixTime(digits string) bool {
	return digits[0] == '1' && (len(digits) == 10 || len(digits) == 13) && !strings.ContainsAny(digits, " -.")
}
