package scenarios

import (
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

// The bounds of a scenario, so that a slip of the finger is no flood.
const (
	mostSteps         = 10_000
	mostConversations = 10_000_000
	deepest           = 16
	mostRate          = 1_000_000_000 // thousandths of a conversation a second
	mostProblems      = 50
)

// Parse reads a scenario. Its file is named as it is, so that it is found:
// message-delivered.yaml. Everything that is not understood is an error with
// file, line and column; all of them come at once, joined.
func Parse(f *document.File) (*Scenario, error) {
	p := &parser{file: f}
	s := p.scenario()
	if p.problems != nil {
		return nil, errors.Join(p.problems...)
	}
	return s, nil
}

// Lint lists what is wrong with a file, in the order of the file; nothing if
// it is a scenario.
func Lint(f *document.File) []*document.Error {
	p := &parser{file: f}
	p.scenario()
	var found []*document.Error
	for _, problem := range p.problems {
		if one, ok := errors.AsType[*document.Error](problem); ok {
			found = append(found, one)
		}
	}
	slices.SortStableFunc(found, func(a, b *document.Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return found
}

type parser struct {
	file     *document.File
	provider string
	steps    int // unrolled, so far
	replies  []*document.Node
	problems []error
}

func (p *parser) fail(n *document.Node, format string, args ...any) {
	p.note(p.file.Errorf(n, format, args...))
}

// note keeps a complaint, or each of several that were joined.
func (p *parser) note(err error) {
	var many interface{ Unwrap() []error }
	switch {
	case err == nil || len(p.problems) >= mostProblems:
	case errors.As(err, &many):
		for _, one := range many.Unwrap() {
			p.note(one)
		}
	default:
		p.problems = append(p.problems, err)
	}
}

// keys checks that a node is a mapping of known keys only; false if it is none.
func (p *parser) keys(n *document.Node, known ...string) bool {
	p.note(p.file.Known(n, known...))
	return n.Kind == document.Object
}

func scenarioKeys() []string {
	return []string{"name", "about", "provider", "routes", "conversations", "rate", "with", "set", "steps", "expect"}
}

func (p *parser) scenario() *Scenario {
	root := &p.file.Root
	s := &Scenario{Source: p.file.Source, conversations: 1}
	if !p.keys(root, scenarioKeys()...) {
		return s
	}
	p.provider = p.word(root.Get("provider"))
	s.Provider = p.provider
	s.Name = path.Join(p.provider, p.required(root, "name", p.named))
	s.About = p.required(root, "about", p.text)
	s.Routes = p.routes(root.Get("routes"))
	if n := root.Get("conversations"); n != nil {
		s.conversations = p.count(n, 1, mostConversations)
	}
	if n := root.Get("rate"); n != nil {
		s.rate = p.decimal(n, 3, mostRate, "a number of conversations a second from 0.001, such as 50 or 0.5")
		if s.rate == 0 {
			p.fail(n, "a rate is above 0")
		}
	}
	s.with = p.values(root.Get("with"))
	s.set = p.pointers(root.Get("set"))
	steps := root.Get("steps")
	if steps == nil {
		p.fail(root, `key "steps" is missing: a scenario has at least one step, such as {send: message.delivered}`)
		return s
	}
	s.steps = p.list(steps, 1, 1)
	if len(s.steps) == 0 && steps.Kind == document.Array {
		p.fail(steps, "expected at least one step, such as {send: message.delivered}, found none")
	}
	s.expect = p.outcome(root.Get("expect"))
	p.replied(s.steps)
	return s
}

// replied checks that what is replied to is a message of the scenario.
func (p *parser) replied(steps []step) {
	known := []string{mainMessage}
	walk(steps, func(s *step) {
		if s.message != "" && !slices.Contains(known, s.message) {
			known = append(known, s.message)
		}
	})
	for _, n := range p.replies {
		if name := n.Text; isWord(name) && !slices.Contains(known, name) {
			p.fail(n, "no step is about the message %s; %s", document.Quote(name), document.OneOf(name, known))
		}
	}
}

func (p *parser) routes(n *document.Node) []string {
	if n == nil {
		return nil
	}
	if p.provider == "" {
		p.fail(n, "routes stands in a provider's own scenario only: say provider too, or leave it out")
		return nil
	}
	var names []string
	for _, item := range p.elements(n, "a list of routes, such as [gupshup/v2]") {
		if item.Text != p.provider && !strings.HasPrefix(item.Text, p.provider+"/") {
			p.fail(item, "expected a route of %s, such as %s, found %s", p.provider, p.provider, item.Describe())
			continue
		}
		names = append(names, item.Text)
	}
	return names
}

// elements returns the elements of a list that holds some.
func (p *parser) elements(n *document.Node, want string) []*document.Node {
	if n.Kind != document.Array || len(n.Items) == 0 {
		p.fail(n, "expected %s, found %s", want, n.Describe())
		return nil
	}
	var items []*document.Node
	for i := range n.Items {
		items = append(items, &n.Items[i])
	}
	return items
}

// required reads a key that must be there.
func (p *parser) required(n *document.Node, key string, read func(*document.Node) string) string {
	v := n.Get(key)
	if v == nil {
		p.fail(n, "key %q is missing", key)
		return ""
	}
	return read(v)
}

func (p *parser) text(n *document.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != document.String || n.Text == "" {
		p.fail(n, "expected a text, found %s", n.Describe())
	}
	return n.Text
}

// word reads a name of lower-case letters, digits, dashes and dots.
func (p *parser) word(n *document.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != document.String || !isWord(n.Text) {
		p.fail(n, "expected a name of lower-case letters, digits and dashes, found %s", n.Describe())
		return ""
	}
	return n.Text
}

// named reads the name of the scenario.
func (p *parser) named(n *document.Node) string {
	name := p.word(n)
	if name != "" && path.Base(p.file.Name) != name+".yaml" {
		p.fail(n, "the file of scenario %s is named %s.yaml, and this one is %s; rename one of them",
			document.Quote(name), name, path.Base(p.file.Name))
	}
	return name
}

func isWord(text string) bool {
	const longest = 64
	return text != "" && len(text) <= longest && text[0] != '-' && text[0] != '.' && !strings.ContainsFunc(text, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.'
	})
}

func (p *parser) count(n *document.Node, least, most int) int {
	count, err := strconv.Atoi(n.Text)
	if err != nil || n.Kind != document.Number || count < least || count > most {
		p.fail(n, "expected a whole number from %d to %d, found %s", least, most, n.Describe())
		return least
	}
	return count
}

// decimal reads a number with at most so many decimals as a whole number of
// its last ones, without a float between.
func (p *parser) decimal(n *document.Node, decimals, most int, want string) int {
	whole, fraction, _ := strings.Cut(n.Text, ".")
	if n.Kind == document.Number && len(fraction) <= decimals {
		scaled, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", decimals-len(fraction)), 10, 40)
		if err == nil && scaled <= uint64(most) {
			return int(scaled)
		}
	}
	p.fail(n, "expected %s, found %s", want, n.Describe())
	return most
}
