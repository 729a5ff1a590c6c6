package sequence

// Name is the rule of findings over a capture, beside the names that findings in one body have.
const Name = "sequence"

// A Level is how a rule is reported.
type Level string

// The levels, the lightest first.
const (
	// Count is normal in honest traffic, and only counted.
	Count Level = "count"
	// Note may have an innocent cause that the capture doesn't show.
	Note Level = "note"
	// Drift has none that is known.
	Drift Level = "drift"
)

// A Rule is one of the rules over a capture.
type Rule struct {
	ID string
	// Level is the level without --sequence strict, which turns notes into drift.
	Level Level
	// Text says what is found.
	Text string
	// identity means that masked traffic breaks the rule.
	identity bool
}

// Rules returns the rules, in the order of the documentation.
func Rules() []Rule { return rules[:] }

var rules = [...]Rule{
	{ID: "D01", Level: Count, Text: "the same item again: a duplicate"},
	{ID: "D04", Level: Drift, Text: "the same ID and status with another body"},
	{ID: "D10", Level: Count, Text: "a status that arrived after a later one"},
	{ID: "D11", Level: Note, Text: "a status that arrived more than 5 minutes after a later one"},
	{ID: "D13", Level: Drift, Text: "the times of two statuses are in the wrong order"},
	{ID: "D14", Level: Drift, Text: "a status that can't follow another"},
	{ID: "D15", Level: Count, Text: "delivered or read, without sent"},
	{ID: "D16", Level: Count, Text: "read, without delivered"},
	{ID: "D17", Level: Note, Text: "more than 20 % of an hour's messages have nothing after sent"},
	{ID: "D18", Level: Note, Text: "enqueued, and neither sent nor failed within 10 minutes"},
	{ID: "D19", Level: Count, Text: "statuses of a message without enqueued"},
	{ID: "D20", Level: Count, Text: "a reply, a reaction or a tap whose message isn't in the capture"},
	{ID: "D22", Level: Note, Text: "a silence of more than 20 times the usual distance of inbound messages"},
	{ID: "D30", Level: Note, Text: "received long after, or before, the time in the item"},
	{ID: "D31", Level: Note, Text: "a constant error of 19,800 s: IST read as UTC"},
	{ID: "D32", Level: Drift, Text: "a time switches between seconds and milliseconds"},
	{ID: "D34", Level: Drift, Text: "sent before enqueued, by their times"},
	{ID: "D37", Level: Count, Text: "a second with more than 30 items"},
	{ID: "D40", Level: Drift, Text: "the number in a message ID isn't that of the end user", identity: true},
	{ID: "D41", Level: Drift, Text: "two values of what never changes in a message", identity: true},
	{ID: "D42", Level: Drift, Text: "an ID of a message with two other IDs", identity: true},
	{ID: "D43", Level: Drift, Text: "one message to two recipients", identity: true},
	{ID: "D44", Level: Note, Text: "a user ID with two phone numbers, or the reverse", identity: true},
	{ID: "D45", Level: Drift, Text: "app, phone number and account don't belong together", identity: true},
	{ID: "D47", Level: Note, Text: "more than 3 names of one phone number in a day", identity: true},
	{ID: "D48", Level: Note, Text: "the number of the business is the end user's", identity: true},
}

// ruleOf returns the index of a rule.
func ruleOf(id string) int {
	for i := range rules {
		if rules[i].ID == id {
			return i
		}
	}
	panic("sequence: no rule " + id)
}
