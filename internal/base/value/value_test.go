package value_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

func phone(t *testing.T, text string) value.Value {
	t.Helper()
	v, err := value.OfPhone(text)
	require.NoError(t, err)
	return v
}

func number(t *testing.T, text string) value.Value {
	t.Helper()
	v, err := value.OfNumber(text)
	require.NoError(t, err)
	return v
}

func TestOfPhone_KeepsDigits(t *testing.T) {
	t.Parallel()
	require.Equal(t, phone(t, "919900000000"), phone(t, "+919900000000"))
	require.Equal(t, "919900000000", phone(t, "+919900000000").Text())
}

func TestOfPhone_ErrorDoesNotQuote(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "+", "++91", "09900000000", "91 99", "91-99", "IN.1234", "91XX985XX10X", "1234567890123456", "٩١"} {
		_, err := value.OfPhone(text)
		require.EqualError(t, err, "read phone number: want 1 to 15 digits that begin with a country code, with or without a plus", text)
	}
}

func TestOfNumber_KeepsText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0", "-0", "12", "-12", "1.50", "1e5", "1E+400", "2.5e-3", "000", "-007"} {
		require.Equal(t, text, number(t, text).Text())
	}
}

func TestOfNumber_RejectsText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "-", "+1", ".5", "1.", "1.e5", "1e", "1e+", "1 ", "0x10", "1_000", "NaN", "1e5.5", "--1"} {
		_, err := value.OfNumber(text)
		require.EqualError(t, err, "read number: want a decimal number", text)
	}
}

func TestOfTime_EqualInAnyZone(t *testing.T) {
	t.Parallel()
	at := time.Now()
	zoned := at.In(time.FixedZone("IST", 5*3600+1800))
	require.Equal(t, value.OfTime(at), value.OfTime(zoned))
	require.Equal(t, time.UTC, value.OfTime(zoned).Time().Location())
}

func TestValue_ZeroForOtherKinds(t *testing.T) {
	t.Parallel()
	require.Equal(t, value.Kind(0), value.Value{}.Kind())
	require.Zero(t, value.OfDuration(time.Second).Money())
	require.Zero(t, value.OfMoney(5).Duration())
	require.Empty(t, value.OfBool(true).Text())
	require.True(t, value.OfText("x").Time().IsZero())
	require.False(t, value.OfText("true").Bool())
	require.NotEqual(t, value.OfID("x"), value.OfText("x"))
	require.True(t, value.OfBool(true).Bool())
	require.Equal(t, time.Second, value.OfDuration(time.Second).Duration())
	require.Equal(t, int64(5), value.OfMoney(5).Money())
}
