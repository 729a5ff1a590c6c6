package value

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Source gives evenly distributed numbers, as the sources of math/rand/v2 do.
// The same numbers make the same ids on every machine.
type Source interface {
	Uint64() uint64
}

// MaxLength is the most characters that a spelling makes: "hex 512".
const MaxLength = 512

var alphabetOf = map[string]string{
	"digits":    "0123456789",
	"hex":       "0123456789abcdef",
	"base62":    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
	"base64url": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
}

// Makes says whether the spelling can make a new id: uuid, hex N, digits N,
// base62 N, base64url N. Such a spelling has its place in templates only.
func (s Spelling) Makes() bool {
	return s.kind == ID && s.word != "plain"
}

// Make makes a new id of a spelling that Makes, and "" of any other. N counts
// characters, of base64url too.
func (s Spelling) Make(source Source) string {
	switch {
	case !s.Makes():
		return ""
	case s.word == "uuid":
		return makeUUID(source)
	default:
		return makeText(alphabetOf[s.word], s.length, source)
	}
}

// makeUUID makes a UUID of version 4 (RFC 9562).
func makeUUID(source Source) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], source.Uint64())
	binary.BigEndian.PutUint64(id[8:], source.Uint64())
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[0:4], id[4:6], id[6:8], id[8:10], id[10:16])
}

// makeText takes one number for each character: that needs no loop that a poor
// source could keep going for ever, and its bias is below 2^-58.
func makeText(alphabet string, length int, source Source) string {
	text := make([]byte, length)
	for i := range text {
		index, _ := bits.Mul64(source.Uint64(), uint64(len(alphabet)))
		text[i] = alphabet[index]
	}
	return string(text)
}
