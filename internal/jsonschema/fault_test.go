package jsonschema

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// A Fault is a bug that is planted in a compiled program.
type Fault struct {
	Keyword, Name string
	// op breaks one op and program the program; they return false if it has nothing to break.
	op      func(*op) bool
	program func(*Program) bool
}

// Plant compiles a schema with the fault; nil if the schema has nothing to break.
func (f Fault) Plant(root *Schema) *Program {
	p := Compile(root, value.Words{})
	if f.program != nil {
		if !f.program(p) {
			return nil
		}
		return p
	}
	broken := false
	seen := map[*op]bool{}
	var visit func(o *op)
	visit = func(o *op) {
		if o == nil || seen[o] {
			return
		}
		seen[o] = true
		for _, child := range o.children() {
			visit(child)
		}
		broken = f.op(o) || broken
	}
	visit(p.root)
	if !broken {
		return nil
	}
	return p
}

func (o *op) children() []*op {
	all := slices.Concat(o.prefix, o.allOf, o.anyOf, o.oneOf)
	for _, p := range slices.Concat(o.properties, o.dependentSchemas) {
		all = append(all, p.op)
	}
	for _, p := range o.patterns {
		all = append(all, p.op)
	}
	return append(all, o.additional, o.names, o.unevaluated, o.items, o.contains, o.unevaluatedItems, o.ref, o.not, o.condition, o.then, o.otherwise)
}

// Assertions are the keywords that have an effect on validation.
func Assertions() []string {
	annotations := []string{
		"title", "description", "x-source", "x-value", "x-value-format", "x-value-offset", "x-value-truncate", "x-value-exceptions", "x-value-ahead", "x-value-until", "x-ambiguous",
		"$schema", "$comment", "default", "deprecated", "readOnly", "writeOnly", "examples", "format",
	}
	return slices.DeleteFunc(append(dialect(), standard()...), func(keyword string) bool { return slices.Contains(annotations, keyword) })
}

// Faults are at least one for each of [Assertions].
func Faults() []Fault {
	return slices.Concat(valueFaults(), objectFaults(), arrayFaults(), combinationFaults(), programFaults())
}

// on is a fault of a keyword: break changes each op for which has is true.
func on(keyword, name string, has func(*op) bool, change func(*op)) Fault {
	return Fault{Keyword: keyword, Name: name, op: func(o *op) bool {
		if !has(o) {
			return false
		}
		change(o)
		return true
	}}
}

// inSchema is a fault of a keyword that the evaluator reads from the schema.
func inSchema(keyword, name string, change func(*Schema)) Fault {
	return on(keyword, name, func(o *op) bool { return o.schema.Node.Get(keyword) != nil }, func(o *op) {
		changed := *o.schema
		change(&changed)
		o.schema = &changed
	})
}

// inBounds is a fault of a bound of strings or numbers.
func inBounds(keyword, name string, change func(*Bounds)) Fault {
	return inSchema(keyword, name, func(s *Schema) {
		changed := *s.Bounds
		change(&changed)
		s.Bounds = &changed
	})
}

func valueFaults() []Fault {
	typed := func(o *op) bool { return o.kinds != 0 }
	lists := func(keyword string) func(*op) bool {
		return func(o *op) bool { return len(o.values) > 0 && o.valuesKeyword == keyword }
	}
	known := func(o *op) bool { return len(o.known) > 0 }
	return []Fault{
		on("type", "drop", typed, func(o *op) { o.kinds = 0 }),
		on("type", "null too", typed, func(o *op) { o.kinds |= 1 }),
		on("type", "negate", typed, func(o *op) { o.kinds = ^o.kinds }),
		on("type", "no integer", func(o *op) bool { return o.kinds&integer != 0 && o.kinds != integer }, func(o *op) { o.kinds &^= integer }),
		on("const", "drop", lists("const"), func(o *op) { o.values = nil }),
		on("enum", "drop", lists("enum"), func(o *op) { o.values = nil }),
		on("enum", "first value only", lists("enum"), func(o *op) { o.values = o.values[:1] }),
		on("enum", "another keyword", lists("enum"), func(o *op) { o.valuesKeyword = "const" }),
		on("x-extensible-enum", "drop", known, func(o *op) { o.known = nil }),
		on("x-extensible-enum", "first value only", known, func(o *op) { o.known = o.known[:1] }),
		on("x-extensible-enum", "open rejects", known, func(o *op) { o.values, o.known = o.known, nil }),
		on("x-extensible-enum", "null is listed or not", known, func(o *op) { o.orNull = !o.orNull }),
		on("x-placeholder", "allowed in listed values", func(o *op) bool { return o.listed }, func(o *op) { o.values, o.known, o.listed = nil, nil, false }),
		on("pattern", "skip what concerns no other value", func(o *op) bool { return o.schema.Pattern != nil }, func(o *op) { o.checksScalar = false }),
		inSchema("pattern", "drop", func(s *Schema) { s.Pattern = nil }),
		inBounds("minLength", "drop", func(b *Bounds) { b.MinLength = 0 }),
		inBounds("minLength", "one more", func(b *Bounds) { b.MinLength++ }),
		inBounds("maxLength", "drop", func(b *Bounds) { b.MaxLength = -1 }),
		inBounds("maxLength", "one more", func(b *Bounds) { b.MaxLength++ }),
		inBounds("minimum", "drop", func(b *Bounds) { b.Min = nil }),
		inBounds("minimum", "exclusive", func(b *Bounds) { b.MinExclusive = !b.MinExclusive }),
		inBounds("exclusiveMinimum", "drop", func(b *Bounds) { b.Min = nil }),
		inBounds("exclusiveMinimum", "inclusive", func(b *Bounds) { b.MinExclusive = !b.MinExclusive }),
		inBounds("maximum", "drop", func(b *Bounds) { b.Max = nil }),
		inBounds("maximum", "exclusive", func(b *Bounds) { b.MaxExclusive = !b.MaxExclusive }),
		inBounds("exclusiveMaximum", "drop", func(b *Bounds) { b.Max = nil }),
		inBounds("exclusiveMaximum", "inclusive", func(b *Bounds) { b.MaxExclusive = !b.MaxExclusive }),
		inBounds("multipleOf", "drop", func(b *Bounds) { b.MultipleOf = nil }),
	}
}

