package capture

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// A piece is the part of a body that was read so far, up to the limit.
type piece struct {
	line, column int
	bytes        []byte
	size         int64
}

// emit queues a piece as a body; whole means that it is the only one of the file.
func (r *reader) emit(p *piece, whole bool) {
	b := Body{Source: r.at(p.line), Line: p.line, Column: p.column, Bytes: p.bytes}
	if whole {
		b.Source = r.name
	}
	if p.size > int64(r.options.Limit) {
		b.Bytes, b.Size = nil, p.size
	}
	r.queue(b)
}

// problem queues a problem.
func (r *reader) problem(p *piece, message string) {
	r.queue(Body{Source: r.at(p.line), Line: p.line, Column: p.column, Problem: message})
}

// value reads the next of several JSON values.
func (r *reader) value() {
	p := r.begin()
	c, ok := r.peek()
	switch {
	case !ok && r.err == nil && r.bodies == 0:
		r.emit(p, true) // an empty file is one empty body, which is invalid
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

// rest reads what follows a value. Other text than the end or another value makes the value
// invalid and becomes part of it, up to a line that starts like a value.
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
	r.emit(p, !more && r.bodies == 0)
}

// list reads the start of an array. If it is a list of bodies, list queues the first one and
// returns true; if it is one body, list reads it into p.
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
				r.problem(p, "byte order mark before the list of bodies; most JSON parsers reject it")
			}
			r.emit(first, false)
			r.inList = true
			return true
		}
		p.size += first.size
		p.bytes = append(p.bytes, first.bytes...)
	}
	r.close(p, &brackets{depth: 1})
	return false
}

// close reads an object or array to its closing bracket.
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
		r.problem(p, "missing comma between two bodies of the list")
	}
	switch {
	case !ok:
		r.inList = false
		if r.err == nil {
			r.problem(p, "the file ends inside the list of bodies")
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
		r.problem(p, "missing body after a comma of the list")
	default:
		r.emit(p, false)
	}
}

// scalar reads an element of a list that is neither an object nor an array.
func (r *reader) scalar(p *piece) {
	var b brackets
	for c, ok := r.peek(); ok && c != '\n' && (b.quoted || c != ',' && c != ']' && !isSpace(c)); c, ok = r.peek() {
		b.take(c)
		r.move(p)
	}
}

// begin skips white space and starts a piece. It keeps a byte order mark, which is part of
// the first body, as a consumer would receive it.
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

// spaceInto reads white space into a piece.
func (r *reader) spaceInto(p *piece) {
	for c, ok := r.peek(); ok && isSpace(c); c, ok = r.peek() {
		r.move(p)
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// peek returns the next byte; false at the end or after an error.
func (r *reader) peek() (byte, bool) {
	next, err := r.in.Peek(1)
	if err != nil {
		r.fail(err)
		return 0, false
	}
	return next[0], true
}

// move reads the next byte into a piece and counts lines and characters.
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
