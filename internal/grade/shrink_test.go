package grade

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// holds reports whether a list has some numbers, in their order.
func holds(needed ...int) func([]int) bool {
	return func(list []int) bool {
		at := 0
		for _, n := range list {
			if at < len(needed) && n == needed[at] {
				at++
			}
		}
		return at == len(needed)
	}
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// Three of sixty events are found within 200 tries, wherever they are.
func TestShrink_FindsThreeOfSixty(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	worst := 0
	for range 500 {
		needed := random.Perm(60)[:3]
		slices.Sort(needed)
		asked := 0
		fails := holds(needed...)
		found := Shrink(upTo(60), func(list []int) bool {
			asked++
			return fails(list)
		}, 200)
		require.Equal(t, needed, found)
		worst = max(worst, asked)
	}
	require.LessOrEqual(t, worst, 200)
	t.Logf("at most %d tries", worst)
}

func TestShrink_KeepsFailingPart(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n      int
		needed []int
	}{
		{1, []int{0}}, {2, []int{0, 1}}, {2, []int{1}}, {3, []int{0, 2}}, {5, []int{4}}, {7, []int{0, 1, 2, 3, 4, 5, 6}},
	} {
		require.Equal(t, c.needed, Shrink(upTo(c.n), holds(c.needed...), 1000), fmt.Sprint(c))
	}
	asked := 0
	require.Equal(t, upTo(10), Shrink(upTo(10), func([]int) bool { asked++; return false }, 5), "a minimal list stays")
	require.Equal(t, 5, asked, "fails is called at most maxCount times")
}
