package signature

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

//go:embed schemes.yaml
var schemesYAML string

// shipped returns the schemes of schemes.yaml. They are read once and shared: don't change them.
var shipped = sync.OnceValues(func() ([]Scheme, error) { return read("schemes.yaml", schemesYAML) })

// read reads a file of schemes. A scheme may refer to an earlier one.
func read(name, source string) ([]Scheme, error) {
	file, err := document.ReadYAML(name, []byte(source))
	if err != nil {
		return nil, err
	}
	var declared document.Entries[document.Located[declaration]]
	d := document.NewDecoder(file)
	d.Decode(&file.Root, &declared)
	var all []Scheme
	for _, one := range declared {
		if one.Value.Value.Source == "" {
			d.Errorf(one.Value.Node, "missing key %q", "source")
		}
		all = append(all, one.Value.Value.scheme(d, one.Value.Node, one.Name, all))
	}
	return all, d.Err()
}

// UnmarshalNode reads the name of a scheme in schemes.yaml, or a mapping with the keys of a
// scheme.
func (s *Scheme) UnmarshalNode(d *document.Decoder, n *document.Node) {
	before, err := shipped()
	if err != nil {
		d.Errorf(n, "%v", err)
		return
	}
	var one declaration
	if n.Kind == document.String {
		one.Scheme = document.Located[string]{Value: n.Text, Node: n}
	} else if !d.Decode(n, &one) {
		return
	}
	*s = one.scheme(d, n, "", before)
}

// A declaration has the keys of a scheme.
type declaration struct {
	document.Remarks
	// Scheme refers to another scheme, which differs only by the Prefix.
	Scheme    document.Located[string] `key:"scheme"`
	Prefix    string                   `key:"prefix"`
	Secret    string                   `key:"secret" oneof:"text standard user-password token68"`
	Algorithm string                   `key:"algorithm" oneof:"sha1 sha256 sha512"`
	Encoding  string                   `key:"encoding" oneof:"hex base64 plain"`
	Signs     document.Located[string] `key:"signs"`
	Headers   []declaredLine           `key:"headers"`
	Envelope  *declaredEnvelope        `key:"envelope"`
	Digest    string                   `key:"digest"`
}

type declaredEnvelope struct {
	Text document.Located[string] `key:"text,required"`
	Body string                   `key:"body,required"`
}

type declaredLine struct {
	Name      string                   `key:"name,required"`
	Value     document.Located[string] `key:"value"`
	Before    string                   `key:"before"`
	First     document.Located[string] `key:"first"`
	Each      document.Located[string] `key:"each"`
	Ed25519   document.Located[string] `key:"ed25519"`
	Separator string                   `key:"separator"`
	Algorithm string                   `key:"algorithm" oneof:"sha1 sha256 sha512"`
}

// scheme returns the scheme that is declared at n.
func (c *declaration) scheme(d *document.Decoder, n *document.Node, name string, before []Scheme) Scheme {
	if c.Scheme.Node != nil {
		return c.reference(d, n, name, before)
	}
	s := Scheme{name: name, secret: c.Secret, prefix: c.Prefix, digest: c.Digest, signs: template(d, c.Signs, "id", "time", "body", "url", "form")}
	if len(c.Headers) == 0 {
		c.mustBeEmpty(d, n)
		return s
	}
	if s.secret == "" {
		s.secret = "text"
	}
	if s.name == "" {
		s.name = "the header " + c.Headers[0].Name
		if c.Algorithm != "" {
			s.name = "HMAC-" + strings.ToUpper(c.Algorithm)
		}
	}
	if c.Envelope != nil {
		s.envelope = envelope{template(d, c.Envelope.Text, "data", "id", "published"), document.Tokens(c.Envelope.Body)}
	}
	if c.Algorithm == "" && s.signs != nil || c.Algorithm != "" && s.signs == nil {
		d.Errorf(n, "keys algorithm and signs need each other; without both, the header contains the secret itself")
	}
	if c.Encoding == "" {
		d.Errorf(n, "missing key %q", "encoding")
	}
	for i := range c.Headers {
		s.headers = append(s.headers, c.line(d, n, &c.Headers[i]))
	}
	if !slices.ContainsFunc(s.headers, func(l headerSpec) bool { return l.each.set }) {
		d.Errorf(n, "no header has the key each, which carries the signature")
	}
	return s
}

