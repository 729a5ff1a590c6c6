package webhook

import "fmt"

// A Level says how a verdict ends. The zero Level is OK.
type Level int

// The levels. Error, Unknown and Inconclusive are equally bad: none of them is
// a pass. See [Level.Rank].
const (
	// OK: the contract allows it, and nothing in it is new.
	OK Level = iota
	// Drift: the contract allows it, but it holds a field or a value that nobody has listed.
	Drift
	// Error: the contract refuses it.
	Error
	// Unknown: nothing in the catalogue looks like it.
	Unknown
	// Inconclusive: it could not be judged, and that is no pass.
	Inconclusive
)

var levelNames = [...]string{"ok", "drift", "error", "unknown", "inconclusive"}

// String returns the word that reports and machine formats use.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// MarshalText writes the level's word.
func (l Level) MarshalText() ([]byte, error) {
	if l < 0 || int(l) >= len(levelNames) {
		return nil, fmt.Errorf("write level: %d is no level", int(l))
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads the level's word.
func (l *Level) UnmarshalText(text []byte) error {
	for i, name := range levelNames {
		if name == string(text) {
			*l = Level(i)
			return nil
		}
	}
	return fmt.Errorf("read level: no level is named %q", text)
}

// Rank orders levels by gravity: ok 0, drift 1, everything else 2.
func (l Level) Rank() int { return min(int(l), int(Error)) }

// A Finding is one thing that is wrong or new, at one place.
type Finding struct {
	Level Level `json:"level"`
	// Rule names what was broken: a JSON Schema keyword, or one of the Rule constants.
	Rule string `json:"rule"`
	// Pointer is the JSON Pointer (RFC 6901) of the place in the body; "" is the body itself.
	Pointer string `json:"pointer"`
	// Line and Column are where that place begins in the source, from 1, the
	// column in characters; 0 if there is no source to point into.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Found and Expected are short texts for people. Found has phone numbers masked.
	Found    string `json:"found"`
	Expected string `json:"expected"`
	// Hint says what to do or what was meant; it may be empty.
	Hint string `json:"hint"`
	// Document is where the expectation is written: document and heading.
	Document string `json:"document"`
}

// A Verdict is what a judge says about an Item or a Delivery.
type Verdict struct {
	Level Level
	// Provider is who sends such events, as far as recognised: "gupshup", or "".
	Provider string
	// Type is the event type; "" if none or more than one is possible.
	Type string
	// Candidates are the possible event types, sorted; a judge leaves it empty
	// rather than nil.
	Candidates []string
	// Variant names which known form of the event this is ("documented", "wire");
	// "" if the event has one form, or the body fits several.
	Variant  string
	Findings []Finding
}

// An Item is one happening in an Type: most bodies hold one, some many.
type Item struct {
	// Pointer is where the item stands in the body: "/1", or "" for the body itself.
	Pointer string
	Verdict Verdict
}
