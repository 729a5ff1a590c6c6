package jsonschema_test

import (
	"slices"
	"strconv"
	"strings"

	v5 "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// visits are the values that [jsonschema.Program.Visit] visits, each as a pointer and that of a schema
// that applies to it.
func visits(p *jsonschema.Program, body *document.Node) []string {
	var found []string
	p.Visit(body, func(path []string, _ *document.Node, schemas []*jsonschema.Schema) {
		for _, s := range schemas {
			found = append(found, document.Pointer(path...)+" "+s.Pointer)
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// visits are the same according to v5.
func (o *oracle) visits(body *document.Node) []string {
	var found []string
	var visit func(schemas []*v5.Schema, n *document.Node, pointer string)
	visit = func(schemas []*v5.Schema, n *document.Node, pointer string) {
		var all []*v5.Schema
		for _, s := range schemas {
			all = applicable(all, s, n.Any())
		}
		for _, s := range all {
			_, fragment, _ := strings.Cut(s.Location, "#")
			found = append(found, pointer+" "+unescapeFragment(strings.TrimSuffix(fragment, "/")))
		}
		for i := range n.Members {
			m := &n.Members[i]
			if next := propertySchemas(all, m.Key); next != nil {
				visit(next, &m.Value, pointer+document.Pointer(m.Key))
			}
		}
		for i := range n.Items {
			if next := elementSchemas(all, i); next != nil {
				visit(next, &n.Items[i], pointer+"/"+strconv.Itoa(i))
			}
		}
	}
	visit([]*v5.Schema{o.open}, body, "")
	slices.Sort(found)
	return slices.Compact(found)
}

// applicable adds the schemas that apply to a value: s, the target of its reference, and the
// alternatives that the value matches.
func applicable(all []*v5.Schema, s *v5.Schema, value any) []*v5.Schema {
	if s == nil {
		return all
	}
	all = applicable(append(all, s), s.Ref, value)
	for _, branch := range s.AllOf {
		all = applicable(all, branch, value)
	}
	for _, branch := range slices.Concat(s.AnyOf, s.OneOf) {
		if branch.Validate(value) == nil {
			all = applicable(all, branch, value)
		}
	}
	switch {
	case s.If == nil:
	case s.If.Validate(value) == nil:
		all = applicable(all, s.Then, value)
	default:
		all = applicable(all, s.Else, value)
	}
	return all
}

func propertySchemas(all []*v5.Schema, key string) []*v5.Schema {
	var next []*v5.Schema
	for _, s := range all {
		if p := s.Properties[key]; p != nil {
			next = append(next, p)
		} else if additional, ok := s.AdditionalProperties.(*v5.Schema); ok {
			next = append(next, additional)
		}
	}
	return next
}

func elementSchemas(all []*v5.Schema, i int) []*v5.Schema {
	var next []*v5.Schema
	for _, s := range all {
		if i < len(s.PrefixItems) {
			next = append(next, s.PrefixItems[i])
		} else if s.Items2020 != nil {
			next = append(next, s.Items2020)
		}
	}
	return next
}
