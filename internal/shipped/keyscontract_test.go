package shipped_test

import (
	"os"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/signature"
)

// namedKeys is a file of named parts of a contract. A route has one after the other, and
// show is what can then be observed of it; entries that are equal are observed once.
func namedKeys[Entry any](t *testing.T, file string, put func(*schemas.Route, Entry), show func(*providerWorld, *schemas.Route) string) keyFormat {
	t.Helper()
	source, err := os.ReadFile(file)
	require.NoError(t, err)
	parsed, err := document.ReadYAML(path.Base(file), source)
	require.NoError(t, err)
	acme := folderOf(t, examplesTree(), "acme")
	world, err := loadWorld(t, acme.files)
	require.NoError(t, err)
	route := world.provider.Routes[0]
	original := route.Contract
	shown := map[string]string{}
	observe := func(source []byte) ([]func() string, error) {
		f, err := document.ReadYAML(path.Base(file), source)
		if err != nil {
			return nil, err
		}
		var all document.Entries[Entry]
		if err := f.Decode(&f.Root, &all); err != nil {
			return nil, err
		}
		return []func() string{func() string {
			var b strings.Builder
			for i, one := range all {
				key := string(renderJSON(&f.Root.Members[i].Value))
				if _, known := shown[key]; !known {
					route.Contract = original
					put(route, one.Value)
					shown[key] = show(world, route)
				}
				b.WriteString(shown[key])
			}
			return b.String()
		}}, nil
	}
	byKeys := byDeclaredKeys(declaredKeys(t))
	pattern := func(p []string) string { return byKeys(append([]string{"any name"}, p[1:]...)) }
	return keyFormat{name: path.Base(file), pattern: pattern, files: []keyFile{{name: path.Base(file), root: &parsed.Root, observe: observe}}}
}

func TestKeys_SchemesYAML(t *testing.T) {
	t.Parallel()
	checkKeys(t, namedKeys(t, "../wire/signature/schemes.yaml", func(r *schemas.Route, s signature.Scheme) { r.Contract.Signature = s },
		func(w *providerWorld, r *schemas.Route) string { return deliver(w.t, r) }))
}

func TestKeys_ProfilesYAML(t *testing.T) {
	t.Parallel()
	put := func(r *schemas.Route, p contract.Profile) {
		r.Contract.Success, r.Contract.TimeAllowed, r.Contract.Ordering = nil, 0, ""
		r.Contract.Retry = schemas.Retry{Schedule: p.Schedule, HeadOfLine: p.HeadOfLine}
	}
	checkKeys(t, namedKeys(t, "../wire/contract/profiles.yaml", put, func(w *providerWorld, r *schemas.Route) string { return deliver(w.t, r) }))
}

func TestKeys_HandshakesYAML(t *testing.T) {
	t.Parallel()
	type named struct {
		document.Remarks
		contract.Handshake
	}
	put := func(r *schemas.Route, h named) {
		r.Contract.Handshake = schemas.Handshake{Kind: "challenge", Challenge: h.Handshake}
	}
	checkKeys(t, namedKeys(t, "../wire/contract/handshakes.yaml", put, func(w *providerWorld, r *schemas.Route) string { return w.handshake(r) }))
}
