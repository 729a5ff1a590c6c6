package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// Shown are the flags as a user would write them.
func (o *ScriptOptions) Shown() string {
	var b strings.Builder
	for _, f := range o.Faults {
		b.WriteString(" --fault " + f)
	}
	return b.String()
}

// ScriptOptions are the flags of what is played, the same for every
// command that plans a scenario.
type ScriptOptions struct {
	Provider, Seed, at, rate, variant, fill, account string
	with, set, Faults                                []string
	count                                            int
}

func (o *ScriptOptions) Flags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.Provider, "provider", "", "play this `ROUTE`, or the default route of a provider (default: the scenario's, or gupshup/v2)")
	f.StringVar(&o.Seed, "seed", "", "random seed, a `NUMBER` (default: random, printed to stderr)")
	f.StringVar(&o.at, "at", "", "start the scenario at this `TIME`, for example 2026-03-01T10:00:00Z (default: now)")
	f.StringArrayVar(&o.with, "with", nil, "set a value, `NAME=VALUE`, or NAME=null to leave it out (repeatable)")
	f.StringArrayVar(&o.set, "set", nil, "set JSON or a text at a JSON Pointer of the bodies, `POINTER=VALUE` (repeatable)")
	f.StringArrayVar(&o.Faults, "fault", nil, "inject a fault, `NAME:KEY=VALUE`, several keys with commas; docs/faults.md lists them (repeatable)")
	f.IntVar(&o.count, "count", 0, "play `N` conversations (default: the scenario's number)")
	f.StringVar(&o.rate, "rate", "", "start so many conversations per second, `N/s` (default: the scenario's rate)")
	f.StringVar(&o.account, "account", "", "send the bodies of this `ACCOUNT`: a name in provider.yaml, or a file (default: by the seed)")
	f.StringVar(&o.variant, "variant", "", "use this `VARIANT` of event types that have several, for example documented")
	Enum(f, &o.fill, "fill", "fill in optional keys, `WHICH`: typical, minimal, full, empty or any", "typical", "minimal", "full", "empty", "any")
}

// Script plans a scenario, given by name or file.
func (o *ScriptOptions) Script(set *Factory, name string) (script.Script, error) {
	one, err := Scenario(name)
	if err != nil {
		return script.Script{}, err
	}
	if one.Source != nil && filepath.Ext(name) == ".yaml" {
		catalog, err := set.Catalog()
		if err == nil {
			err = script.CheckProofs(catalog, one)
		}
		if err != nil {
			return script.Script{}, err
		}
	}
	return o.plan(set, one)
}

// plan plans a scenario. A provider's own scenario names its provider, unless a
// flag does.
func (o *ScriptOptions) plan(set *Factory, one *scenarios.Scenario) (script.Script, error) {
	catalog, err := set.Catalog()
	if err != nil {
		return script.Script{}, err
	}
	route, err := catalog.Route(o.routeFor(catalog, one))
	if err != nil {
		return script.Script{}, err
	}
	return o.PlanOn(catalog, route, one)
}

func (o *ScriptOptions) routeFor(catalog *schemas.Catalog, one *scenarios.Scenario) string {
	if o.Provider == "" && len(one.Routes) > 0 {
		return one.Routes[0]
	}
	return cmp.Or(o.Provider, one.Provider, catalog.Default().Name)
}

func (o *ScriptOptions) PlanOn(catalog *schemas.Catalog, route *schemas.Route, one *scenarios.Scenario) (script.Script, error) {
	made := script.Script{Catalog: catalog, Route: route}
	options, err := o.options()
	if err != nil {
		return made, err
	}
	if made.Start, err = o.start(); err != nil {
		return made, err
	}
	if o.at == "" {
		made.Start = one.Start(made.Start)
	}
	for _, w := range options.With {
		if w.Name == "error" {
			if _, err := route.Reason(w.Text); err != nil {
				return made, fmt.Errorf("read --with: %w", err)
			}
		}
	}
	if made.Plan, err = one.Plan(script.RouteOf(route), options); err != nil {
		return made, err
	}
	account, err := o.accountOn(route)
	if err != nil {
		return made, err
	}
	g, err := generator.New(catalog, generator.Options{Variant: o.variant, Fill: generator.Fill(o.fill), Account: account})
	if err != nil {
		return made, err
	}
	made.Generator = g
	return made, checkPlaces(g, route, one, options.Set)
}

