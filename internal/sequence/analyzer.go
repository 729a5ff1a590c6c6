package sequence

import (
	"hash/maphash"
	"strings"
)

// Window is how many messages an Analyzer keeps. When there are more, it drops the one that was seen
// least recently, and a later item of that message begins a new one. It keeps as many end users.
const Window = 20_000

// What else is bounded.
const (
	maxFindings  = 100    // of one rule; the rest is counted
	maxStatuses  = 32     // of one message
	maxValues    = 64     // of one message
	maxAccounts  = 2_000  // and their properties
	maxLocations = 2_000  // of times
	maxSeconds   = 4_096  // that are compared at once
	maxInterned  = 4_096  // texts that many messages share
	maxKinds     = 4_096  // of items
	maxHours     = 10_000 // of all accounts
)

// Options are the options of an Analyzer.
type Options struct {
	// Window is how many messages are kept; 0 means [Window].
	Window int
	// Strict turns notes into drift.
	Strict bool
	// Mask replaces phone numbers in the values of findings; nil means that nothing is replaced.
	Mask func(string) string
}

// An Analyzer takes the items of a capture in their order. It isn't safe for concurrent use.
type Analyzer struct {
	options Options
	seed    maphash.Seed
	// ring has the messages that are open, the least recently seen first.
	ring     message
	open     int
	byID     map[uint64]*message
	kinds    map[kind]*kind
	file     string
	accounts *lru[accountKey, *account]
	tuples   *lru[tupleKey, held]
	persons  *lru[uint64, *person]
	owners   *lru[uint64, held]
	business *lru[accountKey, *business]
	units    *lru[location, *unitState]
	clocks   *lru[location, *clock]
	seconds  *lru[second, *int]
	hours    map[hourKey]*hour
	times    map[string]eventTimes
	interned map[string]string
	counts   [len(rules)]int
	found    [len(rules)][]Finding
	masking
	seen, evicted int
}

// New makes an Analyzer.
func New(o Options) *Analyzer {
	if o.Window == 0 {
		o.Window = Window
	}
	if o.Mask == nil {
		o.Mask = func(text string) string { return text }
	}
	a := &Analyzer{
		options: o, seed: maphash.MakeSeed(), byID: map[uint64]*message{}, kinds: map[kind]*kind{}, hours: map[hourKey]*hour{}, times: map[string]eventTimes{}, interned: map[string]string{},
		accounts: newLRU[accountKey, *account](maxAccounts), tuples: newLRU[tupleKey, held](4 * maxAccounts), business: newLRU[accountKey, *business](maxAccounts),
		persons: newLRU[uint64, *person](o.Window), owners: newLRU[uint64, held](o.Window),
		units: newLRU[location, *unitState](maxLocations), clocks: newLRU[location, *clock](maxLocations), seconds: newLRU[second, *int](maxSeconds),
	}
	a.ring.previous, a.ring.next = &a.ring, &a.ring
	return a
}

// Add takes the next item.
func (a *Analyzer) Add(item Item) {
	item.mark()
	here := a.spotOf(&item)
	at, own := item.when()
	a.compareTimes(&item, at, own)
	a.unitsOf(&item, here)
	a.received(&item, here, at)
	a.sameSecond(&item, at)
	if item.Event == "" {
		return
	}
	account := a.accountOf(&item)
	if account.clock < nanoseconds(at) {
		account.clock = nanoseconds(at)
	}
	family, _, _ := strings.Cut(item.Event, ".")
	if family != "message" && family != "inbound" {
		return
	}
	a.countMasked(&item)
	a.tuplesOf(&item, account, here)
	a.personOf(&item, here, at)
	if m := a.messageOf(&item); m != nil {
		a.addTo(m, account, &item, status{
			spot: here, at: nanoseconds(at), received: nanoseconds(item.Received), hash: item.Hash, own: own, undeliverable: undeliverable(item.Reasons),
		})
	}
	if family == "inbound" {
		a.reference(&item)
		account.inbound(here, nanoseconds(at))
	}
}

// intern returns the kept copy of a text that many items share.
func (a *Analyzer) intern(text string) string {
	if kept, ok := a.interned[text]; ok {
		return kept
	}
	kept := strings.Clone(text)
	if len(a.interned) < maxInterned {
		a.interned[kept] = kept
	}
	return kept
}

// A Side is an item of a finding, and its value.
type Side struct {
	Place
	Value string `json:"value"`
}

// A Finding is what a rule found.
type Finding struct {
	// ID is that of the rule: "D13".
	ID    string `json:"id"`
	Level Level  `json:"level"`
	Type  string `json:"type"`
	// Text describes it.
	Text   string `json:"text"`
	First  Side   `json:"first"`
	Second Side   `json:"second"`
}

// report adds a finding of a rule, at another level than the rule's unless it is "".
func (a *Analyzer) report(id string, level Level, f Finding) {
	i := ruleOf(id)
	a.counts[i]++
	if len(a.found[i]) == maxFindings {
		return
	}
	if level == "" {
		level = rules[i].Level
	}
	if level == Note && a.options.Strict {
		level = Drift
	}
	f.ID, f.Level = id, level
	f.Type, f.Text = strings.Clone(f.Type), a.options.Mask(f.Text)
	f.First.Value, f.Second.Value = strings.Clone(a.options.Mask(f.First.Value)), strings.Clone(a.options.Mask(f.Second.Value))
	a.found[i] = append(a.found[i], f)
}

// count counts for a rule without findings.
func (a *Analyzer) count(id string) { a.counts[ruleOf(id)]++ }
