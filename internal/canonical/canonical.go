// Package canonical knows the words of scenarios: what happens, in no
// provider's spelling. A provider.yaml maps them to its event types; a
// scenario is written in them.
package canonical

import (
	"slices"
	"strings"
)

type family struct {
	name  string
	words []string
}

// Nobody changes the families.
var families = []family{
	{"message", []string{"enqueued", "sent", "delivered", "read", "played", "failed", "undelivered", "deleted", "clicked", "mismatch"}},
	{"inbound", []string{
		"text", "image", "video", "audio", "file", "sticker", "location", "contact", "button", "list", "reaction",
		"click", "form", "order", "referral", "system", "unsupported", "edited", "deleted", "echo",
	}},
	{"contact", []string{"opted-in", "opted-out", "created", "updated", "preference"}},
	{"template", []string{"approved", "rejected", "paused", "disabled", "deleted", "appealed", "recategorized", "quality"}},
	{"account", []string{
		"restricted", "verified", "disabled", "violation", "reinstated", "linked", "updated", "tier", "pricing",
		"capability", "review", "name", "live",
	}},
	{"billing", []string{"deducted"}},
	{"call", []string{"ended"}},
	{"sandbox", []string{"started"}},
	{"platform", []string{"check", "error"}},
}

// Events are all the words, by family, in the order in which docs list them.
func Events() []string {
	var names []string
	for _, f := range families {
		for _, word := range f.words {
			names = append(names, f.name+"."+word)
		}
	}
	return names
}

// Is reports whether a name is a word of scenarios. Every cue that is planned
// asks it.
func Is(name string) bool {
	before, word, _ := strings.Cut(name, ".")
	return slices.ContainsFunc(families, func(f family) bool { return f.name == before && slices.Contains(f.words, word) })
}

// Family is the part of a word before the dot: "message".
func Family(event string) string {
	family, _, _ := strings.Cut(event, ".")
	return family
}

// Direction says where an event comes from: "inbound" from a person,
// "outbound" about a message or call to one, "system" from the provider itself.
func Direction(event string) string {
	switch Family(event) {
	case "inbound", "contact":
		return "inbound"
	case "message", "call":
		return "outbound"
	}
	return "system"
}
