package capture

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// A piece is the bytes of a body as they are read, up to the limit.
type piece struct {
	line, column int
	bytes        []byte
	size         int64
}

// give gives a piece out as a body; whole says that it is all of its file.
func (r *reader) give(p *piece, whole bool) {
	b := Body{Source: r.at(p.line), Line: p.line, Column: p.column, Bytes: p.bytes}
	if whole {
		b.Source = r.name
	}
	if p.size > int64(r.options.Limit) {
		b.Bytes, b.Size = nil, p.size
	}
	r.queue(b)
}

// problem gives out a body that is none.
func (r *reader) problem(p *piece, message string) {
	r.queue(Body{Source: r.at(p.line), Line: p.line, Column: p.column, Problem: message})
}

// value reads the next of several JSON values.
func (r *reader) value() {
	p := r.begin()
	c, ok := r.peek()
	switch {
	case !ok && r.err == nil && r.bodies == 0:
		r.give(p, true) // an empty file is one empty body, which is an error to be found
		return
	case c == '[' && r.list(p):
		return
	case c == '{':
		r.close(p, &brackets{})
	}
	if ok && r.err == nil {
		r.rest(p)
	}
}

// rest looks at what follows a value: the end, another value, or something
// that makes the value broken and therefore belongs to it, up to a line that
// begins like a value.
func (r *reader) rest(p *piece) {
	alone := *p
	r.spaceInto(p)
	c, more := r.peek()
	if !more || c == '{' || c == '[' {
		*p = alone
	} else {
		for more && (r.column > 1 || c != '{' && c != '[') {
			r.move(p)
			c, more = r.peek()
		}
		if r.err != nil {
			return
		}
	}
	r.give(p, !more && r.bodies == 0)
}

// list reads the beginning of an array. If it is a list of bodies, the first
// of them is given out and list reports true; if it is one body, all of it is
// read into p.
func (r *reader) list(p *piece) bool {
	r.move(p)
	r.spaceInto(p)
	if c, ok := r.peek(); ok && (c == '{' || c == '[') {
		first := r.begin()
		r.close(first, &brackets{})
		alone := slices.Concat([]byte{'['}, first.bytes, []byte{']'})
		switch {
		case r.err != nil:
			return false
		case c == '[' || r.options.IsBody == nil || !r.options.IsBody(alone):
			if bytes.HasPrefix(p.bytes, []byte(mark)) {
				r.problem(p, "a byte order mark stands before the list of bodies; most JSON parsers refuse it")
			}
			r.give(first, false)
			r.inList = true
			return true
		}
		p.size += first.size
		p.bytes = append(p.bytes, first.bytes...)
	}
	r.close(p, &brackets{depth: 1})
	return false
}

// close reads an object or array to the bracket that closes it.
func (r *reader) close(p *piece, b *brackets) {
	for c, ok := r.peek(); ok; c, ok = r.peek() {
		b.take(c)
		if r.move(p); b.depth <= 0 && !b.quoted {
			return
		}
	}
}

// element reads the next body of a list, or past the list's end.
func (r *reader) element() {
	p := r.begin()
	c, ok := r.peek()
	switch {
	case c == ']':
		r.move(p)
		r.inList = false
		r.value()
		return
	case c == ',':
		r.move(p)
		p = r.begin()
		c, ok = r.peek()
	case ok:
		r.problem(p, "a comma is missing between two bodies of the list")
	}
	switch {
	case !ok:
		r.inList = false
		if r.err == nil {
			r.problem(p, "the file ends inside its list of bodies")
		}
		return
	case c == '{' || c == '[':
		r.close(p, &brackets{})
	default:
		r.scalar(p)
	}
	switch {
	case r.err != nil:
	case p.size == 0:
		r.problem(p, "a body is missing after a comma of the list")
	default:
		r.give(p, false)
	}
}

// scalar reads an element of a list that is no object and no array.
func (r *reader) scalar(p *piece) {
	var b brackets
	for c, ok := r.peek(); ok && c != '\n' && (b.quoted || c != ',' && c != ']' && !isSpace(c)); c, ok = r.peek() {
		b.take(c)
		r.move(p)
	}
}

// begin skips white space and starts a piece. A byte order mark is kept: it
// belongs to the first body, as a consumer would receive it.
func (r *reader) begin() *piece {
	skipped := piece{}
	r.spaceInto(&skipped)
	p := &piece{line: r.line, column: r.column}
	if start, err := r.in.Peek(len(mark)); err == nil && r.bodies == 0 && string(start) == mark {
		for range start {
			r.move(p)
		}
		r.spaceInto(p)
	}
	return p
}

func (r *reader) spaceInto(p *piece) {
	for c, ok := r.peek(); ok && isSpace(c); c, ok = r.peek() {
		r.move(p)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (r *reader) peek() (byte, bool) {
	next, err := r.in.Peek(1)
	if err != nil {
		r.fail(err)
		return 0, false
	}
	return next[0], true
}

// move takes the next byte into a piece and counts lines and characters.
func (r *reader) move(p *piece) {
	c, err := r.in.ReadByte()
	if err != nil {
		r.fail(err)
		return
	}
	if p.size++; p.size <= int64(r.options.Limit) {
		p.bytes = append(p.bytes, c)
	}
	switch {
	case r.tail > 0:
		r.tail--
	case c == '\n':
		r.line, r.column = r.line+1, 1
	default:
		r.column++
		if c >= utf8.RuneSelf {
			more, _ := r.in.Peek(utf8.UTFMax - 1)
			_, size := utf8.DecodeRune(append([]byte{c}, more...))
			r.tail = size - 1
		}
	}
}