// mustBeEmpty rejects keys that have no effect without a header that carries a signature.
func (c *declaration) mustBeEmpty(d *document.Decoder, n *document.Node) {
	for _, key := range []string{"prefix", "secret", "algorithm", "encoding", "signs", "envelope", "digest"} {
		if v := n.Get(key); v != nil {
			d.Errorf(v, "key %s needs headers beside it, which carry the signature", key)
		}
	}
}

// reference returns another scheme, with another prefix if there is one.
func (c *declaration) reference(d *document.Decoder, n *document.Node, name string, before []Scheme) Scheme {
	for i := range n.Members {
		if m := &n.Members[i]; !slices.Contains([]string{"scheme", "prefix", "source", "assumed", "note"}, m.Key) {
			d.Errorf(&m.Value, "key %s has no effect beside scheme; leave out one of the two", m.Key)
		}
	}
	i := slices.IndexFunc(before, func(s Scheme) bool { return s.name == c.Scheme.Value })
	if i < 0 {
		d.Errorf(c.Scheme.Node, "unknown signature scheme %s; %s", document.Quote(c.Scheme.Value), document.OneOf(c.Scheme.Value, namesOf(before)))
		return Scheme{}
	}
	s := before[i]
	if c.Prefix != "" {
		var err error
		if s, err = s.WithPrefix(c.Prefix); err != nil {
			d.Errorf(n, "%v", err)
		}
	}
	if name != "" {
		s.name = name
	}
	return s
}

func (c *declaration) line(d *document.Decoder, n *document.Node, declared *declaredLine) headerSpec {
	l := headerSpec{
		name: declared.Name, value: template(d, declared.Value, "id", "time"),
		before: declared.Before, separator: declared.Separator, first: template(d, declared.First, "time"),
		algorithm: c.Algorithm, encoding: c.Encoding,
	}
	if err := CheckHeader(webhook.Header{Name: l.name}); err != nil {
		d.Errorf(n, "%v", err)
	}
	if declared.Algorithm != "" {
		l.algorithm = declared.Algorithm
	}
	slot := "signature"
	if c.Algorithm == "" {
		slot = "secret"
	}
	l.each, l.ed25519 = around(d, declared.Each, slot), around(d, declared.Ed25519, slot)
	if l.each.set == (l.value != nil) || !strings.HasPrefix(l.name, c.Prefix) {
		d.Errorf(n, "header %s: its name must begin with the prefix %s, and it has either value or each", document.Quote(l.name), document.Quote(c.Prefix))
	}
	return l
}

// around reads a text that contains one signature.
func around(d *document.Decoder, text document.Located[string], slot string) entry {
	if text.Node == nil {
		return entry{}
	}
	before, after, found := strings.Cut(text.Value, "{{"+slot+"}}")
	if !found {
		d.Errorf(text.Node, "expected a string with {{%s}}, found %s", slot, text.Node.Describe())
	}
	return entry{true, before, after}
}

// A piece of a template is a text or the name of a value.
type piece struct{ text, name string }

// template reads a text with values; nil without a text.
func template(d *document.Decoder, text document.Located[string], known ...string) []piece {
	var pieces []piece
	for rest := text.Value; rest != ""; {
		before, behind, found := strings.Cut(rest, "{{")
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !found {
			break
		}
		name, next, closed := strings.Cut(behind, "}}")
		if !closed || !slices.Contains(known, name) {
			d.Errorf(text.Node, "unknown value %s; %s", document.Quote(name), document.OneOf(name, known))
		}
		pieces, rest = append(pieces, piece{name: name}), next
	}
	return pieces
}
