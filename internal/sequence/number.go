package sequence

import (
	"encoding/base64"
	"strings"
)

// numberIn returns the phone number in an ID of a WhatsApp message: after the dot, Base64 of the
// bytes 1C 18, the number's length, and its digits. It returns "" for any other ID.
func numberIn(id string) string {
	_, text, found := strings.Cut(id, ".")
	if !found {
		return ""
	}
	const head = 3
	bytes, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil || len(bytes) < head || bytes[0] != 0x1c || bytes[1] != 0x18 {
		return ""
	}
	end := head + int(bytes[2])
	if end >= len(bytes) || !digits(string(bytes[head:end])) {
		return ""
	}
	return string(bytes[head:end])
}

// sameNumber reports whether two phone numbers are the same. In Brazil, Mexico and Argentina, a mobile
// number may have a further 9 or 1.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if len(a) < len(b) {
		a, b = b, a
	}
	if len(a) != len(b)+1 || len(b) < 2 || a[:2] != b[:2] {
		return false
	}
	extra := map[string]byte{"55": '9', "52": '1', "54": '9'}[a[:2]]
	for i := 2; i < len(a) && extra != 0; i++ {
		if a[i] == extra && a[:i]+a[i+1:] == b {
			return true
		}
	}
	return false
}
