package schemas

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// A Field describes one value in the bodies of an event type.
type Field struct {
	// Pointer has "*" for each element of an array.
	Pointer string
	Types   []string
	// Required is "yes", "no", or "some" if only some variants or kinds require it.
	Required string
	// Is are the only values allowed, Known the listed values of an open enum.
	Is, Known []string
	Meaning   string
	// Value is the value of the run and its format; "" without x-value.
	Value  string
	Source string
}

// Fields returns the fields of an event type's bodies, in their order.
func (t *EventType) Fields() []Field {
	d := describer{}
	d.object(t.Root(), "")
	return d.fields
}

// A Variant is one of several known shapes of an event type: documented, observed, or another.
type Variant struct {
	Name, Meaning, Source string
}

// Variants returns the variants of the type, in the order of the schema; nil if it has one shape only.
func (t *EventType) Variants() []Variant {
	var forms []Variant
	t.Root().Walk(func(s *jsonschema.Schema) {
		if s.Variant != "" {
			forms = append(forms, Variant{s.Variant, s.Description, s.Provenance()})
		}
	})
	return forms
}

type describer struct{ fields []Field }

// object describes the keys of an object, or the elements of an array.
func (d *describer) object(s *jsonschema.Schema, at string) {
	for _, name := range s.Keys() {
		d.field(s, name, at+document.Pointer(name))
	}
	s.Sometimes(func(a *jsonschema.Schema) {
		for _, element := range append(slices.Clone(a.Prefix), a.Items) {
			if element != nil {
				d.element(element, at+"/*")
			}
		}
	})
}

func (d *describer) element(s *jsonschema.Schema, at string) {
	if len(s.Keys()) == 0 && !slices.ContainsFunc(d.fields, func(f Field) bool { return f.Pointer == at }) {
		d.fields = append(d.fields, describeField([]*jsonschema.Schema{s}, at, "yes"))
	}
	d.object(s, at)
}

func (d *describer) field(parent *jsonschema.Schema, name, at string) {
	schemas := parent.Property(name)
	if i := slices.IndexFunc(d.fields, func(f Field) bool { return f.Pointer == at }); i >= 0 {
		return
	}
	d.fields = append(d.fields, describeField(schemas, at, requiredness(parent, name)))
	for _, s := range schemas {
		d.object(s, at)
	}
}

func requiredness(parent *jsonschema.Schema, name string) string {
	if requires(parent, name) {
		return "yes"
	}
	required := "no"
	parent.Sometimes(func(a *jsonschema.Schema) {
		if slices.Contains(a.Required, name) {
			required = "some"
		}
	})
	return required
}

// requires reports whether each value has a key: the schema requires it, or each of its alternatives
// does.
func requires(s *jsonschema.Schema, name string) bool {
	required := false
	lacks := func(b *jsonschema.Schema) bool { return !requires(b, name) }
	s.Always(func(a *jsonschema.Schema) {
		required = required || slices.Contains(a.Required, name) ||
			len(a.AnyOf) > 0 && !slices.ContainsFunc(a.AnyOf, lacks) || len(a.OneOf) > 0 && !slices.ContainsFunc(a.OneOf, lacks)
	})
	return required
}

// describeField merges the schemas of one field.
func describeField(schemas []*jsonschema.Schema, at, required string) Field {
	f := Field{Pointer: at, Required: required}
	for _, place := range schemas {
		place.Sometimes(func(s *jsonschema.Schema) {
			for _, name := range s.Types {
				if !slices.Contains(f.Types, name) {
					f.Types = append(f.Types, name)
				}
			}
			f.Is = append(f.Is, textsOf(s.Values)...)
			f.Known = append(f.Known, textsOf(s.Known)...)
			if f.Meaning == "" {
				f.Meaning = s.Description
			}
			if f.Value == "" && s.Value != "" {
				f.Value = s.Value
				if as := s.Format.String(); as != s.Format.Kind().Formats()[0] {
					f.Value += " as " + as
				}
			}
			if f.Source == "" {
				f.Source = s.Source
			}
		})
	}
	slices.Sort(f.Is)
	f.Is = slices.Compact(f.Is)
	slices.Sort(f.Known)
	f.Known = slices.Compact(f.Known)
	return f
}
