// Package canonical lists the canonical events, which are independent of providers. A provider.yaml
// maps them to its event types, and scenarios use them. It also matches names with patterns.
package canonical

import (
	"path"
	"slices"
	"strings"
)

// A family is a prefix of canonical events with its suffixes.
type family struct {
	name  string
	words []string
}

// families is read-only.
var families = []family{
	{"message", []string{"enqueued", "sent", "delivered", "read", "played", "failed", "undelivered", "deleted", "clicked", "mismatch"}},
	{"inbound", []string{
		"text", "image", "video", "audio", "file", "sticker", "location", "contact", "button", "list", "reaction",
		"click", "form", "permission", "order", "referral", "system", "unsupported", "edited", "deleted", "echo",
	}},
	{"contact", []string{"opted-in", "opted-out", "created", "updated", "preference"}},
	{"template", []string{"approved", "rejected", "paused", "disabled", "deleted", "appealed", "recategorized", "quality"}},
	{"account", []string{
		"restricted", "verified", "disabled", "violation", "reinstated", "linked", "updated", "tier", "pricing",
		"capability", "review", "name", "live",
	}},
	{"billing", []string{"deducted"}},
	{"payment", []string{"pending", "captured", "failed"}},
	{"call", []string{"started", "ringing", "accepted", "rejected", "ended"}},
	{"sync", []string{"history", "contacts"}},
	{"sandbox", []string{"started"}},
	{"platform", []string{"check", "error"}},
}

// Events are all canonical events, by family, in the order of the docs.
func Events() []string {
	var names []string
	for _, f := range families {
		for _, word := range f.words {
			names = append(names, f.name+"."+word)
		}
	}
	return names
}

// Is reports whether a name is a canonical event. It is on the hot path of planning.
func Is(name string) bool {
	before, word, _ := strings.Cut(name, ".")
	return slices.ContainsFunc(families, func(f family) bool { return f.name == before && slices.Contains(f.words, word) })
}

// Family is the part of a canonical event before the dot: "message".
func Family(event string) string {
	family, _, _ := strings.Cut(event, ".")
	return family
}

// Direction is "inbound" for an event from an end user, "outbound" for an event about a message to
// an end user, its payment, or a call, and "system" for an event of the provider.
func Direction(event string) string {
	switch Family(event) {
	case "inbound", "contact":
		return "inbound"
	case "message", "call", "payment":
		return "outbound"
	}
	return "system"
}

// Match reports whether a name matches a pattern of event names, in which * is any text without a
// slash (see [path.Match]). An invalid pattern matches nothing.
func Match(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// ValidPattern reports whether [Match] can match a pattern.
func ValidPattern(pattern string) bool {
	_, err := path.Match(pattern, "")
	return err == nil
}
