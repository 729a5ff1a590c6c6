package engine

import "sync"

// A Room bounds what is in progress. It never rejects anything: who adds to it asks [Room.Wait]
// first. [NewRoom] makes one.
type Room struct {
	size int

	mu      sync.Mutex
	count   int
	waiting []func()
}

// NewRoom makes a room for so many.
func NewRoom(size int) *Room { return &Room{size: size} }

// Add adds some that are in progress.
func (r *Room) Add(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.count += n
}

// Done takes out one that has ended.
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

// Full reports whether there is no room for more.
func (r *Room) Full() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.count >= r.size
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
