package main

import (
	"bytes"
	"os"
	"regexp"
	"strings"
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
	notes, err := emitAll(t.Context(), catalog, library, all, seeds, nil, func(done, total int) {
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
func TestEverythingOfTheContractIsEmitted(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	all := emittedOf(t, catalog, defaultSeeds)
	for _, r := range all.Routes() {
		for _, e := range r.Events {
			require.Empty(t, e.Missing[coverage.Emitted], "%s: what of %s is never emitted", r.Name, e.Name)
		}
		require.Equal(t, 100, r.Total[coverage.Emitted].Percent(), r.Name)
	}
	require.Empty(t, all.Idle(), "what is emitted needs no excuse")
}

// What nobody emits is found, whatever it is.
func TestWhatNobodyEmitsIsFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		schema string // beside the event
		want   []string
	}{
		"nothing": {`"properties": {"event": {"const": "ping"}, "text": {"type": "string"}}`, nil},
		"forms that can be": {`"properties": {"event": {"const": "ping"}, "a": {"type": "string"}, "b": {"type": "string"}},
			"anyOf": [{"x-form": "documented", "required": ["a"]}, {"x-form": "wire", "required": ["b"]}]`, nil},
		"a branch of unlisted kinds": {`"properties": {"event": {"const": "ping"}, "kind": {"type": "string", "x-known": ["text", "image"]}},
			"oneOf": [
				{"type": "object", "required": ["kind"], "properties": {"kind": {"enum": ["text", "image"]}}},
				{"type": "object", "required": ["kind"], "properties": {"kind": {"type": "string", "not": {"enum": ["text", "image"]}}}}
			]`, []string{"as oneOf/1"}},
		"a form that contradicts the rest": {`"properties": {"event": {"const": "ping"}, "a": {"type": "string"}, "b": {"type": "string"}}, "not": {"required": ["b"]},
			"anyOf": [{"x-form": "documented", "required": ["a"]}, {"x-form": "wire", "required": ["b"]}]`, []string{"as wire", "/a absent", "/b"}},
		"a value that is excluded": {`"properties": {"event": {"const": "ping"}, "kind": {"type": "string", "x-known": ["text", "image"], "not": {"const": "image"}}}`, []string{"/kind = image"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			catalog, err := schemas.Load(fstest.MapFS{
				"small/provider.yaml":    {Data: []byte("provider: small\ntitle: Small\nroutes:\n  small: {channel: sms, events: [\"*\"]}\nevents:\n  inbound.text: ping\n")},
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

// docs/coverage.md shows what the command prints; with -update it is made so.
func TestTheCoveragePageShowsWhatTheCommandPrints(t *testing.T) {
	t.Chdir("../..")
	const path = "docs/coverage.md"
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```console\n\\$ ringback ([^\n]+)\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	require.Len(t, blocks, strings.Count(string(page), "```console"))
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		var out, errs bytes.Buffer
		run(t.Context(), strings.Fields(block[1]), streams{in: strings.NewReader(""), out: &out, err: &errs})
		printed := out.String() + errs.String()
		if *update {
			page = []byte(strings.Replace(string(page), block[1]+"\n"+block[2], block[1]+"\n"+printed, 1))
			continue
		}
		require.Equal(t, printed, block[2], "run the test with -update")
	}
	if *update {
		require.NoError(t, os.WriteFile(path, page, 0o644))
	}
}
