package schemas

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/document"
)

// A Field is one place in the bodies of an event type, for people.
type Field struct {
	// Pointer is the place, with "*" for each element of an array.
	Pointer string
	Types   []string
	// Required is "yes", "no", or "some" if only some forms or kinds require it.
	Required string
	// Is are the only values allowed, Known the listed ones of an open set.
	Is, Known []string
	Meaning   string
	// Value is the value of a run that stands here, with its spelling; "" if none.
	Value  string
	Source string
}

// Fields returns the places of an event type's bodies, in the order of the wire.
func (t *EventType) Fields() []Field {
	d := describer{}
	d.object(t.root, "")
	return d.fields
}

// A Variant is one known form of an event type: where the document and the wire
// disagree, or where the wire has several.
type Variant struct {
	Name, Meaning, Source string
}

// Variants returns the known forms of the type, in the order of the schema; none
// if it has one form only.
func (t *EventType) Variants() []Variant {
	var forms []Variant
	t.root.walk(func(s *schema) {
		if s.variant != "" {
			forms = append(forms, Variant{s.variant, s.description, s.provenance()})
		}
	})
	return forms
}

type describer struct{ fields []Field }

// object describes the keys of an object, or the elements of an array.
func (d *describer) object(s *schema, at string) {
	for _, name := range s.keys() {
		d.field(s, name, at+document.Pointer(name))
	}
	s.sometimes(func(a *schema) {
		for _, element := range append(slices.Clone(a.prefix), a.items) {
			if element != nil {
				d.element(element, at+"/*")
			}
		}
	})
}

func (d *describer) element(s *schema, at string) {
	if len(s.keys()) == 0 && !slices.ContainsFunc(d.fields, func(f Field) bool { return f.Pointer == at }) {
		d.fields = append(d.fields, describeField([]*schema{s}, at, "yes"))
	}
	d.object(s, at)
}

func (d *describer) field(parent *schema, name, at string) {
	schemas := parent.property(name)
	if i := slices.IndexFunc(d.fields, func(f Field) bool { return f.Pointer == at }); i >= 0 {
		return
	}
	d.fields = append(d.fields, describeField(schemas, at, requiredness(parent, name)))
	for _, s := range schemas {
		d.object(s, at)
	}
}

func requiredness(parent *schema, name string) string {
	if parent.requires(name) {
		return "yes"
	}
	required := "no"
	parent.sometimes(func(a *schema) {
		if slices.Contains(a.required, name) {
			required = "some"
		}
	})
	return required
}

// requires reports whether every value has a key: the schema says so for all, or each
// of its alternatives does.
func (s *schema) requires(name string) bool {
	required := false
	lacks := func(b *schema) bool { return !b.requires(name) }
	s.always(func(a *schema) {
		required = required || slices.Contains(a.required, name) ||
			len(a.anyOf) > 0 && !slices.ContainsFunc(a.anyOf, lacks) || len(a.oneOf) > 0 && !slices.ContainsFunc(a.oneOf, lacks)
	})
	return required
}

// describeField merges what several schemas of one place say.
func describeField(schemas []*schema, at, required string) Field {
	f := Field{Pointer: at, Required: required}
	for _, place := range schemas {
		place.sometimes(func(s *schema) {
			for _, name := range s.types {
				if !slices.Contains(f.Types, name) {
					f.Types = append(f.Types, name)
				}
			}
			f.Is = append(f.Is, textsOf(s.discriminators)...)
			f.Known = append(f.Known, textsOf(s.known)...)
			if f.Meaning == "" {
				f.Meaning = s.description
			}
			if f.Value == "" && s.value != "" {
				f.Value = s.value
				if as := s.format.String(); as != s.format.Kind().Formats()[0] {
					f.Value += " as " + as
				}
			}
			if f.Source == "" {
				f.Source = s.source
			}
		})
	}
	slices.Sort(f.Is)
	f.Is = slices.Compact(f.Is)
	slices.Sort(f.Known)
	f.Known = slices.Compact(f.Known)
	return f
}
