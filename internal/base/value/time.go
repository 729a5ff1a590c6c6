package value

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	layoutRFC3339      = "2006-01-02T15:04:05Z"
	layoutRFC3339Micro = "2006-01-02T15:04:05.000000Z"
	layoutNoColon      = "2006-01-02T15:04:05-0700" // as Meta writes some offsets
	layoutISOMilli     = "2006-01-02T15:04:05.000"  // says no zone; read as UTC
	layoutClock        = "Jan 2 at 3:04 PM"         // within a sentence; it has no year
)

// offsetIST is the offset of Indian Standard Time, which has no daylight saving time.
const offsetIST = 5*time.Hour + 30*time.Minute

// Days are written in several ways, and read in each: "January 31,2021", "February28,2024", "30 May 2024".
const (
	layoutDayFirst   = "2 January 2006"
	layoutMonthFirst = "January 2, 2006"
	layoutMonth      = "2006-01"
)

// errYear catches milliseconds that are read as seconds, as well as years that
// RFC 3339 cannot write.
var errYear = errors.New("outside the years 0 to 9999")

func inYears(at time.Time) bool {
	return at.Year() >= 0 && at.Year() <= 9999
}

// formatTime cuts off what is smaller than the format's unit: also before 1970
// the result is never later than the value.
func formatTime(word string, at time.Time) (any, error) {
	if !inYears(at) {
		return nil, errYear
	}
	seconds := strconv.FormatInt(at.Unix(), 10)
	millis := strconv.FormatInt(at.UnixMilli(), 10)
	switch word {
	case "unix_ms":
		return json.Number(millis), nil
	case "unix_s_string":
		return seconds, nil
	case "unix_ms_string":
		return millis, nil
	case "datetime":
		return at.Format(time.DateTime), nil
	case "datetime_ist":
		return at.Add(offsetIST).Format(time.DateTime), nil
	case "day_month_year":
		return at.Format(layoutDayFirst), nil
	case "month_day_year":
		return at.Format(layoutMonthFirst), nil
	case "month_ist":
		return at.Add(offsetIST).Format(layoutMonth), nil
	case "month_day_clock":
		return at.Format(layoutClock), nil
	case "rfc3339":
		return at.Format(layoutRFC3339), nil
	case "rfc3339_micro":
		return at.Format(layoutRFC3339Micro), nil
	case "iso_milli":
		return at.Format(layoutISOMilli), nil
	case "date":
		return at.Format(time.DateOnly), nil
	default:
		return json.Number(seconds), nil
	}
}

// parseTime reads any fraction and any offset under both formats of RFC 3339:
// providers leave out a fraction that is zero.
func parseTime(word, text string) (Value, error) {
	var at time.Time
	var err error
	switch word {
	case "datetime":
		at, err = parseLayout(time.DateTime, text)
	case "datetime_ist":
		if at, err = parseLayout(time.DateTime, text); err == nil {
			at = at.Add(-offsetIST)
		}
	case "day_month_year", "month_day_year":
		at, err = parseDay(text)
	case "month_ist":
		if at, err = parseLayout(layoutMonth, text); err == nil {
			at = at.Add(-offsetIST)
		}
	case "month_day_clock":
		at, err = parseLayout(layoutClock, text)
	case "rfc3339", "rfc3339_micro":
		if at, err = parseLayout(time.RFC3339, text); err != nil {
			if other, otherErr := time.Parse(layoutNoColon, text); otherErr == nil {
				at, err = other, nil
			}
		}
	case "iso_milli":
		at, err = parseLayout(layoutISOMilli, text)
	case "date":
		at, err = parseLayout(time.DateOnly, text)
	default:
		at, err = parseUnix(word, text)
	}
	if err != nil {
		return Value{}, err
	}
	if at = at.UTC(); !inYears(at) {
		return Value{}, errYear
	}
	return OfTime(at), nil
}

// parseLayout drops the error of package time, which quotes the text.
func parseLayout(layout, text string) (time.Time, error) {
	at, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("want the form %s", layout)
	}
	return at, nil
}

func parseUnix(word, text string) (time.Time, error) {
	count, ok := integer(text)
	if !ok {
		count, ok = wholeNumber(text)
	}
	if !ok {
		return time.Time{}, errors.New(wantInteger)
	}
	if word == "unix_ms" || word == "unix_ms_string" {
		return time.UnixMilli(count), nil
	}
	return time.Unix(count, 0), nil
}

// wholeNumber reads a JSON number with a fraction or an exponent that is whole all the same: 1.7e9.
func wholeNumber(text string) (int64, bool) {
	const maxExact = 1 << 53 // beyond, a float64 has gaps
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || !isJSONNumber(text) || number != math.Trunc(number) || math.Abs(number) > maxExact {
		return 0, false
	}
	return int64(number), true
}

// Adjust moves a time before it is spelled: x-value-offset, then x-value-truncate. The zero Adjust
// moves nothing. What was cut cannot be read back.
type Adjust struct {
	Offset   time.Duration // may be negative
	Truncate time.Duration // 0: not cut
}

// ParseAdjust reads x-value-offset ("24h", "-5m") and x-value-truncate ("1m"); "" is none. Only times
// can be adjusted.
func ParseAdjust(kind Kind, plus, cut string) (Adjust, error) {
	var adjust Adjust
	var err error
	if kind != Time && (plus != "" || cut != "") {
		return Adjust{}, fmt.Errorf("parse x-value-offset %q and x-value-truncate %q: only a time can be adjusted, not a value of kind %s", plus, cut, kind)
	}
	if plus != "" {
		if adjust.Offset, err = time.ParseDuration(plus); err != nil {
			return Adjust{}, fmt.Errorf("parse x-value-offset %q: want a duration, for example 24h or -5m", plus)
		}
	}
	if cut != "" {
		if adjust.Truncate, err = time.ParseDuration(cut); err != nil || adjust.Truncate <= 0 {
			return Adjust{}, fmt.Errorf("parse x-value-truncate %q: want a duration above zero, for example 1m", cut)
		}
	}
	return adjust, nil
}

// Apply adjusts a time; a value of another kind stays as it is.
func (a Adjust) Apply(v Value) Value {
	if v.kind != Time {
		return v
	}
	at := v.at.Add(a.Offset)
	if a.Truncate > 0 {
		at = truncateToUnit(at, a.Truncate)
	}
	return OfTime(at)
}

// truncateToUnit rounds down to a multiple of unit since 1970. time.Truncate counts from
// the year 1, which differs for units that do not divide the days between.
func truncateToUnit(at time.Time, unit time.Duration) time.Time {
	epoch := time.Unix(0, 0)
	over := at.Sub(at.Truncate(unit)) - epoch.Sub(epoch.Truncate(unit))
	if over < 0 {
		over += unit
	}
	return at.Add(-over)
}

// parseDay reads a day in any of its spellings.
func parseDay(text string) (time.Time, error) {
	const digitsOfYear = 4
	compact := strings.NewReplacer(" ", "", ",", "").Replace(text)
	if n := len(compact) - digitsOfYear; n > 0 {
		compact = compact[:n] + " " + compact[n:]
	}
	for _, layout := range []string{"January2 2006", "2January 2006"} {
		if at, err := time.Parse(layout, compact); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("want the form " + layoutDayFirst + " or " + layoutMonthFirst)
}
