package cli

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// Now is the flag --now: the reference time of a validation, so that it can be repeated.
type Now struct{ text string }

// Flag adds the flag, with what it is compared with.
func (n *Now) Flag(f *pflag.FlagSet, usage string) { f.StringVar(&n.text, "now", "", usage) }

// Set reports whether the flag is set.
func (n *Now) Set() bool { return n.text != "" }

// Time is the time of the flag; without it, the current time.
func (n *Now) Time() (time.Time, error) {
	if n.text == "" {
		return time.Now().UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, n.text)
	if err != nil {
		return time.Time{}, fmt.Errorf("read --now: %q is not a time (for example 2026-03-01T10:00:00Z)", n.text)
	}
	return at.UTC(), nil
}
