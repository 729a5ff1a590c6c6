package value

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	opening = "{{"
	closing = "}}"
	// random stands where a value's name does; its format makes it.
	random = "random"
)

// Template is a text with places for values:
//
//	{{name}}  {{name|format}}  {{name|hex 32}}  {{name?}}  {{name?|format}}  {{random|uuid}}
//
// A name with ? may have no value: nothing then stands in its place. There is no
// escape; "}}" alone is text. The zero Template is the empty text.
type Template struct {
	text   string
	places []place
	after  string // the text behind the last place
}

type place struct {
	before   string // the text since the place before
	name     string
	optional bool
	format   Format
}

// ParseTemplate reads a template and checks its names and formats.
// Offsets in its errors count bytes from 0.
func ParseTemplate(text string) (Template, error) {
	template := Template{text: text}
	rest := text
	for {
		before, behind, found := strings.Cut(rest, opening)
		if !found {
			template.after = rest
			return template, nil
		}
		offset := len(text) - len(rest) + len(before)
		inside, next, closed := strings.Cut(behind, closing)
		if !closed {
			return Template{}, fmt.Errorf("parse template %q: offset %d: %s is never closed", text, offset, opening)
		}
		p, err := parsePlace(inside)
		if err != nil {
			return Template{}, fmt.Errorf("parse template %q: offset %d: %w", text, offset, err)
		}
		p.before = before
		template.places = append(template.places, p)
		rest = next
	}
}

func parsePlace(inside string) (place, error) {
	name, spelled, hasFormat := strings.Cut(inside, "|")
	name, optional := strings.CutSuffix(name, "?")
	if hasFormat && spelled == "" {
		return place{}, errors.New("the format after | is missing")
	}
	if name == random {
		format, err := parseRandom(spelled, optional)
		return place{name: random, format: format}, err
	}
	kind, known := KindOf(name)
	switch {
	case !known:
		return place{}, fmt.Errorf("no value has the name %q", name)
	case name == FakeID:
		return place{}, errors.New(FakeID + " is for schemas only; use random, for example {{random|uuid}} or {{random|hex 32}}")
	}
	format, err := ParseFormat(kind, spelled)
	return place{name: name, optional: optional, format: format}, err
}

func parseRandom(spelled string, optional bool) (Format, error) {
	if optional {
		return Format{}, errors.New("random is never absent: leave out the ?")
	}
	format, err := ParseFormat(ID, spelled)
	if err == nil && !format.Makes() {
		err = errors.New("random needs a format that generates it, for example {{random|uuid}} or {{random|hex 32}}")
	}
	return format, err
}

// String is the text that was parsed.
func (t Template) String() string { return t.text }

// Names lists the values that the template asks for, each once, sorted.
func (t Template) Names() []string {
	var names []string
	for _, p := range t.places {
		if p.name != random {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Single tells whether the template is one value and nothing else, so that a JSON
// string that holds it can become a number or a bool. Where that value is absent,
// Expand says whether it may be. {{random|…}} is not single: it makes text anyway.
func (t Template) Single() (name string, format Format, ok bool) {
	if len(t.places) != 1 || t.places[0].before != "" || t.after != "" || t.places[0].name == random || t.places[0].format.MadeFrom() {
		return "", Format{}, false
	}
	return t.places[0].name, t.places[0].format, true
}

// Expand puts values in their places. Text that was put in is never expanded
// again. The source may be nil where the template has no random.
func (t Template) Expand(lookup func(name string) (Value, bool), source Source) (string, error) {
	var out strings.Builder
	for _, p := range t.places {
		out.WriteString(p.before)
		spelled, err := p.expand(lookup, source)
		if err != nil {
			return "", fmt.Errorf("expand template %q: %w", t.text, err)
		}
		out.WriteString(spelled)
	}
	out.WriteString(t.after)
	return out.String(), nil
}

func (p place) expand(lookup func(name string) (Value, bool), source Source) (string, error) {
	if p.name == random {
		if source == nil {
			return "", errors.New("random has no source")
		}
		return p.format.Make(source), nil
	}
	found, ok := lookup(p.name)
	switch {
	case !ok && p.optional:
		return "", nil
	case !ok:
		return "", fmt.Errorf("%s has no value", p.name)
	}
	if p.format.MadeFrom() {
		if source == nil {
			return "", errors.New(p.format.word + " has no source")
		}
		return string(p.format.AppendMadeFrom(nil, found, source)), nil
	}
	formatted, err := p.format.Text(found)
	if err != nil {
		return "", fmt.Errorf("%s: %w", p.name, err)
	}
	return fmt.Sprint(formatted), nil // a string, a json.Number or a bool
}
