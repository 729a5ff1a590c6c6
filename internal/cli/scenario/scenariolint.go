package scenario

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// A linter checks scenarios by reading them, and by making what they send on
// every route.
type linter struct {
	catalog   *schemas.Catalog
	generator *generator.Generator
	table     report.Table
	wrong     []error
}

func newLinter(catalog *schemas.Catalog) (*linter, error) {
	g, err := generator.New(catalog, generator.Options{})
	return &linter{catalog: catalog, generator: g, table: report.Table{Head: []string{"scenario", ">routes", ">types", ">problems"}}}, err
}

// all checks files, or the shipped scenarios if there are none.
func (l *linter) all(files []string) error {
	if len(files) == 0 {
		library, err := shipped.Library()
		if err != nil {
			return err
		}
		for _, one := range library.All() {
			l.one(one)
		}
		return nil
	}
	for _, file := range files {
		one, err := cli.Scenario(file)
		var wrong *document.Error
		switch {
		case errors.As(err, &wrong):
			l.add(file, 0, 0, err)
		case err != nil: // there is nothing to have a row
			l.wrong = append(l.wrong, err)
		default:
			l.one(one)
		}
	}
	return nil
}

func (l *linter) one(one *scenarios.Scenario) {
	var complaints []error
	var types []string
	if err := script.CheckProofs(l.catalog, one); err != nil {
		complaints = append(complaints, err)
	}
	routes := 0
	for _, r := range cli.Routes(l.catalog) {
		if extent(one, r) == "-" {
			continue
		}
		routes++
		made, err := l.rehearse(one, r)
		types = append(types, made...)
		if err != nil {
			complaints = append(complaints, fmt.Errorf("%s on %s: %w", one.Name, r.Name, err))
		}
	}
	if routes == 0 {
		complaints = append(complaints, fmt.Errorf("%s: no route has any of its events", one.Name))
	}
	slices.Sort(types)
	l.add(one.Name, routes, len(slices.Compact(types)), complaints...)
}

// maxRehearsed is how many conversations of a scenario are made to check it.
const maxRehearsed = 200

// rehearse makes what a scenario sends on a route, and returns the event types.
func (l *linter) rehearse(one *scenarios.Scenario, r *schemas.Route) ([]string, error) {
	plan, err := one.Plan(script.RouteOf(r), scenarios.Options{Seed: 1, Conversations: min(one.Conversations(), maxRehearsed)})
	if err != nil {
		return nil, err
	}
	script := script.Script{Catalog: l.catalog, Generator: l.generator, Route: r, Plan: plan, Start: one.Start(time.Unix(1_772_359_200, 0))}
	var types []string
	for job, err := range script.Jobs() {
		if err != nil {
			return types, err
		}
		if job.Dropped {
			continue
		}
		made, err := job.Prepare()
		if err != nil {
			return types, err
		}
		types = append(types, made.Event.Type)
	}
	return types, nil
}

func (l *linter) add(name string, routes, types int, complaints ...error) {
	l.table.Rows = append(l.table.Rows, []string{name, strconv.Itoa(routes), strconv.Itoa(types), strconv.Itoa(len(complaints))})
	l.wrong = append(l.wrong, complaints...)
}

func (l *linter) report(out io.Writer) error {
	if len(l.table.Rows) == 0 {
		return errors.Join(l.wrong...)
	}
	if _, err := io.WriteString(out, l.table.Text(cli.StyleOf(out), nil)); err != nil {
		return cli.WriteError(err)
	}
	return errors.Join(l.wrong...)
}
