package sequence

// Held is the number of entries that an Analyzer keeps.
func (a *Analyzer) Held() int {
	n := a.open + len(a.byID) + len(a.kinds) + len(a.hours) + len(a.interned)
	n += len(a.accounts.entries) + len(a.tuples.entries) + len(a.persons.entries) + len(a.owners.entries) + len(a.business.entries)
	return n + len(a.units.entries) + len(a.clocks.entries) + len(a.seconds.entries)
}
