package document

import "strings"

var (
	escapeToken   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapeToken = strings.NewReplacer("~1", "/", "~0", "~")
)

// Pointer joins tokens to a JSON Pointer (RFC 6901); no tokens make "".
func Pointer(tokens ...string) string {
	if len(tokens) == 0 {
		return ""
	}
	var b strings.Builder
	size := len(tokens)
	for _, token := range tokens {
		size += len(token)
	}
	b.Grow(size)
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(escapeToken.Replace(token))
	}
	return b.String()
}

// Tokens splits a JSON Pointer; "" has no tokens. The caller checks the leading slash with
// [IsPointer].
func Tokens(pointer string) []string {
	if pointer == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, token := range tokens {
		tokens[i] = unescapeToken.Replace(token)
	}
	return tokens
}

// IsPointer reports whether a text is a JSON Pointer: empty, or with a leading slash.
func IsPointer(text string) bool { return text == "" || text[0] == '/' }

// Index reads a token as the index of an array element.
func Index(token string) (int, bool) {
	const maxDigits = 9
	if token == "" || len(token) > maxDigits || token[0] == '0' && token != "0" {
		return 0, false
	}
	i := 0
	for _, c := range []byte(token) {
		if c < '0' || c > '9' {
			return 0, false
		}
		i = i*10 + int(c-'0')
	}
	return i, true
}
