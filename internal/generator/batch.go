package generator

import (
	"errors"
	"slices"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// join adds the item of one body to another, as the next element of the innermost array that
// contains both.
func join(provider *schemas.Provider, body, next []byte) ([]byte, error) {
	into, from, err := parsed(body, next)
	if err != nil {
		return nil, err
	}
	here, there := last(provider.Items(into)), last(provider.Items(from))
	place, element := meeting(into, here, there)
	if place == nil {
		return nil, errors.New("join items: no array contains both, so they cannot be in one body")
	}
	added := from.At(element)
	out := make([]byte, 0, len(body)+added.End-added.Start+1)
	out = append(append(out, body[:place.End]...), ',')
	return append(append(out, next[added.Start:added.End]...), body[place.End:]...), nil
}

func parsed(body, next []byte) (into, from *document.Node, err error) {
	a, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return nil, nil, err
	}
	b, _, err := document.JSON(next, document.BodyLimits())
	return &a, &b, err
}

func last(items [][]string) []string {
	if len(items) == 0 {
		return nil
	}
	return items[len(items)-1]
}

// meeting returns the last element of the innermost array on the path to both items, and the path
// of the element to add after it.
func meeting(into *document.Node, here, there []string) (behind *document.Node, element []string) {
	for n := range min(len(here), len(there)) {
		around := into.At(here[:n])
		if around == nil || around.Kind != document.Array {
			if here[n] != there[n] {
				break
			}
			continue
		}
		behind, element = around.At([]string{strconv.Itoa(len(around.Items) - 1)}), slices.Clone(there[:n+1])
	}
	return behind, element
}
