package prng_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
)

func TestSource_SameSeedSameNumbers(t *testing.T) {
	t.Parallel()
	source := prng.New(1)
	require.Equal(t, []uint64{0x910a2dec89025cc1, 0xbeeb8da1658eec67}, []uint64{source.Uint64(), source.Uint64()})
	require.Equal(t, prng.Seed(1, 2), prng.Seed(1, 2))
	require.NotEqual(t, prng.Seed(1, 2), prng.Seed(2, 1), "the order counts")
	require.NotEqual(t, prng.Seed(0), prng.Seed(0, 0), "the number of words counts")
	require.NotEqual(t, prng.SeedOf("a"), prng.SeedOf("b"))
}

func TestIntN_CoversItsRange(t *testing.T) {
	t.Parallel()
	source, seen := prng.New(7), map[int]int{}
	for range 6000 {
		seen[source.IntN(6)]++
	}
	require.Len(t, seen, 6)
	for n, times := range seen {
		require.True(t, n >= 0 && n < 6)
		require.InDelta(t, 1000, times, 150)
	}
	require.Zero(t, source.IntN(1))
	require.False(t, source.Bool(0))
	require.True(t, source.Bool(1000))
}

func distribution(t *testing.T, spec string) prng.Distribution {
	t.Helper()
	d, err := prng.Parse(spec)
	require.NoError(t, err)
	return d
}

func TestSample_MedianAndSpread(t *testing.T) {
	t.Parallel()
	const draws = 20_001
	for spec, want := range map[string]struct {
		median   time.Duration
		deviance float64 // of the logarithm; 0: not log-normal
	}{
		"2s":                {2 * time.Second, 0},
		"uniform=1s,5s":     {3 * time.Second, 0},
		"lognormal=6s,0.8":  {6 * time.Second, 0.8},
		"lognormal=2m,1":    {2 * time.Minute, 1},
		"lognormal=90ms,0":  {90 * time.Millisecond, 0},
		"lognormal=7d,0.25": {7 * 24 * time.Hour, 0.25},
	} {
		d, source := distribution(t, spec), prng.New(3)
		below, squares := 0, 0.0
		for range draws {
			drawn := d.Sample(source)
			require.Zero(t, drawn%time.Millisecond)
			if drawn < d.Median() {
				below++
			}
			log := math.Log(float64(max(drawn, time.Millisecond)) / float64(want.median))
			squares += log * log
		}
		require.Equal(t, want.median, d.Median(), spec)
		if want.deviance > 0 {
			require.InDelta(t, want.deviance, math.Sqrt(squares/draws), 0.03*want.deviance, spec)
			require.InDelta(t, draws/2, below, draws/40, spec)
		}
	}
}

func TestSample_IsTheSameOnEveryMachine(t *testing.T) {
	t.Parallel()
	d, source := distribution(t, "lognormal=6s,0.8"), prng.New(42)
	var drawn []time.Duration
	for range 4 {
		drawn = append(drawn, d.Sample(source))
	}
	const ms = time.Millisecond
	require.Equal(t, []time.Duration{10077 * ms, 2707 * ms, 3751 * ms, 4353 * ms}, drawn)
}

func TestSample_StaysWithinLimits(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"lognormal=366d,4", "lognormal=1ns,4", "lognormal=0s,4", "uniform=0s,366d"} {
		d, source := distribution(t, spec), prng.New(9)
		for range 2000 {
			drawn := d.Sample(source)
			require.True(t, drawn >= 0 && drawn <= 366*24*time.Hour, spec)
		}
	}
}

func TestParse_RoundTrip(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"10s": "10s", "7d": "168h0m0s", "6d12h": "156h0m0s", "fixed=2s": "2s",
		"uniform=1s,5s": "uniform=1s,5s", "lognormal=200ms,0.60": "lognormal=200ms,0.6", "lognormal=1s,2": "lognormal=1s,2",
	} {
		d := distribution(t, spec)
		require.Equal(t, want, d.String())
		require.Equal(t, d, distribution(t, d.String()))
	}
	for spec, want := range map[string]string{
		"":                  "want 0s to 366d",
		"10":                "want 0s to 366d",
		"-1s":               "want 0s to 366d",
		"400d":              "want 0s to 366d",
		"99999999999999d":   "want 0s to 366d",
		"uniform=5s,1s":     "min 5s is above max 1s",
		"uniform=5s":        "write 2s, uniform=1s,5s or lognormal=200ms,0.6",
		"normal=1s,2":       "write 2s, uniform=1s,5s or lognormal=200ms,0.6",
		"lognormal=1s,4.1":  "not a decimal number from 0 to 4",
		"lognormal=1s,wide": "not a decimal number from 0 to 4",
	} {
		_, err := prng.Parse(spec)
		require.ErrorContains(t, err, want, spec)
	}
}
