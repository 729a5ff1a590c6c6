package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// A Milliseconds is a [time.Duration] that JSON has as a number of milliseconds, with
// as many decimals as nanoseconds need: what was written is read without a loss.
type Milliseconds time.Duration

// String formats the duration as [time.Duration] does.
func (m Milliseconds) String() string { return time.Duration(m).String() }

// MarshalJSON writes the number of milliseconds.
func (m Milliseconds) MarshalJSON() ([]byte, error) {
	whole, rest := int64(m)/1e6, int64(m)%1e6
	if rest == 0 {
		return strconv.AppendInt(nil, whole, 10), nil
	}
	sign := ""
	if m < 0 {
		sign, whole, rest = "-", -whole, -rest
	}
	return []byte(strings.TrimRight(fmt.Sprintf("%s%d.%06d", sign, whole, rest), "0")), nil
}

// UnmarshalJSON reads a number of milliseconds. It drops parts of a nanosecond.
func (m *Milliseconds) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	invalid := fmt.Errorf("read duration: %s is not a number of milliseconds between -2^63 and 2^63 nanoseconds", text)
	if bytes.ContainsAny(text, "eE") {
		f, err := strconv.ParseFloat(string(text), 64)
		if f *= 1e6; err != nil || math.Abs(f) >= math.MaxInt64 {
			return invalid
		}
		*m = Milliseconds(f)
		return nil
	}
	whole, decimals, _ := strings.Cut(string(text), ".")
	n, err := strconv.ParseInt(whole+(decimals + "000000")[:6], 10, 64)
	if err != nil {
		return invalid
	}
	*m = Milliseconds(n)
	return nil
}

// encode is JSON that leaves it to the caller's encoder whether to escape HTML.
func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(value)
	return b.Bytes(), err
}
