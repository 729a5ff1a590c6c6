package prng_test

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
)

func TestParseSeed_ReadsWhatStringWrites(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]prng.RunSeed{
		"0":                    {},
		"7":                    {Low: 7},
		"007":                  {Low: 7},
		"18446744073709551615": {Low: math.MaxUint64},
		"18446744073709551616": {High: 1},
		"340282366920938463463374607431768211455": {High: math.MaxUint64, Low: math.MaxUint64},
		"0xff":                               {Low: 255},
		"0x000102030405060708090A0b0c0d0e0f": {High: 0x0001020304050607, Low: 0x08090a0b0c0d0e0f},
	} {
		got, err := prng.ParseSeed(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
		again, err := prng.ParseSeed(got.String())
		require.NoError(t, err, got)
		require.Equal(t, want, again, got)
	}
	require.Equal(t, "7", prng.RunSeed{Low: 7}.String())
	require.Equal(t, "0x00000000000000010000000000000000", prng.RunSeed{High: 1}.String())
}

func TestParseSeed_RejectsInvalidNumbers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "0x", "x", "-1", "+1", "1_000", "0x-1", "1.5", "1e3", "0b1", " 1", "ff", "340282366920938463463374607431768211456",
		"0x100000000000000000000000000000000", strings.Repeat("0", 65), strings.Repeat("9", 1<<20),
	} {
		_, err := prng.ParseSeed(text)
		require.ErrorContains(t, err, "is not a whole number from 0 to 2^128-1", "%.80s", text)
	}
}

// A number below 2^64 derives the same seeds as before, so that recorded plans and IDs stay
// valid.
func TestRunSeed_SmallNumbersDeriveAsBefore(t *testing.T) {
	t.Parallel()
	for _, n := range []uint64{0, 1, 7, math.MaxUint64} {
		seed := prng.RunSeed{Low: n}
		require.Equal(t, n, seed.Uint64())
		require.Equal(t, prng.Seed(n, 3, 4), seed.Seed(3, 4))
	}
}

// Each of the 128 bits counts, also where all 64 bits of one half are equal.
func TestRunSeed_EachOf128BitsCounts(t *testing.T) {
	t.Parallel()
	drawn := prng.Draw()
	seen := map[uint64]bool{drawn.Seed(1): true}
	folded := map[uint64]bool{drawn.Uint64(): true}
	for bit := range 64 {
		for _, other := range []prng.RunSeed{{drawn.High ^ 1<<bit, drawn.Low}, {drawn.High, drawn.Low ^ 1<<bit}} {
			seen[other.Seed(1)], folded[other.Uint64()] = true, true
		}
	}
	require.Len(t, seen, 129)
	require.Len(t, folded, 129)
	twice := prng.RunSeed{High: drawn.Low, Low: drawn.Low}
	require.NotZero(t, twice.Seed(1), "equal halves do not cancel out")
	require.NotEqual(t, prng.RunSeed{1, 2}.Seed(1), prng.RunSeed{2, 1}.Seed(1))
}

func TestDraw_TwoStartsDiffer(t *testing.T) {
	t.Parallel()
	seen := map[prng.RunSeed]bool{}
	high, low := uint64(0), uint64(0)
	for range 64 {
		drawn := prng.Draw()
		seen[drawn] = true
		high, low = high|drawn.High, low|drawn.Low
	}
	require.Len(t, seen, 64)
	require.Equal(t, []uint64{math.MaxUint64, math.MaxUint64}, []uint64{high, low}, "every bit is drawn")
}
