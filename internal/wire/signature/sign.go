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

// A Corruption is a way to make a signature invalid. The zero Corruption makes it valid.
type Corruption string

// The corruptions. Not every scheme supports each; see [Scheme.Corruptions].
const (
	// WrongKey signs with a key that the receiver does not have.
	WrongKey Corruption = "wrong-key"
	// Stale signs for 301 s ago, one second more than the default tolerance.
	Stale Corruption = "stale"
	// Future signs for 301 s ahead.
	Future Corruption = "future"
	// Tampered signs another body.
	Tampered Corruption = "tampered"
	// Missing leaves the signature out.
	Missing Corruption = "missing"
	// Doubled puts an invalid signature before the valid one, in one header. A receiver that
	// supports rotation accepts it correctly.
	Doubled Corruption = "doubled"
	// Repeated sends the signature's header twice, the invalid one first.
	Repeated Corruption = "repeated"
	// UpperCase writes hexadecimal digits in upper case.
	UpperCase Corruption = "upper-case"
	// SignEscaped signs the body with \u escapes and sends it without them: receivers that sign
	// the raw bytes reject it. It changes nothing for an ASCII body.
	SignEscaped Corruption = "sign-escaped"
)

// Corruptions lists the corruptions that the scheme supports.
func (s Scheme) Corruptions() []Corruption {
	if s.Unsigned() {
		return nil
	}
	all := []Corruption{WrongKey, Missing, Repeated}
	if s.covers("time") {
		all = append(all, Stale, Future)
	}
	if !s.sendsSecret() {
		all = append(all, Tampered)
	}
	for i := range s.headers {
		if s.headers[i].separator != "" {
			all = append(all, Doubled)
		}
	}
	if last := s.headers[len(s.headers)-1]; last.encoding == "hex" {
		all = append(all, UpperCase)
	}
	if s.covers("body") {
		all = append(all, SignEscaped)
	}
	return all
}

// Sign returns the headers of one attempt. It signs the exact bytes of the body. Schemes that
// carry several signatures use all secrets, newest first; others use the newest.
func (s Scheme) Sign(m Message, secrets Secrets, corruption Corruption) ([]webhook.Header, error) {
	if s.Unsigned() {
		if corruption != "" {
			return nil, fmt.Errorf("corrupt signature: the scheme none has no signature; name a scheme")
		}
		return nil, nil
	}
	if err := s.signable(m, secrets, corruption); err != nil {
		return nil, err
	}
	v, err := s.values(m, corruption)
	if err != nil {
		return nil, err
	}
	fields := make([]webhook.Header, 0, len(s.headers)+1)
	for i := range s.headers {
		l := &s.headers[i]
		switch {
		case !l.each.set:
			fields = append(fields, webhook.Header{Name: l.name, Value: expand(l.value, v.get)})
		case corruption == Missing:
		default:
			fields = append(fields, l.sign(s, v, secrets.keys(), corruption)...)
		}
	}
	return fields, nil
}

func (s Scheme) signable(m Message, secrets Secrets, corruption Corruption) error {
	if len(secrets.keys()) == 0 {
		return rejected(BadSecret, "sign message: %s needs a secret; set one", s.name)
	}
	for _, k := range secrets.keys() {
		if k.public != nil && k.private == nil {
			return rejected(BadSecret, "sign message: a whpk_ key only verifies; use the whsk_ key")
		}
	}
	if s.covers("id") {
		if err := s.checkID(m.ID); err != nil {
			return err
		}
	}
	if corruption == "" {
		return nil
	}
	var known []string
	for _, k := range s.Corruptions() {
		if k == corruption {
			return nil
		}
		known = append(known, string(k))
	}
	return fmt.Errorf("corrupt signature: %s does not support %q; known: %s", s.name, corruption, strings.Join(known, ", "))
}

// checkID rejects an ID that contains the text that follows it in the signed text, because the
// end of the ID could be read as the start of the rest.
func (s Scheme) checkID(id string) error {
	behind := ""
	for i, p := range s.signs {
		if p.name == "id" && i+1 < len(s.signs) {
			behind = s.signs[i+1].text
		}
	}
	if id == "" || behind != "" && strings.Contains(id, behind) || strings.ContainsFunc(id, isControl) {
		return rejected(BadID, "check message ID %q: it must not be empty or contain %q", id, behind)
	}
	return nil
}

// signed has the values that a signature covers.
type signed struct {
	id, time, url, form string
	body                []byte
}

func (s Scheme) values(m Message, corruption Corruption) (signed, error) {
	v := signed{id: m.ID, time: strconv.FormatInt(stamp(m.At, corruption), 10), url: s.withDigest(m), body: m.Body}
	if s.covers("time") && stamp(m.At, corruption) < 0 {
		return signed{}, fmt.Errorf("sign message: its time %s is before 1970; choose a later one", m.At.Format(time.RFC3339))
	}
	if corruption == SignEscaped {
		v.body = escaped(m.Body)
	}
	var err error
	if s.covers("form") && isForm(m.ContentType) {
		v.form, err = fields(m.Body)
	}
	return v, err
}

func stamp(at time.Time, corruption Corruption) int64 {
	const beyond = 301 // seconds
	switch corruption {
	case Stale:
		return at.Unix() - beyond
	case Future: // rounded up, so that the time until delivery doesn't make it valid
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

func (l *headerSpec) sign(s Scheme, v signed, keys []key, corruption Corruption) []webhook.Header {
	if l.separator == "" {
		keys = keys[:1]
	}
	otherKeys := make([]key, len(keys))
	for i, k := range keys {
		otherKeys[i] = k.otherKey()
	}
	switch corruption {
	case WrongKey:
		return []webhook.Header{l.field(s, v, otherKeys, corruption)}
	case Repeated:
		return []webhook.Header{l.field(s, v, otherKeys, corruption), l.field(s, v, keys, corruption)}
	case Doubled:
		return []webhook.Header{l.field(s, v, append(otherKeys, keys...), corruption)}
	}
	return []webhook.Header{l.field(s, v, keys, corruption)}
}

func (l *headerSpec) field(s Scheme, v signed, keys []key, corruption Corruption) webhook.Header {
	var b strings.Builder
	b.WriteString(l.before)
	b.WriteString(expand(l.first, v.get))
	for i, k := range keys {
		if i > 0 || l.first != nil {
			b.WriteString(l.separator)
		}
		proof, around := l.proof(s, v, k, corruption == Tampered), l.each
		if k.private != nil {
			around = l.ed25519
		}
		if corruption == UpperCase && l.encoding == "hex" {
			proof = strings.ToUpper(proof)
		}
		b.WriteString(around.before)
		b.WriteString(proof)
		b.WriteString(around.after)
	}
	return webhook.Header{Name: l.name, Value: b.String()}
}

// proof returns the signature, or the secret itself.
func (l *headerSpec) proof(s Scheme, v signed, k key, tampered bool) string {
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

// escaped returns a JSON text with \u escapes for all characters beyond ASCII.
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
