package scenarios

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// MagicFile is the file beside the scenarios that maps magic recipients to scenarios.
const MagicFile = "magic.yaml"

// A Library is a set of scenarios. It is immutable.
type Library struct{ scenarios []*Scenario }

// Load reads the scenarios of one or more trees: all files *.yaml in the root, and those in
// folders named after a provider. A duplicate name is an error.
//
// Each error has a file, line and column. Load returns all of them, joined.
func Load(trees ...fs.FS) (*Library, error) {
	l := &Library{}
	var problems []error
	for _, tree := range trees {
		files, err := list(tree)
		if err != nil {
			return nil, fmt.Errorf("load scenarios: %w", err)
		}
		if len(files) == 0 {
			problems = append(problems, errors.New("load scenarios: found no *.yaml file; name a folder with scenarios"))
		}
		for _, name := range files {
			s, err := load(tree, name)
			if err == nil {
				err = l.add(s, name)
			}
			problems = append(problems, err)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	slices.SortFunc(l.scenarios, func(a, b *Scenario) int { return strings.Compare(a.Name, b.Name) })
	return l, nil
}

func list(tree fs.FS) ([]string, error) {
	top, err := fs.Glob(tree, "*.yaml")
	if err != nil {
		return nil, err
	}
	below, err := fs.Glob(tree, "*/*.yaml")
	files := slices.Concat(top, below)
	return slices.DeleteFunc(files, func(name string) bool { return name == MagicFile }), err
}

func load(tree fs.FS, name string) (*Scenario, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, fmt.Errorf("load scenario: %w", err)
	}
	s, err := Read(name, source)
	if err != nil {
		return nil, err
	}
	if folder := path.Dir(name); folder != "." && folder != s.Provider {
		return nil, fmt.Errorf("load %s:1:1: a scenario in folder %[2]s must have provider: %[2]s; add it, or move the file", name, folder)
	}
	return s, nil
}

func (l *Library) add(s *Scenario, file string) error {
	if _, err := l.Scenario(s.Name); err == nil {
		return fmt.Errorf("load %s:1:1: scenario %s is a duplicate; rename it", file, document.Quote(s.Name))
	}
	l.scenarios = append(l.scenarios, s)
	return nil
}

// Read parses one scenario.
func Read(file string, source []byte) (*Scenario, error) {
	f, err := document.ReadYAML(file, source)
	if err != nil {
		return nil, fmt.Errorf("load %w", err)
	}
	s, err := Parse(f)
	if err != nil {
		return nil, prefixed(err)
	}
	return s, nil
}

// prefixed adds the verb to each of several joined errors.
func prefixed(err error) error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return fmt.Errorf("load %w", err)
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, prefixed(one))
	}
	return errors.Join(all...)
}

// All returns the scenarios, sorted by name.
func (l *Library) All() []*Scenario { return slices.Clone(l.scenarios) }

// Scenario finds a scenario by its name. The provider may be left out if the rest of the name is
// unique.
func (l *Library) Scenario(name string) (*Scenario, error) {
	if at := slices.IndexFunc(l.scenarios, func(s *Scenario) bool { return s.Name == name }); at >= 0 {
		return l.scenarios[at], nil
	}
	var names []string
	var namesakes []*Scenario
	for _, s := range l.scenarios {
		names = append(names, s.Name)
		if path.Base(s.Name) == name {
			namesakes = append(namesakes, s)
		}
	}
	switch len(namesakes) {
	case 0:
		return nil, fmt.Errorf("find scenario: unknown scenario %s; %s", document.Quote(name), document.OneOf(name, names))
	case 1:
		return namesakes[0], nil
	}
	return nil, fmt.Errorf("find scenario: several providers have a scenario %s: name it %s or %s", document.Quote(name), namesakes[0].Name, namesakes[1].Name)
}
