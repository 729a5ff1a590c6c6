package shipped_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// keysRoutes are routes that differ most, to plan scenarios on.
func keysRoutes(t testing.TB) []*schemas.Route {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	var routes []*schemas.Route
	for _, name := range []string{"netcore", "gupshup/v2", "gupshup/v3", "mobtexting/sms", "mobtexting/whatsapp", "tata-omni"} {
		route, err := catalog.Route(name)
		require.NoError(t, err)
		routes = append(routes, route)
	}
	return routes
}

// scenarioViews are the plans of a scenario, and what it expects.
func scenarioViews(t testing.TB, one *scenarios.Scenario, routes []*schemas.Route) []func() string {
	views := []func() string{func() string {
		return fmt.Sprintf("%s %s %s %+v %s", one.Name, one.Description, one.Provider, one.Expects(), one.Start(time.Time{}))
	}}
	for _, route := range routes {
		views = append(views, func() string { return planText(one, route, 0) })
	}
	views = append(views, func() string { return proofText(t, one) })
	return append(views, func() string { // rare branches are in some of many conversations
		var b strings.Builder
		for _, route := range routes {
			b.WriteString(planText(one, route, 40))
		}
		return b.String()
	})
}

// proofText is what `ringback scenario test` finds.
func proofText(t testing.TB, one *scenarios.Scenario) string {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	result, err := script.Prove(t.Context(), catalog, g, one, 1)
	return fmt.Sprint(result, err)
}

func planText(one *scenarios.Scenario, route *schemas.Route, conversations int) string {
	plan, err := one.Plan(script.RouteOf(route), scenarios.Options{Seed: 1, Conversations: conversations, HasMock: true, ObservesConsumer: true})
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	fmt.Fprintln(&b, plan.Conversations, plan.Rate, plan.Skipped, len(plan.Faults()))
	count := 0
	for planned := range plan.PlannedEvents {
		if count++; count > 60 && conversations == 0 {
			break
		}
		fmt.Fprintf(&b, "%s %s %+v %v %v %v %+v", planned.At, planned.Step, planned.Expect, planned.Notes, planned.Dropped, planned.Release, planned.Action)
		for _, injected := range planned.Faults {
			fmt.Fprintf(&b, " %s#%d", injected.Fault, injected.Nth)
		}
		for _, item := range planned.Items {
			fmt.Fprintf(&b, " %s %s %s %s %v %v", item.Event, item.At, item.Message.Name, item.Stage, item.With, item.Set)
			if item.Reply != nil {
				b.WriteString(item.Reply.Name)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// scenarioKeys are the scenarios that ship.
func scenarioKeys(t *testing.T, pattern func([]string) string) keyFormat {
	library, err := shipped.Library()
	require.NoError(t, err)
	f := keyFormat{name: "scenarios/*.yaml", pattern: pattern}
	routes := keysRoutes(t)
	for _, one := range library.All() {
		name := one.Name + ".yaml"
		file, err := document.ReadYAML(name, one.Source)
		require.NoError(t, err)
		f.files = append(f.files, keyFile{name: name, size: len(one.Source), root: &file.Root, observe: func(source []byte) ([]func() string, error) {
			changed, err := scenarios.Read(name, source)
			if err != nil {
				return nil, err
			}
			return scenarioViews(t, changed, routes), nil
		}})
	}
	return f
}

// magicKeys is the table of magic recipients.
func magicKeys(t *testing.T, pattern func([]string) string, source []byte) keyFormat {
	library, err := shipped.Library()
	require.NoError(t, err)
	routes := keysRoutes(t)
	file, err := document.ReadYAML(scenarios.MagicFile, source)
	require.NoError(t, err)
	observe := func(source []byte) ([]func() string, error) {
		magic, err := scenarios.ReadMagic(scenarios.MagicFile, source, library)
		if err != nil {
			return nil, err
		}
		return []func() string{func() string {
			var b strings.Builder
			for _, route := range routes {
				for n := range 100 {
					name, with, ok := magic.For(fmt.Sprintf("9190000%05d", n), script.RouteOf(route))
					fmt.Fprintln(&b, name, with, ok)
				}
			}
			return b.String()
		}, func() string { return magicTexts(magic) }}, nil
	}
	return keyFormat{name: scenarios.MagicFile, pattern: pattern, files: []keyFile{{name: scenarios.MagicFile, size: len(source), root: &file.Root, observe: observe}}}
}

// magicTexts are what `ringback magic` shows of each recipient.
func magicTexts(magic *scenarios.Magic) string {
	var b strings.Builder
	for _, one := range append(slices.Clip(magic.Recipients), magic.Others) {
		fmt.Fprintln(&b, one.Digits, one.Description)
	}
	return b.String()
}
