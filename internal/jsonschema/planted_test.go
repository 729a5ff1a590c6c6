package jsonschema_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// randomSubject makes a random schema that has a keyword, with random values.
func randomSubject(t *testing.T, source *prng.Source, keyword string) *subject {
	t.Helper()
	const values = 40
	m := &schemaMaker{Source: source, keywords: jsonschema.Assertions()}
	for {
		text := m.root(keyword)
		file, err := document.ReadJSON("random", text)
		require.NoError(t, err)
		if _, err := jsonschema.Parse(file); err != nil {
			continue // bounds exclude each other, or the listed values
		}
		s, err := newSubject("random", text)
		require.NoError(t, err, string(text))
		for range values {
			s.bodies = append(s.bodies, *m.value(3))
		}
		return s
	}
}

// differences is the first difference on the bodies; "" if there is none.
func (s *subject) differences() string {
	for i := range s.bodies {
		if difference := s.difference(&s.bodies[i]); difference != "" {
			return difference
		}
	}
	return ""
}

func TestEvaluate_RandomSchemasAgreeWithV5(t *testing.T) {
	t.Parallel()
	keywords := jsonschema.Assertions()
	source := prng.From(2)
	const mutationsPerSchema = 25
	for i := range *mutations / mutationsPerSchema {
		if difference := randomSubject(t, &source, keywords[i%len(keywords)]).differences(); difference != "" {
			t.Fatal(difference)
		}
	}
}

// The comparison finds a bug in each keyword, so that its silence about the real evaluator counts.
func TestComparison_FindsPlantedFaults(t *testing.T) {
	t.Parallel()
	byKeyword := map[string][]jsonschema.Fault{}
	for _, f := range jsonschema.Faults() {
		byKeyword[f.Keyword] = append(byKeyword[f.Keyword], f)
	}
	require.Len(t, byKeyword, len(jsonschema.Assertions()))
	for _, keyword := range jsonschema.Assertions() {
		t.Run(keyword, func(t *testing.T) {
			t.Parallel()
			require.NotEmpty(t, byKeyword[keyword])
			findFaults(t, keyword, byKeyword[keyword])
		})
	}
}

func findFaults(t *testing.T, keyword string, faults []jsonschema.Fault) {
	t.Helper()
	const maxSchemas = 200
	source := prng.From(3, prng.SeedOf(keyword))
	for range maxSchemas {
		s := randomSubject(t, &source, keyword)
		require.Empty(t, s.differences(), "without a fault, nothing differs")
		faults = slices.DeleteFunc(faults, func(f jsonschema.Fault) bool {
			planted := *s
			planted.program = f.Plant(s.root)
			return planted.program != nil && planted.differences() != ""
		})
		if len(faults) == 0 {
			return
		}
	}
	for _, f := range faults {
		t.Errorf("%s: the planted fault %q is not found", f.Keyword, f.Name)
	}
}
