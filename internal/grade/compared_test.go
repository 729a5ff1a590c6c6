package grade

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// Probes of single events compare them with the greeting: without faults, each single event has
// the greeting's effects, whatever the name of its message.
func TestProbes_SingleEventsMatchTheGreeting(t *testing.T) {
	t.Parallel()
	all, err := Probes()
	require.NoError(t, err)
	for _, route := range []string{"gupshup/v2", "gupshup/v3", "mobtexting/whatsapp", "netcore", "tata-omni"} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				g := careful(t, route)
				hello, err := g.greetingBaseline(t.Context())
				require.NoError(t, err)
				require.Empty(t, hello.base.reason)
				require.False(t, hello.base.effects.none())
				compared := 0
				for _, p := range all {
					if p.kind != "malformed" || g.notApplicableReason(p) != "" {
						continue
					}
					for i := range g.count(p.scenario, func(c *scenarios.PlannedEvent) bool { return c.Action == nil }) {
						r, err := g.play(t.Context(), p.scenario.WithoutFaults(), playing{arrange: hello.alone(p, i, false).arrange})
						require.NoError(t, err)
						found, err := g.settleOn(t.Context(), r, hello.base)
						require.NoError(t, err)
						require.Empty(t, found, "%s, sending %d", p.Name, i+1)
						compared++
					}
				}
				require.Greater(t, compared, 5)
				r, err := g.play(t.Context(), hello.probe.baselineScenario, playing{arrange: onlyNth(0, "another")})
				require.NoError(t, err)
				require.NotEmpty(t, hello.base.noise.differs(hello.base.effects, r.effects()), "another name makes a difference")
			})
		})
	}
}

// A probe and its own baseline are about the same messages.
func TestProbes_BaselinesHaveTheSameMessages(t *testing.T) {
	t.Parallel()
	all, err := Probes()
	require.NoError(t, err)
	g := careful(t, "gupshup/v3")
	names := func(one *scenarios.Scenario) map[string]bool {
		found := map[string]bool{}
		for _, planned := range g.planned(one) {
			for _, item := range planned.Items {
				found[item.Message.Name] = true
			}
		}
		return found
	}
	for _, p := range all {
		if p.kind != "compare" || g.notApplicableReason(p) != "" {
			continue
		}
		base, probe := names(p.baselineScenario), names(p.scenario)
		if p.effects == "at_least" {
			for name := range base {
				require.True(t, probe[name], "%s: %s", p.Name, name)
			}
			continue
		}
		require.Equal(t, base, probe, p.Name)
	}
}

// careful grades the careful application in this process.
func careful(t *testing.T, route string) *grader {
	t.Helper()
	provider, err := NewProvider(route)
	require.NoError(t, err)
	const secret = "secret-of-the-test"
	a, err := app.New(app.Config{Route: route, ProviderURL: provider.URL(), Client: provider.Client(), Secret: secret})
	require.NoError(t, err)
	g, err := newGrader(Options{Handler: a, Provider: provider, StateURL: "/state", Secrets: []string{secret}, Seed: 1})
	require.NoError(t, err)
	t.Cleanup(func() { g.close(); a.Close() })
	return g
}
