package engine

import (
	"math/bits"
	"time"
)

// A Histogram counts durations in buckets whose width grows with them: what it
// says of a percentile is right to within 2 %. Its size is fixed. The zero
// Histogram is empty.
type Histogram struct {
	// buckets are one for each duration below 64 ns, and 32 for each doubling
	// above.
	buckets  [maxBuckets]uint64
	count    uint64
	maxCount time.Duration
}

const (
	fine       = 5 // binary digits that are distinguished after the first one
	maxBuckets = (63 - fine + 1) << fine
)

// Add counts a duration; one below 0 counts as 0.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucketOf(d)]++
	h.count++
	h.maxCount = max(h.maxCount, d)
}

func bucketOf(d time.Duration) int {
	shift := max(0, bits.Len64(uint64(d))-fine-1)
	return shift<<fine + int(uint64(d)>>shift)
}

// middle is the duration in the middle of a bucket.
func middle(bucket int) time.Duration {
	shift := max(0, bucket>>fine-1)
	low := uint64(bucket-shift<<fine) << shift
	return time.Duration(low + (1<<shift)/2)
}

// Count is how many durations were added.
func (h *Histogram) Count() int { return int(h.count) }

// Max is the longest duration, exactly.
func (h *Histogram) Max() time.Duration { return h.maxCount }

// Percentile is the duration that so many thousandths of all do not exceed;
// 500 is the median. It is 0 if there are none.
func (h *Histogram) Percentile(thousandths int) time.Duration {
	rank := (h.count*uint64(thousandths) + 999) / 1000
	seen := uint64(0)
	for i, n := range h.buckets {
		if seen += n; n > 0 && seen >= rank {
			return min(middle(i), h.maxCount)
		}
	}
	return 0
}

// A Bar is a row of a printed histogram: so many durations up to UpTo, and
// above the bar before.
type Bar struct {
	UpTo  time.Duration
	Count int
}

// Bars are the rows from the shortest duration to the longest, in steps of 1,
// 2, 5, 10; none if nothing was added.
func (h *Histogram) Bars() []Bar {
	var bars []Bar
	i, seen := 0, uint64(0)
	for decade := time.Duration(1); seen < h.count; decade *= 10 {
		for _, step := range []time.Duration{1, 2, 5} {
			bar := Bar{UpTo: step * decade}
			if bar.UpTo < decade || decade > time.Duration(1e18) {
				bar.UpTo = h.maxCount
			}
			for ; i < maxBuckets && middle(i) <= bar.UpTo; i++ {
				bar.Count += int(h.buckets[i])
			}
			if seen += uint64(bar.Count); seen > 0 {
				bars = append(bars, bar)
			}
			if seen == h.count {
				break
			}
		}
	}
	return bars
}
