// Package signature signs webhooks and verifies them. A [Scheme] is a declaration in schemes.yaml
// that works in both directions: it signs a message and verifies a received one. Everything here
// is pure.
package signature

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Scheme describes how webhooks are signed. It is immutable and safe for concurrent use; the
// zero Scheme signs nothing.
type Scheme struct {
	name     string
	secret   string // which kind of secret it takes; "" if none
	prefix   string
	signs    []piece
	headers  []headerSpec
	envelope envelope
	digest   string
}

// A headerSpec describes one header of a scheme.
type headerSpec struct {
	name string
	// value is the whole value of a header without a signature.
	value []piece
	// The rest is for a header with signatures: before, then the parts. first is a first part
	// that is not a signature.
	before, separator   string
	first               []piece
	each, ed25519       entry
	algorithm, encoding string
}

// An entry is the text around one signature.
type entry struct {
	set           bool
	before, after string
}

// A Message is the input of a signature.
type Message struct {
	// ID is the same for all attempts of a delivery.
	ID string
	// At is the time of the attempt.
	At time.Time
	// URL and ContentType are for schemes that sign the URL and the fields of a form.
	URL         string
	ContentType string
	// Body is the event's body, without an envelope.
	Body []byte
}

// Named returns a scheme of [Names].
func Named(name string) (Scheme, error) {
	all, err := shipped()
	if err != nil {
		return Scheme{}, err
	}
	i := slices.IndexFunc(all, func(s Scheme) bool { return s.name == name })
	if i < 0 {
		return Scheme{}, &Rejection{Unknown, "read signature scheme: unknown scheme " + document.Quote(name) + "; " + document.OneOf(name, namesOf(all))}
	}
	return all[i], nil
}

// Names lists the named schemes, in the order of their documentation. It reads only the keys of
// schemes.yaml, because the help of every command needs them.
func Names() []string {
	var names []string
	for line := range strings.Lines(schemesYAML) {
		if name, _, ok := strings.Cut(line, ":"); ok && name[0] >= 'a' && name[0] <= 'z' {
			names = append(names, name)
		}
	}
	return names
}

func namesOf(all []Scheme) []string {
	var names []string
	for _, s := range all {
		names = append(names, s.name)
	}
	return names
}

// BodyHMAC describes a scheme whose only header carries an HMAC of the body alone, so that a
// shell can make it; ok is false for other schemes.
func (s Scheme) BodyHMAC() (header, algorithm, encoding string, ok bool) {
	if len(s.headers) != 1 || !slices.Equal(s.signs, []piece{{name: "body"}}) || s.envelope.text != nil {
		return "", "", "", false
	}
	l := s.headers[0]
	return l.name, l.algorithm, l.encoding, l.algorithm != "" && l.each.set && l.each.before+l.each.after+l.before == "" && l.first == nil
}

// Name returns the name in schemes.yaml; for a provider's own scheme, its algorithm:
// "HMAC-SHA256".
func (s Scheme) Name() string { return s.name }

// Unsigned reports whether the scheme signs nothing.
func (s Scheme) Unsigned() bool { return len(s.headers) == 0 }

// Signs reports whether the scheme signs.
func (s Scheme) Signs() bool { return !s.Unsigned() }

// WithPrefix returns the scheme with another prefix of its header names, for example "svix-" for
// Standard Webhooks.
func (s Scheme) WithPrefix(prefix string) (Scheme, error) {
	if s.prefix == "" {
		return Scheme{}, rejected(Unknown, "change prefix: the headers of %s have fixed names", s.name)
	}
	if err := CheckHeader(webhook.Header{Name: prefix + "id"}); err != nil {
		return Scheme{}, err
	}
	lines := slices.Clone(s.headers)
	for i := range lines {
		lines[i].name = prefix + strings.TrimPrefix(lines[i].name, s.prefix)
	}
	s.headers, s.prefix = lines, prefix
	return s, nil
}

// Headers lists the names of the headers that the scheme adds.
func (s Scheme) Headers() []string {
	var names []string
	for i := range s.headers {
		names = append(names, s.headers[i].name)
	}
	return names
}

// covers reports whether the signature covers a value.
func (s Scheme) covers(name string) bool {
	return slices.ContainsFunc(s.signs, func(p piece) bool { return p.name == name })
}

// sendsSecret reports whether a header contains the secret itself.
func (s Scheme) sendsSecret() bool {
	return slices.ContainsFunc(s.headers, func(l headerSpec) bool { return l.each.set && l.algorithm == "" })
}

// CheckHeader rejects a header that a user must not add to a message: an invalid name, one that
// frames the message or belongs to the connection, one that a scheme adds, or a value with a
// control character. Call it at configuration: net/http reports these only when it sends.
func CheckHeader(f webhook.Header, schemes ...Scheme) error {
	switch {
	case f.Name == "" || strings.ContainsFunc(f.Name, func(r rune) bool { return !isToken(r) }):
		return rejected(BadHeader, "check header %q: a name must have only letters, digits and !#$%%&'*+-.^_`|~", f.Name)
	case strings.HasPrefix(strings.ToLower(f.Name), "proxy-"), slices.Contains(framing(), strings.ToLower(f.Name)):
		return rejected(BadHeader, "check header %s: it belongs to the connection; leave it out", f.Name)
	}
	for _, s := range schemes {
		if slices.ContainsFunc(s.headers, func(l headerSpec) bool { return strings.EqualFold(l.name, f.Name) }) {
			return rejected(BadHeader, "check header %s: the %s signature adds it; leave it out", f.Name, s.name)
		}
	}
	for _, c := range []byte(f.Value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return rejected(BadHeader, "check header %s: its value contains the control character %#02x; remove it", f.Name, c)
		}
	}
	return nil
}

func framing() []string {
	return []string{"host", "content-length", "transfer-encoding", "connection", "trailer", "upgrade"}
}

func isToken(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r != 0 && strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
