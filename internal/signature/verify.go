package signature

import (
	"crypto/ed25519"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// Tolerance is how far a signature's time may be from now, the end included.
const Tolerance = 300 * time.Second

// A Refusal is why a signature, a secret or a header is not accepted.
type Rejection struct {
	Reason  Reason
	message string
}

func (r *Rejection) Error() string { return r.message }

// A Reason groups refusals.
type Reason string

// The reasons.
const (
	// Unverified: nothing was configured that could verify it, which is no pass.
	Unverified Reason = "unverified"
	// MissingHeader: a header line of the scheme is not there.
	MissingHeader Reason = "missing-header"
	// RepeatedHeader: a header line is there more than once.
	RepeatedHeader Reason = "repeated-header"
	// Malformed: a header line or the body does not have the scheme's form.
	Malformed Reason = "malformed"
	// NoSignature: no signature of a version that is known.
	NoSignature Reason = "no-signature"
	// Mismatch: it was signed with another key, or something else was signed.
	Mismatch Reason = "mismatch"
	// BadID: the message id could hide a part of the body.
	BadID Reason = "bad-id"
	// BadTime: the time is no whole number of seconds.
	BadTime Reason = "bad-time"
	// OutOfTolerance: it was signed rightly, but too long ago or ahead.
	OutOfTolerance Reason = "out-of-tolerance"
	// BadSecret: the secret cannot be used.
	BadSecret Reason = "bad-secret"
	// BadHeader: the header may not be added by a user.
	BadHeader Reason = "bad-header"
	// Unknown: no such scheme, algorithm or encoding.
	Unknown Reason = "unknown"
)

func rejected(reason Reason, format string, args ...any) error {
	return &Rejection{reason, fmt.Sprintf(format, args...)}
}

// Received is a webhook that came in.
type Received struct {
	// URL counts for schemes that sign it: as the sender knows it.
	URL    string
	Header []webhook.Header
	Body   []byte
}

// Verify returns nil only for a signature that is right; else a *[Refusal].
// Several secrets are those of a rotation: one of them must fit. What is
// compared is compared in constant time. A replay within the tolerance is right
// here: only somebody who remembers ids can tell.
func (s Scheme) Verify(r Received, secrets Secrets, now time.Time, tolerance time.Duration) error {
	if s.Unsigned() || len(secrets.keys()) == 0 {
		return rejected(Unverified, "verify signature: no scheme or secret is configured; configure both")
	}
	var v signed
	var err error
	if v.body, err = s.inside(r.Body); err != nil {
		return err
	}
	v.url = r.URL
	if v.form, err = s.checkDigest(r); err != nil {
		return err
	}
	proofs := make([][]string, len(s.lines))
	for i := range s.lines {
		if proofs[i], err = s.lines[i].read(r.Header, &v); err != nil {
			return err
		}
	}
	if err := s.checkRead(&v); err != nil {
		return err
	}
	for i := range s.lines {
		if l := &s.lines[i]; l.each.set && !l.fits(s, v, secrets.keys(), proofs[i]) {
			return rejected(Mismatch, "verify signature: %s fits no secret, or the body is not as it was signed; compare the raw bytes and the secret", l.name)
		}
	}
	if !s.covers("time") {
		return nil
	}
	return checkTime(v.time, now, tolerance)
}

// mostParts bounds what is read of one header line.
const maxParts = 16

// read takes the values of a line into v and returns its entries that hold a signature.
func (l *line) read(header []webhook.Header, v *signed) ([]string, error) {
	count := 0
	for _, f := range header {
		if strings.EqualFold(f.Name, l.name) {
			count++
		}
	}
	value := first(header, l.name)
	switch {
	case count == 0 || value == "":
		return nil, rejected(MissingHeader, "verify signature: header %s is missing", l.name)
	case count > 1:
		return nil, rejected(RepeatedHeader, "verify signature: header %s is there %d times", l.name, count)
	case !l.each.set:
		v.take(l.value, value)
		return nil, nil
	}
	value, found := strings.CutPrefix(value, l.before)
	if !found {
		return nil, rejected(Malformed, "verify signature: %s does not begin with %q", l.name, l.before)
	}
	parts := []string{value}
	if l.separator != "" {
		parts = strings.SplitN(value, l.separator, maxParts+1)
	}
	if len(parts) > maxParts {
		return nil, rejected(Malformed, "verify signature: %s has more than %d parts", l.name, maxParts)
	}
	return l.sort(parts, v)
}

// sort tells the parts apart; those of unknown versions are left out.
func (l *line) sort(parts []string, v *signed) (proofs []string, err error) {
	firsts := 0
	for _, part := range parts {
		switch {
		case l.first != nil && strings.HasPrefix(part, l.first[0].text):
			firsts++
			v.take(l.first, part)
		case l.each.has(part) || l.ed25519.has(part):
			proofs = append(proofs, part)
		}
	}
	switch {
	case l.first != nil && firsts != 1:
		return nil, rejected(Malformed, "verify signature: %s has %d parts %s…; want one", l.name, firsts, l.first[0].text)
	case len(proofs) == 0 && l.separator == "":
		return nil, rejected(Malformed, "verify signature: %s does not begin with %q", l.name, l.each.before)
	case len(proofs) == 0:
		return nil, rejected(NoSignature, "verify signature: %s has no part %s…", l.name, l.each.before)
	}
	return proofs, nil
}

func (e entry) has(part string) bool {
	return e.set && len(part) >= len(e.before)+len(e.after) && strings.HasPrefix(part, e.before) && strings.HasSuffix(part, e.after)
}

// take reads one value: the pieces are a text, which may be empty, and a place.
func (v *signed) take(pieces []piece, text string) {
	for _, p := range pieces {
		if p.name == "" {
			text = strings.TrimPrefix(text, p.text)
			continue
		}
		if p.name == "id" {
			v.id = text
		} else {
			v.time = text
		}
	}
}

func (s Scheme) checkRead(v *signed) error {
	if s.covers("id") {
		if err := s.checkID(v.id); err != nil {
			return err
		}
	}
	if s.covers("time") && (v.time == "" || strings.ContainsFunc(v.time, func(r rune) bool { return r < '0' || r > '9' })) {
		return rejected(BadTime, "check signature's time %q: want whole seconds since 1970, digits only", clip(v.time))
	}
	return nil
}

// checkTime comes after the signature itself, so that "too old" is said only
// of what is genuine.
func checkTime(text string, now time.Time, tolerance time.Duration) error {
	const maxCount = 12 // digits
	if len(text) > maxCount {
		return rejected(OutOfTolerance, "check signature's time %s: it is far ahead; want seconds, not milliseconds", clip(text))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return rejected(BadTime, "check signature's time %q: want whole seconds since 1970", clip(text))
	}
	// Whole seconds on both sides, as receivers compare.
	off := time.Duration(now.Unix()-seconds) * time.Second
	if seconds > 1<<34 || off > tolerance || off < -tolerance {
		return rejected(OutOfTolerance, "check signature's time %d: it is %d s from now; at most %s are allowed", seconds, now.Unix()-seconds, tolerance)
	}
	return nil
}

func (l *line) fits(s Scheme, v signed, keys []key, proofs []string) bool {
	fits := false
	for _, k := range keys {
		if k.public != nil {
			fits = l.fitsPublic(s, v, k, proofs) || fits
			continue
		}
		want := []byte(l.each.before + l.proof(s, v, k, false) + l.each.after)
		for _, p := range proofs {
			fits = subtle.ConstantTimeCompare(want, []byte(p)) == 1 || fits
		}
	}
	return fits
}

func (l *line) fitsPublic(s Scheme, v signed, k key, proofs []string) bool {
	if !l.ed25519.set {
		return false
	}
	text := s.signedText(v)
	for _, p := range proofs {
		if !l.ed25519.has(p) {
			continue
		}
		encoded := p[len(l.ed25519.before) : len(p)-len(l.ed25519.after)]
		raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
		if err == nil && ed25519.Verify(k.public, text, raw) {
			return true
		}
	}
	return false
}

func first(header []webhook.Header, name string) string {
	for _, f := range header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func clip(text string) string {
	const maxCount = 24
	if len(text) > maxCount {
		return text[:maxCount] + "…"
	}
	return text
}
