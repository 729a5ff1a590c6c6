package signature

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/webhook"
)

// A Corrupt is one way to make a signature wrong. The zero Corrupt makes it right.
type Corruption string

// The spoils. Not every scheme can be spoilt in every way; see [Scheme.Corruptions].
const (
	// WrongKey signs with a key that the receiver does not have.
	WrongKey Corruption = "wrong-key"
	// Stale signs for 301 s ago, one second beyond the usual tolerance.
	Stale Corruption = "stale"
	// Future signs for 301 s ahead.
	Future Corruption = "future"
	// Tampered signs another body.
	Tampered Corruption = "tampered"
	// Missing leaves the signature out.
	Missing Corruption = "missing"
	// Doubled puts a wrong signature before the right one, in one line. A receiver
	// that knows of rotation accepts it, and is right to.
	Doubled Corruption = "doubled"
	// Repeated sends the signature's line twice, the wrong one first.
	Repeated Corruption = "repeated"
	// UpperCase writes hexadecimal digits in upper case.
	UpperCase Corruption = "upper-case"
	// SignEscaped signs the body with \u escapes and sends it without: receivers
	// that sign the raw bytes refuse it. It changes nothing in a body of ASCII.
	SignEscaped Corruption = "sign-escaped"
)

// Corruptions lists the ways in which signatures of this scheme can be made wrong.
func (s Scheme) Corruptions() []Corruption {
	if s.Unsigned() {
		return nil
	}
	all := []Corruption{WrongKey, Missing, Repeated}
	if s.covers("time") {
		all = append(all, Stale, Future)
	}
	if !s.shows() {
		all = append(all, Tampered)
	}
	for i := range s.lines {
		if s.lines[i].separator != "" {
			all = append(all, Doubled)
		}
	}
	if last := s.lines[len(s.lines)-1]; last.encoding == "hex" {
		all = append(all, UpperCase)
	}
	if s.covers("body") {
		all = append(all, SignEscaped)
	}
	return all
}

// Sign makes the header lines of one attempt. The body is signed as its bytes
// are; of several secrets those schemes that can carry several signatures use
// all, newest first, and the others the newest.
func (s Scheme) Sign(m Message, secrets Secrets, spoil Corruption) ([]webhook.Header, error) {
	if s.Unsigned() {
		if spoil != "" {
			return nil, fmt.Errorf("spoil signature: the scheme none has none; name a scheme")
		}
		return nil, nil
	}
	if err := s.signable(m, secrets, spoil); err != nil {
		return nil, err
	}
	v, err := s.values(m, spoil)
	if err != nil {
		return nil, err
	}
	fields := make([]webhook.Header, 0, len(s.lines)+1)
	for i := range s.lines {
		l := &s.lines[i]
		switch {
		case !l.each.set:
			fields = append(fields, webhook.Header{Name: l.name, Value: expand(l.value, v.get)})
		case spoil == Missing:
		default:
			fields = append(fields, l.sign(s, v, secrets.keys(), spoil)...)
		}
	}
	return fields, nil
}

func (s Scheme) signable(m Message, secrets Secrets, spoil Corruption) error {
	if len(secrets.keys()) == 0 {
		return rejected(BadSecret, "sign message: %s needs a secret; give it", s.name)
	}
	for _, k := range secrets.keys() {
		if k.public != nil && k.private == nil {
			return rejected(BadSecret, "sign message: a whpk_ key only verifies; give the whsk_ key")
		}
	}
	if s.covers("id") {
		if err := s.checkID(m.ID); err != nil {
			return err
		}
	}
	if spoil == "" {
		return nil
	}
	var known []string
	for _, k := range s.Corruptions() {
		if k == spoil {
			return nil
		}
		known = append(known, string(k))
	}
	return fmt.Errorf("spoil signature: %s cannot be spoilt by %q; known: %s", s.name, spoil, strings.Join(known, ", "))
}

// checkID refuses an id that holds what stands behind it in the signed text:
// its end could be read as the beginning of what follows.
func (s Scheme) checkID(id string) error {
	behind := ""
	for i, p := range s.signs {
		if p.name == "id" && i+1 < len(s.signs) {
			behind = s.signs[i+1].text
		}
	}
	if id == "" || behind != "" && strings.Contains(id, behind) || strings.ContainsFunc(id, isControl) {
		return rejected(BadID, "check message id %q: want one that is not empty and holds no %q", id, behind)
	}
	return nil
}

// signed are the values that a signature covers.
type signed struct {
	id, time, url, form string
	body                []byte
}

