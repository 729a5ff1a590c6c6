package chance

import (
	"fmt"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
)

// Keys are the keys of a mapping that spells a distribution; it has one of them.
func Keys() []string { return []string{"fixed", "uniform", "lognormal"} }

// Read reads a distribution as data files spell it: a duration such as 10s, or
// one of {fixed: 1s}, {uniform: {min: 1s, max: 60s}} and {lognormal: {median:
// 6s, sigma: 0.8}}. Keys of the mapping that are not in [Keys] belong to the
// caller, who checks them.
func Read(f *document.File, n *document.Node) (Distribution, error) {
	if n.Kind == document.String {
		d, err := readDuration(f, n)
		return Fixed(d), err
	}
	if n.Kind != document.Object {
		return Distribution{}, f.Errorf(n, "expected a duration such as 10s, or a mapping with one of fixed, uniform, lognormal; found %s", n.Describe())
	}
	var found []string
	for _, key := range Keys() {
		if n.Get(key) != nil {
			found = append(found, key)
		}
	}
	if len(found) != 1 {
		return Distribution{}, f.Errorf(n, "a delay has one of fixed, uniform, lognormal; found %d of them", len(found))
	}
	return read(f, found[0], n.Get(found[0]))
}

func read(f *document.File, kind string, n *document.Node) (Distribution, error) {
	switch kind {
	case "uniform":
		return readUniform(f, n)
	case "lognormal":
		return readLognormal(f, n)
	}
	d, err := readDuration(f, n)
	return Fixed(d), err
}

func readUniform(f *document.File, n *document.Node) (Distribution, error) {
	if err := f.Known(n, "min", "max"); err != nil {
		return Distribution{}, err
	}
	least, err := readDuration(f, n.Get("min"))
	if err != nil {
		return Distribution{}, orMissing(f, n, "min", err)
	}
	most, err := readDuration(f, n.Get("max"))
	if err != nil {
		return Distribution{}, orMissing(f, n, "max", err)
	}
	d, err := Uniform(least, most)
	if err != nil {
		return Distribution{}, f.Errorf(n, "min is above max")
	}
	return d, nil
}

func readLognormal(f *document.File, n *document.Node) (Distribution, error) {
	if err := f.Known(n, "median", "sigma"); err != nil {
		return Distribution{}, err
	}
	median, err := readDuration(f, n.Get("median"))
	if err != nil {
		return Distribution{}, orMissing(f, n, "median", err)
	}
	sigma := n.Get("sigma")
	if sigma == nil {
		return Distribution{}, f.Errorf(n, "key %q is missing", "sigma")
	}
	d, err := Lognormal(median, sigma.Text)
	if err != nil || sigma.Kind != document.Number {
		return Distribution{}, f.Errorf(sigma, "expected a number from 0 to 4 with at most 6 decimals, found %s", sigma.Describe())
	}
	return d, nil
}

func orMissing(f *document.File, n *document.Node, key string, err error) error {
	if n.Get(key) == nil {
		return f.Errorf(n, "key %q is missing", key)
	}
	return err
}

func readDuration(f *document.File, n *document.Node) (time.Duration, error) {
	if n == nil {
		return 0, fmt.Errorf("read duration: none is there")
	}
	d, err := parseDuration(n.Text)
	if err != nil || n.Kind != document.String {
		return 0, f.Errorf(n, `expected a duration such as "10s", from 0 to a year, found %s`, n.Describe())
	}
	return d, nil
}

// parseDuration knows days besides Go's units: "7d", "6d12h".
func parseDuration(text string) (time.Duration, error) {
	var days time.Duration
	if before, after, found := strings.Cut(text, "d"); found {
		n, err := time.ParseDuration(before + "h")
		if err != nil || n > longest {
			return 0, fmt.Errorf("read duration %q: write one such as 10s, 5m or 7d", text)
		}
		if days = 24 * n; after == "" {
			return inRange(days, text)
		}
		text = after
	}
	d, err := time.ParseDuration(text)
	if err != nil || d > longest {
		return 0, fmt.Errorf("read duration %q: write one such as 10s, 5m or 7d", text)
	}
	return inRange(days+d, text)
}

func inRange(d time.Duration, text string) (time.Duration, error) {
	if d < 0 || d > longest {
		return 0, fmt.Errorf("read duration %q: want one from 0 to a year", text)
	}
	return d, nil
}

// ParseDuration reads one duration, days included: "10s", "7d", "6d12h".
func ParseDuration(text string) (time.Duration, error) { return parseDuration(text) }

// Parse reads a distribution as a command line spells it: "2s",
// "uniform=1s,5s", "lognormal=200ms,0.6".
func Parse(text string) (Distribution, error) {
	kind, rest, spelled := strings.Cut(text, "=")
	if !spelled {
		d, err := parseDuration(text)
		return Fixed(d), err
	}
	first, second, two := strings.Cut(rest, ",")
	low, err := parseDuration(first)
	switch {
	case err != nil:
		return Distribution{}, err
	case kind == "fixed" && !two:
		return Fixed(low), nil
	case kind == "uniform" && two:
		high, err := parseDuration(second)
		if err != nil {
			return Distribution{}, err
		}
		return Uniform(low, high)
	case kind == "lognormal" && two:
		return Lognormal(low, second)
	}
	return Distribution{}, fmt.Errorf("read distribution %q: write 2s, uniform=1s,5s or lognormal=200ms,0.6", text)
}