func objectFaults() []Fault {
	has := func(o *op) bool { return len(o.properties) > 0 }
	return []Fault{
		on("properties", "lose one", has, func(o *op) { o.properties[0].name += "?" }),
		on("properties", "accept any value", has, func(o *op) { o.properties[0].op = anything(o) }),
		on("properties", "check the type only", has, func(o *op) { o.onlyKinds = true }),
		on("properties", "skip objects", has, func(o *op) { o.checksObject = false }),
		on("required", "drop", func(o *op) bool { return o.required != 0 || o.needed != nil }, func(o *op) { o.required, o.needed = 0, nil }),
		on("required", "drop listed keys", func(o *op) bool { return o.required != 0 }, func(o *op) { o.required &= o.required - 1 }),
		on("required", "drop unlisted keys", func(o *op) bool { return o.needed != nil }, func(o *op) { o.needed = o.needed[1:] }),
		on("additionalProperties", "drop", func(o *op) bool { return o.additional != nil }, func(o *op) { o.additional = nil }),
		on("additionalProperties", "accept any value", func(o *op) bool { return o.additional != nil }, func(o *op) { o.additional = anything(o) }),
		on("patternProperties", "drop", func(o *op) bool { return o.patterns != nil }, func(o *op) { o.patterns = nil }),
		on("patternProperties", "first only", func(o *op) bool { return len(o.patterns) > 1 }, func(o *op) { o.patterns = o.patterns[:1] }),
		on("propertyNames", "drop", func(o *op) bool { return o.names != nil }, func(o *op) { o.names = nil }),
		on("unevaluatedProperties", "drop", func(o *op) bool { return o.unevaluated != nil }, func(o *op) { o.unevaluated = nil }),
		on("unevaluatedProperties", "closed allows unlisted keys", func(o *op) bool { return o.closes }, func(o *op) { o.closes = false }),
		on("unevaluatedProperties", "branches evaluate nothing", (*op).marks, func(o *op) { o.evaluates = false }),
		on("unevaluatedProperties", "the first branch of anyOf decides", func(o *op) bool { return o.anyEvaluates }, func(o *op) { o.anyEvaluates = false }),
		on("unevaluatedProperties", "closes branches", func(o *op) bool { return !o.closes }, func(o *op) { o.closes = true }),
		inSchema("dependentRequired", "drop", func(s *Schema) { s.DependentRequired = nil }),
		on("dependentSchemas", "drop", func(o *op) bool { return o.dependentSchemas != nil }, func(o *op) { o.dependentSchemas = nil }),
		inSchema("minProperties", "drop", func(s *Schema) { s.MinProperties = 0 }),
		inSchema("minProperties", "one more", func(s *Schema) { s.MinProperties++ }),
		inSchema("maxProperties", "drop", func(s *Schema) { s.MaxProperties = -1 }),
		inSchema("maxProperties", "one more", func(s *Schema) { s.MaxProperties++ }),
	}
}

// anything is an op that accepts each value.
func anything(o *op) *op {
	return &op{schema: &Schema{Node: o.schema.Node, Pointer: o.schema.Pointer, MaxProperties: -1, MaxItems: -1, MaxContains: -1}}
}

