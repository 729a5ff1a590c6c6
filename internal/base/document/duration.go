package document

import (
	"fmt"
	"strings"
	"time"
)

// MaxDuration limits durations in files and flags, so that their sums don't overflow.
const MaxDuration = 366 * 24 * time.Hour

// ParseDuration reads a duration in a file, flag or API parameter: Go's notation, and days: "90s",
// "1h30m", "7d", "6d12h". It is from 0s to [MaxDuration].
func ParseDuration(text string) (time.Duration, error) {
	fail := func() (time.Duration, error) {
		return 0, fmt.Errorf("read duration %s: want 0s to 366d (for example 90s, 5m or 7d)", Quote(text))
	}
	var total time.Duration
	rest := text
	if before, after, found := strings.Cut(text, "d"); found {
		days, err := time.ParseDuration(before + "h")
		if err != nil || days < 0 || days > MaxDuration/24 {
			return fail()
		}
		total, rest = 24*days, after
		if rest == "" {
			return total, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || d < 0 || d > MaxDuration-total {
		return fail()
	}
	return total + d, nil
}
