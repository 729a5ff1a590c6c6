package capture

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
)

// window is the size of the part of a file that decides the layout.
const window = 256 << 10

// A reader reads the bodies of one file.
type reader struct {
	name    string
	in      *bufio.Reader
	options Options
	layout  layout
	// unsupported is the reason why the file isn't read.
	unsupported *UnsupportedError
	body        Body
	err         error

	// line and column are the position of the next byte, from 1; tail is the number of
	// remaining bytes of the last character.
	line, column, tail int
	// bodies is the number of bodies so far; pending are those that next hasn't returned.
	bodies  int
	pending []Body
	// inList is true inside an array of bodies.
	inList bool
}

func newReader(name string, in io.Reader, o Options) *reader {
	r := &reader{name: name, in: bufio.NewReaderSize(&source{in: in, progress: o.Progress}, window), options: o, line: 1, column: 1}
	r.sniff()
	return r
}

// sniff detects the format and the layout. It reads no more than necessary, because a
// stream may pause.
func (r *reader) sniff() {
	for n := 1; ; n++ {
		_, err := r.in.Peek(n)
		n = r.in.Buffered()
		start, _ := r.in.Peek(n)
		if _, packed := binary(start); err != nil || n == window || packed || isSettled(start) {
			if err == nil || errors.Is(err, io.EOF) {
				r.unsupported = unread(r.name, start, r.options.IsBody)
			}
			r.layout = sniff(start, err != nil)
			return
		}
	}
}

// next sets r.body to the next body. It drops a body that a read error truncates.
func (r *reader) next() bool {
	if len(r.pending) == 0 {
		r.read()
	}
	if len(r.pending) == 0 {
		return false
	}
	r.body = r.pending[0]
	r.pending = slices.Delete(r.pending, 0, 1)
	openTape(&r.body)
	return true
}

// read queues the next body and the problems before it; nothing at the end.
func (r *reader) read() {
	switch {
	case r.layout == lines:
		r.nextLine()
	case r.inList:
		r.element()
	default:
		r.value()
	}
}

// queue appends a body or a problem to pending.
func (r *reader) queue(b Body) {
	r.bodies++
	r.pending = append(r.pending, b)
}

func (r *reader) at(line int) string { return r.name + ":" + strconv.Itoa(line) }

// nextLine reads the next line that isn't blank.
func (r *reader) nextLine() {
	for more := true; more && len(r.pending) == 0; r.line++ {
		p := &piece{line: r.line, column: 1}
		if more = r.readLine(p); p.size > int64(r.options.Limit) || len(bytes.TrimLeft(p.bytes, space)) > 0 {
			r.emit(p, false)
		}
	}
}

// readLine reads a line without its end. It only counts bytes over the limit. It reports
// whether there may be another line.
func (r *reader) readLine(p *piece) bool {
	var last byte
	for {
		part, err := r.in.ReadSlice('\n')
		if err == nil {
			part = part[:len(part)-1]
		}
		if len(part) > 0 {
			last = part[len(part)-1]
		}
		p.size += int64(len(part))
		// One byte more, which may be the "\r" of the end.
		if keep := r.options.Limit + 1 - len(p.bytes); keep > 0 {
			p.bytes = append(p.bytes, part[:min(keep, len(part))]...)
		}
		switch {
		case err == nil && last == '\r':
			p.size--
			p.bytes = p.bytes[:min(p.size, int64(len(p.bytes)))]
			return true
		case errors.Is(err, bufio.ErrBufferFull):
		case err != nil && !errors.Is(err, io.EOF):
			r.err = err
			*p = piece{}
			return false
		default:
			return err == nil
		}
	}
}

// fail records a read error other than the end of the file.
func (r *reader) fail(err error) {
	if r.err == nil && !errors.Is(err, io.EOF) {
		r.err = err
	}
}