func arrayFaults() []Fault {
	prefixed := func(o *op) bool { return len(o.prefix) > 0 }
	return []Fault{
		on("prefixItems", "drop", prefixed, func(o *op) { o.prefix = nil }),
		on("prefixItems", "first only", func(o *op) bool { return len(o.prefix) > 1 }, func(o *op) { o.prefix = o.prefix[:1] }),
		on("items", "drop", func(o *op) bool { return o.items != nil }, func(o *op) { o.items = nil }),
		on("items", "apply after one more", func(o *op) bool { return o.items != nil }, func(o *op) { o.prefix = append(slices.Clip(o.prefix), anything(o)) }),
		on("items", "skip arrays", func(o *op) bool { return o.items != nil }, func(o *op) { o.checksArray = false }),
		on("unevaluatedItems", "drop", func(o *op) bool { return o.unevaluatedItems != nil }, func(o *op) { o.unevaluatedItems = nil }),
		on("contains", "drop", func(o *op) bool { return o.contains != nil }, func(o *op) { o.contains = nil }),
		on("contains", "accept any item", func(o *op) bool { return o.contains != nil }, func(o *op) { o.contains = anything(o) }),
		inSchema("minContains", "drop", func(s *Schema) { s.MinContains = 0 }),
		inSchema("minContains", "one more", func(s *Schema) { s.MinContains++ }),
		inSchema("maxContains", "drop", func(s *Schema) { s.MaxContains = -1 }),
		inSchema("maxContains", "one more", func(s *Schema) { s.MaxContains++ }),
		inSchema("minItems", "drop", func(s *Schema) { s.MinItems = 0 }),
		inSchema("minItems", "one more", func(s *Schema) { s.MinItems++ }),
		inSchema("maxItems", "drop", func(s *Schema) { s.MaxItems = -1 }),
		inSchema("maxItems", "one more", func(s *Schema) { s.MaxItems++ }),
		inSchema("uniqueItems", "drop", func(s *Schema) { s.UniqueItems = false }),
	}
}

func combinationFaults() []Fault {
	several := func(list func(*op) []*op) func(*op) bool { return func(o *op) bool { return len(list(o)) > 1 } }
	anyOf, oneOf, allOf := several(func(o *op) []*op { return o.anyOf }), several(func(o *op) []*op { return o.oneOf }), several(func(o *op) []*op { return o.allOf })
	conditional := func(o *op) bool { return o.condition != nil }
	return []Fault{
		on("anyOf", "drop", anyOf, func(o *op) { o.anyOf = nil }),
		on("anyOf", "first branch only", anyOf, func(o *op) { o.anyOf = o.anyOf[:1] }),
		on("anyOf", "as allOf", anyOf, func(o *op) { o.allOf, o.anyOf = o.anyOf, nil }),
		on("oneOf", "drop", oneOf, func(o *op) { o.oneOf = nil }),
		on("oneOf", "first branch only", oneOf, func(o *op) { o.oneOf = o.oneOf[:1] }),
		on("oneOf", "as anyOf", oneOf, func(o *op) { o.anyOf, o.oneOf = o.oneOf, nil }),
		on("allOf", "drop", allOf, func(o *op) { o.allOf = nil }),
		on("allOf", "first branch only", allOf, func(o *op) { o.allOf = o.allOf[:1] }),
		on("allOf", "skip what applies in place", allOf, func(o *op) { o.inPlace = false }),
		on("not", "drop", func(o *op) bool { return o.not != nil }, func(o *op) { o.not = nil }),
		on("not", "negate", func(o *op) bool { return o.not != nil }, func(o *op) { o.allOf, o.not = append(slices.Clip(o.allOf), o.not), nil }),
		on("if", "drop", conditional, func(o *op) { o.condition = nil }),
		on("if", "negate", conditional, func(o *op) { o.then, o.otherwise = o.otherwise, o.then }),
		on("then", "drop", func(o *op) bool { return conditional(o) && o.then != nil }, func(o *op) { o.then = nil }),
		on("else", "drop", func(o *op) bool { return conditional(o) && o.otherwise != nil }, func(o *op) { o.otherwise = nil }),
		on("$ref", "drop", func(o *op) bool { return o.ref != nil }, func(o *op) { o.ref = nil }),
		on("$defs", "the target accepts any value", func(o *op) bool { return o.ref != nil }, func(o *op) { o.ref = anything(o) }),
	}
}

func programFaults() []Fault {
	places := func(p *Program) bool { return len(p.variants) > 0 }
	return []Fault{
		{Keyword: "x-placeholder", Name: "drop", program: func(p *Program) bool { p.placeholders = nil; return true }},
		{Keyword: "x-variant", Name: "drop", program: func(p *Program) bool { found := places(p); p.variants = nil; return found }},
		{Keyword: "x-variant", Name: "first only", program: func(p *Program) bool {
			for i := range p.variants {
				p.variants[i].branches = p.variants[i].branches[:1]
			}
			return places(p)
		}},
		{Keyword: "oneOf", Name: "closed decides for open", program: func(p *Program) bool { changed := !p.nested; p.nested = true; return changed }},
	}
}