func (s Scheme) values(m Message, spoil Corruption) (signed, error) {
	v := signed{id: m.ID, time: strconv.FormatInt(stamp(m.At, spoil), 10), url: s.withDigest(m), body: m.Body}
	if s.covers("time") && stamp(m.At, spoil) < 0 {
		return signed{}, fmt.Errorf("sign message: its time %s is before 1970; choose a later one", m.At.Format(time.RFC3339))
	}
	if spoil == SignEscaped {
		v.body = escaped(m.Body)
	}
	var err error
	if s.covers("form") && isForm(m.ContentType) {
		v.form, err = fields(m.Body)
	}
	return v, err
}

func stamp(at time.Time, spoil Corruption) int64 {
	const beyond = 301 // seconds
	switch spoil {
	case Stale:
		return at.Unix() - beyond
	case Future: // rounded up, so that the way to the receiver does not heal it
		return at.Add(time.Second-1).Unix() + beyond
	}
	return at.Unix()
}

func (v signed) get(name string) string {
	switch name {
	case "id":
		return v.id
	case "time":
		return v.time
	case "url":
		return v.url
	case "form":
		return v.form
	}
	return string(v.body)
}

func (l *line) sign(s Scheme, v signed, keys []key, spoil Corruption) []webhook.Header {
	if l.separator == "" {
		keys = keys[:1]
	}
	wrongs := make([]key, len(keys))
	for i, k := range keys {
		wrongs[i] = k.wrong()
	}
	switch spoil {
	case WrongKey:
		return []webhook.Header{l.field(s, v, wrongs, spoil)}
	case Repeated:
		return []webhook.Header{l.field(s, v, wrongs, spoil), l.field(s, v, keys, spoil)}
	case Doubled:
		return []webhook.Header{l.field(s, v, append(wrongs, keys...), spoil)}
	}
	return []webhook.Header{l.field(s, v, keys, spoil)}
}

func (l *line) field(s Scheme, v signed, keys []key, spoil Corruption) webhook.Header {
	var b strings.Builder
	b.WriteString(l.before)
	b.WriteString(expand(l.first, v.get))
	for i, k := range keys {
		if i > 0 || l.first != nil {
			b.WriteString(l.separator)
		}
		proof, around := l.proof(s, v, k, spoil == Tampered), l.each
		if k.private != nil {
			around = l.ed25519
		}
		if spoil == UpperCase && l.encoding == "hex" {
			proof = strings.ToUpper(proof)
		}
		b.WriteString(around.before)
		b.WriteString(proof)
		b.WriteString(around.after)
	}
	return webhook.Header{Name: l.name, Value: b.String()}
}

// proof is what shows that the sender has the key.
func (l *line) proof(s Scheme, v signed, k key, tampered bool) string {
	if l.algorithm == "" {
		return encode(l.encoding, k.plain)
	}
	if k.private != nil {
		text := s.signedText(v)
		if tampered {
			text = append(text, ' ')
		}
		return encode(l.encoding, ed25519.Sign(k.private, text))
	}
	mac := hmac.New(newHash(l.algorithm), k.plain)
	for _, p := range s.signs {
		if p.name == "body" {
			mac.Write(v.body)
			continue
		}
		mac.Write([]byte(p.text + v.named(p.name)))
	}
	if tampered {
		mac.Write([]byte{' '})
	}
	return encode(l.encoding, mac.Sum(nil))
}

func (v signed) named(name string) string {
	if name == "" {
		return ""
	}
	return v.get(name)
}

func (s Scheme) signedText(v signed) []byte { return []byte(expand(s.signs, v.get)) }

func expand(pieces []piece, get func(string) string) string {
	var b strings.Builder
	for _, p := range pieces {
		if p.name == "" {
			b.WriteString(p.text)
			continue
		}
		b.WriteString(get(p.name))
	}
	return b.String()
}

func encode(encoding string, raw []byte) string {
	switch encoding {
	case "hex":
		return hex.EncodeToString(raw)
	case "base64":
		return base64.StdEncoding.EncodeToString(raw)
	}
	return string(raw)
}

func newHash(algorithm string) func() hash.Hash {
	switch algorithm {
	case "sha1":
		return sha1.New
	case "sha256":
		return sha256.New
	case "sha512":
		return sha512.New
	}
	return nil
}

// escaped is a JSON text with everything beyond ASCII written as \u escapes.
func escaped(body []byte) []byte {
	const surrogates, high, low = 0x10000, 0xd800, 0xdc00
	var out []byte
	for i := 0; i < len(body); {
		r, size := utf8.DecodeRune(body[i:])
		switch {
		case r < utf8.RuneSelf || r == utf8.RuneError && size == 1:
			out = append(out, body[i])
		case r >= surrogates:
			r -= surrogates
			out = fmt.Appendf(out, `\u%04x\u%04x`, high+r>>10, low+r&0x3ff)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		i += size
	}
	return out
}
