package sequence

import "strings"

// A Summary is what was found in a capture.
type Summary struct {
	// Messages counts the messages. If there are more than Window, Dropped of them were dropped
	// before the end: their later items count as new messages.
	Messages int `json:"messages"`
	Window   int `json:"window"`
	Dropped  int `json:"dropped"`
	// Masked means that the rules about identity are left out.
	Masked bool `json:"masked"`
	// Counts are the rules that only count; each other rule has its findings in Notes or Drift, at
	// most 100. More counts the rest.
	Counts []RuleCount `json:"counts"`
	Notes  []Finding   `json:"notes"`
	Drift  []Finding   `json:"drift"`
	More   []RuleCount `json:"more,omitempty"`
}

// A RuleCount is how often a rule found something.
type RuleCount struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// End returns what was found; no item may follow.
func (a *Analyzer) End() Summary {
	for m := a.ring.next; m != &a.ring; m = m.next {
		a.finish(m)
	}
	a.aloneByHour()
	a.accounts.each(func(_ accountKey, c *account) { a.silenceOf(c) })
	a.clocks.each(a.judgeClock)
	if a.isMasked() {
		a.dropIdentity()
	}
	s := Summary{
		Messages: a.seen, Window: a.options.Window, Dropped: a.evicted, Masked: a.isMasked(),
		Counts: []RuleCount{}, Notes: []Finding{}, Drift: []Finding{},
	}
	for i := range rules {
		found := a.found[i]
		if rest := a.counts[i] - len(found); rest > 0 {
			one := RuleCount{rules[i].ID, rules[i].Text, rest}
			if rules[i].Level == Count {
				s.Counts = append(s.Counts, one)
			} else {
				s.More = append(s.More, one)
			}
		}
		for _, f := range found {
			if f.Level == Drift {
				s.Drift = append(s.Drift, f)
			} else {
				s.Notes = append(s.Notes, f)
			}
		}
	}
	return s
}

// dropIdentity replaces the findings about identity with one note.
func (a *Analyzer) dropIdentity() {
	text := "masked: phone numbers are replaced, so the rules about identity are left out"
	first := Finding{}
	if a.readable() {
		text = "masked: the numbers are still readable inside the ids; the rules about identity are left out"
		first = a.found[ruleOf("D40")][0]
	}
	for i := range rules {
		if rules[i].identity {
			a.counts[i], a.found[i] = 0, nil
		}
	}
	i := ruleOf("D40")
	first.ID, first.Level, first.Text = rules[i].ID, Note, text // no defect, so not drift if strict
	a.counts[i], a.found[i] = 1, []Finding{first}
}

// Notable reports whether there is something to show beside what every capture has.
func (s *Summary) Notable() bool {
	usual := 0
	for _, c := range s.Counts {
		if strings.Contains("D15 D16 D19 D20", c.ID) {
			usual++
		}
	}
	return len(s.Notes)+len(s.Drift)+len(s.Counts)-usual > 0 || s.Dropped > 0
}
