package prng

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math/big"
	"strings"
)

// A RunSeed is the seed of a run, with up to 128 bits: a number from the user, or the result of
// [Draw].
type RunSeed struct{ High, Low uint64 }

// Draw returns 128 random bits from the operating system.
func Draw() RunSeed {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails: without random bits the program ends
	return RunSeed{binary.BigEndian.Uint64(bits[:8]), binary.BigEndian.Uint64(bits[8:])}
}

// ParseSeed reads a whole number from 0 to 2^128-1, in decimal, or in hexadecimal
// after 0x.
func ParseSeed(text string) (RunSeed, error) {
	digits, base := text, 10
	if after, found := strings.CutPrefix(text, "0x"); found {
		digits, base = after, 16
	}
	// Longer texts cannot be valid.
	n, ok := new(big.Int).SetString(digits[:min(len(digits), 64)], base)
	if !ok || len(digits) > 64 || n.Sign() < 0 || n.BitLen() > 128 || strings.ContainsAny(digits, "+-_") {
		return RunSeed{}, fmt.Errorf("%q is not a whole number from 0 to 2^128-1, in decimal or as 0x…", text)
	}
	var bits [16]byte
	n.FillBytes(bits[:])
	return RunSeed{binary.BigEndian.Uint64(bits[:8]), binary.BigEndian.Uint64(bits[8:])}, nil
}

// String returns what [ParseSeed] reads: a decimal number below 2^64, or else 0x with 32 digits.
func (s RunSeed) String() string {
	if s.High == 0 {
		return fmt.Sprint(s.Low)
	}
	return fmt.Sprintf("0x%016x%016x", s.High, s.Low)
}

// Seed derives a seed from the run's and several words. Below 2^64 it equals the function [Seed]
// with the number before the words. The halves meet only in the result, so that two runs that
// differ in either half differ.
func (s RunSeed) Seed(words ...uint64) uint64 {
	seed := Seed(append([]uint64{s.Low}, words...)...)
	if s.High != 0 {
		seed ^= Seed(append([]uint64{s.High, saltHigh}, words...)...)
	}
	return seed
}

// saltHigh separates the values that the two halves derive where they are equal.
const saltHigh = 0x68696768

// Uint64 returns the number itself below 2^64, or else 64 bits derived from it.
func (s RunSeed) Uint64() uint64 {
	if s.High == 0 {
		return s.Low
	}
	return s.Seed()
}
