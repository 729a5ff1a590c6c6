package scenarios_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// routeOf returns a shipped route as plans need it.
func routeOf(t *testing.T, catalog *schemas.Catalog, name string) scenarios.Route {
	t.Helper()
	r, err := catalog.Route(name)
	require.NoError(t, err)
	return script.RouteOf(r)
}

// The golden plans have the routes that differ most. A scenario that none of these can play has
// all its routes.
func TestShipped_MatchGoldenFiles(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	fallback := []string{"gupshup/v2", "gupshup/v3", "mobtexting/whatsapp", "mobtexting/sms", "netcore", "tata-omni"}
	for _, s := range library.All() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			plans := golden(t, s, catalog, fallback)
			if plans == "" {
				plans = golden(t, s, catalog, catalog.Routes())
			}
			require.NotEmpty(t, plans, "no route can play it")
			requireGolden(t, filepath.Join("testdata", filepath.FromSlash(s.Name)+".golden"), s.Description+"\n"+plans)
		})
	}
}

func golden(t *testing.T, s *scenarios.Scenario, catalog *schemas.Catalog, routes []string) string {
	t.Helper()
	const maxCount = 40
	var b strings.Builder
	for _, name := range routes {
		r := routeOf(t, catalog, name)
		p, err := s.Plan(r, scenarios.Options{Seed: 1})
		if err != nil || r.Name() != name {
			continue
		}
		fmt.Fprintf(&b, "\n# %s\n", name)
		for _, skip := range p.Skipped {
			fmt.Fprintf(&b, "skipped: %s %s: %s\n", skip.Step, skip.Event, skip.Cause)
		}
		all, count := sha256.New(), 0
		for c := range p.PlannedEvents {
			fmt.Fprintln(all, show(c), c.Seed)
			if count++; count <= maxCount {
				fmt.Fprintln(&b, show(c))
			}
		}
		if count > maxCount {
			fmt.Fprintf(&b, "and %d more; SHA-256 of all %x\n", count-maxCount, all.Sum(nil))
		}
	}
	return b.String()
}

func requireGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err, "go test ./internal/scenarios -update writes it")
	require.Equal(t, string(want), got, "if it should be so: go test ./internal/scenarios -update")
}

func TestGoldenFiles_HaveScenarios(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	for _, pattern := range []string{"*.golden", "*/*.golden"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		require.NoError(t, err)
		for _, file := range files {
			name := strings.TrimSuffix(strings.TrimPrefix(filepath.ToSlash(file), "testdata/"), ".golden")
			_, err := library.Scenario(name)
			require.NoError(t, err)
		}
	}
}

func TestShipped_SendEveryCanonicalEvent(t *testing.T) {
	t.Parallel()
	library, err := shipped.Library()
	require.NoError(t, err)
	var sent []string
	for _, s := range library.All() {
		sent = append(sent, s.Events()...)
	}
	require.Subset(t, sent, canonical.Events())
}
