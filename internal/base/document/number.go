package document

const (
	maxNumber   = 400 // digits: more cost quadratic time in math/big
	maxExponent = 400 // beyond it v5 panics, and a double overflows at 308
)

func (p *parser) number() (string, error) {
	start := p.at
	if p.source[p.at] == '-' {
		p.at++
	}
	first := p.at
	if p.digits() == 0 {
		return "", p.errorf("unexpected %s where a digit should stand", p.here())
	}
	if p.source[first] == '0' && p.at-first > 1 {
		p.at = first
		return "", p.errorf("number begins with a zero")
	}
	if p.is('.') {
		p.at++
		if p.digits() == 0 {
			return "", p.errorf("unexpected %s where a digit should follow the point", p.here())
		}
	}
	exponent := 0
	if p.is('e') || p.is('E') {
		p.at++
		if p.is('+') || p.is('-') {
			p.at++
		}
		begin := p.at
		if p.digits() == 0 {
			return "", p.errorf("unexpected %s where a digit of the exponent should stand", p.here())
		}
		exponent = atMost(p.source[begin:p.at], maxExponent+1)
	}
	if exponent > maxExponent || p.at-start > maxNumber {
		p.defect("number", start, "number %s is too large or too long to hold", Shorten(string(p.source[start:min(p.at, start+60)]), 40))
		return "0", nil
	}
	return p.text[start:p.at], nil
}

func (p *parser) is(c byte) bool { return p.at < len(p.source) && p.source[p.at] == c }

func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.source) && p.source[p.at] >= '0' && p.source[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

// atMost reads digits as a number of at most maxCount.
func atMost(digits []byte, maxCount int) int {
	n := 0
	for _, d := range digits {
		if n = n*10 + int(d-'0'); n >= maxCount {
			return maxCount
		}
	}
	return n
}
