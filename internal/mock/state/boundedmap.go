package state

import (
	"iter"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// A boundedMap keeps up to so many values by key, in the order in which they came. When
// it is full, the oldest goes.
type boundedMap[V any] struct {
	max    int
	values *simplelru.LRU[string, *V]
}

func newBoundedMap[V any](max int) *boundedMap[V] {
	values, err := simplelru.NewLRU[string, *V](max, nil)
	if err != nil {
		panic(err) // it is our own bound that isn't positive
	}
	return &boundedMap[V]{max, values}
}

// get looks a value up, which leaves the order as it is.
func (m *boundedMap[V]) get(key string) (value V, ok bool) {
	found, ok := m.values.Peek(key)
	if ok {
		value = *found
	}
	return value, ok
}

func (m *boundedMap[V]) has(key string) bool { return m.values.Contains(key) }

func (m *boundedMap[V]) len() int { return m.values.Len() }

// put adds a value as the newest, or changes one in its place. What had to go
// for it is returned.
func (m *boundedMap[V]) put(key string, value V) (gone []V) {
	if found, ok := m.values.Peek(key); ok {
		*found = value
		return nil
	}
	if m.values.Len() >= m.max {
		gone = append(gone, m.removeOldest())
	}
	m.values.Add(key, &value)
	return gone
}

// renew adds a value as the newest, even if it is there already.
func (m *boundedMap[V]) renew(key string, value V) (gone []V) {
	m.remove(key)
	return m.put(key, value)
}

func (m *boundedMap[V]) remove(key string) { m.values.Remove(key) }

// removeOldest removes a value from a map that isn't empty.
func (m *boundedMap[V]) removeOldest() V {
	_, value, _ := m.values.RemoveOldest()
	return *value
}

// all gives the values, oldest first; the one at hand may be removed.
func (m *boundedMap[V]) all() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, key := range m.values.Keys() {
			if value, ok := m.values.Peek(key); ok && !yield(key, *value) {
				return
			}
		}
	}
}
