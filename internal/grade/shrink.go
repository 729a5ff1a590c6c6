package grade

import "slices"

// Shrink finds a shortest part of a list, in its order, that still fails. The whole list must
// fail. Shrink calls fails at most maxCount times. It is delta debugging (Zeller, Hildebrandt
// 2002), and removes chunks from the end first, as late elements are seldom the cause.
func Shrink[E any](list []E, fails func([]E) bool, maxCount int) []E {
	kept := slices.Clone(list)
	for size := (len(kept) + 1) / 2; size >= 1; {
		taken := false
		for at := len(kept) - size; at > -size && maxCount > 0; at -= size {
			from, to := max(at, 0), min(at+size, len(kept))
			if to-from >= len(kept) {
				continue
			}
			candidate := slices.Concat(kept[:from], kept[to:])
			maxCount--
			if fails(candidate) {
				kept, taken = candidate, true
			}
		}
		switch {
		case maxCount <= 0:
			return kept
		case size > 1:
			size = min((size+1)/2, (len(kept)+1)/2)
		case !taken:
			return kept
		}
	}
	return kept
}
