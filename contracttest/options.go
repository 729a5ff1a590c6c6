package contracttest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"

	"github.com/ringback-dev/ringback/internal/grade"
)

// An Option configures [Test] or [Grade].
type Option struct{ apply func(*settings) }

type settings struct {
	grade.Options
	route    string
	realTime bool
	// graded has the names of the options that only Grade has.
	graded []string
}

// To sets the URL of the consumer's endpoint. The handler must then be nil.
func To(url string) Option { return Option{func(s *settings) { s.URL = url }} }

// WithProvider sets the provider that the consumer calls. Without it, only responses and
// the state are checked.
func WithProvider(p *Provider) Option {
	return Option{func(s *settings) {
		if p != nil {
			s.Provider = p.provider
		}
	}}
}

// Route sets the route that sends the webhooks, for example "gupshup/v3". Leave it out if
// there is a [WithProvider].
func Route(name string) Option { return Option{func(s *settings) { s.route = name }} }

// State sets where the consumer shows its state as JSON: a URL, or a path of the handler.
func State(location string) Option { return Option{func(s *settings) { s.StateURL = location }} }

// Secret adds a secret that signs the webhooks of a provider that signs.
func Secret(secret string) Option {
	return Option{func(s *settings) { s.Secrets = append(s.Secrets, secret) }}
}

// StrictResponses fails a test, or the probe of empty responses, if a 2xx response has a
// body and the provider asks for an empty one: the provider then sends the webhook again.
// Without it, such a body is a warning.
func StrictResponses() Option {
	return Option{func(s *settings) { s.Options.StrictResponses = true }}
}

// Seed sets the seed of all random values; the default is 1.
func Seed(seed uint64) Option { return Option{func(s *settings) { s.Options.Seed = seed }} }

// RealTime keeps the delays of the scenario and of the retries, which can be days. Use it
// in a bubble of testing/synctest. Without it, events and retries follow at once. It is for
// [Test] only.
func RealTime() Option { return Option{func(s *settings) { s.realTime = true }} }

// Only limits [Grade] to probes, by name, ID or group.
func Only(probes ...string) Option {
	return Option{func(s *settings) {
		s.Options.Only, s.graded = append(s.Options.Only, probes...), append(s.graded, "Only")
	}}
}

// Skip leaves probes of [Grade] out, by name, ID or group.
func Skip(probes ...string) Option {
	return Option{func(s *settings) {
		s.Options.Skip, s.graded = append(s.Options.Skip, probes...), append(s.graded, "Skip")
	}}
}

// Handshake adds values that the provider's handshake needs, by name, for [Grade].
func Handshake(values map[string]string) Option {
	return Option{func(s *settings) {
		s.Options.Handshake, s.graded = maps.Clone(values), append(s.graded, "Handshake")
	}}
}

// configure applies the options, and makes the provider of a Route.
func configure(consumer http.Handler, options []Option) (*settings, error) {
	s := &settings{Options: grade.Options{Handler: consumer, Seed: 1}}
	for _, o := range options {
		o.apply(s)
	}
	if consumer == nil && s.URL == "" {
		return nil, errors.New("no consumer: pass a handler, or use the option To")
	}
	if s.Provider != nil {
		if s.route != "" && !s.Provider.Has(s.route) {
			return nil, fmt.Errorf("the provider's route is %s, and the option Route has %s; leave Route out", s.Provider.Route(), s.route)
		}
		return s, nil
	}
	if s.route == "" {
		return s, nil
	}
	var err error
	s.Provider, err = grade.NewProviderOfTest(s.route)
	return s, err
}
