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

// Tolerance is the maximum difference between a signature's time and now, inclusive.
const Tolerance = 300 * time.Second

// A Rejection is why a signature, a secret or a header is not accepted.
type Rejection struct {
	Reason  Reason
	message string
}

func (r *Rejection) Error() string { return r.message }

// A Reason groups rejections.
type Reason string

// The reasons.
const (
	// Unverified: no scheme or secret is configured; this is not a pass.
	Unverified Reason = "unverified"
	// MissingHeader: a header of the scheme is missing.
	MissingHeader Reason = "missing-header"
	// RepeatedHeader: a header is repeated.
	RepeatedHeader Reason = "repeated-header"
	// Malformed: a header or the body does not have the scheme's format.
	Malformed Reason = "malformed"
	// NoSignature: there is no signature of a known version.
	NoSignature Reason = "no-signature"
	// Mismatch: the key or the signed text differs.
	Mismatch Reason = "mismatch"
	// BadID: the message ID could hide a part of the body.
	BadID Reason = "bad-id"
	// BadTime: the time is not a whole number of seconds.
	BadTime Reason = "bad-time"
	// OutOfTolerance: the signature is valid, but too old or in the future.
	OutOfTolerance Reason = "out-of-tolerance"
	// BadSecret: the secret is invalid.
	BadSecret Reason = "bad-secret"
	// BadHeader: a user must not add the header.
	BadHeader Reason = "bad-header"
	// Unknown: unknown scheme, algorithm or encoding.
	Unknown Reason = "unknown"
)

func rejected(reason Reason, format string, args ...any) error {
	return &Rejection{reason, fmt.Sprintf(format, args...)}
}

// Received is a received webhook.
type Received struct {
	// URL is for schemes that sign it, as the sender sees it.
	URL    string
	Header []webhook.Header
	Body   []byte
}

// Verify returns nil only for a valid signature, or else a *[Rejection]. With several secrets, as
// in a rotation, one of them must match. Comparisons take constant time. A replay within the
// tolerance is valid here: detecting it requires the IDs of earlier messages.
func (s Scheme) Verify(r Received, secrets Secrets, now time.Time, tolerance time.Duration) error {
	if s.Unsigned() || len(secrets.keys()) == 0 {
		return rejected(Unverified, "verify signature: no scheme or secret is configured; configure both")
	}
	var v signed
	var err error
	if v.body, err = s.openEnvelope(r.Body); err != nil {
		return err
	}
	v.url = r.URL
	if v.form, err = s.checkDigest(r); err != nil {
		return err
	}
	proofs := make([][]string, len(s.headers))
	for i := range s.headers {
		if proofs[i], err = s.headers[i].read(r.Header, &v); err != nil {
			return err
		}
	}
	if err := s.checkRead(&v); err != nil {
		return err
	}
	for i := range s.headers {
		if l := &s.headers[i]; l.each.set && !l.fits(s, v, secrets.keys(), proofs[i]) {
			return rejected(Mismatch, "verify signature: %s matches no secret, or the body was changed; compare the raw bytes and the secret", l.name)
		}
	}
	if !s.covers("time") {
		return nil
	}
	return checkTime(v.time, now, tolerance)
}

// maxParts limits the parts of one header.
const maxParts = 16

// read reads the values of a header into v and returns its entries with a signature.
func (l *headerSpec) read(header []webhook.Header, v *signed) ([]string, error) {
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
		return nil, rejected(RepeatedHeader, "verify signature: header %s is repeated %d times", l.name, count)
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

// sort separates the parts of a header, without those of unknown versions.
func (l *headerSpec) sort(parts []string, v *signed) (proofs []string, err error) {
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

// take reads one value: the pieces are an optional text, and a value.
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

// checkTime runs after the check of the signature itself, so that only valid signatures are
// reported as too old.
func checkTime(text string, now time.Time, tolerance time.Duration) error {
	const maxCount = 12 // digits
	if len(text) > maxCount {
		return rejected(OutOfTolerance, "check signature's time %s: it is far ahead; want seconds, not milliseconds", clip(text))
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return rejected(BadTime, "check signature's time %q: want whole seconds since 1970", clip(text))
	}
	// Receivers compare whole seconds, too.
	off := time.Duration(now.Unix()-seconds) * time.Second
	if seconds > 1<<34 || off > tolerance || off < -tolerance {
		return rejected(OutOfTolerance, "check signature's time %d: it is %d s from now; want at most %s", seconds, now.Unix()-seconds, tolerance)
	}
	return nil
}

func (l *headerSpec) fits(s Scheme, v signed, keys []key, proofs []string) bool {
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

func (l *headerSpec) fitsPublic(s Scheme, v signed, k key, proofs []string) bool {
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
