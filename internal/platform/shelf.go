package platform

import (
	"container/list"
	"iter"
)

// A shelf keeps so many things by key, in the order in which they came. When
// it is full, the oldest goes.
type shelf[V any] struct {
	most  int
	byKey map[string]*list.Element
	order *list.List // of *kept[V], oldest first
}

type kept[V any] struct {
	key   string
	value V
}

func newShelf[V any](most int) *shelf[V] {
	return &shelf[V]{most: most, byKey: map[string]*list.Element{}, order: list.New()}
}

func (s *shelf[V]) get(key string) (V, bool) {
	if e := s.byKey[key]; e != nil {
		return e.Value.(*kept[V]).value, true
	}
	var none V
	return none, false
}

func (s *shelf[V]) has(key string) bool { return s.byKey[key] != nil }

func (s *shelf[V]) len() int { return s.order.Len() }

// put adds a thing as the newest, or changes one in its place. What had to go
// for it is returned.
func (s *shelf[V]) put(key string, v V) (gone []V) {
	if e := s.byKey[key]; e != nil {
		e.Value.(*kept[V]).value = v
		return nil
	}
	for s.order.Len() >= s.most {
		gone = append(gone, s.removeOldest())
	}
	s.byKey[key] = s.order.PushBack(&kept[V]{key, v})
	return gone
}

// renew adds a thing as the newest, even if it is there already.
func (s *shelf[V]) renew(key string, v V) (gone []V) {
	s.remove(key)
	return s.put(key, v)
}

func (s *shelf[V]) remove(key string) {
	if e := s.byKey[key]; e != nil {
		s.order.Remove(e)
		delete(s.byKey, key)
	}
}

// removeOldest wants a shelf that is not empty.
func (s *shelf[V]) removeOldest() V {
	k := s.order.Front().Value.(*kept[V])
	s.remove(k.key)
	return k.value
}

// all gives the things, oldest first; the one at hand may be removed.
func (s *shelf[V]) all() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for e := s.order.Front(); e != nil; {
			next := e.Next()
			k := e.Value.(*kept[V])
			if !yield(k.key, k.value) {
				return
			}
			e = next
		}
	}
}
