package engine

import "sync"

// A Room bounds what is in progress. It never rejects anything: a caller asks [Room.Wait] before it
// adds more.
type Room struct {
	size int

	mu      sync.Mutex
	count   int
	waiting []func()
}

// newRoom makes a room of a size.
func newRoom(size int) *Room { return &Room{size: size} }

// Add counts deliveries that begin.
func (r *Room) Add(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count += n
}

// Done counts a delivery that has ended.
func (r *Room) Done() {
	r.mu.Lock()
	r.count--
	var waiting []func()
	if r.count <= r.size/2 {
		waiting, r.waiting = r.waiting, nil
	}
	r.mu.Unlock()
	for _, resume := range waiting {
		resume()
	}
}

// Wait calls a function once, as soon as half of the room is free. It reports false, and does not
// call it, if there is room now.
func (r *Room) Wait(resume func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.count < r.size {
		return false
	}
	r.waiting = append(r.waiting, resume)
	return true
}
