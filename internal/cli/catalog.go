package cli

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

func TypeNames(c *schemas.Catalog) []string {
	var names []string
	for _, t := range c.Types() {
		names = append(names, t.Name)
	}
	return names
}

func ProviderNames(c *schemas.Catalog) []string {
	var names []string
	for _, p := range c.Providers {
		names = append(names, p.Name)
	}
	return names
}

// TakeScenario wants one name of a scenario, or the path of a file that ends in
// .yaml, and completes it.
func TakeScenario(c *cobra.Command) *cobra.Command {
	c.Args = OneArgument("find scenario: no SCENARIO; `ringback scenario list` lists the names")
	c.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		library, err := shipped.Library()
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []string
		for _, one := range library.All() {
			names = append(names, one.Name)
		}
		return names, cobra.ShellCompDirectiveDefault
	}
	return c
}

// Scenario finds a scenario by its name, or reads the file of that name.
func Scenario(name string) (*scenarios.Scenario, error) {
	if filepath.Ext(name) != ".yaml" {
		library, err := shipped.Library()
		if err != nil {
			return nil, err
		}
		return library.Scenario(name)
	}
	source, err := os.ReadFile(name)
	if err != nil {
		return nil, Exit(ExitEnvironment, fmt.Errorf("read the scenario %s: %w", name, Cause(err)))
	}
	return scenarios.Read(name, source)
}

// Routes lists every route of the catalog.
func Routes(catalog *schemas.Catalog) []*schemas.Route {
	var routes []*schemas.Route
	for _, p := range catalog.Providers {
		routes = append(routes, p.Routes...)
	}
	return routes
}
