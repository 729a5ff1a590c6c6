package engine

import "sync"

// A pass lets one delivery of each end user be attempted at a time, in their order, where the
// provider waits for the response before it sends that user's next event.
type pass struct {
	mu sync.Mutex
	// taken has the users with an attempt in progress, and what waits for it to end.
	taken map[int][]*sending
}

// take reports whether a delivery may be attempted now. If not, leave returns it in its turn. It is
// asked in the order of the queue.
func (p *pass) take(s *sending) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	waiting, taken := p.taken[s.endUser]
	if s.passed || s.endUser == 0 {
		return true
	}
	if taken {
		p.taken[s.endUser] = append(waiting, s)
		return false
	}
	if p.taken == nil {
		p.taken = map[int][]*sending{}
	}
	p.taken[s.endUser], s.passed = nil, true
	return true
}

// leave ends the attempt of a delivery, and returns the one that may be attempted now; nil if none
// waits.
func (p *pass) leave(s *sending) *sending {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !s.passed {
		return nil
	}
	s.passed = false
	waiting := p.taken[s.endUser]
	if len(waiting) == 0 {
		delete(p.taken, s.endUser)
		return nil
	}
	next := waiting[0]
	next.passed = true
	p.taken[s.endUser] = waiting[1:]
	return next
}
