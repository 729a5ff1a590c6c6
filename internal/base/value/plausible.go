package value

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// A Span is when the times of a body may be. The zero Span has no reference time: only times
// before the earliest, and those of a later century, are implausible.
type Span struct{ earliest, latest int64 }

const (
	// earliestTime is 2015-01-01: no provider sent such webhooks before.
	earliestTime = 1_420_070_400
	// latestTime is 2100-01-01.
	latestTime = 4_102_444_800
	// defaultAhead is how long after the reference time a time may be: clocks and zones differ.
	defaultAhead = 24 * time.Hour
	secondsOfDay = 24 * 60 * 60
)

// SpanAt returns the span around a reference time, which is when the body was sent or received. Old
// times are plausible, because samples and retries are old: from 2015 on, or from a year before the
// reference time if that is earlier.
func SpanAt(reference time.Time) Span {
	if reference.IsZero() {
		return Span{}
	}
	return Span{min(earliestTime, reference.Unix()-366*secondsOfDay), reference.Unix()}
}

// holds reports whether a time is in the span, or so many seconds after it.
func (s Span) holds(seconds, ahead int64) bool {
	if s == (Span{}) {
		return seconds >= earliestTime && seconds < latestTime
	}
	return seconds >= s.earliest && seconds <= s.latest+ahead
}

// describeTime describes a format of times.
func describeTime(word string) string {
	switch word {
	case "unix_s", "unix_s_string":
		return "Unix seconds"
	case "unix_ms", "unix_ms_string":
		return "Unix milliseconds"
	case "datetime":
		return "a date and time without zone (2006-01-02 15:04:05)"
	case "iso_milli":
		return "ISO 8601 without zone (2006-01-02T15:04:05.000)"
	case "datetime_ist":
		return "a date and time without zone, in IST (2006-01-02 15:04:05)"
	case "date":
		return "a date (2006-01-02)"
	case "day_month_year", "month_day_year":
		return "a day (" + layoutDayFirst + " or " + layoutMonthFirst + ")"
	case "month_ist":
		return "a month (" + layoutMonth + ")"
	default:
		return "RFC 3339"
	}
}

func (c *Check) time(text string, span Span) Problem {
	seconds, ok := c.seconds(c.word, text)
	if ok && span.holds(seconds, c.ahead) {
		return Problem{}
	}
	hint := looksLike(text, span, c.ahead)
	if !ok {
		return Problem{Unparsable, c.expected(), hint}
	}
	return Problem{Implausible, c.expected() + ", not before 2015 and not after the time of the webhook", hint}
}

// seconds reads a time of a format; ok is false if it can't be parsed.
func (c *Check) seconds(word, text string) (seconds int64, ok bool) {
	switch word {
	case "unix_s", "unix_s_string":
		return unixSeconds(text, 1)
	case "unix_ms", "unix_ms_string":
		return unixSeconds(text, 1000)
	}
	if word == "datetime_ist" {
		seconds, ok = c.seconds("datetime", text)
		return seconds - int64(offsetIST/time.Second), ok
	}
	if seconds, ok = dateSeconds(word, text); ok {
		return seconds, true
	}
	v, err := parseTime(word, text)
	return v.at.Unix(), err == nil
}

// looksLike names the format in which a text is a plausible time; "" for none.
func looksLike(text string, span Span, ahead int64) string {
	for _, unit := range []struct {
		perSecond int64
		name      string
	}{{1, "Unix seconds"}, {1000, "Unix milliseconds"}, {1_000_000, "Unix microseconds"}, {1_000_000_000, "Unix nanoseconds"}} {
		if seconds, ok := unixSeconds(text, unit.perSecond); ok && span.holds(seconds, ahead) {
			return "looks like " + unit.name
		}
	}
	for _, word := range []string{"rfc3339", "datetime", "iso_milli", "date"} {
		if v, err := parseTime(word, text); err == nil && span.holds(v.at.Unix(), ahead) {
			return "looks like " + describeTime(word)
		}
	}
	return ""
}

// unixSeconds reads a whole number of units, of which so many make a second. A number that is too
// large for a time counts as one, of the last moment.
func unixSeconds(text string, unit int64) (int64, bool) {
	const maxDigits = 19 // that a uint64 always has room for
	digits := text
	if text != "" && text[0] == '-' {
		digits = text[1:]
	}
	if digits == "" {
		return 0, false
	}
	count := uint64(0)
	for i := range len(digits) {
		c := digits[i] - '0'
		if c > 9 {
			return exactSeconds(text, unit)
		}
		if i < maxDigits {
			count = count*10 + uint64(c)
		}
	}
	if len(digits) > maxDigits {
		count = math.MaxInt64
	}
	seconds := int64(min(count/uint64(unit), math.MaxInt64)) //nolint:gosec // it fits
	if len(digits) != len(text) {
		return -seconds - 1, true
	}
	return seconds, true
}

// exactSeconds reads a JSON number with an exponent or a fraction of zero, which is whole all the same.
func exactSeconds(text string, unit int64) (int64, bool) {
	number, err := strconv.ParseFloat(text, 64)
	if !isJSONNumber(text) || err != nil || number != math.Trunc(number) {
		return 0, false
	}
	return int64(max(min(number, 1e18), -1e18) / float64(unit)), true
}

