package callspec

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// The bounds of an XML body.
const (
	maxXMLDepth    = 20
	maxXMLElements = 10_000
)

// decodeXML makes an object of the elements below the root: an element with elements is an object, any
// other a text, and elements of one name a list. Attributes don't count.
func decodeXML(body []byte) (*document.Node, error) {
	d := xmlDecoder{Decoder: xml.NewDecoder(bytes.NewReader(body))}
	for {
		token, err := d.Token()
		if err != nil {
			return nil, errors.New("no XML") // err quotes what it found
		}
		if _, ok := token.(xml.StartElement); !ok {
			continue
		}
		root, err := d.element(1)
		if err != nil {
			return nil, err
		}
		if root.Kind != document.Object {
			root = document.Node{Kind: document.Object}
		}
		return &root, d.end()
	}
}

type xmlDecoder struct {
	*xml.Decoder
	elements int
}

// element reads an element whose start was read.
func (d *xmlDecoder) element(depth int) (document.Node, error) {
	if d.elements++; depth > maxXMLDepth || d.elements > maxXMLElements {
		return document.Node{}, errors.New("the XML has too many elements, or they are too deep")
	}
	node := document.Node{Kind: document.String}
	var text strings.Builder
	for {
		token, err := d.Token()
		if err != nil {
			return node, errors.New("no XML")
		}
		switch token := token.(type) {
		case xml.StartElement:
			child, err := d.element(depth + 1)
			if err != nil {
				return node, err
			}
			node.Kind = document.Object
			add(&node, token.Name.Local, child)
		case xml.CharData:
			text.Write(token)
		case xml.EndElement:
			if node.Kind == document.String {
				node.Text = strings.TrimSpace(text.String())
			}
			return node, nil
		}
	}
}

// add adds a member to an object; several of one name become a list.
func add(object *document.Node, name string, child document.Node) {
	known := object.Get(name)
	switch {
	case known == nil:
		object.Members = append(object.Members, document.Member{Key: name, Value: child})
	case known.Kind == document.Array:
		known.Items = append(known.Items, child)
	default:
		*known = document.Node{Kind: document.Array, Items: []document.Node{*known, child}}
	}
}

// end reports what follows the root.
func (d *xmlDecoder) end() error {
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return errors.New("no XML")
		}
		if _, another := token.(xml.StartElement); another {
			return errors.New("the XML has more than one root")
		}
	}
}
