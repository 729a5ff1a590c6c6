package fault

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
)

// A setting is a parameter with its reader and writer. read accepts what write returns; write
// returns a default value as Default has it.
type setting struct {
	Parameter
	read  func(f *Fault, text string) error
	write func(f Fault) string
}

// maxCount limits counts, against typing errors.
const maxCount = 1_000_000

func countSetting(name, fallback, description string, location func(*Fault) *int) setting {
	return setting{
		Parameter{name, "count", fallback, description},
		func(f *Fault, text string) error {
			n, err := strconv.Atoi(text)
			if err != nil || n < 1 || n > maxCount {
				return fmt.Errorf("want a whole number from 1 to %d", maxCount)
			}
			*location(f) = n
			return nil
		},
		func(f Fault) string {
			if n := *location(&f); n > 0 {
				return strconv.Itoa(n)
			}
			return ""
		},
	}
}

func probabilitySetting() setting {
	return setting{
		Parameter{"probability", "probability", "1", "how likely it is that the fault fires on a candidate, from 0 to 1"},
		func(f *Fault, text string) error {
			n, ok := prng.ParseDecimal(text, 6)
			if !ok || n > always {
				return errors.New("want a number from 0 to 1 with at most 6 decimals, for example 0.2")
			}
			f.probability = int(n)
			return nil
		},
		func(f Fault) string {
			text := fmt.Sprintf("%d.%06d", f.probability/always, f.probability%always)
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		},
	}
}

func untilSetting() setting {
	return setting{
		Parameter{"until", "duration", "", "fires only within this time after the start"},
		func(f *Fault, text string) (err error) {
			f.until, err = positive(text)
			return err
		},
		func(f Fault) string {
			if f.until > 0 {
				return f.until.String()
			}
			return ""
		},
	}
}

func positive(text string) (time.Duration, error) {
	d, err := document.ParseDuration(text)
	if err != nil {
		return 0, err
	}
	if d == 0 {
		return 0, errors.New("want a duration above 0, for example 10s")
	}
	return d, nil
}

func delaySetting(name, fallback, description string) setting {
	return setting{
		Parameter{name, distribution, fallback, description},
		func(f *Fault, text string) (err error) {
			f.after, err = prng.Parse(text)
			return err
		},
		func(f Fault) string { return f.after.String() },
	}
}

const distribution = "distribution"

func windowSetting() setting {
	return setting{
		Parameter{"window", "window", "3", "range: a number of events, or a duration"},
		func(f *Fault, text string) (err error) {
			if n, failed := strconv.Atoi(text); failed == nil && n >= 2 && n <= maxCount {
				f.window = Window{Events: n}
				return nil
			}
			if f.window.Within, err = positive(text); err != nil {
				return errors.New("want 2 or more events, or a duration (for example 5s)")
			}
			f.window.Events = 0
			return nil
		},
		func(f Fault) string {
			if f.window.Within > 0 {
				return f.window.Within.String()
			}
			return strconv.Itoa(f.window.Events)
		},
	}
}

// random cuts a body at a random byte.
const random = -1

func atSetting() setting {
	return setting{
		Parameter{"at", "bytes", "random", "number of bytes to keep, or random"},
		func(f *Fault, text string) error {
			if text == "random" {
				f.at = random
				return nil
			}
			n, err := strconv.ParseUint(text, 10, 31)
			if err != nil {
				return errors.New("want a number of bytes, or random")
			}
			f.at = int(n)
			return nil
		},
		func(f Fault) string {
			if f.at == random {
				return "random"
			}
			return strconv.Itoa(f.at)
		},
	}
}

func fieldSetting(description string) setting {
	return setting{
		Parameter{"field", "pointer", "", description},
		func(f *Fault, text string) error {
			if text == "" || !document.IsPointer(text) {
				return errors.New("want a JSON Pointer (for example /payload/id)")
			}
			f.field = text
			return nil
		},
		func(f Fault) string { return f.field },
	}
}

func contentTypeSetting() setting {
	return setting{
		Parameter{"value", "text", "text/plain", "the value of the header"},
		func(f *Fault, text string) error {
			foreign := func(r rune) bool { return r < ' ' || r > '~' }
			if text == "" || strings.TrimSpace(text) != text || strings.ContainsFunc(text, foreign) {
				return errors.New("want a header value in printable ASCII (for example text/html)")
			}
			f.value = text
			return nil
		},
		func(f Fault) string { return f.value },
	}
}
