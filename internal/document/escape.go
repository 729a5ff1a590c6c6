package document

import (
	"unicode/utf16"
	"unicode/utf8"
)

// text reads a quoted text; the cursor stands at the opening quote.
func (p *parser) text() (string, error) {
	p.at++
	start, ascii := p.at, true
	for p.at < len(p.source) {
		switch c := p.source[p.at]; {
		case c == '"':
			raw := p.source[start:p.at]
			if !ascii && !utf8.Valid(raw) {
				return "", p.notUTF8(start)
			}
			p.at++
			return string(raw), nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.errorf("%s inside a quoted text must be escaped", p.here())
		case c >= utf8.RuneSelf:
			ascii = false
		}
		p.at++
	}
	return "", p.errorf("the JSON ends inside a quoted text")
}

// escaped reads on in a text that has a backslash; the cursor stands at it.
func (p *parser) escaped(start int) (string, error) {
	out := append(make([]byte, 0, 2*(p.at-start)+16), p.source[start:p.at]...)
	for p.at < len(p.source) {
		switch c := p.source[p.at]; {
		case c == '"':
			if !utf8.Valid(p.source[start:p.at]) {
				return "", p.notUTF8(start)
			}
			p.at++
			return string(out), nil
		case c < 0x20:
			return "", p.errorf("%s inside a quoted text must be escaped", p.here())
		case c == '\\':
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
		default:
			out = append(out, c)
			p.at++
		}
	}
	return "", p.errorf("the JSON ends inside a quoted text")
}

// escape appends what the escape at the cursor stands for.
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

// pair joins a surrogate with its partner; one without a partner is a defect
// and reads as U+FFFD, as in encoding/json.
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

// notUTF8 points at the first byte from start that no UTF-8 text has.
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
