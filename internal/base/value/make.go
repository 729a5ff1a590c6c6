package value

import (
	"encoding/binary"
	"encoding/hex"
	"math/bits"
)

// Source gives evenly distributed numbers, as the sources of math/rand/v2 do.
// The same numbers make the same ids on every machine.
type Source interface {
	Uint64() uint64
}

// MaxLength is the most characters that a format makes: "hex 512".
const MaxLength = 512

var alphabetOf = map[string]string{
	"digits":    "0123456789",
	"number":    "0123456789",
	"hex":       "0123456789abcdef",
	"base62":    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	"base64url": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
}

// Makes says whether the format can make a new id: uuid, hex N, digits N,
// number N, base62 N, base64url N. Such a format has its place in templates,
// and in a schema beside [FakeID].
func (s Format) Makes() bool {
	return s.kind == ID && (s.word == "uuid" || s.length > 0)
}

// Make makes a new id of a format that Makes, and "" of any other. N counts
// characters, of base64url too.
func (s Format) Make(source Source) string {
	return string(s.AppendMade(nil, source))
}

// AppendMade appends what Make makes.
func (s Format) AppendMade(dst []byte, source Source) []byte {
	switch {
	case !s.Makes():
		return dst
	case s.word == "uuid":
		return appendUUID(dst, source)
	default:
		return appendMade(dst, alphabetOf[s.word], s.length, source)
	}
}

// appendUUID makes a UUID of version 4 (RFC 9562).
func appendUUID(dst []byte, source Source) []byte {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], source.Uint64())
	binary.BigEndian.PutUint64(id[8:], source.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	dst = hex.AppendEncode(dst, id[0:4])
	for _, part := range [][]byte{id[4:6], id[6:8], id[8:10], id[10:16]} {
		dst = hex.AppendEncode(append(dst, '-'), part)
	}
	return dst
}

// charactersOfOne is how many characters are taken from one number: that many
// of 64 possible ones use 48 of its bits, so the bias is below 2^-10.
const charactersOfOne = 8

// appendMade needs no loop that a poor source could keep going for ever.
func appendMade(dst []byte, alphabet string, length int, source Source) []byte {
	var left, index uint64
	for i := range length {
		if i%charactersOfOne == 0 {
			left = source.Uint64()
		}
		choices := alphabet
		if i == 0 && len(alphabet) == 10 {
			choices = alphabet[1:] // of digits, the first is no 0
		}
		index, left = bits.Mul64(left, uint64(len(choices)))
		dst = append(dst, choices[index])
	}
	return dst
}
