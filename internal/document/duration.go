package document

import (
	"fmt"
	"strings"
	"time"
)

// MaxDuration bounds every duration that a file or a flag gives, so that sums of them
// can't overflow.
const MaxDuration = 366 * 24 * time.Hour

// ParseDuration reads the one notation of durations in files and flags: Go's, and days
// besides, "90s", "1h30m", "7d", "6d12h". A duration is not negative, and a year at most.
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
