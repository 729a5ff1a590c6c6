package search

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// emittedOf is a coverage of what Ringback emits of a catalogue.
func emittedOf(t *testing.T, catalog *schemas.Catalog, seeds int) *coverage.Coverage {
	t.Helper()
	library, err := shipped.Library()
	require.NoError(t, err)
	all, err := coverage.New(catalog)
	require.NoError(t, err)
	reported, types := 0, 0
	notes, err := Emit(t.Context(), catalog, library, all, seeds, nil, func(done, total int) {
		reported++
		types = total
		if done != reported {
			t.Errorf("%d event types are done, and %d were reported", done, reported)
		}
	})
	require.NoError(t, err)
	require.Equal(t, types, reported, "the progress ends with the last one")
	require.Positive(t, reported)
	require.Empty(t, notes)
	return all
}

// Whatever the shipped schemas describe is sent: each event, neutral word, property,
// absence, listed value and branch, but for what the data says to be never sent.
func TestEmit_CoversShippedContracts(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	all := emittedOf(t, catalog, DefaultSeeds)
	for _, r := range all.Routes() {
		for _, e := range r.Types {
			require.Empty(t, e.Missing[coverage.Emitted], "%s: what of %s is never emitted", r.Name, e.Name)
		}
		require.Equal(t, 100, r.Total[coverage.Emitted].Percent(), r.Name)
	}
	require.Empty(t, all.UnusedExclusions(), "an emitted point needs no exclusion")
}

// What nobody emits is found, whatever it is.
func TestEmit_ReportsMissing(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		schema string // beside the event
		want   []string
	}{
		"nothing": {`"properties": {"event": {"const": "ping"}, "text": {"type": "string"}}`, nil},
		"forms that can be": {`"properties": {"event": {"const": "ping"}, "a": {"type": "string"}, "b": {"type": "string"}},
			"anyOf": [{"x-variant": "documented", "required": ["a"]}, {"x-variant": "observed", "required": ["b"]}]`, nil},
		"a branch of unlisted kinds": {`"properties": {"event": {"const": "ping"}, "kind": {"type": "string", "x-extensible-enum": ["text", "image"]}},
			"oneOf": [
				{"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["text", "image"]}}},
				{"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "not": {"enum": ["text", "image"]}}}}
			]`, []string{"as oneOf/1"}},
		"a form that contradicts the rest": {`"properties": {"event": {"const": "ping"}, "a": {"type": "string"}, "b": {"type": "string"}}, "not": {"required": ["b"]},
			"anyOf": [{"x-variant": "documented", "required": ["a"]}, {"x-variant": "observed", "required": ["b"]}]`, []string{"as observed", "/a absent", "/b"}},
		"a value that is excluded": {`"properties": {"event": {"const": "ping"}, "kind": {"type": "string", "x-extensible-enum": ["text", "image"], "not": {"const": "image"}}}`, []string{"/kind = image"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			catalog, err := schemas.Load(fstest.MapFS{
				"small/provider.yaml":    {Data: []byte("provider: small\ntitle: Small\nroutes:\n  small: {channel: sms, types: [\"*\"]}\nevents:\n  inbound.text: ping\n")},
				"small/ping/schema.json": {Data: []byte(`{"x-source": "made up", "type": "object", "required": ["event"], ` + c.schema + `}`)},
			})
			require.NoError(t, err)
			var missing []string
			for _, m := range emittedOf(t, catalog, 20).Missing(coverage.Emitted, "small", "small/ping") {
				missing = append(missing, m.String())
			}
			require.Equal(t, c.want, missing)
		})
	}
}
