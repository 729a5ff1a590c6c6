package server

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine/script"
)

func TestPulled_KeepsOrder(t *testing.T) {
	t.Parallel()
	for _, count := range []int{0, 1, 16, 17, 1000} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			t.Parallel()
			var want, got []string
			for i := range count {
				want = append(want, fmt.Sprint(i))
			}
			next, stop := pulled(func(yield func(script.Job, error) bool) {
				for _, id := range want {
					if !yield(script.Job{ID: id}, nil) {
						return
					}
				}
			})
			for job, err, ok := next(); ok; job, err, ok = next() {
				require.NoError(t, err)
				got = append(got, job.ID)
			}
			assert.Equal(t, want, got)
			stop()
			_, _, ok := next()
			assert.False(t, ok, "none comes after the stop")
		})
	}
}

func TestPulled_Stops(t *testing.T) {
	t.Parallel()
	for _, count := range []int{2, 1000} {
		next, stop := pulled(func(yield func(script.Job, error) bool) {
			for range count {
				if !yield(script.Job{}, nil) {
					return
				}
			}
		})
		_, _, ok := next()
		assert.True(t, ok)
		stop()
		_, _, ok = next()
		assert.False(t, ok, count)
	}
}
