package generator

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSMSUnits_CountsParts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		gsm   bool
		parts int
	}{
		{"", true, 1}, {"Hello", true, 1},
		{strings.Repeat("a", 160), true, 1}, {strings.Repeat("a", 161), true, 2}, {strings.Repeat("a", 306), true, 2}, {strings.Repeat("a", 307), true, 3},
		{strings.Repeat("€", 80), true, 1}, {strings.Repeat("€", 81), true, 2}, {strings.Repeat("{", 80) + "a", true, 2},
		{strings.Repeat("न", 70), false, 1}, {strings.Repeat("न", 71), false, 2}, {strings.Repeat("न", 134), false, 2}, {strings.Repeat("न", 135), false, 3},
		{strings.Repeat("🙂", 35), false, 1}, {strings.Repeat("🙂", 36), false, 2}, {"`", false, 1}, {"ñ", true, 1},
	} {
		gsm, parts := smsUnits(test.text)
		require.Equal(t, test.gsm, gsm, test.text)
		require.Equal(t, test.parts, parts, test.text)
	}
}
