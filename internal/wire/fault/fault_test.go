package fault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/webhook"
)

// firings returns which of n candidates, a second apart, a fault fires on.
func firings(f fault.Fault, n int, source *prng.Source) []int {
	var fired []int
	for i := range n {
		if f.Fires(i, len(fired), time.Duration(i)*time.Second, source) {
			fired = append(fired, i)
		}
	}
	return fired
}

func TestFires_HonorsConditions(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string][]int{
		"drop":                            {0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
		"drop:every=3":                    {2, 5, 8},
		"drop:count=2":                    {0, 1},
		"drop:until=4s":                   {0, 1, 2, 3},
		"drop:every=2,count=3,until=6s":   {1, 3, 5},
		"drop:every=2,count=2,until=600s": {1, 3},
		"drop:probability=0":              nil,
		"drop:every=11":                   nil,
	} {
		require.Equal(t, want, firings(one(t, spec), 10, nil), spec)
	}
	require.Empty(t, firings(fault.Fault{}, 10, nil))
}

func TestFires_HonorsProbability(t *testing.T) {
	t.Parallel()
	fired := firings(one(t, "drop:probability=0.2"), 10_000, prng.New(1))
	require.InDelta(t, 2_000, len(fired), 160)
	require.Equal(t, fired, firings(one(t, "drop:probability=0.2"), 10_000, prng.New(1)))
}

// A limit removes firings; it does not move the others.
func TestFires_ConditionsKeepOtherDraws(t *testing.T) {
	t.Parallel()
	all := firings(one(t, "drop:probability=0.5"), 100, prng.New(7))
	var second []int
	for _, n := range all {
		if n%2 == 1 {
			second = append(second, n)
		}
	}
	require.Equal(t, second, firings(one(t, "drop:probability=0.5,every=2"), 100, prng.New(7)))
	require.Equal(t, all[:9], firings(one(t, "drop:probability=0.5,count=9"), 100, prng.New(7)))
}

func lines(texts ...string) []webhook.Header {
	var fields []webhook.Header
	for _, text := range texts {
		name, value, _ := strings.Cut(text, ": ")
		fields = append(fields, webhook.Header{Name: name, Value: value})
	}
	return fields
}

func TestHeader_ContentType(t *testing.T) {
	t.Parallel()
	given := lines("X-One: 1", "content-type: application/json", "x-two: 2")
	for name, c := range map[string]struct {
		spec   string
		fields []webhook.Header
		want   []webhook.Header
		note   string
	}{
		"changed in its place": {"content-type", given, lines("X-One: 1", "content-type: text/plain", "x-two: 2"), "content-type text/plain"},
		"as configured":        {"content-type:text/html; charset=utf-8", given[1:2], lines("content-type: text/html; charset=utf-8"), "content-type text/html; charset=utf-8"},
		"every one of several": {
			"content-type", lines("Content-Type: text/plain", "CONTENT-TYPE: a/b"),
			lines("Content-Type: text/plain", "CONTENT-TYPE: text/plain"), "content-type text/plain",
		},
		"added where none is":      {"content-type", given[:1], lines("X-One: 1", "Content-Type: text/plain"), "content-type text/plain"},
		"the same is no fault":     {"content-type:Application/JSON", given, given, ""},
		"a fault of another stage": {"drop", given, given, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, note := one(t, c.spec).Header(c.fields)
			require.Equal(t, c.want, got)
			require.Equal(t, c.note, note)
			require.Equal(t, lines("X-One: 1", "content-type: application/json", "x-two: 2"), given)
		})
	}
}
