package prng

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// A Distribution is a random duration in whole milliseconds. The zero Distribution is always 0.
// It is comparable.
type Distribution struct {
	kind kind
	// low is the duration of a fixed distribution, the minimum of a uniform one and the median of
	// a log-normal one; high is the maximum of a uniform one.
	low, high time.Duration
	// sigma is in millionths.
	sigma int64
}

type kind uint8

const (
	fixed kind = iota
	uniform
	lognormal
)

// maxDelay limits every duration.
const maxDelay = document.MaxDuration

// Fixed returns a distribution that is always d.
func Fixed(d time.Duration) Distribution { return Distribution{kind: fixed, low: d} }

// Uniform returns a uniform distribution from min to max.
func Uniform(min, max time.Duration) (Distribution, error) {
	if min > max {
		return Distribution{}, fmt.Errorf("read distribution: min %s is above max %s", min, max)
	}
	return Distribution{kind: uniform, low: min, high: max}, nil
}

// Lognormal returns a log-normal distribution. sigma, the standard deviation of the logarithm, is
// a decimal number from 0 to 4, for example "0.8".
func Lognormal(median time.Duration, sigma string) (Distribution, error) {
	millionths, ok := ParseDecimal(sigma, 6)
	if !ok || millionths > 4_000_000 {
		return Distribution{}, fmt.Errorf("read distribution: sigma %q is not a decimal number from 0 to 4", sigma)
	}
	return Distribution{kind: lognormal, low: median, sigma: millionths}, nil
}

// ParseDecimal reads a decimal number with at most the given decimals, scaled to a whole number.
// It uses no floats.
func ParseDecimal(text string, decimals int) (int64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > decimals || len(whole) > 9 || whole == "" {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 63)
	return int64(n), err == nil
}

// Sample draws a duration from 0 to a year.
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

// Median returns the median.
func (d Distribution) Median() time.Duration {
	if d.kind == uniform {
		return d.low + ((d.high - d.low) / 2).Truncate(time.Millisecond)
	}
	return d.low
}

// String returns the notation of [Parse]: "2s", "uniform=1s,5s", "lognormal=200ms,0.6".
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

func clamp(d time.Duration) time.Duration { return min(max(d, 0), maxDelay) }

// fractionBits is the number of fraction bits of a fixed-point number.
const fractionBits = 20

// normal draws from the standard normal distribution, as a fixed-point number: it interpolates
// between the quantiles of the table.
func normal(source *Source) int64 {
	word := source.Uint64()
	i, between := word>>56, int64(word>>36&(1<<fractionBits-1))
	low, high := quantiles[i], quantiles[i+1]
	return low + (high-low)*between>>fractionBits
}

// scale multiplies a duration by e to the power of a fixed-point number.
func scale(d time.Duration, power int64) time.Duration {
	const log2e = 1549082005 // log2(e), with 30 fraction bits
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
	shift := 62 - whole // the product has 62 fraction bits
	switch {
	case shift >= 128:
		return 0
	case shift >= 64:
		return time.Duration(high >> (shift - 64))
	case shift <= 0 || high>>(shift-1) != 0:
		return maxDelay
	}
	return time.Duration(high<<(64-shift) | low>>shift)
}
