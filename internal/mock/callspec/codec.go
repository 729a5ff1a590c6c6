package callspec

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"mime/multipart"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func codecOfType(mediaType string) string {
	switch {
	case mediaType == "application/json", strings.HasSuffix(mediaType, "+json"):
		return codecJSON
	case mediaType == "application/xml", mediaType == "text/xml":
		return codecXML
	case mediaType == "application/x-www-form-urlencoded":
		return codecForm
	case mediaType == "multipart/form-data":
		return codecMultipart
	}
	return ""
}

// decodeJSON reads JSON that stands at a place of the request. What parsers may
// read differently, such as a repeated key, passes.
func decodeJSON(source []byte, place string) (*document.Node, error) {
	node, _, err := document.JSON(source, document.BodyLimits())
	return parsedJSON(node, place, err)
}

func parsedJSON(node document.Node, place string, err error) (*document.Node, error) {
	if err != nil {
		return nil, &pointerError{place, "no JSON: " + err.Error()}
	}
	return &node, nil
}

func parseForm(body []byte) (map[string][]string, error) {
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errors.New("the form is not encoded as application/x-www-form-urlencoded") // err quotes what it found
	}
	return values, nil
}

// fields makes an object of strings, of a repeated field its first value, and
// parses the fields that hold JSON.
func (a *Operation) fields(values map[string][]string) (*document.Node, error) {
	object := &document.Node{Kind: document.Object}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		text := first(values[key])
		if a.anyCase {
			key = strings.ToLower(key)
		}
		member := document.Member{Key: key, Value: document.Node{Kind: document.String, Text: strings.ToValidUTF8(text, "\ufffd")}}
		if slices.Contains(a.inPlace, key) && member.Value.Text != "" {
			parsed, err := decodeJSON([]byte(member.Value.Text), document.Pointer(key))
			switch {
			case err == nil:
				member.Value = *parsed
			case !a.mayBeText(key, member.Value.Text):
				return object, err
			}
		}
		object.Members = append(object.Members, member)
	}
	return object, nil
}

// lowered is an object with the names of its members in lowercase, if their case doesn't count.
func (a *Operation) lowered(object *document.Node) *document.Node {
	if a.anyCase && object != nil {
		for i := range object.Members {
			object.Members[i].Key = strings.ToLower(object.Members[i].Key)
		}
	}
	return object
}

// mayBeText reports whether a field that should hold JSON is a plain text: one of text_or_json that doesn't
// begin as an object or a list.
func (a *Operation) mayBeText(field, text string) bool {
	return slices.Contains(a.textOrJSON, field) && !strings.HasPrefix(strings.TrimSpace(text), "{") && !strings.HasPrefix(strings.TrimSpace(text), "[")
}

// A part is a field of a multipart body; file says that it is a file.
type part struct {
	name, text, fileName, mediaType string
	size                            int
	file                            bool
}

// maxParts bounds the fields of a multipart body.
const maxParts = 100

// parseMultipart reads the fields, and the bytes of the first file.
func parseMultipart(body []byte, boundary string) (parts []part, file []byte, err error) {
	if boundary == "" {
		return nil, nil, errors.New("the Content-Type names no boundary")
	}
	reader := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		next, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) && isClosed(body, boundary) {
			return parts, file, nil
		}
		var content []byte
		if err == nil {
			content, err = io.ReadAll(next)
		}
		if err != nil || len(parts) >= maxParts {
			return parts, file, errors.New("the multipart body cannot be read")
		}
		p := part{name: next.FormName(), fileName: next.FileName(), mediaType: next.Header.Get("Content-Type"), size: len(content)}
		if p.file = p.fileName != ""; p.file && file == nil {
			file = content
		} else if !p.file {
			p.text = string(content)
		}
		parts = append(parts, p)
	}
}

// isClosed reports whether a multipart body has its last boundary: the reader takes some
// that are cut off for complete.
func isClosed(body []byte, boundary string) bool {
	last := []byte("--" + boundary + "--")
	return bytes.HasPrefix(body, last) || bytes.Contains(body, append([]byte("\n"), last...))
}

// parts makes an object of a multipart body; a file is an object with name,
// type and size.
func (a *Operation) parts(parts []part) (*document.Node, error) {
	texts := map[string][]string{}
	for _, p := range parts {
		if !p.file {
			texts[p.name] = append(texts[p.name], p.text)
		}
	}
	object, err := a.fields(texts)
	for _, p := range parts {
		if !p.file || object.Get(p.name) != nil {
			continue
		}
		text := func(key, text string) document.Member {
			return document.Member{Key: key, Value: document.Node{Kind: document.String, Text: text}}
		}
		members := []document.Member{text("name", p.fileName)}
		if p.mediaType != "" {
			members = append(members, text("type", p.mediaType))
		}
		size := document.Member{Key: "size", Value: document.Node{Kind: document.Number, Text: strconv.Itoa(p.size)}}
		object.Members = append(object.Members, document.Member{Key: p.name, Value: document.Node{Kind: document.Object, Members: append(members, size)}})
	}
	return object, err
}
