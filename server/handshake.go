package server

import (
	"cmp"
	"errors"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/webhook"
)

// maxHandshakes bounds the handshakes in progress of all sessions.
const maxHandshakes = 256

// carryOut does a command. Where the provider checks a URL in the call, it waits for the
// handshake, which takes at most the contract's time allowed; no lock is held meanwhile.
// Where it checks the URL later, or asks for no result, the handshake goes on after it.
func (s *session) carryOut(c state.Command) (state.Outcome, error) {
	s.mu.Lock()
	check, needed := s.state.Check(c)
	exceeded := s.commandQuota(c)
	s.mu.Unlock()
	switch {
	case exceeded != nil:
		return state.Outcome{}, exceeded
	case !needed:
		return s.do(c)
	}
	if s.handshakes.Add(1) > maxHandshakes {
		s.handshakes.Add(-1)
		return state.Outcome{}, unavailable(errors.New("check URL: too many handshakes are in progress; retry later"))
	}
	if check.Decides && !check.Route.Contract.Handshake.Async {
		reason, err := s.handshake(check, c.Seed)
		if err != nil {
			return state.Outcome{}, err
		}
		if reason != "" {
			return state.Outcome{Failure: "url-rejected", Detail: "the handshake failed: " + reason}, nil
		}
		return s.do(c)
	}
	o, err := s.do(c)
	if err != nil {
		s.handshakes.Add(-1)
		return o, err
	}
	s.busy.Add(1)
	s.working.Go(func() {
		defer s.busy.Add(-1)
		s.settle(check, c.Seed)
	})
	return o, nil
}

// settle does a handshake, and makes the subscription active or refused.
func (s *session) settle(check state.Check, seed uint64) {
	reason, err := s.handshake(check, seed)
	if err != nil { // it stays pending
		s.note("", check.Route.Name, err.Error())
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state.Settle(check.Subscription.ID, check.Subscription.URL, reason)
}

// handshake checks a URL as the provider does, and returns why it is refused; "" if it
// isn't. It is a delivery in the journal. The error is a failure of Ringback.
func (s *session) handshake(check state.Check, seed uint64) (reason string, err error) {
	defer s.handshakes.Add(-1)
	seed = prng.Seed(seed, prng.SeedOf("handshake"))
	h := s.handshakeOf(check, seed)
	to := targetOf(check.Subscription)
	id := s.journal.Add(s.handshakeEntry(check)).ID
	endpoint, client, err := s.callOf(check.Route, to)
	if err != nil { // such as a header that the contract sets
		s.handshaken(id, journal.StateFailed, webhook.Delivery{}, err.Error())
		return err.Error(), nil
	}
	result, err := h.Handshake(s.running, &endpoint, client)
	tried := webhook.Delivery{ID: script.DeliveryID(seed), Event: result.Event, Attempts: result.Attempts}
	switch {
	case err != nil:
		s.handshaken(id, journal.StateFailed, tried, err.Error())
		return "", err
	case result.OK:
		s.handshaken(id, journal.StateSucceeded, tried, "")
		return "", nil
	case s.running.Err() != nil:
		s.handshaken(id, journal.StateCanceled, tried, "the server is shutting down")
		return "", unavailable(errors.New("check URL: the server is shutting down"))
	}
	s.handshaken(id, journal.StateFailed, tried, result.Cause)
	return result.Cause, nil
}

// handshakeOf is the handshake with a subscription's URL. What the consumer must check is
// the subscription's token; without one, it is random.
func (s *session) handshakeOf(check state.Check, seed uint64) engine.Handshake {
	sub := check.Subscription
	h := engine.Handshake{Route: check.Route, Generator: s.generator, Seed: seed, App: s.app(), Values: map[string]string{}}
	if sub.App != "" {
		h.With = mock.Settings(map[string]string{"app.id": sub.App})
	}
	for _, name := range h.Needed() {
		h.Values[name] = cmp.Or(sub.Token, script.DeliveryID(prng.Seed(seed, prng.SeedOf(name))))
	}
	return h
}

// handshakeEntry is what the journal says of a handshake that is to be.
func (s *session) handshakeEntry(check state.Check) journal.Entry {
	sub, handshake := check.Subscription, check.Route.Contract.Handshake
	entry := journal.Entry{
		Kind: journal.KindDelivery, Session: s.name, Route: check.Route.Name, At: time.Now().UTC(), State: journal.StateScheduled, Endpoint: plainURL(sub.URL),
		Values: map[string]string{"subscription.id": sub.ID}, Text: handshakeText, Delivery: &webhook.Delivery{},
	}
	if handshake.Event == "" {
		return entry
	}
	entry.Type = check.Route.Provider.Name + "/" + handshake.Event
	if t, err := s.options.Catalog.Type(entry.Type); err == nil && len(t.CanonicalEvents()) > 0 {
		entry.CanonicalEvent = t.CanonicalEvents()[0]
	}
	return entry
}

const handshakeText = "handshake"

// handshaken writes down how a handshake ended.
func (s *session) handshaken(id, state string, d webhook.Delivery, reason string) {
	s.journal.Update(id, func(one *journal.Entry) {
		one.State, one.Delivery = state, &d
		if reason != "" {
			one.Text = handshakeText + ": " + reason
		}
		if n := len(d.Attempts); n > 0 {
			one.Status, one.At = d.Attempts[n-1].Status, d.Attempts[0].At.UTC()
		}
	})
}

// targetOf is a subscription as an endpoint that gets events.
func targetOf(sub state.Subscription) target {
	t := target{key: "subscription " + sub.ID, name: sub.ID, url: sub.URL, id: sub.ID, secret: sub.Secret}
	for _, line := range sub.Header {
		t.header = append(t.header, webhook.Header{Name: line[0], Value: line[1]})
	}
	return t
}
