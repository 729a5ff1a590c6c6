package grade

import (
	"embed"
	"errors"
	"path"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/scenarios"
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
	Description, Advice string
	// References are consumers in which it broke, and documents that speak of it.
	References []string
	// ImpossibleReason says why no provider can cause it; "" if one can.
	ImpossibleReason string

	kind      string
	needs     []string
	events    []string
	responses string
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
	holds    bool // an answer of the Operation is held back
	count    int
	parallel int
	budget   time.Duration
	// severity is that of a failure.
	severity         webhook.Severity
	scenario         *scenarios.Scenario
	baselineScenario *scenarios.Scenario
	negativeControl  *scenarios.Scenario
}

// A declaredProbe has the keys of a probe's file.
type declaredProbe struct {
	ID               string   `key:"id,required"`
	Group            string   `key:"group,required"`
	Description      string   `key:"about,required"`
	Advice           string   `key:"advice,nonempty"`
	References       []string `key:"references"`
	ImpossibleReason string   `key:"never,nonempty"`
	// Kind is what kinds.go does with it.
	Kind string `key:"kind" oneof:"plain compare garbage alike prompt lifecycle documented handshake load empty never"`
	// Needs is what a route must have for the probe to mean something.
	Needs        []string         `key:"needs" oneof:"repeats batches signature retries empty-body slow-ack"`
	Severity     string           `key:"severity" oneof:"error warning"`
	Events       []string         `key:"events"`
	Responses    string           `key:"answers" oneof:"accepted any refused alive"`
	Effects      string           `key:"effects" oneof:"same kept none whole traced"`
	Unseen       string           `key:"unseen" oneof:"inconclusive accepted"`
	FirstAttempt fault.List       `key:"first_attempt"`
	Gap          time.Duration    `key:"gap"`
	FreshHeaders bool             `key:"fresh_headers" oneof:"true"`
	Each         bool             `key:"each" oneof:"true"`
	Count        int              `key:"count" min:"1" max:"2000"`
	Parallel     int              `key:"parallel" min:"1" max:"2000"`
	Budget       time.Duration    `key:"budget"`
	Scenario     declaredScenario `key:"scenario"`
	Plain        declaredScenario `key:"plain"`
	Blind        declaredScenario `key:"blind"`
}

// A declaredScenario is a scenario as its own file would have it; its name decides its
// random values.
type declaredScenario struct{ *scenarios.Scenario }

func (s *declaredScenario) UnmarshalNode(d *document.Decoder, n *document.Node) {
	name := n.Get("name")
	if name == nil {
		d.Errorf(n, "missing key %q", "name")
		return
	}
	one := *d.File()
	one.Name, one.Root = path.Join(path.Dir(one.Name), name.Text+".yaml"), *n
	var err error
	s.Scenario, err = scenarios.Parse(&one)
	d.Report(err)
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

func readProbe(name string, source []byte) (*Probe, error) {
	f, err := document.ReadYAML(name, source)
	if err != nil {
		return nil, err
	}
	d := declaredProbe{Kind: "compare", Severity: string(webhook.SeverityError), Responses: "accepted", Effects: "same"}
	if err := f.Decode(&f.Root, &d); err != nil {
		return nil, err
	}
	_, bare, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".yaml"), "-") // the number in front is for the order
	p := &Probe{
		Name: bare, ID: d.ID, Group: d.Group, Description: d.Description, Advice: d.Advice, References: d.References, ImpossibleReason: d.ImpossibleReason,
		kind: d.Kind, needs: d.Needs, events: d.Events, responses: d.Responses, effects: d.Effects, unseen: d.Unseen == "accepted", first: d.FirstAttempt,
		gap: d.Gap, fresh: d.FreshHeaders, each: d.Each, count: d.Count, parallel: d.Parallel, budget: d.Budget, severity: webhook.Severity(d.Severity),
		scenario: d.Scenario.Scenario, baselineScenario: d.Plain.Scenario, negativeControl: d.Blind.Scenario,
	}
	if p.scenario != nil {
		p.holds = p.scenario.HoldsCalls()
		if p.baselineScenario == nil {
			p.baselineScenario = p.scenario.WithoutFaults()
		}
	}
	return p, nil
}
