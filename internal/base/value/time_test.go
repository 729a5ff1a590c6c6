package value_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

func TestAdjust_AddsThenTruncates(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, plus, cut, in, want string
	}{
		{"nothing is moved without either", "", "", "2023-06-21T06:04:22.5Z", "2023-06-21T06:04:22.5Z"},
		{"a day later", "24h", "", "2023-06-21T06:04:22Z", "2023-06-22T06:04:22Z"},
		{"five minutes before", "-5m", "", "2023-06-21T00:04:22Z", "2023-06-20T23:59:22Z"},
		{"a whole minute", "", "1m", "2023-06-21T06:04:22.5Z", "2023-06-21T06:04:00Z"},
		{"a whole minute stays", "", "1m", "2023-06-21T06:04:00Z", "2023-06-21T06:04:00Z"},
		{"later, then cut", "23h59m", "1m", "2023-06-21T06:04:22Z", "2023-06-22T06:03:00Z"},
		{"added before it is cut", "40s", "1m", "2023-06-21T06:04:22Z", "2023-06-21T06:05:00Z"},
		{"down also before 1970", "", "1h", "1969-12-31T23:30:00Z", "1969-12-31T23:00:00Z"},
		{"counted from 1970 where the unit divides no day", "", "7h", "1970-01-01T15:00:00Z", "1970-01-01T14:00:00Z"},
		{"the same before 1970", "", "7h", "1969-12-31T16:59:59Z", "1969-12-31T10:00:00Z"},
		{"far from 1970", "", "1h", "9999-12-31T23:59:59Z", "9999-12-31T23:00:00Z"},
		{"parts of a second", "", "250ms", "1970-01-01T00:00:00.9Z", "1970-01-01T00:00:00.75Z"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			adjust, err := value.ParseAdjust(value.Time, test.plus, test.cut)
			require.NoError(t, err)
			require.Equal(t, moment(t, test.want), adjust.Apply(moment(t, test.in)))
		})
	}
}

func moment(t *testing.T, text string) value.Value {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return value.OfTime(at)
}

func TestParseAdjust_Errors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind            value.Kind
		plus, cut, want string
	}{
		{value.Time, "1d", "", `parse x-value-offset "1d": want a duration, for example 24h or -5m`},
		{value.Time, "24", "", `parse x-value-offset "24": want a duration, for example 24h or -5m`},
		{value.Time, "", "0s", `parse x-value-truncate "0s": want a duration above zero, for example 1m`},
		{value.Time, "", "-1m", `parse x-value-truncate "-1m": want a duration above zero, for example 1m`},
		{value.Time, "1h", "minute", `parse x-value-truncate "minute": want a duration above zero, for example 1m`},
		{value.Duration, "1h", "", `parse x-value-offset "1h" and x-value-truncate "": only a time can be adjusted, not a value of kind duration`},
	}
	for _, test := range tests {
		_, err := value.ParseAdjust(test.kind, test.plus, test.cut)
		require.EqualError(t, err, test.want)
	}
}

func TestAdjust_IgnoresOtherKinds(t *testing.T) {
	t.Parallel()
	adjust, err := value.ParseAdjust(value.Text, "", "")
	require.NoError(t, err)
	require.Zero(t, adjust)
	hour := value.Adjust{Offset: time.Hour, Truncate: time.Hour}
	require.Equal(t, value.OfText("x"), hour.Apply(value.OfText("x")))
}