// accountOn finds the account of a route, by its name or in a file; nil without --account.
func (o *ScriptOptions) accountOn(route *schemas.Route) (*schemas.Account, error) {
	if o.account == "" {
		return nil, nil
	}
	var names []string
	for _, a := range route.Accounts() {
		if a.Name == o.account {
			return a, nil
		}
		names = append(names, a.Name)
	}
	if !strings.ContainsAny(o.account, "./"+string(filepath.Separator)) {
		return nil, fmt.Errorf("read --account: %s has no account %q; %s, or give a file", route.Name, o.account, document.OneOf(o.account, names))
	}
	source, err := os.ReadFile(o.account)
	if err != nil {
		return nil, fmt.Errorf("read --account: %w", err)
	}
	return schemas.ReadAccount(o.account, source)
}

// checkPlaces rejects a JSON Pointer of --set that no event of the scenario has.
func checkPlaces(g *generator.Generator, route *schemas.Route, one *scenarios.Scenario, set []scenarios.Setting) error {
	if len(set) == 0 {
		return nil
	}
	says := script.RouteOf(route).Supports
	var all []string
	for _, event := range one.Events() {
		if ok, _ := says(event); !ok {
			continue
		}
		places, err := g.Locations(route, event)
		if err != nil {
			return err
		}
		all = append(all, places...)
	}
	slices.Sort(all)
	all = slices.Compact(all)
	for _, s := range set {
		if !slices.Contains(all, s.Name) {
			return fmt.Errorf("read --set: no event of %s on %s has the JSON Pointer %s; %s", one.Name, route.Name, s.Name, document.OneOf(s.Name, all))
		}
	}
	return nil
}

func (o *ScriptOptions) options() (scenarios.Options, error) {
	options := scenarios.Options{Conversations: o.count}
	if o.count < 0 {
		return options, fmt.Errorf("read --count: %d is negative", o.count)
	}
	var err error
	if options.Seed, err = Seed(o.Seed); err != nil {
		return options, err
	}
	if o.rate != "" {
		if options.Rate, err = scenarios.ParseRate(o.rate); err != nil {
			return options, fmt.Errorf("read --rate: %w, found %q", err, o.rate)
		}
	}
	for _, text := range o.with {
		name, value, found := strings.Cut(text, "=")
		if !found {
			return options, fmt.Errorf("read --with: %q is not NAME=VALUE (for example recipient.phone=919000000001", text)
		}
		options.With = append(options.With, scenarios.Setting{Name: name, Text: value, Absent: value == "null"})
	}
	for _, text := range o.set {
		pointer, value, found := strings.Cut(text, "=")
		if !found || !strings.HasPrefix(pointer, "/") {
			return options, fmt.Errorf("read --set: %q is not POINTER=VALUE (for example /payload/id=abc)", text)
		}
		options.Set = append(options.Set, scenarios.Setting{Name: pointer, Text: jsonOf(value)})
	}
	for _, text := range o.Faults {
		one, err := fault.Parse(text)
		if err != nil {
			return options, fmt.Errorf("read --fault: %w", err)
		}
		options.Faults = append(options.Faults, one)
	}
	return options, nil
}

// jsonOf takes a text for JSON if it is, and for a string if not.
func jsonOf(text string) string {
	if json.Valid([]byte(text)) {
		return text
	}
	quoted, _ := json.Marshal(text) // a string can be written
	return string(quoted)
}

// Seed reads a seed; without one it makes one of 64 random bits, so that no run
// repeats the IDs of another and each can be repeated by its number.
func Seed(text string) (uint64, error) {
	if text == "" {
		return prng.Draw().Low, nil
	}
	seed, err := RunSeed(text)
	return seed.Uint64(), err
}

// RunSeed reads a seed of up to 128 bits; without one it makes one at random.
func RunSeed(text string) (prng.RunSeed, error) {
	if text == "" {
		return prng.Draw(), nil
	}
	seed, err := prng.ParseSeed(text)
	if err != nil {
		return seed, fmt.Errorf("read --seed: %w", err)
	}
	return seed, nil
}

// Timed reports whether the start is given, and not now.
func (o *ScriptOptions) Timed() bool { return o.at != "" }

func (o *ScriptOptions) start() (time.Time, error) {
	if o.at == "" {
		return time.Now().UTC().Truncate(time.Millisecond), nil
	}
	at, err := time.Parse(time.RFC3339, o.at)
	if err != nil {
		return time.Time{}, fmt.Errorf("read --at: %q is not a time (for example 2026-03-01T10:00:00Z)", o.at)
	}
	return at.UTC(), nil
}
