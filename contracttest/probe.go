package contracttest

import (
	"embed"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

//go:embed probes/*.yaml
var probeFiles embed.FS

// A Probe is one thing that breaks in consumers, and how to find it: a scenario
// with something wrong in it, and what has to hold all the same. The probes are
// data: probes/*.yaml, described in docs/grading.md.
type Probe struct {
	// ID is short and stable: "P1". Name is that of the file: "duplicate". Results of
	// one Group are counted together.
	ID, Name, Group string
	// About says in a sentence what happens, Advice what a consumer does about it.
	About, Advice string
	// References are consumers in which it broke, and documents that speak of it.
	References []string
	// Never says why no provider can cause it; "" if one can.
	Never string

	kind    string
	needs   []string
	events  []string
	answers string
	// effects are what the consumer has to do: the same as in the plain scenario; at least
	// that ("kept"); nothing ("none"); or nothing if it refuses and, if it accepts, the same
	// ("whole") or something ("traced").
	effects string
	// unseen: where nothing shows what the consumer does, accepting is enough.
	unseen bool
	// first befalls the first attempt of an event that is repeated, in a variant of its own.
	first    []fault.Fault
	gap      time.Duration
	fresh    bool
	each     bool
	holds    bool // an answer of the API is held back
	count    int
	parallel int
	budget   time.Duration
	// severity is that of a failure.
	severity webhook.Severity
	scenario *scenarios.Scenario
	plain    *scenarios.Scenario
	blind    *scenarios.Scenario
}

// Kinds of probes, each with what it does in kinds.go.
func probeKinds() []string {
	return []string{"plain", "compare", "garbage", "alike", "prompt", "lifecycle", "documented", "handshake", "load", "empty", "never"}
}

// NeedWords are what a route must have for a probe to mean something.
func needWords() []string {
	return []string{"repeats", "batches", "signature", "retries", "empty-body", "slow-ack"}
}

// Probes are those that are shipped, in the order of their ids.
func Probes() ([]*Probe, error) {
	entries, err := probeFiles.ReadDir("probes")
	if err != nil {
		return nil, err
	}
	var all []*Probe
	var problems []error
	for _, entry := range entries {
		source, err := probeFiles.ReadFile("probes/" + entry.Name())
		if err != nil {
			return nil, err
		}
		one, err := readProbe("probes/"+entry.Name(), source)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		all = append(all, one)
	}
	return all, errors.Join(problems...)
}

// A probeReader reads one file and gathers what is wrong with it.
type probeReader struct {
	file     *document.File
	problems []error
}

func readProbe(name string, source []byte) (*Probe, error) {
	f, err := document.ReadYAML(name, source)
	if err != nil {
		return nil, err
	}
	r := &probeReader{file: f}
	root := &f.Root
	r.note(f.Known(root, "id", "group", "about", "advice", "references", "kind", "never", "needs", "severity", "events", "answers", "effects",
		"unseen", "first_attempt", "gap", "fresh_headers", "each", "count", "parallel", "budget", "scenario", "plain", "blind"))
	_, bare, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".yaml"), "-") // the number in front is for the order
	p := &Probe{
		Name: bare, ID: r.text(root, "id", true), Group: r.text(root, "group", true),
		About: r.text(root, "about", true), Advice: r.text(root, "advice", false), References: r.texts(root, "references", nil),
		Never: r.text(root, "never", false), kind: r.word(root, "kind", "compare", probeKinds()),
		needs: r.texts(root, "needs", needWords()), events: r.texts(root, "events", nil),
		answers: r.word(root, "answers", "accepted", []string{"accepted", "any", "refused", "alive"}),
		effects: r.word(root, "effects", "same", []string{"same", "kept", "none", "whole", "traced"}),
		unseen:  r.word(root, "unseen", "inconclusive", []string{"inconclusive", "accepted"}) == "accepted", first: r.faults(root, "first_attempt"),
		severity: webhook.Severity(r.word(root, "severity", string(webhook.SeverityError), []string{string(webhook.SeverityError), string(webhook.SeverityWarning)})),
		gap:      r.duration(root, "gap"), budget: r.duration(root, "budget"),
		fresh: r.yes(root, "fresh_headers"), each: r.yes(root, "each"),
		count: r.number(root, "count"), parallel: r.number(root, "parallel"),
		scenario: r.scenario(root, "scenario"), plain: r.scenario(root, "plain"), blind: r.scenario(root, "blind"),
	}
	if p.scenario != nil {
		p.holds = p.scenario.Holds()
		if p.plain == nil {
			p.plain = p.scenario.Plain()
		}
	}
	return p, errors.Join(r.problems...)
}

