package signature

import (
	_ "embed"
	"errors"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

//go:embed schemes.yaml
var schemesYAML string

// shipped reads the schemes anew: that takes well below a millisecond, at
// configuration only, and nothing is kept that somebody could change.
func shipped() ([]Scheme, error) { return read("schemes.yaml", schemesYAML) }

// A piece of a template is a text, or the name of a value.
type piece struct{ text, name string }

type reader struct {
	file     *document.File
	problems []error
}

func read(name, source string) ([]Scheme, error) {
	file, err := document.ReadYAML(name, []byte(source))
	if err != nil {
		return nil, err
	}
	r := &reader{file: file}
	var all []Scheme
	for i := range file.Root.Members {
		m := &file.Root.Members[i]
		s := r.scheme(m.Key, &m.Value, all)
		all = append(all, s)
	}
	return all, errors.Join(r.problems...)
}

func (r *reader) scheme(name string, n *document.Node, before []Scheme) Scheme {
	r.check(r.file.Known(n, "source", "secret", "prefix", "algorithm", "encoding", "signs", "headers", "as", "envelope", "digest"))
	if n.Get("source") == nil {
		r.wrong(n, "key %q is missing", "source")
	}
	if as := n.Get("as"); as != nil {
		return r.like(name, n, before)
	}
	s := Scheme{name: name, secret: r.word(n, "secret", "text", "standard", "user-password", "token68"), prefix: text(n, "prefix"), digest: text(n, "digest")}
	s.signs = r.template(n, "signs", "id", "time", "body", "url", "form")
	if e := n.Get("envelope"); e != nil {
		r.check(r.file.Known(e, "text", "body"))
		s.envelope = envelope{r.template(e, "text", "data", "id", "published"), document.Tokens(text(e, "body"))}
	}
	algorithm, encoding := r.word(n, "algorithm", "sha1", "sha256", "sha512"), r.word(n, "encoding", "hex", "base64", "plain")
	for i := range n.Get("headers").Elements() {
		s.lines = append(s.lines, r.line(&n.Get("headers").Items[i], algorithm, encoding, s.prefix))
	}
	return s
}

func (r *reader) like(name string, n *document.Node, before []Scheme) Scheme {
	i := slices.IndexFunc(before, func(s Scheme) bool { return s.name == text(n, "as") })
	if i < 0 {
		r.wrong(n.Get("as"), "no scheme above is named %q", text(n, "as"))
		return Scheme{}
	}
	s, err := before[i].WithPrefix(text(n, "prefix"))
	if err != nil {
		r.wrong(n, "%v", err)
	}
	s.name = name
	return s
}

func (r *reader) line(n *document.Node, algorithm, encoding, prefix string) line {
	r.check(r.file.Known(n, "name", "value", "before", "first", "each", "ed25519", "separator", "algorithm"))
	l := line{
		name: text(n, "name"), value: r.template(n, "value", "id", "time"),
		before: text(n, "before"), separator: text(n, "separator"), first: r.template(n, "first", "time"),
		algorithm: algorithm, encoding: encoding,
	}
	if own := r.word(n, "algorithm", "sha1", "sha256", "sha512"); own != "" {
		l.algorithm = own
	}
	slot := "signature"
	if algorithm == "" {
		slot = "secret"
	}
	l.each, l.ed25519 = r.entry(n, "each", slot), r.entry(n, "ed25519", slot)
	if l.each.set == (l.value != nil) || !strings.HasPrefix(l.name, prefix) {
		r.wrong(n, "a header has a name that begins with the prefix, and either a value or each")
	}
	return l
}

func (r *reader) entry(n *document.Node, key, slot string) entry {
	v := n.Get(key)
	if v == nil {
		return entry{}
	}
	before, after, found := strings.Cut(v.Text, "{{"+slot+"}}")
	if !found {
		r.wrong(v, "expected a text with {{%s}}, found %s", slot, v.Describe())
	}
	return entry{true, before, after}
}

// template reads a text with places; a missing one is nil.
func (r *reader) template(n *document.Node, key string, known ...string) []piece {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	var pieces []piece
	for rest := v.Text; rest != ""; {
		before, behind, found := strings.Cut(rest, "{{")
		if before != "" {
			pieces = append(pieces, piece{text: before})
		}
		if !found {
			break
		}
		name, next, closed := strings.Cut(behind, "}}")
		if !closed || !slices.Contains(known, name) {
			r.wrong(v, "no value has the name %q here; %s", name, document.OneOf(name, known))
		}
		pieces, rest = append(pieces, piece{name: name}), next
	}
	return pieces
}

func (r *reader) word(n *document.Node, key string, known ...string) string {
	v := n.Get(key)
	if v == nil {
		return ""
	}
	if !slices.Contains(known, v.Text) {
		r.wrong(v, "unexpected %s; %s", v.Describe(), document.OneOf(v.Text, known))
	}
	return v.Text
}

func (r *reader) wrong(n *document.Node, format string, args ...any) {
	r.check(r.file.Errorf(n, format, args...))
}

func (r *reader) check(err error) {
	if err != nil {
		r.problems = append(r.problems, err)
	}
}

func text(n *document.Node, key string) string {
	if v := n.Get(key); v != nil {
		return v.Text
	}
	return ""
}
