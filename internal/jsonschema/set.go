package jsonschema

import "github.com/ringback-dev/ringback/internal/base/document"

// A set has the indexes of an object's members or an array's elements, as bits. Nothing reads a
// nil set; adding to it has no effect.
type set []uint64

const wordBits = 64

// newSet returns an empty set for a value, on the stack of the evaluation.
func (e *evaluation) newSet(v *document.Node) set {
	words := (max(len(v.Members), len(v.Items)) + wordBits - 1) / wordBits
	base := len(e.bits)
	for range words {
		e.bits = append(e.bits, 0)
	}
	return set(e.bits[base : base+words : base+words])
}

func (s set) add(i int) {
	if s != nil {
		s[i/wordBits] |= 1 << (i % wordBits)
	}
}

func (s set) has(i int) bool { return s[i/wordBits]&(1<<(i%wordBits)) != 0 }

func (s set) addSet(other set) {
	for i := range s {
		s[i] |= other[i]
	}
}

func (s set) addAll() {
	for i := range s {
		s[i] = ^uint64(0)
	}
}
