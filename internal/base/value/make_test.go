package value_test

import (
	"encoding/base64"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// constant is the poorest source that there can be.
type constant uint64

func (c constant) Uint64() uint64 { return uint64(c) }

func TestMake_IsDeterministic(t *testing.T) {
	t.Parallel()
	tests := []struct{ format, form, want string }{
		{"uuid", `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, "c4f5a586-56ee-4510-9dce-c3ad077dec6c"},
		{"hex 32", `^[0-9a-f]{32}$`, "c4f5a5869dcec3adc8d04605cbedc0dc"},
		{"digits 3", `^[1-9][0-9]{2}$`, "792"},
		{"digits 1", `^[1-9]$`, "7"},
		{"number 15", `^[1-9][0-9]{14}$`, "792435946164362"},
		{"base62 22", `^[0-9A-Za-z]{22}$`, "lhTBw7y2cDa0lOtOmdL9ie"},
		{"base64 32", `^[0-9A-Za-z+/]{43}=$`, "EPXuVoal9cRs7H0HrcPOnYiALzEFRtDImsE6ttzA7cs="},
		{"base64url 22", `^[0-9A-Za-z_-]{22}$`, "xPWlhlbunc7DrQd9yNBGBT"},
	}
	for _, test := range tests {
		t.Run(test.format, func(t *testing.T) {
			t.Parallel()
			s := format(t, value.ID, test.format)
			require.True(t, s.Makes())
			require.Equal(t, test.want, s.Make(rand.NewPCG(1, 2)))
			source := rand.NewPCG(3, 4)
			for range 1000 {
				require.Regexp(t, test.form, s.Make(source))
			}
		})
	}
}

func TestMake_UsesWholeAlphabet(t *testing.T) {
	t.Parallel()
	for text, size := range map[string]int{"hex 512": 16, "digits 512": 10, "number 512": 10, "base62 512": 62, "base64url 512": 64} {
		s, source, seen := format(t, value.ID, text), rand.NewPCG(5, 6), map[rune]bool{}
		for range 20 {
			for _, character := range s.Make(source) {
				seen[character] = true
			}
		}
		require.Len(t, seen, size, text)
	}
}

func TestMake_PoorSource(t *testing.T) {
	t.Parallel()
	require.Equal(t, "00000000-0000-4000-8000-000000000000", format(t, value.ID, "uuid").Make(constant(0)))
	require.Equal(t, "ffffffff-ffff-4fff-bfff-ffffffffffff", format(t, value.ID, "uuid").Make(constant(math.MaxUint64)))
	require.Equal(t, "1000", format(t, value.ID, "digits 4").Make(constant(0)))
	require.Equal(t, "9999", format(t, value.ID, "number 4").Make(constant(math.MaxUint64)))
	require.Equal(t, "AAA", format(t, value.ID, "base64url 3").Make(constant(0)))
	require.Equal(t, "zzz", format(t, value.ID, "base62 3").Make(constant(math.MaxUint64)))
}

func TestMake_OtherFormats(t *testing.T) {
	t.Parallel()
	for _, s := range []value.Format{{}, format(t, value.ID, "plain"), format(t, value.ID, "number"), format(t, value.Text, "upper")} {
		require.False(t, s.Makes())
		require.Empty(t, s.Make(constant(0)))
	}
}

// A WhatsApp ID contains the number, the direction and a hexadecimal text.
func TestTemplate_WamidContainsNumber(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		number, format string
		direction      byte
		digits         int
	}{
		{"919800000112", "wamid outbound", 0x11, 18}, {"919800000112", "wamid inbound", 0x12, 20}, {"12025550123", "wamid inbound", 0x12, 32},
	} {
		template, err := value.ParseTemplate("{{recipient.phone|" + test.format + "}}")
		require.NoError(t, err)
		_, _, single := template.Single()
		require.False(t, single, "it makes text")
		phone, err := value.OfPhone(test.number)
		require.NoError(t, err)
		lookup := func(string) (value.Value, bool) { return phone, true }
		got, err := template.Expand(lookup, rand.NewPCG(1, 2))
		require.NoError(t, err)
		appended, err := template.Append(nil, lookup, rand.NewPCG(1, 2))
		require.NoError(t, err)
		require.Equal(t, got, string(appended))
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got, "wamid."))
		require.NoError(t, err)
		n := len(test.number)
		require.Equal(t, "\x1c\x18"+string(rune(n))+test.number+"\x15\x02\x00"+string(rune(test.direction))+"\x18"+string(rune(test.digits)), string(raw[:n+9]))
		require.Regexp(t, `^[0-9A-F]+\x00$`, string(raw[n+9:]))
		require.Len(t, raw, n+9+test.digits+1)
		_, err = template.Expand(lookup, nil)
		require.ErrorContains(t, err, "has no source")
	}
}
