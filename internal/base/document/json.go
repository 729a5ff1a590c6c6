package document

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
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
	p := parser{source: source, text: string(source), limits: limits}
	return p.document()
}

// A Parser decodes one body after the other like [JSON], and uses its memory again: nothing of a
// result, not even a text, may be used after the next call. It is not safe for concurrent use.
type Parser struct{ parser }

// JSON decodes a body.
func (p *Parser) JSON(source []byte, limits Limits) (Node, []Defect, error) {
	p.parser = parser{limits: limits, copied: append(p.copied[:0], source...), decoded: p.decoded[:0], path: p.path[:0], members: p.members[:0], items: p.items[:0], memberSlab: p.memberSlab[:0], itemSlab: p.itemSlab[:0]}
	p.source, p.text = p.copied, alias(p.copied)
	return p.document()
}

// RootText returns the text of a key of the object that a file begins with, and whether the key was
// found. It reads nothing behind it, so the rest may be missing.
func RootText(source []byte, key string) (text string, found bool) {
	p := parser{source: source, text: alias(source), limits: BodyLimits()}
	p.space()
	if !p.is('{') || p.enter() != nil {
		return "", false
	}
	for p.is('"') {
		name, err := p.string()
		if p.space(); err != nil || !p.is(':') {
			break
		}
		p.at++
		p.space()
		v, err := p.value()
		if err == nil && name == key {
			return strings.Clone(v.Text), true
		}
		if done, failed := p.next('}', "an object"); err != nil || failed != nil || done {
			break
		}
	}
	return "", false
}

func (p *parser) document() (Node, []Defect, error) {
	if len(p.source) > p.limits.Bytes {
		return Node{}, nil, &LimitError{p.limits.Bytes, fmt.Sprintf("the JSON has %d bytes; the limit is %d", len(p.source), p.limits.Bytes)}
	}
	if bytes.HasPrefix(p.source, byteOrderMark) {
		p.at = len(byteOrderMark)
		p.defects = append(p.defects, Defect{Rule: "byte-order-mark", Message: "byte order mark before the JSON"})
	}
	p.space()
	root, err := p.value()
	if err == nil {
		if p.space(); p.at < len(p.source) {
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
	source []byte
	// text is the source as a string, of which keys and values are parts.
	text    string
	limits  Limits
	at      int
	nodes   int
	path    []step
	defects []Defect
	pointed int // bytes of the defects' pointers
	excess  *LimitError

	// members and items are stacks of what unfinished objects and arrays have so far.
	members    []Member
	items      []Node
	memberSlab slab[Member]
	itemSlab   slab[Node]
	decoded    []byte // texts with escapes
	copied     []byte // the source, in a Parser
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

func (p *parser) value() (n Node, err error) {
	if p.nodes++; p.nodes > p.limits.Nodes {
		return n, &LimitError{p.at, fmt.Sprintf("the JSON has more than %d values", p.limits.Nodes)}
	}
	if p.at >= len(p.source) {
		return n, p.errorf("the JSON ends where a value should begin")
	}
	n.Start = p.at
	switch c := p.source[p.at]; {
	case c == '"':
		n.Kind = String
		n.Text, err = p.string()
	case c == '{':
		n.Kind = Object
		n.Members, err = p.object()
	case c == '[':
		n.Kind = Array
		n.Items, err = p.array()
	case c == '-' || c >= '0' && c <= '9':
		n.Kind = Number
		n.Text, err = p.number()
	case c == 't':
		n.Kind = Bool
		n.Text, err = p.word("true")
	case c == 'f':
		n.Kind = Bool
		n.Text, err = p.word("false")
	case c == 'n':
		n.Kind = Null
		_, err = p.word("null")
	default:
		return n, p.errorf("unexpected %s where a value should begin", p.here())
	}
	n.End = p.at
	return n, err
}

func (p *parser) word(word string) (string, error) {
	if !strings.HasPrefix(p.text[p.at:], word) {
		return "", p.errorf("unexpected word where %q, a number or a quoted text should stand", word)
	}
	p.at += len(word)
	return word, nil
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

func (p *parser) array() ([]Node, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	top, base := len(p.path)-1, len(p.items)
	done := p.is(']')
	for i := 0; !done; i++ {
		p.path[top].index = i
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		p.items = append(p.items, item)
		if done, err = p.next(']', "an array"); err != nil {
			return nil, err
		}
	}
	items := p.itemSlab.keep(p.items[base:])
	p.items = p.items[:base]
	p.leave()
	return items, nil
}

func (p *parser) object() ([]Member, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	top, base := len(p.path)-1, len(p.members)
	done := p.is('}')
	var seen map[string]bool
	for !done {
		if !p.is('"') {
			return nil, p.errorf("unexpected %s where a quoted key should stand", p.here())
		}
		m := Member{KeyStart: p.at}
		p.path = p.path[:top] // a defect inside the key is one of the object
		var err error
		if m.Key, err = p.string(); err != nil {
			return nil, err
		}
		p.path = append(p.path, step{m.Key, -1})
		if repeated(p.members[base:], m.Key, &seen) {
			p.defect("duplicate-key", m.KeyStart, "duplicate key %s in one object", Quote(Shorten(m.Key, 40)))
		}
		if p.space(); !p.is(':') {
			return nil, p.errorf("unexpected %s where ':' should follow the key %s", p.here(), Quote(Shorten(m.Key, 40)))
		}
		p.at++
		p.space()
		if m.Value, err = p.value(); err != nil {
			return nil, err
		}
		p.members = append(p.members, m)
		if done, err = p.next('}', "an object"); err != nil {
			return nil, err
		}
	}
	members := p.memberSlab.keep(p.members[base:])
	p.members = p.members[:base]
	p.leave()
	return members, nil
}

// repeated reports whether one of the members has the key. Few members are compared; a set is made
// only for many.
func repeated(members []Member, key string, seen *map[string]bool) bool {
	const few = 16
	if len(members) < few {
		return slices.ContainsFunc(members, func(m Member) bool { return m.Key == key })
	}
	if *seen == nil {
		*seen = make(map[string]bool, 2*few)
		for _, m := range members {
			(*seen)[m.Key] = true
		}
	}
	was := (*seen)[key]
	(*seen)[key] = true
	return was
}