// dateSeconds reads a time that is written as a date, in its most frequent form: RFC 3339 in UTC, for
// example. It is fast; ok is false for all other forms, which parseTime reads.
func dateSeconds(word, text string) (seconds int64, ok bool) {
	separator := byte('T')
	switch word {
	case "datetime":
		separator = ' '
	case "rfc3339", "rfc3339_micro", "iso_milli":
	case "day_month_year", "month_day_year":
		return daySeconds(text)
	default:
		return 0, false
	}
	const dateAndTime = len("2006-01-02T15:04:05")
	if len(text) < dateAndTime || text[4] != '-' || text[7] != '-' || text[10] != separator || text[13] != ':' || text[16] != ':' {
		return 0, false
	}
	if !isEnd(word, text[dateAndTime:]) {
		return 0, false
	}
	year, month, day := pair(text[0:])*100+pair(text[2:]), pair(text[5:]), pair(text[8:])
	hour, minute, second := pair(text[11:]), pair(text[14:]), pair(text[17:])
	if year < 1970 || month < 1 || month > 12 || day < 1 || day > 28 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return 0, false // the last days of a month need a calendar
	}
	return daysSince1970(year, month, day)*secondsOfDay + hour*3600 + minute*60 + second, true
}

// daySeconds reads a day with the name of its month: "30 May 2024", "January 31,2021". ok is false for
// 29 February, too, which needs a calendar.
func daySeconds(text string) (seconds int64, ok bool) {
	const digitsOfYear = 4
	if len(text) < digitsOfYear || leadingDigits(text[len(text)-digitsOfYear:]) != digitsOfYear {
		return 0, false
	}
	year := pair(text[len(text)-digitsOfYear:])*100 + pair(text[len(text)-digitsOfYear/2:])
	rest := strings.Trim(text[:len(text)-digitsOfYear], " ,")
	name := strings.TrimRight(rest, "0123456789")
	day := rest[len(name):]
	if day == "" { // the day comes first
		day = rest[:leadingDigits(rest)]
		name = rest[len(day):]
	}
	name = strings.Trim(name, " ")
	n, err := strconv.Atoi(day)
	if err != nil || n < 1 || year < 1970 {
		return 0, false
	}
	lengths := [...]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}
	for month := time.January; month <= time.December; month++ {
		if month.String() == name && n <= lengths[month-1] {
			return daysSince1970(year, int64(month), int64(n)) * secondsOfDay, true
		}
	}
	return 0, false
}

// isEnd reports whether a time of a format may end so after its seconds.
func isEnd(word, rest string) bool {
	fraction := 0
	if rest != "" && rest[0] == '.' {
		if fraction = 1 + leadingDigits(rest[1:]); fraction == 1 {
			return false
		}
	}
	if word == "datetime" || word == "iso_milli" {
		return fraction == len(rest) && (word == "datetime") == (fraction == 0)
	}
	return rest[fraction:] == "Z"
}

// pair reads two digits; the result is far below zero for anything else.
func pair(text string) int64 {
	tens, ones := text[0]-'0', text[1]-'0'
	if tens > 9 || ones > 9 {
		return -10_000
	}
	return int64(tens)*10 + int64(ones)
}

// daysSince1970 counts the days of a date of the Gregorian calendar from 1970 on. Its years begin in March.
func daysSince1970(year, month, day int64) int64 {
	if month < 3 {
		year, month = year-1, month+12
	}
	const before1970 = 719_468 // days from March of the year 0
	return year*365 + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - before1970
}

// bounds are the limits of a number, which it may reach.
type bounds struct {
	min, max float64
	text     string
}

// boundsOf returns the limits of a value by its name; nil for none.
func boundsOf(name string, kind Kind) *bounds {
	const day = 24 * 60 * 60
	switch {
	case name == "fake.latitude":
		return &bounds{-90, 90, "degrees from -90 to 90"}
	case name == "fake.longitude":
		return &bounds{-180, 180, "degrees from -180 to 180"}
	case name == "media.size" || name == "media.thumbnail_size" || name == "message.units":
		return &bounds{0, math.MaxFloat64, "a number that is not negative"}
	case kind == Money:
		return &bounds{0, math.MaxFloat64, "an amount that is not negative"}
	case kind == Duration:
		return &bounds{0, day, "a duration of at most a day"}
	}
	return nil
}

func (c *Check) inBounds(text string) Problem {
	number, err := strconv.ParseFloat(text, 64)
	if !isNumber(text) || err != nil {
		return Problem{Unparsable, c.bounds.text, looksLike(text, Span{}, 0)}
	}
	limit := c.bounds.max
	if c.word == "millis" {
		limit *= 1000
	}
	if number >= c.bounds.min && number <= limit {
		return Problem{}
	}
	hint := ""
	if c.kind == Duration && c.word != "millis" && number > limit && number <= 1000*limit {
		hint = "looks like milliseconds"
	}
	return Problem{Implausible, c.bounds.text, hint}
}
