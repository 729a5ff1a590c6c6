package grade

import (
	"embed"
	"errors"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/webhook"
)

//go:embed probes/*.yaml
var probeFiles embed.FS

// A Probe is one known way in which consumers break, and how to detect it: a scenario,
// usually with faults, and what the consumer must do all the same. The probes are data in
// probes/*.yaml, described in docs/grading.md.
type Probe struct {
	// ID is short and stable: "P1". Name is the file's: "duplicate". Reports count the
	// results of a Group together.
	ID, Name, Group string
	// Description says what happens, Advice what a consumer does about it.
	Description, Advice string
	// References are issues of consumers that broke, and documents.
	References []string
	// ImpossibleReason explains why no provider can cause it; "" if one can.
	ImpossibleReason string

	kind      string
	needs     []string
	events    []string
	responses string
	// effects are what the consumer must do: the same as in the baseline; at least that
	// ("at_least"); nothing ("none"); or, if it accepts the webhook, the same
	// ("same_if_accepted") or something ("traced_if_accepted").
	effects string
	// unobserved: if the consumer's effects can't be observed, accepting is enough.
	unobserved bool
	// firstUser befalls the first attempt of an event that is repeated, in a variant of its own.
	firstAttemptFaults []fault.Fault
	gap                time.Duration
	freshHeaders       bool
	each               bool
	holdsCall          bool // it holds the response to a call back
	count              int
	parallel           int
	budget             time.Duration
	// severity is the severity of a failure.
	severity         webhook.Severity
	scenario         *scenarios.Scenario
	baselineScenario *scenarios.Scenario
	negativeControl  *scenarios.Scenario
}

// A declaredProbe has the keys of a probe's file.
type declaredProbe struct {
	ID               string   `key:"id,required"`
	Group            string   `key:"group,required"`
	Description      string   `key:"description,required" was:"about"`
	Advice           string   `key:"advice,nonempty"`
	References       []string `key:"references"`
	ImpossibleReason string   `key:"impossible,nonempty" was:"never"`
	// Kind selects the function that runs the probe; see kinds.go.
	Kind string `key:"kind" oneof:"baseline encoding compare malformed equivalent prompt lifecycle documented handshake load empty-response impossible"`
	// Needs are features that a route must have, or the probe isn't applicable.
	Needs              []string         `key:"needs" oneof:"repeats batches signature retries empty-body slow-ack json fields"`
	Severity           string           `key:"severity" oneof:"error warning"`
	Events             []string         `key:"events"`
	Responses          string           `key:"responses" was:"answers" oneof:"accepted any rejected alive"`
	Effects            string           `key:"effects" oneof:"same at_least none same_if_accepted traced_if_accepted"`
	Unobserved         string           `key:"unobserved" was:"unseen" oneof:"inconclusive accepted"`
	FirstAttemptFaults fault.List       `key:"first_attempt_faults" was:"first_attempt"`
	Gap                time.Duration    `key:"gap"`
	FreshHeaders       bool             `key:"fresh_headers" oneof:"true"`
	Each               bool             `key:"each" oneof:"true"`
	Count              int              `key:"count" min:"1" max:"2000"`
	Parallel           int              `key:"parallel" min:"1" max:"2000"`
	Budget             time.Duration    `key:"budget"`
	Scenario           declaredScenario `key:"scenario"`
	Baseline           declaredScenario `key:"baseline" was:"plain"`
	NegativeControl    declaredScenario `key:"negative_control" was:"blind"`
}

// A declaredScenario is a scenario with the keys of a scenario's file. Its name seeds its
// random values.
type declaredScenario struct{ *scenarios.Scenario }

// UnmarshalNode reads the scenario.
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

// Probes returns the shipped probes, in the order of their files. They are read once and shared.
func Probes() ([]*Probe, error) {
	all, err := loadProbes()
	return slices.Clone(all), err
}

var loadProbes = sync.OnceValues(readProbes)

func readProbes() ([]*Probe, error) {
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

// readProbe reads a probe's file.
func readProbe(name string, source []byte) (*Probe, error) {
	f, err := document.ReadYAML(name, source)
	if err != nil {
		return nil, err
	}
	d := declaredProbe{Kind: "compare", Severity: string(webhook.SeverityError), Responses: "accepted", Effects: "same"}
	if err := f.Decode(&f.Root, &d); err != nil {
		return nil, err
	}
	_, bare, _ := strings.Cut(strings.TrimSuffix(path.Base(name), ".yaml"), "-") // the prefix is for the order
	p := &Probe{
		Name: bare, ID: d.ID, Group: d.Group, Description: d.Description, Advice: d.Advice, References: d.References, ImpossibleReason: d.ImpossibleReason,
		kind: d.Kind, needs: d.Needs, events: d.Events, responses: d.Responses, effects: d.Effects, unobserved: d.Unobserved == "accepted", firstAttemptFaults: d.FirstAttemptFaults,
		gap: d.Gap, freshHeaders: d.FreshHeaders, each: d.Each, count: d.Count, parallel: d.Parallel, budget: d.Budget, severity: webhook.Severity(d.Severity),
		scenario: d.Scenario.Scenario, baselineScenario: d.Baseline.Scenario, negativeControl: d.NegativeControl.Scenario,
	}
	if p.scenario != nil {
		p.holdsCall = p.scenario.HoldsCalls()
		if p.baselineScenario == nil {
			p.baselineScenario = p.scenario.WithoutFaults()
		}
	}
	return p, nil
}
