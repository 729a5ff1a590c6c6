// Package prng makes all random values of a run: seeds derived from seeds, a fast [Source] of
// numbers, and the [Distribution] of a delay.
//
// It uses integers only, so that the same seed gives the same numbers on every processor: the
// last bits of floating-point exp and log differ between machines.
package prng

import "math/bits"

// A Source makes uniform random numbers. It is not safe for concurrent use: each random decision
// has its own source, with a seed derived from its context. The zero Source has the seed 0.
type Source struct{ state uint64 }

// New returns the source of a seed.
func New(seed uint64) *Source { return &Source{state: seed} }

// From returns the source of several seeds: conversation 7, step 2.
func From(words ...uint64) Source { return Source{state: Seed(words...)} }

// Uint64 returns the next number (SplitMix64).
func (s *Source) Uint64() uint64 {
	s.state += 0x9e3779b97f4a7c15
	return mix(s.state)
}

// IntN returns a number from 0 to n-1; n must be 1 or more. Its bias is below n/2^64.
func (s *Source) IntN(n int) int {
	high, _ := bits.Mul64(s.Uint64(), uint64(n))
	return int(high)
}

// Bool returns true with a probability of n thousandths.
func (s *Source) Bool(n int) bool { return s.IntN(1000) < n }

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Seed derives a seed from several words, in their order.
func Seed(words ...uint64) uint64 {
	seed := uint64(len(words))
	for _, word := range words {
		seed = mix(seed*0x9e3779b97f4a7c15 + word + 0x632be59bd9b4e019)
	}
	return seed
}

// SeedOf derives a seed from a text (FNV-1a, then mixed).
func SeedOf(text string) uint64 {
	hash := uint64(14695981039346656037)
	for i := range len(text) {
		hash = (hash ^ uint64(text[i])) * 1099511628211
	}
	return mix(hash)
}
