package document

import (
	"bytes"
	"fmt"
	"strconv"
)

// Limits limit the cost of a body. A body beyond them is inconclusive.
type Limits struct {
	Bytes, Depth, Nodes int
}

// BodyLimits are the limits of a captured body. Real webhooks have less than
// 1,000 values, nested 12 deep; providers cap a body at 3 MB.
func BodyLimits() Limits { return Limits{Bytes: 4 << 20, Depth: 128, Nodes: 50_000} }

// A Defect is a part of valid JSON that parsers read differently or silently repair.
type Defect struct {
	// Rule is byte-order-mark, duplicate-key, lone-surrogate or number.
	Rule    string
	Pointer string
	Offset  int
	Message string
}

// A SyntaxError is why a text is not JSON, and where.
type SyntaxError struct {
	Offset  int
	Message string
}

func (e *SyntaxError) Error() string { return e.Message }

// A LimitError is the limit that a text exceeds, and where.
type LimitError struct {
	Offset  int
	Message string
}

func (e *LimitError) Error() string { return e.Message }

// JSON decodes a body strictly by RFC 8259: one value in UTF-8 without anything after it. Parts that
// other parsers may silently repair are Defects; so is a number out of range, which becomes 0.
// The error is a *[SyntaxError] or a *[LimitError].
func JSON(source []byte, limits Limits) (Node, []Defect, error) {
	if len(source) > limits.Bytes {
		return Node{}, nil, &LimitError{limits.Bytes, fmt.Sprintf("the JSON has %d bytes; the limit is %d", len(source), limits.Bytes)}
	}
	p := parser{source: source, limits: limits}
	if bytes.HasPrefix(source, byteOrderMark) {
		p.at = len(byteOrderMark)
		p.defects = append(p.defects, Defect{Rule: "byte-order-mark", Message: "byte order mark before the JSON"})
	}
	p.space()
	root, err := p.value()
	if err == nil {
		if p.space(); p.at < len(source) {
			err = p.errorf("unexpected %s after the JSON value", p.here())
		}
	}
	if err == nil && p.excess != nil {
		err = p.excess
	}
	if err != nil {
		return Node{}, nil, err
	}
	return root, p.defects, nil
}

var byteOrderMark = []byte("\xef\xbb\xbf")

type parser struct {
	source  []byte
	limits  Limits
	at      int
	nodes   int
	path    []step
	defects []Defect
	pointed int // bytes of the defects' pointers
	excess  *LimitError
}

// A step is a key or an index on the path of the current value.
type step struct {
	key   string
	index int
}

func (p *parser) pointer() string {
	tokens := make([]string, len(p.path))
	for i, s := range p.path {
		if tokens[i] = s.key; s.index >= 0 {
			tokens[i] = strconv.Itoa(s.index)
		}
	}
	return Pointer(tokens...)
}

const (
	maxDefects = 1000
	maxPointed = 1 << 20 // bytes: each defect below a key of 2 MB names that key
)

func (p *parser) defect(rule string, offset int, format string, args ...any) {
	if len(p.defects) >= maxDefects || p.pointed > maxPointed {
		if p.excess == nil {
			p.excess = &LimitError{offset, "the JSON has more defects than can be listed"}
		}
		return
	}
	d := Defect{rule, p.pointer(), offset, fmt.Sprintf(format, args...)}
	p.pointed += len(d.Pointer)
	p.defects = append(p.defects, d)
}

// errorf is an error at the cursor; at the end of the text, it is after the last character that is
// not white space.
func (p *parser) errorf(format string, args ...any) error {
	at := p.at
	if at >= len(p.source) {
		at = len(bytes.TrimRight(p.source, " \t\r\n"))
	}
	return &SyntaxError{at, fmt.Sprintf(format, args...)}
}

// here describes the byte at the cursor.
func (p *parser) here() string {
	if p.at >= len(p.source) {
		return "the end"
	}
	if c := p.source[p.at]; c < 0x20 || c >= 0x7f {
		return fmt.Sprintf("byte 0x%02x", c)
	}
	return strconv.QuoteRune(rune(p.source[p.at]))
}

