package value

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"math/bits"
	"strings"
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
// number N, base62 N, base64url N, base64 N. Such a format has its place in templates,
// and in a schema beside [FakeID].
func (s Format) Makes() bool {
	return s.kind == ID && (s.word == "uuid" || s.length > 0)
}

// Make makes a new id of a format that Makes, and "" of any other. N counts
// characters, of base64url too; of base64, it counts the bytes that are encoded.
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
	case s.word == "base64":
		return appendBase64(dst, s.length, source)
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

// appendBase64 makes the padded standard base64 of so many bytes.
func appendBase64(dst []byte, length int, source Source) []byte {
	var raw [MaxLength]byte
	fill(raw[:length], source)
	return base64.StdEncoding.AppendEncode(dst, raw[:length])
}

// fill writes random bytes.
func fill(raw []byte, source Source) {
	var bits uint64
	for i := range raw {
		if i%8 == 0 {
			bits = source.Uint64()
		}
		raw[i] = byte(bits)
		bits >>= 8
	}
}

// The parts of a WhatsApp message ID around the phone number: the direction is 11 for a message of a business,
// and 12 for one of an end user.
const (
	wamidPrefix   = "wamid."
	wamidStart    = "\x1c\x18"
	wamidOutbound = "\x15\x02\x00\x11\x18"
	wamidInbound  = "\x15\x02\x00\x12\x18"
)

// MadeFrom reports whether the format makes a new ID from a value. It then needs a source, so it is
// for templates only.
func (s Format) MadeFrom() bool { return s.word == "wamid outbound" || s.word == "wamid inbound" }

// AppendMadeFrom appends a new ID with a value in it: that of a WhatsApp message contains the phone number,
// and a hexadecimal text whose length shows who wrote it (18 digits for a business; of an end user, 20 for an
// iPhone and 32 for other phones).
func (s Format) AppendMadeFrom(dst []byte, v Value, source Source) []byte {
	middle, digits, start := wamidOutbound, 18, ""
	if s.word == "wamid inbound" {
		middle, digits = wamidInbound, 32
		if n := len(v.text); n > 0 && v.text[n-1]%2 == 0 { // an end user keeps the phone
			digits, start = 20, "3A"
		}
	}
	var raw [80]byte
	out := append(append(raw[:0], wamidStart...), byte(len(v.text)))
	out = append(append(out, v.text...), middle...)
	out = append(append(out, byte(digits)), start...)
	var random [16]byte
	fill(random[:], source)
	for i := range digits - len(start) {
		nibble := random[i/2] >> (4 * (i % 2)) & 0xf
		out = append(out, "0123456789ABCDEF"[nibble])
	}
	out = append(out, 0)
	return base64.StdEncoding.AppendEncode(append(dst, wamidPrefix...), out)
}

// NumberInID returns the phone number in an ID of a WhatsApp message. Other IDs have none, such as those
// that documents shorten.
func NumberInID(id string) (number string, ok bool) {
	encoded, ok := strings.CutPrefix(id, wamidPrefix)
	if !ok {
		return "", false
	}
	raw, err := base64.StdEncoding.DecodeString(encoded)
	rest, ok := bytes.CutPrefix(raw, []byte(wamidStart))
	if err != nil || !ok || len(rest) == 0 || len(rest) <= int(rest[0]) {
		return "", false
	}
	number = string(rest[1 : 1+rest[0]])
	return number, number != "" && leadingDigits(number) == len(number)
}
