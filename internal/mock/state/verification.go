package state

import (
	"cmp"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Verification is a one-time code that was sent to a phone number.
type Verification struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Phone    string `json:"phone"`
	Code     string `json:"code"`
	// Status is sent, success or canceled.
	Status    string    `json:"status"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

const (
	codeSent     = "sent"
	codeVerified = "success"
	codeCanceled = "canceled"

	codeDigits    = "1234567890"
	codeLength    = 6
	codeLasts     = 2 * time.Minute
	minCodeLength = 1
)

// createVerification sends a code: the one of the command, or the first digits of 1234567890, so that a test knows it.
func (s *State) createVerification(c Command) Outcome {
	phone, o := phoneOf(c.Values)
	if o.Failure != "" {
		return o
	}
	v := Verification{Provider: c.Provider, Phone: phone, Code: c.Values["verification.code"], Status: codeSent, CreatedAt: c.At, ExpiresAt: c.At.Add(codeLasts)}
	if v.Code == "" {
		length, err := strconv.Atoi(cmp.Or(c.Values["verification.length"], strconv.Itoa(codeLength)))
		if err != nil || length < minCodeLength || length > len(codeDigits) {
			return failed("value-invalid", "verification.length must be a number from 1 to 10")
		}
		v.Code = codeDigits[:length]
	}
	if lasts, err := time.ParseDuration(c.Values["verification.timeout"]); err == nil && lasts > 0 {
		v.ExpiresAt = c.At.Add(lasts)
	}
	v.ID = s.newID(c, "verification.id", s.verifications.has)
	s.verifications.put(v.ID, v)
	return done(v.values())
}

// verification is the one with the ID, or the last one that was sent to the number.
func (s *State) verification(c Command) (Verification, bool) {
	if id := c.Values["verification.id"]; id != "" {
		v, ok := s.verifications.get(id)
		return v, ok && v.Provider == c.Provider
	}
	var last Verification
	phone, o := phoneOf(c.Values)
	for _, v := range s.verifications.all() {
		if o.Failure == "" && v.Provider == c.Provider && v.Phone == phone {
			last = v
		}
	}
	return last, last.ID != ""
}

func noVerification() Outcome { return failed("unknown-id", "unknown verification ID") }

func (s *State) getVerification(c Command) Outcome {
	v, ok := s.verification(c)
	if !ok {
		return noVerification()
	}
	return done(v.values())
}

// checkVerification takes a code once, and only until it expires.
func (s *State) checkVerification(c Command) Outcome {
	v, ok := s.verification(c)
	switch {
	case !ok || v.Status == codeCanceled:
		return noVerification()
	case v.Status == codeVerified:
		return failed("already-verified", "the code was verified already")
	case !c.At.Before(v.ExpiresAt):
		return failed("expired", "the code expired")
	case c.Values["verification.code"] != v.Code:
		return failed("code-invalid", "the code is not the one that was sent")
	}
	v.Status = codeVerified
	s.verifications.put(v.ID, v)
	return done(v.values())
}

func (s *State) cancelVerification(c Command) Outcome {
	v, ok := s.verification(c)
	switch {
	case !ok:
		return noVerification()
	case v.Status == codeVerified:
		return failed("already-verified", "the code was verified already")
	}
	v.Status = codeCanceled
	s.verifications.put(v.ID, v)
	return done(v.values())
}

func (v *Verification) values() map[string]value.Value {
	return map[string]value.Value{
		"verification.id": value.OfID(v.ID), "verification.status": value.OfText(v.Status), "verification.code": value.OfText(v.Code),
		"verification.created_at": value.OfTime(v.CreatedAt), "verification.expires_at": value.OfTime(v.ExpiresAt),
		"recipient.phone": read("recipient.phone", v.Phone),
	}
}
