package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// maxFileSize limits a data file, in bytes. The largest shipped file has 30 KB, and a hostile file of
// this size takes the YAML library a tenth of a second.
const maxFileSize = 256 << 10

// ReadYAML reads a data file: one document in UTF-8. A plain scalar is a number only if it is a JSON
// number, and a bool or null only as true, false, null; all others are strings, from the source text.
// Repeated keys, anchors, aliases, tags and empty values are errors. The error is an *[Error].
func ReadYAML(name string, source []byte) (*File, error) {
	f := &File{Name: name, Source: source}
	if len(source) > maxFileSize {
		return nil, f.errorAt(0, "file has %d bytes; the limit is %d", len(source), maxFileSize)
	}
	if !utf8.Valid(source) {
		p := parser{source: source}
		err := p.notUTF8(0)
		return nil, f.errorAt(p.at, "read YAML: %v", err)
	}
	y := yamlReader{file: f, lines: lineStarts(source)}
	root, err := y.document()
	if err != nil {
		return nil, err
	}
	if f.Root, err = y.node(root, 0); err != nil {
		return nil, err
	}
	return f, nil
}

type yamlReader struct {
	file  *File
	lines []int
	// line, column and at are the last position that offset found.
	line, column, at int
}

// document returns the value of the file's only document.
func (y *yamlReader) document() (*yaml.Node, error) {
	loader, err := yaml.NewLoader(bytes.NewReader(y.file.Source))
	if err != nil {
		return nil, y.errorOf(err)
	}
	var root, second yaml.Node
	switch err := loader.Load(&root); {
	case errors.Is(err, io.EOF):
		return nil, y.file.errorAt(0, "file holds no value")
	case err != nil:
		return nil, y.errorOf(err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, y.file.errorAt(y.offset(second.Line, second.Column), "file holds a second document")
	case !errors.Is(err, io.EOF):
		return nil, y.errorOf(err)
	}
	return root.Content[0], nil
}

// errorOf converts an error of the YAML library.
func (y *yamlReader) errorOf(err error) error {
	var loads *yaml.LoadErrors
	var load *yaml.LoadError
	if errors.As(err, &loads) && len(loads.Errors) > 0 {
		load = loads.Errors[0]
	} else if !errors.As(err, &load) {
		return y.file.errorAt(0, "read YAML: %v", err)
	}
	at := load.Mark.Index // an invalid byte has no line
	if load.Mark.Line > 0 {
		at = y.offset(load.Mark.Line, load.Mark.Column)
	}
	return y.file.errorAt(at, "read YAML: %s", y.advice(load, at))
}

const noAnchors = "anchors and aliases are not allowed: write the value out, or quote it if it is a text"

// advice adds a probable solution to the YAML library's message.
func (y *yamlReader) advice(load *yaml.LoadError, at int) string {
	message := strings.TrimPrefix(load.Message, "yaml: ")
	switch context := load.ContextMark.Line; {
	case strings.HasPrefix(message, "unknown anchor"):
		return noAnchors
	case strings.HasPrefix(message, "mapping values"):
		return message + ": quote a text that holds a colon"
	case at < len(y.file.Source) && y.file.Source[at] == '\t':
		return message + ": indent with spaces, not with tabs"
	case context > 0 && context < load.Mark.Line:
		return fmt.Sprintf("%s, %s that begins in line %d", message, load.ContextMsg, context)
	}
	return message
}

// maxFileDepth limits the nesting of a data file.
const maxFileDepth = 64

func (y *yamlReader) node(n *yaml.Node, depth int) (Node, error) {
	node := Node{Start: y.offset(n.Line, n.Column)}
	node.End = node.Start
	switch {
	case depth > maxFileDepth:
		return node, y.file.Errorf(&node, "file is nested more than %d levels deep", maxFileDepth)
	case n.Anchor != "" || n.Kind == yaml.AliasNode:
		return node, y.file.Errorf(&node, noAnchors)
	case n.Style&yaml.TaggedStyle != 0 || y.begins(&node, '!'):
		return node, y.file.Errorf(&node, "tags are not allowed: quote the value if it is a text")
	}
	switch n.Kind {
	case yaml.ScalarNode:
		return node, y.scalar(&node, n)
	case yaml.SequenceNode:
		node.Kind = Array
		for _, child := range n.Content {
			item, err := y.node(child, depth+1)
			if err != nil {
				return node, err
			}
			node.Items = append(node.Items, item)
		}
		return node, nil
	case yaml.MappingNode:
		return y.mapping(node, n, depth)
	}
	return node, y.file.Errorf(&node, "unexpected kind of YAML node")
}

func (y *yamlReader) mapping(node Node, n *yaml.Node, depth int) (Node, error) {
	node.Kind = Object
	var seen map[string]bool
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, err := y.node(n.Content[i], depth+1)
		if err != nil {
			return node, err
		}
		if n.Content[i].Kind != yaml.ScalarNode {
			return node, y.file.Errorf(&key, "key is no text")
		}
		name := n.Content[i].Value
		if repeated(node.Members, name, &seen) {
			return node, y.file.Errorf(&key, "duplicate key %s", Quote(name))
		}
		value, err := y.node(n.Content[i+1], depth+1)
		if err != nil {
			return node, err
		}
		node.Members = append(node.Members, Member{name, key.Start, value})
	}
	return node, nil
}

func (y *yamlReader) scalar(node *Node, n *yaml.Node) error {
	node.Kind, node.Text = String, n.Value
	if n.Style != 0 {
		return nil
	}
	switch {
	case n.Value == "":
		return y.file.Errorf(node, `value is missing; write "" for an empty text`)
	case n.Value == "null":
		node.Kind, node.Text = Null, ""
	case n.Value == "true" || n.Value == "false":
		node.Kind = Bool
	case isJSONNumber(n.Value):
		node.Kind = Number
	}
	return nil
}

func isJSONNumber(text string) bool {
	p := parser{source: []byte(text), text: text, limits: BodyLimits()}
	if c := text[0]; c != '-' && (c < '0' || c > '9') {
		return false
	}
	_, err := p.number()
	return err == nil && p.at == len(text) && len(p.defects) == 0
}

// begins reports whether the source of a node begins with a byte.
func (y *yamlReader) begins(n *Node, c byte) bool {
	return n.Start < len(y.file.Source) && y.file.Source[n.Start] == c
}

// offset converts YAML's line and column (in characters) to a byte offset. It continues from the last
// position if possible, because a line can be as long as the file.
func (y *yamlReader) offset(line, column int) int {
	if line = max(line, 1); line > len(y.lines) { // the end, of a file whose last line has none
		return len(y.file.Source)
	}
	if line != y.line || column < y.column {
		y.line, y.column, y.at = line, 1, y.lines[line-1]
	}
	for ; y.column < column && y.at < len(y.file.Source); y.column++ {
		_, size := utf8.DecodeRune(y.file.Source[y.at:])
		y.at += size
	}
	return y.at
}

// lineStarts returns the offsets of lines by YAML's rules, which have more line breaks than a text
// editor and no byte order mark.
func lineStarts(source []byte) []int {
	text := string(source)
	starts := []int{0}
	if bytes.HasPrefix(source, byteOrderMark) {
		starts[0] = len(byteOrderMark)
	}
	for i, r := range text {
		switch r {
		case '\r':
			if strings.HasPrefix(text[i:], "\r\n") {
				continue
			}
			fallthrough
		case '\n', '\u0085', '\u2028', '\u2029':
			starts = append(starts, i+utf8.RuneLen(r))
		}
	}
	return starts
}
