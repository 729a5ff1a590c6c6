package state

// Subscriptions returns the number of subscriptions.
func (s *State) Subscriptions() int { return s.subscriptions.len() }

// MediaBytes returns the number of bytes that media.get reads of an upload; 0 if it is unknown.
func (s *State) MediaBytes(id string) int64 {
	m, _ := s.media.get(id)
	return m.kept
}
