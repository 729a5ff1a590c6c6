package webhook_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/webhook"
)

func TestMilliseconds_RoundTrip(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0", time.Nanosecond: "0.000001", -time.Nanosecond: "-0.000001", time.Millisecond: "1", 1500 * time.Microsecond: "1.5",
		12*time.Millisecond + 345678*time.Nanosecond: "12.345678", -(time.Hour + 100*time.Nanosecond): "-3600000.0001",
		math.MaxInt64: "9223372036854.775807", math.MinInt64: "-9223372036854.775808",
	} {
		text, err := json.Marshal(webhook.Milliseconds(d))
		require.NoError(t, err)
		require.Equal(t, want, string(text))
		var again webhook.Milliseconds
		require.NoError(t, json.Unmarshal(text, &again))
		require.Equal(t, d, time.Duration(again))
	}
}

func TestMilliseconds_ReadsAnyJSONNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{"1e3": time.Second, "0.0000019": 1, "-0": 0, "2.50": 2500 * time.Microsecond, "null": 0} {
		var got webhook.Milliseconds
		require.NoError(t, json.Unmarshal([]byte(text), &got), text)
		require.Equal(t, want, time.Duration(got), text)
	}
	for _, text := range []string{`"1"`, "1e99", "99999999999999", "true", "{}"} {
		var got webhook.Milliseconds
		require.ErrorContains(t, json.Unmarshal([]byte(text), &got), "not a number of milliseconds", text)
	}
}
