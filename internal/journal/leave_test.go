package journal

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFollow_RemovesFollower(t *testing.T) {
	t.Parallel()
	l := New(Limit{})
	l.Add(Entry{})
	for range l.Follow(t.Context(), Query{}, 0) {
		require.Len(t, l.followers, 1)
		break
	}
	require.Empty(t, l.followers)
}
