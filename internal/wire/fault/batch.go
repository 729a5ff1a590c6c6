package fault

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// poisonItem inserts an invalid item between the valid ones of a batch. If the batch has one
// item, the fault repeats it after the invalid one, to detect a consumer that stops at the
// invalid item.
//
// The invalid item is a copy of the first one with null for all its values.
func poisonItem(p *target) ([]edit, string) {
	indexes, array := p.batch()
	if len(indexes) == 0 {
		return nil, ""
	}
	first := &array.Items[indexes[0]]
	before := &array.Items[indexes[(len(indexes)-1)/2]]
	text := "," + p.poison(first)
	if len(indexes) == 1 {
		text += "," + string(p.body[first.Start:first.End])
	}
	location := document.Tokens(p.layout.Items[0])
	location[len(location)-1] = strconv.Itoa(indexes[(len(indexes)-1)/2] + 1)
	return []edit{{before.End, before.End, text}}, document.Pointer(location...)
}

// batch returns the array that contains the first item, and the indexes of the items in it. Other
// elements may be no items.
func (p *target) batch() ([]int, *document.Node) {
	if !p.layout.Batch || len(p.layout.Items) == 0 {
		return nil, nil
	}
	parent, _, found := cutLast(p.layout.Items[0])
	array := p.root.At(document.Tokens(parent))
	if !found || array == nil || array.Kind != document.Array {
		return nil, nil
	}
	var indexes []int
	for _, pointer := range p.layout.Items {
		around, token, _ := cutLast(pointer)
		if i, ok := document.Index(token); ok && around == parent && i < len(array.Items) {
			indexes = append(indexes, i)
		}
	}
	slices.Sort(indexes)
	return slices.Compact(indexes), array
}

// cutLast splits a pointer before its last token.
func cutLast(pointer string) (parent, token string, found bool) {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return "", "", false
	}
	return pointer[:i], pointer[i+1:], true
}

func (p *target) poison(item *document.Node) string {
	if len(item.Members) == 0 {
		return "null"
	}
	var edits []edit
	for i := range item.Members {
		value := &item.Members[i].Value
		edits = append(edits, edit{value.Start - item.Start, value.End - item.Start, "null"})
	}
	return string(apply(p.body[item.Start:item.End], edits))
}
