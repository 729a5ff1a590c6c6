// Package signature signs webhooks and verifies them. A [Scheme] is a
// declaration in schemes.yaml that is read in both directions: what signs a
// message also says how a received one is checked. Everything here is pure.
package signature

import (
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Scheme says how webhooks are signed. It is immutable and safe for
// concurrent use; the zero Scheme signs nothing.
type Scheme struct {
	name     string
	secret   string // which kind of secret it takes; "" if none
	prefix   string
	signs    []piece
	lines    []line
	envelope envelope
	digest   string
}

// A line is one header line of a scheme.
type line struct {
	name string
	// value is the whole value of a line that holds no signature.
	value []piece
	// The rest is of a line with signatures: before, then the parts, of which
	// the first may be another than a signature.
	before, separator   string
	first               []piece
	each, ed25519       entry
	algorithm, encoding string
}

// An entry is what stands around one signature; the zero entry is none.
type entry struct {
	set           bool
	before, after string
}

// A Message is what is signed.
type Message struct {
	// ID is the same at each attempt to deliver the message.
	ID string
	// At is when this attempt is made.
	At time.Time
	// URL and ContentType count for schemes that sign the URL and the fields of a form.
	URL         string
	ContentType string
	// Body is the event's own body, without an envelope.
	Body []byte
}

// Named returns the scheme of a name of [Names].
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

// Names lists the schemes that have a name, in the order of their documentation.
func Names() []string {
	all, err := shipped()
	if err != nil {
		return nil
	}
	return namesOf(all)
}

func namesOf(all []Scheme) []string {
	var names []string
	for _, s := range all {
		names = append(names, s.name)
	}
	return names
}

// BodyHMAC describes a scheme whose only header carries an HMAC of the body and nothing
// else, so that a shell can make it; ok is false of any other scheme.
func (s Scheme) BodyHMAC() (header, algorithm, encoding string, ok bool) {
	if len(s.lines) != 1 || !slices.Equal(s.signs, []piece{{name: "body"}}) || s.envelope.text != nil {
		return "", "", "", false
	}
	l := s.lines[0]
	return l.name, l.algorithm, l.encoding, l.algorithm != "" && l.each.set && l.each.before+l.each.after+l.before == "" && l.first == nil
}

// Name is the name in schemes.yaml; of a provider's own scheme, what it makes: "HMAC-SHA256".
func (s Scheme) Name() string { return s.name }

// Unsigned reports whether the scheme signs nothing.
func (s Scheme) Unsigned() bool { return len(s.lines) == 0 }

// Signs reports whether the scheme signs.
func (s Scheme) Signs() bool { return !s.Unsigned() }

// WithPrefix returns the scheme with header names that begin with another
// prefix, such as "svix-" for Standard Webhooks.
func (s Scheme) WithPrefix(prefix string) (Scheme, error) {
	if s.prefix == "" {
		return Scheme{}, rejected(Unknown, "change prefix: the headers of %s have fixed names", s.name)
	}
	if err := CheckHeader(webhook.Header{Name: prefix + "id"}); err != nil {
		return Scheme{}, err
	}
	lines := slices.Clone(s.lines)
	for i := range lines {
		lines[i].name = prefix + strings.TrimPrefix(lines[i].name, s.prefix)
	}
	s.lines, s.prefix = lines, prefix
	return s, nil
}

// Headers are the names of the header lines that the scheme makes.
func (s Scheme) Headers() []string {
	var names []string
	for i := range s.lines {
		names = append(names, s.lines[i].name)
	}
	return names
}

// covers reports whether a value counts in the signature.
func (s Scheme) covers(name string) bool {
	return slices.ContainsFunc(s.signs, func(p piece) bool { return p.name == name })
}

// shows reports whether the secret itself is sent.
func (s Scheme) shows() bool {
	return slices.ContainsFunc(s.lines, func(l line) bool { return l.each.set && l.algorithm == "" })
}

// CheckHeader refuses a header line that a user may not add to a message: a
// name that is no token, that frames the message or belongs to the connection,
// or that one of the schemes makes; and a value with a control character. It is
// for the time of configuration: net/http finds out only when it sends.
func CheckHeader(f webhook.Header, schemes ...Scheme) error {
	switch {
	case f.Name == "" || strings.ContainsFunc(f.Name, func(r rune) bool { return !isToken(r) }):
		return rejected(BadHeader, "check header %q: a name has letters, digits and !#$%%&'*+-.^_`|~ only", f.Name)
	case strings.HasPrefix(strings.ToLower(f.Name), "proxy-"), slices.Contains(framing(), strings.ToLower(f.Name)):
		return rejected(BadHeader, "check header %s: it belongs to the connection; leave it out", f.Name)
	}
	for _, s := range schemes {
		if slices.ContainsFunc(s.lines, func(l line) bool { return strings.EqualFold(l.name, f.Name) }) {
			return rejected(BadHeader, "check header %s: the %s signature makes it; leave it out", f.Name, s.name)
		}
	}
	for _, c := range []byte(f.Value) {
		if c < ' ' && c != '\t' || c == 0x7f {
			return rejected(BadHeader, "check header %s: its value holds the control character %#02x; remove it", f.Name, c)
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
