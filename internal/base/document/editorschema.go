package document

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// A Schema is a JSON Schema: keywords and their values.
type Schema = map[string]any

// An EditorSchemer has a schema of its own: of what its UnmarshalNode accepts, or of what tags can't express.
type EditorSchemer interface {
	EditorSchema(b *SchemaBuilder) Schema
}

// EditorSchema returns the JSON Schema with which editors check and complete what [Decoder.Decode] decodes into a
// type. It follows the tags of the fields, and the tag doc is the description of a key. The schema accepts
// everything that the decoder accepts; it rejects what a JSON Schema can express.
func EditorSchema(of any, title, description string) Schema {
	b := &SchemaBuilder{definitions: Schema{}, types: map[string]reflect.Type{}}
	var root Schema
	if own, ok := of.(EditorSchemer); ok {
		root = own.EditorSchema(b)
	} else {
		root = b.Struct(of)
	}
	root["$schema"], root["title"], root["description"] = "https://json-schema.org/draft/2020-12/schema", title, description
	root["$defs"] = b.definitions
	return root
}

// A SchemaBuilder collects the definitions of a schema.
type SchemaBuilder struct {
	definitions Schema
	types       map[string]reflect.Type
}

// Of returns the schema of a type, or a reference to its definition.
func (b *SchemaBuilder) Of(of any) Schema { return b.value(reflect.TypeOf(of), rules{}) }

// Struct returns the schema of a struct by the tags of its fields.
func (b *SchemaBuilder) Struct(of any) Schema { return b.object(reflect.TypeOf(of), rules{}) }

func (b *SchemaBuilder) value(t reflect.Type, r rules) Schema {
	switch u := reflect.New(t).Interface().(type) {
	case wrapper:
		return u.schema(b, r)
	case EditorSchemer:
		if strings.Contains(t.Name(), "[") { // a generic type has no short name
			return u.EditorSchema(b)
		}
		return b.define(t.Name(), t, func() Schema { return u.EditorSchema(b) })
	case Unmarshaler:
		panic(fmt.Sprintf("document: %s has UnmarshalNode and no EditorSchema", t))
	}
	switch {
	case t == nodeType || t == reflect.PointerTo(nodeType):
		return Schema{}
	case t == durationType:
		return b.define("duration", t, func() Schema {
			return Schema{"type": "string", "pattern": `^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$`, "examples": []string{"10s", "500ms", "7d"}}
		})
	}
	switch t.Kind() {
	case reflect.Pointer:
		return b.value(t.Elem(), r)
	case reflect.Struct:
		return b.object(t, r)
	case reflect.Slice:
		return b.array(t, r)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64:
		return scalarSchema(t, r)
	}
	panic(fmt.Sprintf("document: schema of %s: this type has no notation", t))
}

// define defines a type under a name, and returns a reference to it.
func (b *SchemaBuilder) define(name string, t reflect.Type, schema func() Schema) Schema {
	switch known := b.types[name]; {
	case known == nil:
		b.types[name] = t // before its schema, which may refer to it
		b.definitions[name] = schema()
	case known != t:
		panic(fmt.Sprintf("document: %s and %s have the same name", known, t))
	}
	return Schema{"$ref": "#/$defs/" + name}
}

func (b *SchemaBuilder) array(t reflect.Type, r rules) Schema {
	schema := Schema{"type": "array"}
	if r.required || r.nonempty {
		schema["minItems"] = 1
	}
	if t.Elem().Kind() == reflect.Slice {
		r.required, r.nonempty = false, false
	}
	schema["items"] = b.value(t.Elem(), r)
	return schema
}

func (b *SchemaBuilder) object(t reflect.Type, r rules) Schema {
	properties, required := Schema{}, []string{}
	schema := Schema{"type": "object", "additionalProperties": false, "properties": properties}
	for _, f := range tagsOf(t).fields {
		field := t.FieldByIndex(f.index)
		if f.rest {
			rest := b.value(field.Type, r)
			schema["additionalProperties"] = rest["additionalProperties"]
			continue
		}
		one := b.value(field.Type, f.rules)
		if doc := field.Tag.Get("doc"); doc != "" {
			one["description"] = doc
		}
		if f.otherwise != "" {
			one["default"] = json.RawMessage(defaultNode(f.otherwise).Compact(len(f.otherwise) + 2))
		}
		properties[f.key] = one
		if f.required || f.present {
			required = append(required, f.key)
		}
	}
	if len(required) > 0 {
		schema["required"] = required
	}
	return schema
}

func scalarSchema(t reflect.Type, r rules) Schema {
	switch {
	case t.Kind() == reflect.Bool && len(r.oneOf) > 0:
		return Schema{"const": r.oneOf[0] == "true"}
	case t.Kind() == reflect.Bool:
		return Schema{"type": "boolean"}
	case t.Kind() != reflect.String:
		return Schema{"type": "integer", "minimum": bound(r.min, 0), "maximum": bound(r.max, maxWholeNumber)}
	case len(r.oneOf) > 0:
		return Schema{"enum": r.oneOf}
	}
	schema := Schema{"type": "string"}
	if r.required || r.nonempty {
		schema["minLength"] = 1
	}
	if r.pattern != "" {
		schema["pattern"] = r.pattern
	}
	return schema
}

func (l *Located[T]) schema(b *SchemaBuilder, r rules) Schema {
	return b.value(reflect.TypeFor[T](), r)
}

func (e *Entries[T]) schema(b *SchemaBuilder, r rules) Schema {
	return Schema{"type": "object", "additionalProperties": b.value(reflect.TypeFor[T](), r)}
}
