package jsonschema_test

import (
	"flag"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/schemas"
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
	return &subject{name: name, root: root, program: jsonschema.Compile(root, value.Words{}), oracle: o}, err
}

// loadSubjects compiles them once, because v5 takes a second.
var loadSubjects = sync.OnceValues(readSubjects)

// subjects are all shipped event types with their examples and invalid bodies, and all request
// schemas with bodies that are made from the schema.
func subjects(tb testing.TB) []*subject {
	tb.Helper()
	all, err := loadSubjects()
	require.NoError(tb, err)
	return all
}

func readSubjects() ([]*subject, error) {
	catalog, err := shipped.Catalog()
	if err != nil {
		return nil, err
	}
	var all []*subject
	for _, t := range catalog.Types() {
		s, err := newSubject(t.Name, t.Schema())
		if err != nil {
			return nil, err
		}
		for _, read := range []func() ([]schemas.Example, error){t.Examples, t.Invalid} {
			examples, err := read()
			if err != nil {
				return nil, err
			}
			for _, e := range examples {
				if body, _, err := document.JSON(e.Body, document.BodyLimits()); err == nil {
					s.bodies = append(s.bodies, *body.Unique())
				}
			}
		}
		all = append(all, s)
	}
	names, err := fs.Glob(providerdata.Files(), "*/apis/*.json")
	for _, name := range names {
		source, err := fs.ReadFile(providerdata.Files(), name)
		if err != nil {
			return nil, err
		}
		s, err := newSubject(name, source)
		if err != nil {
			return nil, err
		}
		random := prng.From(prng.SeedOf(name))
		for range 5 {
			s.bodies = append(s.bodies, sampleOf(&random, s.root))
		}
		for _, text := range requestBodies() {
			body, _, err := document.JSON([]byte(text), document.BodyLimits())
			if err != nil {
				return nil, err
			}
			s.bodies = append(s.bodies, body)
		}
		all = append(all, s)
	}
	return all, err
}

// requestBodies are requests for messages; a sample doesn't satisfy if and then.
func requestBodies() []string {
	return []string{
		`{"channel":"whatsapp","source":"919000000001","destination":"919000000002","src.name":"DemoApp","message":{"type":"text","text":"hi"}}`,
		`{"messaging_product":"whatsapp","recipient_type":"individual","to":"+919000000002","type":"text","text":{"body":"hi"}}`,
		`{"messaging_product":"whatsapp","to":"919000000002","type":"template","template":{"name":"a","language":{"code":"en"}}}`,
		`{"channels":[{"name":"whatsapp","from":"919000000001","meta":{"foreign_id":"o","tags":["a"]}}],"recipient":{"to":["919000000002"]},"message":{"type":"text","payload":{"text":"hi"}}}`,
		`{"messages":[{"to":"919000000002","type":"Text","text":"hi","callbackdata":"o"}]}`,
		`{"userid":"2000000001","v":"1.1","phone_number":"919000000002"}`,
		`{"userid":"2000000001","v":"1.1","phone_no":"919000000002","otp_code":"4711","msg":"%code%"}`,
		`{"name":"order","category":"utility","payload":{"body":"hi"}}`,
		`{"from":"2026-03-01","to":"2026-03-31"}`,
		`{"method":"SendMessage","userid":"2000000001","v":"1.1","send_to":"919000000002","msg":"hi","msg_type":"TEXT"}`,
		`{"to":"919000000002","type":"text","source":"external","text":{"body":"hi"},"metaData":{"custom_callback_data":"o"}}`,
	}
}

// difference describes how the program's results on a body differ from those of v5; "" if they agree.
func (s *subject) difference(body *document.Node) string {
	want, got := s.oracle.evaluate(body), s.program.Evaluate(body, value.Span{})
	got.HasProblems = false // v5 compares only the structure
	if got != want {
		return s.describe(body, fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got))
	}
	if valid := s.program.Valid(body); valid != want.Open {
		return s.describe(body, fmt.Sprintf("Valid: %t", want.Open), fmt.Sprintf("Valid: %t", valid))
	}
	for _, closed := range []bool{false, true} {
		want, err := s.oracle.explain(body, closed)
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
	if want, got := s.oracle.visits(body), visits(s.program, body); !slices.Equal(want, got) {
		return s.describe(body, fmt.Sprintf("visits %q", want), fmt.Sprintf("visits %q", got))
	}
	return ""
}

func (s *subject) describe(body *document.Node, want, got string) string {
	const maxText = 5000
	return fmt.Sprintf("%s: v5 and the evaluator differ\nschema: %s\nbody: %s\nv5: %s\nevaluator: %s", s.name, s.root.Node.Compact(maxText), body.Compact(maxText), want, got)
}

func TestEvaluate_ExamplesAgreeWithV5(t *testing.T) {
	t.Parallel()
	all := subjects(t)
	require.Greater(t, len(all), 80)
	bodies := 0
	for _, s := range all {
		accepted := 0
		bodies += len(s.bodies)
		for i := range s.bodies {
			if s.program.Valid(&s.bodies[i]) {
				accepted++
			}
			if difference := s.difference(&s.bodies[i]); difference != "" {
				t.Error(difference)
			}
		}
		if accepted == 0 {
			t.Errorf("%s accepts none of its bodies", s.name)
		}
	}
	t.Logf("%d bodies of %d schemas", bodies, len(all))
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
		switch r := s.program.Evaluate(&body, value.Span{}); {
		case !r.Open:
			rejected++
		case !r.Closed:
			drift++
		default:
			accepted++
		}
	}
	t.Logf("%d rejected, %d accepted by the open schema only, %d accepted", rejected, drift, accepted)
	const share = 40 // of each result, at least one in forty
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
