package state

// Subscriptions returns the number of subscriptions.
func (s *State) Subscriptions() int { return s.subscriptions.len() }
