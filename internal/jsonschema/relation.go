package jsonschema

import (
	"path"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Relation compares two values in a value. It holds where one of them is absent, null, empty or
// masked: what isn't known can't be wrong.
type Relation struct {
	Keyword string
	// Left and Right are the paths to the values.
	Left, Right []string
}

// The keywords of relations.
const (
	keywordEqual     = "x-equal"
	keywordDifferent = "x-different"
	keywordSamePhone = "x-same-phone"
	keywordInOrder   = "x-in-order"
	keywordMediaType = "x-media-type"
	keywordPhoneInID = "x-phone-in-id"
)

// relationKeywords are the keywords that compare two values, given by their JSON Pointers:
//
//   - x-equal, x-different: the texts, with numbers as they are written
//   - x-same-phone: two phone numbers, with or without +; a value that is no phone number fits
//   - x-in-order: two times, of which the second isn't earlier, to the second
//   - x-media-type: a MIME type, and the file name or URL with an extension that fits
//   - x-phone-in-id: an ID of WhatsApp that contains a phone number, and this number
func relationKeywords() []string {
	return []string{keywordEqual, keywordDifferent, keywordSamePhone, keywordInOrder, keywordMediaType, keywordPhoneInID}
}

// relation reads a keyword that compares values; it returns false for any other.
func (p *parser) relation(s *Schema, key string, v *document.Node) bool {
	if !slices.Contains(relationKeywords(), key) {
		return false
	}
	const operands = 2
	pointers := p.texts(v)
	if len(pointers) != operands || slices.ContainsFunc(pointers, func(pointer string) bool { return pointer == "" || pointer[0] != '/' }) {
		p.errorf(v, "%s compares two values; give the JSON Pointers of both, for example [\"/from\", \"/to\"]", key)
		return true
	}
	s.Relations = append(s.Relations, Relation{key, document.Tokens(pointers[0]), document.Tokens(pointers[1])})
	return true
}

// relations applies the keywords that compare values.
func (e *evaluation) relations(o *op, v *document.Node, all *failures) bool {
	for i := range o.schema.Relations {
		r := &o.schema.Relations[i]
		left, right := v.At(r.Left), v.At(r.Right)
		if !isKnown(left) || !isKnown(right) || r.holds(left.Text, right.Text) {
			continue
		}
		if !e.collect {
			return true
		}
		f := e.leaf(o, r.Keyword, left)
		f.path = append(f.path, r.Left...)
		f.other, f.otherPath = right, r.Right
		e.keep(all, f)
	}
	return false
}

// isKnown reports whether a value is a text or number that isn't empty or masked.
func isKnown(v *document.Node) bool {
	return v != nil && (v.Kind == document.String && v.Text != "" && !value.IsMasked(v.Text) || v.Kind == document.Number)
}

func (r *Relation) holds(left, right string) bool {
	switch r.Keyword {
	case keywordEqual:
		return left == right
	case keywordDifferent:
		return left != right
	case keywordSamePhone:
		left, right = strings.TrimPrefix(left, "+"), strings.TrimPrefix(right, "+")
		return left == right || !isNumber(left) || !isNumber(right)
	case keywordInOrder:
		return inOrder(left, right)
	case keywordMediaType:
		return value.ExtensionFits(left, path.Ext(strings.TrimRight(withoutQuery(right), "/")))
	default:
		number, ok := value.NumberInID(left)
		right = strings.TrimPrefix(right, "+")
		return !ok || number == right || !isNumber(right)
	}
}

// isNumber reports whether a text may be a phone number: the ID of a group is longer.
func isNumber(text string) bool {
	const shortest, longest = 7, 15
	return len(text) >= shortest && len(text) <= longest && strings.Trim(text, "0123456789") == ""
}

func withoutQuery(url string) string {
	before, _, _ := strings.Cut(url, "?")
	return before
}

// inOrder compares two times in the first format of each that makes sense, to the second.
func inOrder(left, right string) bool {
	first, ok := value.AnyTime(left)
	second, alsoOK := value.AnyTime(right)
	return !ok || !alsoOK || first.Unix() <= second.Unix()
}
