package fault

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

// poisonItem puts a bad item between the good ones of a batch. A body with one
// item gets it a second time behind the bad one, so that a consumer that stops
// there is found out: a batch has then three items or more.
//
// The bad item is the first one with null for each of its values: every key
// is there, and nothing can be done with it.
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

// batch returns the array in which the first item stands, and the indexes of
// the items in it: not every element need be one.
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

// cutLast parts a pointer before its last token.
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
