package grade

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestBudgetOf_TimesAndCount(t *testing.T) {
	t.Parallel()
	const minute = time.Minute
	for text, want := range map[string]budget{
		defaultBudget: {minute, 10 * minute, 0}, "500": {minute, 10 * minute, 500}, "30s": {minute, 30 * time.Second, 0}, "5s/500": {5 * time.Second, 10 * minute, 500},
		"none/none": {}, "none": {minute, 0, 0}, "none/1h": {0, 60 * minute, 0},
	} {
		got, err := budgetOf(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "soon", "0", "-1", "60s/", "/10m", "0s/1m", "500/1m", "1m/2m/3m"} {
		_, err := budgetOf(text)
		require.ErrorContains(t, err, "is not PROBE/TOTAL", text)
	}
}
