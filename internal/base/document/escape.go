package document

import (
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string; the cursor is at the opening quote.
func (p *parser) string() (string, error) {
	p.at++
	start, ascii := p.at, true
	for ; p.at < len(p.source); p.at++ {
		switch c := p.source[p.at]; {
		case c == '"':
			if !ascii && !utf8.ValidString(p.text[start:p.at]) {
				return "", p.notUTF8(start)
			}
			p.at++
			return p.text[start : p.at-1], nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.errorf("%s inside a quoted text must be escaped", p.here())
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", p.errorf("the JSON ends inside a quoted text")
}

// escaped reads the rest of a string from its first backslash. The decoded text is not longer than
// its source, so that the memory for all of them is made once.
func (p *parser) escaped(start int) (string, error) {
	if cap(p.decoded) < len(p.source) {
		p.decoded = make([]byte, 0, len(p.source))
	}
	begin := len(p.decoded)
	p.decoded = append(p.decoded, p.source[start:p.at]...)
	for p.at < len(p.source) {
		switch c := p.source[p.at]; {
		case c == '"':
			if !utf8.ValidString(p.text[start:p.at]) {
				return "", p.notUTF8(start)
			}
			p.at++
			return alias(p.decoded[begin:]), nil
		case c < 0x20:
			return "", p.errorf("%s inside a quoted text must be escaped", p.here())
		case c == '\\':
			var err error
			if p.decoded, err = p.escape(p.decoded); err != nil {
				return "", err
			}
		default:
			p.decoded = append(p.decoded, c)
			p.at++
		}
	}
	return "", p.errorf("the JSON ends inside a quoted text")
}

// escape appends the character of the escape at the cursor.
func (p *parser) escape(out []byte) ([]byte, error) {
	start := p.at
	p.at++
	if p.at >= len(p.source) {
		return nil, p.errorf("the JSON ends inside a quoted text")
	}
	c := p.source[p.at]
	p.at++
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		r, err := p.hex4()
		if err != nil {
			return nil, err
		}
		return utf8.AppendRune(out, p.pair(r, start)), nil
	}
	p.at--
	return nil, p.errorf(`unexpected %s after a backslash`, p.here())
}

// pair joins a surrogate with its partner; without a partner it is a defect and becomes U+FFFD, as in
// encoding/json.
func (p *parser) pair(r rune, start int) rune {
	if !utf16.IsSurrogate(r) {
		return r
	}
	if p.at+1 < len(p.source) && p.source[p.at] == '\\' && p.source[p.at+1] == 'u' {
		before := p.at
		p.at += 2
		if low, err := p.hex4(); err == nil {
			if joined := utf16.DecodeRune(r, low); joined != utf8.RuneError {
				return joined
			}
		}
		p.at = before
	}
	p.defect("lone-surrogate", start, `\u%04x has no partner; parsers read it differently`, r)
	return utf8.RuneError
}

func (p *parser) hex4() (rune, error) {
	var r rune
	for range 4 {
		if p.at >= len(p.source) {
			return 0, p.errorf("the JSON ends inside a quoted text")
		}
		c := p.source[p.at]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, p.errorf(`unexpected %s in a \u escape`, p.here())
		}
		r = r<<4 | rune(c)
		p.at++
	}
	return r, nil
}

// notUTF8 is the error at the first byte from start that is not UTF-8.
func (p *parser) notUTF8(start int) error {
	for p.at = start; p.at < len(p.source); {
		r, size := utf8.DecodeRune(p.source[p.at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		p.at += size
	}
	return p.errorf("%s is not UTF-8", p.here())
}
