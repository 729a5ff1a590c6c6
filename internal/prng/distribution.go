package prng

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
)

// A Distribution says how long something takes, in whole milliseconds. The
// zero Distribution is always 0. It is comparable.
type Distribution struct {
	kind kind
	// low is the duration of a fixed one, the least of a uniform one and the
	// median of a log-normal one; high is the most of a uniform one.
	low, high time.Duration
	// sigma is that of a log-normal one, in millionths.
	sigma int64
}

type kind uint8

const (
	fixed kind = iota
	uniform
	lognormal
)

// longest bounds every delay.
const longest = document.MaxDuration

// Fixed is always d.
func Fixed(d time.Duration) Distribution { return Distribution{kind: fixed, low: d} }

// Uniform is evenly distributed from min to max.
func Uniform(min, max time.Duration) (Distribution, error) {
	if min > max {
		return Distribution{}, fmt.Errorf("read distribution: min %s is above max %s", min, max)
	}
	return Distribution{kind: uniform, low: min, high: max}, nil
}

// Lognormal is log-normally distributed about a median; sigma, the standard
// deviation of the logarithm, is a decimal text such as "0.8", from 0 to 4.
func Lognormal(median time.Duration, sigma string) (Distribution, error) {
	millionths, ok := ParseDecimal(sigma, 6)
	if !ok || millionths > 4_000_000 {
		return Distribution{}, fmt.Errorf("read distribution: sigma %q is no decimal number from 0 to 4", sigma)
	}
	return Distribution{kind: lognormal, low: median, sigma: millionths}, nil
}

// ParseDecimal reads a decimal number with at most so many decimals, as a whole number of
// units of the last decimal. It uses no floats.
func ParseDecimal(text string, decimals int) (int64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > decimals || len(whole) > 9 || whole == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 63)
	return int64(n), err == nil
}

// Sample draws one duration, at least 0 and at most a year.
func (d Distribution) Sample(source *Source) time.Duration {
	switch d.kind {
	case uniform:
		span := int((d.high - d.low) / time.Millisecond)
		return clamp(d.low + time.Duration(source.IntN(span+1))*time.Millisecond)
	case lognormal:
		return clamp(scale(d.low, d.sigma*normal(source)/1_000_000).Truncate(time.Millisecond))
	}
	return clamp(d.low)
}

// Median is the middle of the distribution: what a plan without luck would take.
func (d Distribution) Median() time.Duration {
	if d.kind == uniform {
		return d.low + ((d.high - d.low) / 2).Truncate(time.Millisecond)
	}
	return d.low
}

// String is how a fault on the command line spells it: "2s",
// "uniform=1s,5s", "lognormal=200ms,0.6".
func (d Distribution) String() string {
	switch d.kind {
	case uniform:
		return fmt.Sprintf("uniform=%s,%s", d.low, d.high)
	case lognormal:
		return fmt.Sprintf("lognormal=%s,%s", d.low, strings.TrimSuffix(strings.TrimRight(
			fmt.Sprintf("%d.%06d", d.sigma/1_000_000, d.sigma%1_000_000), "0"), "."))
	}
	return d.low.String()
}

func clamp(d time.Duration) time.Duration { return min(max(d, 0), longest) }

// fractionBits is how many bits a fixed-point number has behind its point.
const fractionBits = 20

// normal draws from the standard normal distribution, as a fixed-point number:
// a quantile of the table, and on from it towards the next.
func normal(source *Source) int64 {
	word := source.Uint64()
	i, between := word>>56, int64(word>>36&(1<<fractionBits-1))
	low, high := quantiles[i], quantiles[i+1]
	return low + (high-low)*between>>fractionBits
}

// scale multiplies a duration by e to the power of a fixed-point number.
func scale(d time.Duration, power int64) time.Duration {
	const log2e = 1549082005 // log2(e), with 30 bits behind the point
	twos := power * log2e >> 30
	whole, fraction := twos>>fractionBits, uint64(twos&(1<<fractionBits-1))
	factor := uint64(1) << 62
	for i, root := range roots[:fractionBits] {
		if fraction>>(fractionBits-1-i)&1 == 1 {
			high, low := bits.Mul64(factor, root)
			factor = high<<2 | low>>62
		}
	}
	high, low := bits.Mul64(uint64(d), factor)
	shift := 62 - whole // the product has 62 bits behind its point
	switch {
	case shift >= 128:
		return 0
	case shift >= 64:
		return time.Duration(high >> (shift - 64))
	case shift <= 0 || high>>(shift-1) != 0:
		return longest
	}
	return time.Duration(high<<(64-shift) | low>>shift)
}
