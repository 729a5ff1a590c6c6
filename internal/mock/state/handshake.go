package state

import (
	"cmp"
	"maps"
	"strconv"

	"github.com/ringback-dev/ringback/internal/schemas"
)

// The statuses of a subscription.
const (
	statusPending = "pending"
	statusActive  = "active"
	statusRefused = "refused"
)

func subscriptionStatuses() []string { return []string{statusPending, statusActive, statusRefused} }

const checkName = "subscription.check"

// isActive reports whether a subscription gets events: it isn't switched off, and its URL was
// accepted.
func (sub *Subscription) isActive() bool { return sub.Active && sub.Status == statusActive }

// A Check is the handshake that a provider does because of a command.
type Check struct {
	Route *schemas.Route
	// Subscription is the one with the URL, as the command leaves it.
	Subscription Subscription
	// Decides is false if the call asked for no check: the provider sends its event nevertheless,
	// but the response doesn't matter.
	Decides bool
}

// Resolve returns a subscription.put as what it is: the update of the app's subscription with its tag, or the
// creation of one. Other commands stay as they are.
func (s *State) Resolve(c Command) Command {
	if c.Name != "subscription.put" {
		return c
	}
	c.Name = "subscription.create"
	provider := cmp.Or(c.Provider, s.providerOf(c.Route))
	for _, sub := range s.subscriptions.all() {
		if sub.Tag == c.Values["subscription.tag"] && sub.Provider == provider && sub.App == c.Values["app.id"] {
			c.Name, c.Values = "subscription.update", maps.Clone(c.Values)
			c.Values["subscription.id"] = sub.ID
		}
	}
	return c
}

// Check returns the handshake that the provider does because of a command, and false if it does
// none: the command sets no URL, or it will fail. It changes nothing.
//
// If the handshake isn't Async and Decides, the command is done after it, and only if it succeeded.
// Otherwise the command is done at once, and [State.Settle] says what came of the handshake.
func (s *State) Check(c Command) (Check, bool) {
	c = s.Resolve(c)
	if _, given := c.Values["subscription.url"]; !given || c.Name != "subscription.create" && c.Name != "subscription.update" {
		return Check{}, false
	}
	c, o := s.prepared(c)
	if o.Failure != "" {
		return Check{}, false
	}
	before, _ := s.subscriptions.get(c.Values["subscription.id"])
	after, o := s.changedSubscription(c)
	if c.Name == "subscription.create" {
		before = Subscription{}
		after, o = s.newSubscription(c)
	}
	check := Check{Route: s.route(after.Provider, after.Route), Subscription: after.clone(), Decides: decides(c)}
	if o.Failure != "" || before.URL == after.URL && before.Status == statusActive {
		return Check{}, false
	}
	return check, s.handshake(&after).Kind != noHandshake
}

const noHandshake = "none"

// handshake is how the provider checks the URL of a subscription.
func (s *State) handshake(sub *Subscription) schemas.Handshake {
	if route := s.route(sub.Provider, sub.Route); route != nil && route.Contract.Handshake.Kind != "" {
		return route.Contract.Handshake
	}
	return schemas.Handshake{Kind: noHandshake}
}

// decides reports whether the provider accepts a URL by the response to its check: unless the call
// says otherwise.
func decides(c Command) bool {
	check, err := strconv.ParseBool(c.Values[checkName])
	return err != nil || check
}

// changeCheck rejects what is no bool.
func changeCheck(c Command) Outcome {
	if text, given := c.Values[checkName]; given {
		if _, err := strconv.ParseBool(text); err != nil {
			return failed("value-invalid", checkName+": want true or false")
		}
	}
	return Outcome{}
}

// judge gives a subscription with a new URL its status. Where the provider checks the URL in the
// call, the command is only done if it was accepted.
func (s *State) judge(sub *Subscription, c Command) {
	sub.Status, sub.Reason = statusActive, ""
	if handshake := s.handshake(sub); handshake.Async && decides(c) {
		sub.Status = statusPending
	}
}

// Settle ends the check of a pending subscription: it is active, or refused for a reason that isn't
// "". One that has another URL by now stays as it is.
func (s *State) Settle(id, url, reason string) {
	sub, ok := s.subscriptions.get(id)
	if !ok || sub.Status != statusPending || sub.URL != url {
		return
	}
	if sub.Status = statusActive; reason != "" {
		sub.Status, sub.Reason = statusRefused, reason
	}
	s.subscriptions.put(id, sub)
}
