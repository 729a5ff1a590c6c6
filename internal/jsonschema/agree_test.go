package jsonschema_test

import (
	"flag"
	"fmt"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/prng"
	"github.com/ringback-dev/ringback/internal/shipped"
	providerdata "github.com/ringback-dev/ringback/schemas"
)

var mutations = flag.Int("mutations", 5000, "how many changed bodies to compare with v5")

// A subject is a schema with its program, its oracle, and bodies to begin with.
type subject struct {
	name    string
	root    *jsonschema.Schema
	program *jsonschema.Program
	oracle  *oracle
	bodies  []document.Node
}

func newSubject(name string, source []byte) (*subject, error) {
	file, err := document.ReadJSON(name, source)
	if err != nil {
		return nil, err
	}
	root, err := jsonschema.Parse(file)
	if err != nil {
		return nil, err
	}
	o, err := newOracle(root, source)
	return &subject{name: name, root: root, program: jsonschema.Compile(root), oracle: o}, err
}

// subjects are all shipped event types with their examples and invalid bodies, and all request
// schemas with bodies that are made from the schema.
func subjects(tb testing.TB) []*subject {
	tb.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(tb, err)
	var all []*subject
	for _, t := range catalog.Types() {
		s, err := newSubject(t.Name, t.Schema())
		require.NoError(tb, err)
		examples, err := t.Examples()
		require.NoError(tb, err)
		invalid, err := t.Invalid()
		require.NoError(tb, err)
		for _, e := range append(examples, invalid...) {
			if body, _, err := document.JSON(e.Body, document.BodyLimits()); err == nil {
				s.bodies = append(s.bodies, *body.Unique())
			}
		}
		all = append(all, s)
	}
	types := len(all)
	names, err := fs.Glob(providerdata.Files(), "*/apis/*.json")
	require.NoError(tb, err)
	for _, name := range names {
		source, err := fs.ReadFile(providerdata.Files(), name)
		require.NoError(tb, err)
		s, err := newSubject(name, source)
		require.NoError(tb, err)
		source2 := prng.From(prng.SeedOf(name))
		for range 5 {
			s.bodies = append(s.bodies, sampleOf(&source2, s.root))
		}
		all = append(all, s)
	}
	require.Greater(tb, types, 60)
	require.Greater(tb, len(all)-types, 20)
	return all
}

// difference describes how the program's results on a body differ from those of v5; "" if they agree.
func (s *subject) difference(body *document.Node) string {
	want, got := s.oracle.evaluate(body), s.program.Evaluate(body)
	if got != want {
		return s.describe(body, fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got))
	}
	if valid := s.program.Valid(body); valid != want.Open {
		return s.describe(body, fmt.Sprintf("Valid: %t", want.Open), fmt.Sprintf("Valid: %t", valid))
	}
	for _, closed := range []bool{false, true} {
		want, err := s.oracle.explain(s.root, body, closed)
		if err != nil {
			return s.describe(body, err.Error(), "")
		}
		var got violations
		for _, v := range s.program.Explain(body, closed) {
			got = append(got, violation{document.Pointer(v.Path...), v.Keyword})
		}
		if got = sorted(got); want.String() != got.String() {
			return s.describe(body, fmt.Sprintf("closed=%t:%s", closed, want), fmt.Sprintf("closed=%t:%s", closed, got))
		}
	}
	return ""
}

func (s *subject) describe(body *document.Node, want, got string) string {
	const maxText = 5000
	return fmt.Sprintf("%s: v5 and the evaluator differ\nschema: %s\nbody: %s\nv5: %s\nevaluator: %s", s.name, s.root.Node.Compact(maxText), body.Compact(maxText), want, got)
}

func TestEvaluate_ExamplesAgreeWithV5(t *testing.T) {
	t.Parallel()
	for _, s := range subjects(t) {
		accepted := 0
		for i := range s.bodies {
			if s.program.Valid(&s.bodies[i]) {
				accepted++
			}
			if difference := s.difference(&s.bodies[i]); difference != "" {
				t.Error(difference)
			}
		}
		require.Positive(t, accepted, "%s accepts none of its bodies", s.name)
	}
}

func TestEvaluate_MutationsAgreeWithV5(t *testing.T) {
	t.Parallel()
	all := subjects(t)
	mutators := make([]mutator, len(all))
	for i, s := range all {
		mutators[i] = newMutator(s.root)
	}
	source := prng.From(1)
	var rejected, drift, accepted int
	for range *mutations {
		i := source.IntN(len(all))
		s := all[i]
		body := mutators[i].mutate(&source, &s.bodies[source.IntN(len(s.bodies))])
		if difference := s.difference(&body); difference != "" {
			t.Fatal(difference)
		}
		switch r := s.program.Evaluate(&body); {
		case !r.Open:
			rejected++
		case !r.Closed:
			drift++
		default:
			accepted++
		}
	}
	t.Logf("%d rejected, %d accepted by the open schema only, %d accepted", rejected, drift, accepted)
	const share = 20 // of each result, at least one in twenty
	require.Greater(t, min(rejected, drift, accepted), *mutations/share)
}

// FuzzEvaluate compares any body, with any shipped schema.
func FuzzEvaluate(f *testing.F) {
	all := subjects(f)
	for i, s := range all {
		for j := range s.bodies {
			f.Add([]byte(s.bodies[j].Compact(1<<20)), uint(i))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, index uint) {
		body, _, err := document.JSON(text, document.BodyLimits())
		if err != nil {
			return
		}
		if difference := all[index%uint(len(all))].difference(body.Unique()); difference != "" {
			t.Error(difference)
		}
	})
}
