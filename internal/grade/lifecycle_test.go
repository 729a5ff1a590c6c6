package grade

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/prng"
)

func TestOrders_PermutationsAndDuplicates(t *testing.T) {
	t.Parallel()
	all := orders(3, prng.New(1))
	var texts []string
	for _, order := range all {
		texts = append(texts, fmt.Sprint(order))
	}
	slices.Sort(texts)
	require.Equal(t, []string{
		"[0 0 1 2]", "[0 1 0 2]", "[0 1 1 2]", "[0 1 2 0]", "[0 1 2 1]", "[0 1 2 2]", "[0 1 2]",
		"[0 2 1]", "[1 0 2]", "[1 2 0]", "[2 0 1]", "[2 1 0]",
	}, texts)
}

func TestOrders_SelectedBySeed(t *testing.T) {
	t.Parallel()
	require.Len(t, orders(4, prng.New(1)), 34)
	for _, n := range []int{5, 6, 12} {
		require.Len(t, orders(n, prng.New(1)), maxOrders)
		require.Equal(t, orders(n, prng.New(1)), orders(n, prng.New(1)))
		require.NotEqual(t, orders(n, prng.New(1)), orders(n, prng.New(2)))
	}
}
