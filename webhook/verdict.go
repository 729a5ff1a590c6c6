package webhook

import "fmt"

// A Level is the result of a verdict or the gravity of a finding. The zero Level is LevelOK.
type Level int

// The levels. LevelError, LevelUnknown and LevelInconclusive are equally bad: see [Level.Rank].
const (
	// LevelOK means that the contract allows the body and lists everything in it.
	LevelOK Level = iota
	// LevelDrift means that the contract allows the body, but doesn't list a key or a value.
	LevelDrift
	// LevelError means that the body violates the contract.
	LevelError
	// LevelUnknown means that no event type of the catalog resembles the body.
	LevelUnknown
	// LevelInconclusive means that the body can't be validated. It doesn't count as valid.
	LevelInconclusive
)

var levelNames = [...]string{"ok", "drift", "error", "unknown", "inconclusive"}

// String returns the level's name in reports and machine formats.
func (l Level) String() string {
	if l < 0 || int(l) >= len(levelNames) {
		return fmt.Sprintf("Level(%d)", int(l))
	}
	return levelNames[l]
}

// MarshalText writes the level's name.
func (l Level) MarshalText() ([]byte, error) {
	if l < 0 || int(l) >= len(levelNames) {
		return nil, fmt.Errorf("write level: %d is not a level", int(l))
	}
	return []byte(l.String()), nil
}

// UnmarshalText reads the level's name.
func (l *Level) UnmarshalText(text []byte) error {
	for i, name := range levelNames {
		if name == string(text) {
			*l = Level(i)
			return nil
		}
	}
	return fmt.Errorf("read level: unknown level %q; want one of %q", text, levelNames)
}

// Rank returns the gravity of a level: 0 for ok, 1 for drift, 2 for all others.
func (l Level) Rank() int { return min(int(l), int(LevelError)) }

// A Finding is one problem or one drift in a body.
type Finding struct {
	Level Level `json:"level"`
	// Rule is a JSON Schema keyword or one of the Rule constants.
	Rule string `json:"rule"`
	// Pointer is a JSON Pointer (RFC 6901) into the body; "" is the body itself.
	Pointer string `json:"pointer"`
	// Line and Column locate the value in the source, from 1, the column in characters; 0
	// without a source.
	Line   int `json:"line"`
	Column int `json:"column"`
	// Found and Expected are short texts for people. Phone numbers in Found are masked.
	Found    string `json:"found"`
	Expected string `json:"expected"`
	// Hint suggests a correction; it may be empty.
	Hint string `json:"hint"`
	// Document is the source of the expectation: a document and a heading.
	Document string `json:"document"`
}

// A Verdict is the result of the validation of an Item or a Delivery.
type Verdict struct {
	Level Level
	// Provider is the recognized provider, for example "gupshup"; "" if it is unknown.
	Provider string
	// Type is the event type; "" if it is unknown or ambiguous.
	Type string
	// Candidates are the possible event types, sorted. It is empty rather than nil.
	Candidates []string
	// Variant is the recognized variant of the body, for example "documented"; "" if the
	// event type has no variants or several match.
	Variant  string
	Findings []Finding
}

// An Item is one notification in an Event. Most bodies have one, some have many.
type Item struct {
	// Pointer is the JSON Pointer of the item in the body: "/1", or "" for the whole body.
	Pointer string
	Verdict Verdict
}
