package state

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Targets says who gets an event: the active subscriptions of its route that
// want it, oldest first. eventType is its name, with or without the provider's
// before it; word is the canonical event, or "".
//
// What the contract sends without a subscription goes to all that are there,
// whatever their modes; the rest goes to those that name it. One without modes
// wants everything. A kind of URL takes its own kind of events only.
func (s *State) Targets(route *schemas.Route, eventType, word string, _ time.Time) []Subscription {
	if s.subscriptions.len() == 0 {
		return nil
	}
	relative := strings.TrimPrefix(eventType, route.Provider.Name+"/")
	free := fits(route.Contract.Subscription.NotRequired, relative, "")
	var targets []Subscription
	for _, sub := range s.subscriptions.all() {
		if sub.isActive() && sub.isFor(route) && s.takes(sub, relative, word) && (free || s.names(sub, relative, word)) {
			targets = append(targets, sub.clone())
		}
	}
	return targets
}

// Hears reports whether some active subscription gets events of a route.
func (s *State) Hears(route *schemas.Route) bool {
	for _, sub := range s.subscriptions.all() {
		if sub.isActive() && sub.isFor(route) {
			return true
		}
	}
	return false
}

func (sub *Subscription) isFor(route *schemas.Route) bool {
	return sub.Provider == route.Provider.Name && (sub.Route == route.Name || sub.Route == sub.Provider)
}

// takes: a kind without a declared purpose takes everything.
func (s *State) takes(sub Subscription, relative, word string) bool {
	if sub.Kind == "" || s.rules.Modes == nil {
		return true
	}
	types, ok := s.rules.Modes(sub.Provider, sub.Kind)
	return !ok || fits(types, relative, word)
}

func (s *State) names(sub Subscription, relative, word string) bool {
	return len(sub.Modes) == 0 || slices.ContainsFunc(sub.Modes, func(mode string) bool {
		types, _ := s.meaning(sub.Provider, mode)
		return fits(types, relative, word)
	})
}

// fits: some pattern means the event type, or is its word. Words are no
// patterns: "message.*" may be event types of a provider.
func fits(patterns []string, relative, word string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		if pattern == "*" || word != "" && pattern == word {
			return true
		}
		return canonical.Match(pattern, relative)
	})
}

func (sub Subscription) clone() Subscription {
	sub.Modes, sub.Header = slices.Clone(sub.Modes), slices.Clone(sub.Header)
	return sub
}
