package document

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/suggest"
)

// A File is a data file with its source, which must not change: the texts of the root are parts of it.
type File struct {
	Name   string
	Source []byte
	Root   Node
}

// An Error is an error at a position of a file. It prints as
// "gupshup/provider.yaml:3:5: unknown key …".
type Error struct {
	File         string
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// ReadJSON reads a data file in JSON. A [Defect], which captured bodies may have, is an error here.
// The error is an *[Error].
func ReadJSON(name string, source []byte) (*File, error) {
	f := &File{Name: name, Source: source}
	limits := BodyLimits()
	limits.Bytes = maxFileSize
	p := parser{source: source, text: alias(source), limits: limits} // a file's source doesn't change
	root, defects, err := p.document()
	var syntax *SyntaxError
	var limit *LimitError
	switch {
	case errors.As(err, &syntax):
		return nil, f.errorAt(syntax.Offset, "read JSON: %s", syntax.Message)
	case errors.As(err, &limit):
		return nil, f.errorAt(limit.Offset, "read JSON: %s", limit.Message)
	case len(defects) > 0:
		return nil, f.errorAt(defects[0].Offset, "read JSON: %s", defects[0].Message)
	}
	f.Root = root
	return f, nil
}

// Errorf is an error at the start of a node.
func (f *File) Errorf(n *Node, format string, args ...any) error {
	return f.errorAt(n.Start, format, args...)
}

func (f *File) errorAt(offset int, format string, args ...any) *Error {
	line, column := Position(f.Source, offset)
	return &Error{f.Name, line, column, fmt.Sprintf(format, args...)}
}

// Known reports up to twenty keys of an object that are not among the known ones, and a
// node that is not an object.
func (f *File) Known(n *Node, known ...string) error { return f.unknown(n, known, nil, false) }

// KnownOrRenamed is [File.Known], and the error about a key of renamed names its new name.
func (f *File) KnownOrRenamed(n *Node, renamed map[string]string, known ...string) error {
	return f.unknown(n, known, renamed, false)
}

// unknown reports the keys of an object that are renamed and, unless open, those that are
// not known.
func (f *File) unknown(n *Node, known []string, renamed map[string]string, open bool) error {
	const maxCount = 20
	if n.Kind != Object {
		return f.Errorf(n, "expected a mapping, found %s", n.Describe())
	}
	var problems []error
	for i := range n.Members {
		m := &n.Members[i]
		if slices.Contains(known, m.Key) || len(problems) == maxCount {
			continue
		}
		switch now := renamed[m.Key]; {
		case now != "":
			problems = append(problems, f.errorAt(m.KeyStart, "unknown key %s; it is now %s", Quote(m.Key), Quote(now)))
		case !open:
			problems = append(problems, f.errorAt(m.KeyStart, "unknown key %s; %s", Quote(m.Key), OneOf(m.Key, known)))
		}
	}
	return errors.Join(problems...)
}

// OneOf suggests a replacement of a word: the nearest known word or, if no word is near, all of them.
func OneOf(word string, known []string) string {
	if hint := suggest.Hint(word, known); hint != "" {
		return hint
	}
	if len(known) == 0 {
		return "none is defined"
	}
	return "known: " + strings.Join(slices.Compact(slices.Sorted(slices.Values(known))), ", ")
}

// Describe renders a node for an error: `string "sent"`, "an empty array".
func (n *Node) Describe() string {
	const maxCount = 60
	switch {
	case n.Kind == Null:
		return "null"
	case n.Kind == Array && len(n.Items) == 0:
		return "an empty array"
	case n.Kind == Object && len(n.Members) == 0:
		return "an empty object"
	}
	return n.Kind.String() + " " + n.Compact(maxCount)
}

// Position returns the line and column of a byte offset, both from 1, the
// column in characters.
func Position(source []byte, offset int) (line, column int) {
	l := Locator{source: source}
	return l.Position(offset)
}

// A Locator finds the positions of many offsets in one source. Offsets in ascending order take a
// single pass.
type Locator struct {
	source []byte
	// at is the last located offset.
	at, line, column int
}

// NewLocator returns a Locator for a source.
func NewLocator(source []byte) *Locator { return &Locator{source: source} }

// Position returns the line and column of a byte offset. A byte order mark doesn't count, because
// editors don't show it.
func (l *Locator) Position(offset int) (line, column int) {
	offset = min(max(offset, 0), len(l.source))
	if offset < l.at || l.line == 0 {
		l.at, l.line, l.column = 0, 1, 1
	}
	passed := l.source[l.at:offset]
	if l.at == 0 {
		passed = bytes.TrimPrefix(passed, byteOrderMark)
	}
	if n := bytes.Count(passed, []byte{'\n'}); n > 0 {
		l.line, l.column = l.line+n, 1
		passed = passed[bytes.LastIndexByte(passed, '\n')+1:]
	}
	l.column += utf8.RuneCount(passed)
	l.at = offset
	return l.line, l.column
}
