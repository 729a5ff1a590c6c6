package canonical_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/canonical"
)

func TestEvents_AreCanonical(t *testing.T) {
	t.Parallel()
	for _, event := range canonical.Events() {
		require.True(t, canonical.Is(event), event)
		require.Contains(t, []string{"inbound", "outbound", "system"}, canonical.Direction(event))
	}
	for _, name := range []string{"", "message", "message.", "message.sennt", ".sent"} {
		require.False(t, canonical.Is(name), name)
	}
}

func TestMatch_WildcardIsOneSegment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"message.*", "message.sent", true},
		{"message.sent", "message.sent", true},
		{"*", "status", true},
		{"*", "v2/status", false},
		{"v2/*", "v2/message.text", true},
		{"message.*", "inbound.text", false},
		{"sms.[", "sms.[", false},
	} {
		require.Equal(t, c.want, canonical.Match(c.pattern, c.name), "%s %s", c.pattern, c.name)
	}
	require.True(t, canonical.ValidPattern("sms.*"))
	require.False(t, canonical.ValidPattern("sms.["))
}
