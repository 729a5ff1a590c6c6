package scenarios

// A queue is a heap that returns its smallest item.
type queue[T any] struct {
	items []T
	less  func(a, b T) bool
}

// defaultCapacity fits most queues.
const defaultCapacity = 4

func (q *queue[T]) push(item T) {
	if q.items == nil {
		q.items = make([]T, 0, defaultCapacity)
	}
	q.items = append(q.items, item)
	for i := len(q.items) - 1; i > 0; {
		above := (i - 1) / 2
		if !q.less(q.items[i], q.items[above]) {
			return
		}
		q.items[i], q.items[above] = q.items[above], q.items[i]
		i = above
	}
}

func (q *queue[T]) pop() T {
	smallest, last := q.items[0], len(q.items)-1
	q.items[0] = q.items[last]
	var nothing T
	q.items[last] = nothing
	q.items = q.items[:last]
	q.sink()
	return smallest
}

// sink restores the order after the first item has grown.
func (q *queue[T]) sink() {
	for i := 0; ; {
		smallest := i
		for below := 2*i + 1; below <= 2*i+2 && below < len(q.items); below++ {
			if q.less(q.items[below], q.items[smallest]) {
				smallest = below
			}
		}
		if smallest == i {
			return
		}
		q.items[i], q.items[smallest] = q.items[smallest], q.items[i]
		i = smallest
	}
}