func (p *parser) space() {
	for p.at < len(p.source) {
		switch p.source[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) value() (Node, error) {
	if p.nodes++; p.nodes > p.limits.Nodes {
		return Node{}, &LimitError{p.at, fmt.Sprintf("the JSON has more than %d values", p.limits.Nodes)}
	}
	if p.at >= len(p.source) {
		return Node{}, p.errorf("the JSON ends where a value should begin")
	}
	start := p.at
	var node Node
	var err error
	switch c := p.source[p.at]; {
	case c == '{':
		node, err = p.object()
	case c == '[':
		node, err = p.array()
	case c == '"':
		node.Kind = String
		node.Text, err = p.text()
	case c == '-' || c >= '0' && c <= '9':
		node, err = p.number()
	case c == 't':
		node, err = p.word("true", Bool)
	case c == 'f':
		node, err = p.word("false", Bool)
	case c == 'n':
		node, err = p.word("null", Null)
	default:
		return Node{}, p.errorf("unexpected %s where a value should begin", p.here())
	}
	node.Start, node.End = start, p.at
	return node, err
}

func (p *parser) word(word string, kind Kind) (Node, error) {
	if !bytes.HasPrefix(p.source[p.at:], []byte(word)) {
		return Node{}, p.errorf("unexpected word where %q, a number or a quoted text should stand", word)
	}
	p.at += len(word)
	if kind == Null {
		word = ""
	}
	return Node{Kind: kind, Text: word}, nil
}

// enter counts a nesting level; the caller pops the step that it pushed.
func (p *parser) enter() error {
	if len(p.path) >= p.limits.Depth {
		return &LimitError{p.at, fmt.Sprintf("the JSON is nested more than %d levels deep", p.limits.Depth)}
	}
	p.at++
	p.path = append(p.path, step{index: -1})
	p.space()
	return nil
}

func (p *parser) leave() {
	p.at++
	p.path = p.path[:len(p.path)-1]
}

// next reads what follows an element: a comma (more), the closing byte (done).
func (p *parser) next(closing byte, inside string) (done bool, err error) {
	p.space()
	switch {
	case p.at >= len(p.source):
		return false, p.errorf("the JSON ends inside %s", inside)
	case p.source[p.at] == closing:
		return true, nil
	case p.source[p.at] != ',':
		return false, p.errorf("unexpected %s where ',' or '%c' should stand in %s", p.here(), closing, inside)
	}
	p.at++
	p.space()
	if p.at < len(p.source) && p.source[p.at] == closing {
		return false, p.errorf("comma before the closing '%c' of %s", closing, inside)
	}
	return false, nil
}

func (p *parser) array() (Node, error) {
	node := Node{Kind: Array}
	if err := p.enter(); err != nil {
		return node, err
	}
	top := len(p.path) - 1
	done := p.at < len(p.source) && p.source[p.at] == ']'
	for i := 0; !done; i++ {
		p.path[top].index = i
		item, err := p.value()
		if err != nil {
			return node, err
		}
		node.Items = append(node.Items, item)
		if done, err = p.next(']', "an array"); err != nil {
			return node, err
		}
	}
	p.leave()
	return node, nil
}

func (p *parser) object() (Node, error) {
	node := Node{Kind: Object}
	if err := p.enter(); err != nil {
		return node, err
	}
	top := len(p.path) - 1
	done := p.at < len(p.source) && p.source[p.at] == '}'
	var seen map[string]bool
	for !done {
		if p.at >= len(p.source) || p.source[p.at] != '"' {
			return node, p.errorf("unexpected %s where a quoted key should stand", p.here())
		}
		start := p.at
		p.path = p.path[:top] // a defect inside the key is one of the object
		key, err := p.text()
		if err != nil {
			return node, err
		}
		p.path = append(p.path, step{key, -1})
		if repeated(&node, key, &seen) {
			p.defect("duplicate-key", start, "duplicate key %s in one object", Quote(Shorten(key, 40)))
		}
		if p.space(); p.at >= len(p.source) || p.source[p.at] != ':' {
			return node, p.errorf("unexpected %s where ':' should follow the key %s", p.here(), Quote(Shorten(key, 40)))
		}
		p.at++
		p.space()
		value, err := p.value()
		if err != nil {
			return node, err
		}
		node.Members = append(node.Members, Member{key, start, value})
		if done, err = p.next('}', "an object"); err != nil {
			return node, err
		}
	}
	p.leave()
	return node, nil
}

// repeated reports whether an object has the key already. Small objects are
// scanned; a set is made only for the large ones.
func repeated(object *Node, key string, seen *map[string]bool) bool {
	const small = 16
	if len(object.Members) < small {
		return object.Get(key) != nil
	}
	if *seen == nil {
		*seen = make(map[string]bool, 2*small)
		for _, m := range object.Members {
			(*seen)[m.Key] = true
		}
	}
	was := (*seen)[key]
	(*seen)[key] = true
	return was
}

const (
	maxNumber   = 400 // digits: more cost quadratic time in math/big
	maxExponent = 400 // beyond it v5 panics, and a double overflows at 308
)

func (p *parser) number() (Node, error) {
	start := p.at
	if p.source[p.at] == '-' {
		p.at++
	}
	first := p.at
	if p.digits() == 0 {
		return Node{}, p.errorf("unexpected %s where a digit should stand", p.here())
	}
	if p.source[first] == '0' && p.at-first > 1 {
		p.at = first
		return Node{}, p.errorf("number begins with a zero")
	}
	if p.is('.') {
		p.at++
		if p.digits() == 0 {
			return Node{}, p.errorf("unexpected %s where a digit should follow the point", p.here())
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
			return Node{}, p.errorf("unexpected %s where a digit of the exponent should stand", p.here())
		}
		exponent = atMost(p.source[begin:p.at], maxExponent+1)
	}
	if exponent > maxExponent || p.at-start > maxNumber {
		p.defect("number", start, "number %s is too large or too long to hold", Shorten(string(p.source[start:min(p.at, start+60)]), 40))
		return Node{Kind: Number, Text: "0"}, nil
	}
	return Node{Kind: Number, Text: string(p.source[start:p.at])}, nil
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
