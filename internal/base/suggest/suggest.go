// Package suggest finds the known word nearest to an unknown one, for messages like
// `"sennt": did you mean "sent"?`.
package suggest

import (
	"slices"
	"strings"
)

// Word returns the candidate nearest to word, or "" if none is near: at most
// one edit (an insertion, deletion, replacement or swap of neighbors) for each three letters,
// ignoring case. Of equally near candidates it returns the first in alphabetical order. A word of
// more than 256 bytes has no near candidate.
func Word(word string, candidates []string) string {
	if len(word) > maxLength {
		return ""
	}
	best, bestDistance := "", len(word)/3+1
	word = strings.ToLower(word)
	sorted := slices.Sorted(slices.Values(candidates))
	for _, candidate := range sorted {
		if d := distance(word, strings.ToLower(candidate), bestDistance); d < bestDistance {
			best, bestDistance = candidate, d
		}
	}
	return best
}

const maxLength = 256

// Hint returns `did you mean "sent"?`, or "" if nothing is near.
func Hint(word string, candidates []string) string {
	if near := Word(word, candidates); near != "" {
		return `did you mean "` + near + `"?`
	}
	return ""
}

// distance is the optimal string alignment distance; any value of limit or
// more may be returned as limit.
func distance(a, b string, limit int) int {
	if abs(len(a)-len(b)) >= limit {
		return limit
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

func abs(n int) int {
	return max(n, -n)
}