func (r *probeReader) note(err error) {
	if err != nil {
		r.problems = append(r.problems, err)
	}
}

func (r *probeReader) fail(n *document.Node, format string, args ...any) {
	r.note(r.file.Errorf(n, format, args...))
}

func (r *probeReader) text(n *document.Node, key string, needed bool) string {
	v := n.Get(key)
	switch {
	case v == nil && needed:
		r.fail(n, "key %q is missing", key)
	case v == nil:
	case v.Kind != document.String || v.Text == "":
		r.fail(v, "expected a text, found %s", v.Describe())
	default:
		return v.Text
	}
	return ""
}

func (r *probeReader) word(n *document.Node, key, usual string, known []string) string {
	text := r.text(n, key, false)
	if text == "" {
		return usual
	}
	if !slices.Contains(known, text) {
		r.fail(n.Get(key), "unknown word %s; %s", document.Quote(text), document.OneOf(text, known))
	}
	return text
}

func (r *probeReader) texts(n *document.Node, key string, known []string) []string {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	if v.Kind != document.Array {
		r.fail(v, "expected a list of texts, found %s", v.Describe())
		return nil
	}
	var all []string
	for i := range v.Items {
		item := &v.Items[i]
		if item.Kind != document.String || known != nil && !slices.Contains(known, item.Text) {
			r.fail(item, "unknown word %s; %s", item.Describe(), document.OneOf(item.Text, known))
		}
		all = append(all, item.Text)
	}
	return all
}

func (r *probeReader) duration(n *document.Node, key string) time.Duration {
	v := n.Get(key)
	if v == nil {
		return 0
	}
	d, err := document.ParseDuration(v.Text)
	if err != nil {
		r.fail(v, "expected a duration such as \"1s\", found %s", v.Describe())
	}
	return d
}

func (r *probeReader) yes(n *document.Node, key string) bool {
	v := n.Get(key)
	if v != nil && (v.Kind != document.Bool || v.Text != "true") {
		r.fail(v, "expected true, or no such key, found %s", v.Describe())
	}
	return v != nil
}

func (r *probeReader) number(n *document.Node, key string) int {
	v := n.Get(key)
	if v == nil {
		return 0
	}
	var count int
	if _, err := fmt.Sscanf(v.Text, "%d", &count); err != nil || count < 1 || count > mostOfLoad {
		r.fail(v, "expected a whole number from 1 to %d, found %s", mostOfLoad, v.Describe())
	}
	return count
}

// mostOfLoad bounds what a probe sends at a consumer.
const mostOfLoad = 2000

func (r *probeReader) faults(n *document.Node, key string) []fault.Fault {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	all, err := fault.Read(r.file, v)
	r.note(err)
	return all
}

// scenario reads steps in the manner of a scenario's file, or several keys of one.
func (r *probeReader) scenario(n *document.Node, key string) *scenarios.Scenario {
	v := n.Get(key)
	if v == nil {
		return nil
	}
	name := v.Get("name")
	if name == nil {
		r.fail(v, "key \"name\" is missing: it names the luck of the scenario")
		return nil
	}
	one := *r.file
	one.Name, one.Root = path.Join(path.Dir(r.file.Name), name.Text+".yaml"), *v
	s, err := scenarios.Parse(&one)
	r.note(err)
	return s
}
