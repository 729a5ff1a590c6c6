package sequence

import "container/list"

// An lru is a map that keeps the entries that were seen last.
type lru[K comparable, V any] struct {
	limit   int
	entries map[K]*list.Element
	order   *list.List // the least recently seen entry first
}

type lruEntry[K comparable, V any] struct {
	key   K
	value V
}

func newLRU[K comparable, V any](limit int) *lru[K, V] {
	return &lru[K, V]{limit: limit, entries: map[K]*list.Element{}, order: list.New()}
}

// get returns an entry, which is now the most recently seen.
func (l *lru[K, V]) get(key K) (value V, found bool) {
	e := l.entries[key]
	if e == nil {
		return value, false
	}
	l.order.MoveToBack(e)
	return e.Value.(*lruEntry[K, V]).value, true
}

// has reports whether there is an entry. It doesn't count as seen.
func (l *lru[K, V]) has(key K) bool { return l.entries[key] != nil }

// put adds an entry. If there are too many, it returns the least recently seen one, which is gone.
func (l *lru[K, V]) put(key K, value V) (gone V, full bool) {
	l.entries[key] = l.order.PushBack(&lruEntry[K, V]{key, value})
	if len(l.entries) <= l.limit {
		return gone, false
	}
	first := l.order.Front()
	entry := l.order.Remove(first).(*lruEntry[K, V])
	delete(l.entries, entry.key)
	return entry.value, true
}

// remove drops an entry.
func (l *lru[K, V]) remove(key K) {
	if e := l.entries[key]; e != nil {
		l.order.Remove(e)
		delete(l.entries, key)
	}
}

// each visits the entries, the least recently seen first.
func (l *lru[K, V]) each(visit func(K, V)) {
	for e := l.order.Front(); e != nil; e = e.Next() {
		entry := e.Value.(*lruEntry[K, V])
		visit(entry.key, entry.value)
	}
}
