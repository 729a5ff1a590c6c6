package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
)

// Parse reads a fault in the notation of the command line: "drop",
// "duplicate:copies=3,probability=0.2", "delay:lognormal=200ms,0.6",
// "missing-field:field=/payload/id".
//
// A comma starts a new parameter only before "word=". Double any other comma before "word=".
func Parse(spec string) (Fault, error) {
	f, err := parse(spec)
	if err != nil {
		return Fault{}, fmt.Errorf("read fault %s: %w", document.Quote(document.Shorten(spec, 60)), err)
	}
	return f, nil
}

func parse(spec string) (Fault, error) {
	name, rest, more := strings.Cut(spec, ":")
	a, err := assemble(name)
	if err != nil || !more {
		return a.fault, err
	}
	for i, part := range split(rest) {
		switch word, value, _ := strings.Cut(part, "="); {
		case !named(part) && i == 0:
			err = a.bare(part)
		case slices.Contains(prng.KeyNames(), word):
			err = a.delay(part)
		default:
			err = a.set(word, value)
		}
		if err != nil {
			return Fault{}, err
		}
	}
	return a.fault, nil
}

// split splits parameters at the commas that start a new one, and replaces double commas.
func split(text string) []string {
	var parts []string
	var part strings.Builder
	for i := 0; i < len(text); i++ {
		switch after := text[i+1:]; {
		case text[i] == ',' && strings.HasPrefix(after, ","):
			part.WriteByte(',')
			i++
		case text[i] == ',' && named(after):
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(text[i])
		}
	}
	return append(parts, part.String())
}

// named reports whether a text starts with a word and an equals sign.
func named(text string) bool {
	word, _, found := strings.Cut(text, "=")
	return found && word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	})
}

// String returns the fault in the notation of [Parse], without parameters that have their
// defaults.
func (f Fault) String() string {
	d := lookUp(f.kind)
	var parts []string
	for _, s := range d.settings() {
		value := s.write(f)
		switch {
		case value == s.Default:
		case s.Type == distribution && len(parts) == 0 && s.Name == d.own[0].Name:
			parts = append(parts, value)
		case s.Type == distribution:
			parts = append(parts, s.Name+"="+value)
		default:
			parts = append(parts, s.Name+"="+strings.ReplaceAll(value, ",", ",,"))
		}
	}
	if len(parts) == 0 {
		return f.kind
	}
	return f.kind + ":" + strings.Join(parts, ",")
}

// An assembly is a fault whose parameters are being set, each at most once.
type assembly struct {
	fault    Fault
	own      []setting
	settings []setting
	given    map[string]bool
}

// assemble starts a fault with the defaults of its parameters.
func assemble(name string) (*assembly, error) {
	d := lookUp(name)
	if d.name == "" {
		return &assembly{}, fmt.Errorf("unknown fault %s; %s", document.Quote(document.Shorten(name, 40)), document.OneOf(name, names()))
	}
	a := &assembly{Fault{kind: name, stage: d.stage, signatureFault: d.signatureFault}, d.own, d.settings(), map[string]bool{}}
	for _, s := range a.settings {
		if s.Default == "" {
			continue
		}
		if err := s.read(&a.fault, s.Default); err != nil {
			return &assembly{}, fmt.Errorf("default of %s: %w", s.Name, err)
		}
	}
	return a, nil
}

func names() []string {
	var all []string
	for _, d := range definitions() {
		all = append(all, d.name)
	}
	return all
}

func (a *assembly) parameters() []string {
	var all []string
	for _, s := range a.settings {
		all = append(all, s.Name)
	}
	return all
}

// set sets a parameter.
func (a *assembly) set(name, text string) error {
	i := slices.IndexFunc(a.settings, func(s setting) bool { return s.Name == name })
	switch {
	case i < 0 && name == oldProbability:
		return renamedProbability()
	case i < 0:
		return fmt.Errorf("unknown parameter %s of %s; %s", document.Quote(name), a.fault.kind, document.OneOf(name, a.parameters()))
	case a.given[name]:
		return fmt.Errorf("duplicate parameter %s", name)
	}
	a.given[name] = true
	if err := a.settings[i].read(&a.fault, text); err != nil {
		return fmt.Errorf("parameter %s: found %s: %w", name, document.Quote(text), err)
	}
	return nil
}

// oldProbability is the former name of the parameter probability.
const oldProbability = "chance"

func renamedProbability() error {
	return fmt.Errorf("unknown parameter %q; it is now %q", oldProbability, "probability")
}

// bare sets the parameter whose name may be left out.
func (a *assembly) bare(text string) error {
	if len(a.own) == 0 {
		return fmt.Errorf("found %s: write the parameters of %s as NAME=VALUE; known: %s",
			document.Quote(text), a.fault.kind, strings.Join(a.parameters(), ", "))
	}
	return a.set(a.own[0].Name, text)
}

// delay sets the parameter that is a distribution.
func (a *assembly) delay(text string) error {
	name, err := a.distribution()
	if err != nil {
		return err
	}
	return a.set(name, text)
}

func (a *assembly) distribution() (string, error) {
	i := slices.IndexFunc(a.own, func(s setting) bool { return s.Type == distribution })
	if i < 0 {
		return "", errors.New(a.fault.kind + " has no delay; only duplicate and delay have")
	}
	return a.own[i].Name, nil
}
