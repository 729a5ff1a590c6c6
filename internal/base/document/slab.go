package document

import "unsafe"

// A slab is memory for many small lists.
type slab[T any] []T

// keep copies a list to the slab; nil for an empty list.
func (s *slab[T]) keep(list []T) []T {
	if len(list) == 0 {
		return nil
	}
	const least = 32
	start := len(*s)
	if cap(*s)-start < len(list) {
		*s, start = make([]T, 0, max(2*cap(*s), len(list), least)), 0 // earlier lists keep the old memory
	}
	*s = append(*s, list...)
	return (*s)[start:len(*s):len(*s)]
}

// alias returns bytes as a string, without a copy. The bytes must not change while the string is
// used.
func alias(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
