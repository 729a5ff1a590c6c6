package state

import (
	"cmp"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// An Account is the consumer's account with a provider.
type Account struct {
	// Status is active, restricted or disabled.
	Status   string `json:"status"`
	Verified bool   `json:"verified,omitempty"`
	Tier     string `json:"tier,omitempty"`
}

const (
	active     = "active"
	restricted = "restricted"
	// balance is what an account has left, always: nothing is charged here.
	balance = 1000_0000
)

func (s *State) account(provider string) Account {
	a := s.accounts[provider]
	a.Status = cmp.Or(a.Status, active)
	return a
}

func (s *State) showAccount(c Command) Outcome { return done(s.account(c.Provider).values()) }

func (s *State) changeAccount(c Command, event string, change func(*Account)) Outcome {
	a := s.account(c.Provider)
	change(&a)
	s.accounts[c.Provider] = a
	o := done(a.values())
	o.Events = s.events(c, event, map[string]string{})
	return o
}

func (s *State) restrictAccount(c Command) Outcome {
	return s.changeAccount(c, "account.restricted", func(a *Account) { a.Status = restricted })
}

func (s *State) reinstateAccount(c Command) Outcome {
	return s.changeAccount(c, "account.reinstated", func(a *Account) { a.Status = active })
}

func (s *State) disableAccount(c Command) Outcome {
	return s.changeAccount(c, "account.disabled", func(a *Account) { a.Status = disabled })
}

func (s *State) verifyAccount(c Command) Outcome {
	return s.changeAccount(c, "account.verified", func(a *Account) { a.Verified = true })
}

func (s *State) tierAccount(c Command) Outcome {
	return s.changeAccount(c, "account.tier", func(a *Account) { a.Tier = c.Values["account.tier"] })
}

func (a Account) values() map[string]value.Value {
	values := map[string]value.Value{
		"account.status":     value.OfText(a.Status),
		"account.verified":   value.OfBool(a.Verified),
		"account.restricted": value.OfBool(a.Status != active),
		"account.balance":    value.OfMoney(balance),
	}
	if a.Tier != "" {
		values["account.tier"] = value.OfText(a.Tier)
	}
	return values
}

// A Token is a key that was issued. It is good for a day.
type Token struct {
	Value     string    `json:"value"`
	Provider  string    `json:"provider"`
	ExpiresAt time.Time `json:"expires_at"`
}

func (s *State) issueToken(c Command) Outcome {
	t := Token{Provider: c.Provider, ExpiresAt: c.At.Add(day)}
	t.Value = s.newID(c, "token.value", s.tokens.has)
	s.tokens.put(t.Value, t)
	return done(map[string]value.Value{"token.value": value.OfText(t.Value), "token.expires_at": value.OfTime(t.ExpiresAt)})
}

// Issued reports whether a key is a token of the provider's that is still good.
func (s *State) Issued(provider, token string, at time.Time) bool {
	t, ok := s.tokens.get(token)
	return ok && t.Provider == provider && at.Before(t.ExpiresAt)
}
