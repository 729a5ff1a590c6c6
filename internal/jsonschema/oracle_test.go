package jsonschema_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	v5 "github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// An oracle validates with jsonschema v5, which shares no code with the evaluator. It compiles the
// source of the schema for open, and derives a closed source for closed.
type oracle struct {
	open, closed *v5.Schema
	variants     []oraclePlace
	schemas      map[string]*jsonschema.Schema // by pointer
}

// An oraclePlace is a path in a body whose variants differ. Array elements on it have index 0.
type oraclePlace struct {
	path     []string
	branches map[string]*v5.Schema
}

const (
	openURL   = "ringback:///open"
	closedURL = "ringback:///closed"
)

func newOracle(root *jsonschema.Schema, source []byte) (*oracle, error) {
	closed, err := json.Marshal(closeSchema(root, true))
	if err != nil {
		return nil, err
	}
	c := v5.NewCompiler()
	c.Draft = v5.Draft2020
	c.RegisterExtension("placeholder", nil, placeholderCompiler{root.Placeholders})
	for url, text := range map[string]string{openURL: string(source), closedURL: string(closed)} {
		if err := c.AddResource(url, strings.NewReader(text)); err != nil {
			return nil, err
		}
	}
	o := &oracle{schemas: map[string]*jsonschema.Schema{}}
	root.Walk(func(s *jsonschema.Schema) { o.schemas[s.Pointer] = s })
	if o.open, err = c.Compile(openURL); err != nil {
		return nil, err
	}
	if o.closed, err = c.Compile(closedURL); err != nil {
		return nil, err
	}
	o.variants, err = oraclePlaces(c, root, nil)
	return o, err
}

// closeSchema derives the closed schema: x-extensible-enum read as enum, and unevaluatedProperties
// false at each object schema of a new value (the root, a property, an item), but not in a branch of
// the same value. The other keywords remain as they are: closing a schema below if or not would
// invert its meaning.
func closeSchema(s *jsonschema.Schema, newValue bool) map[string]any {
	out, _ := s.Node.Any().(map[string]any)
	if len(s.Known) > 0 && len(s.Values) == 0 {
		var values []any
		for i := range s.Known {
			values = append(values, s.Known[i].Any())
		}
		if slices.Contains(s.Types, "null") {
			values = append(values, nil)
		}
		out["enum"] = values
	}
	if newValue && s.IsObject() {
		out["unevaluatedProperties"] = false
	}
	for key, list := range map[string][]jsonschema.Property{"properties": s.Properties, "$defs": s.Definitions} {
		for _, p := range list {
			named, _ := out[key].(map[string]any)
			named[p.Name] = closeSchema(p.Schema, key == "properties")
		}
	}
	for key, list := range map[string][]*jsonschema.Schema{"prefixItems": s.Prefix, "anyOf": s.AnyOf, "oneOf": s.OneOf, "allOf": s.AllOf} {
		for i, child := range list {
			items, _ := out[key].([]any)
			items[i] = closeSchema(child, key == "prefixItems")
		}
	}
	for key, child := range map[string]*jsonschema.Schema{"items": s.Items, "additionalProperties": s.Additional, "then": s.Then, "else": s.Else} {
		if child != nil {
			out[key] = closeSchema(child, key == "items" || key == "additionalProperties")
		}
	}
	return out
}

// placeholderCompiler makes v5 reject placeholders where values are listed.
type placeholderCompiler struct{ words []string }

func (c placeholderCompiler) Compile(_ v5.CompilerContext, m map[string]any) (v5.ExtSchema, error) {
	for _, key := range []string{"x-extensible-enum", "const", "enum"} {
		if _, ok := m[key]; ok {
			return placeholderCheck(c), nil
		}
	}
	return nil, nil //nolint:nilnil // the contract of v5: nil for no extension
}

type placeholderCheck struct{ words []string }

func (c placeholderCheck) Validate(ctx v5.ValidationContext, v any) error {
	if text, ok := v.(string); ok && (strings.Contains(text, "|") || slices.Contains(c.words, text)) {
		return ctx.Error("placeholder", "placeholder of the documentation")
	}
	return nil
}

// oraclePlaces finds each anyOf with variants, wherever a body with one item can have it.
func oraclePlaces(c *v5.Compiler, s *jsonschema.Schema, path []string) ([]oraclePlace, error) {
	var places []oraclePlace
	var failed error
	below := func(child *jsonschema.Schema, token string) {
		more, err := oraclePlaces(c, child, append(slices.Clip(path), token))
		if places = append(places, more...); err != nil {
			failed = err
		}
	}
	s.Always(func(a *jsonschema.Schema) {
		place := oraclePlace{path, map[string]*v5.Schema{}}
		for _, branch := range a.AnyOf {
			if branch.Variant == "" {
				continue
			}
			compiled, err := c.Compile(openURL + "#" + escapeFragment(branch.Pointer))
			if err != nil {
				failed = err
			}
			place.branches[branch.Pointer+" "+branch.Variant] = compiled
		}
		if len(place.branches) > 0 {
			places = append(places, place)
		}
		for _, p := range a.Properties {
			below(p.Schema, p.Name)
		}
		if first := a.Element(0); first != nil {
			below(first, "0")
		}
	})
	return places, failed
}

func escapeFragment(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		tokens[i] = url.PathEscape(token)
	}
	return strings.Join(tokens, "/")
}

// evaluate is what [jsonschema.Program.Evaluate] returns, according to v5.
func (o *oracle) evaluate(body *document.Node) jsonschema.Result {
	v := body.Any()
	r := jsonschema.Result{Open: o.open.Validate(v) == nil, Closed: o.closed.Validate(v) == nil}
	if !r.Open {
		return r
	}
	for _, place := range o.variants {
		at := body.At(place.path)
		if at == nil {
			continue
		}
		var names []string
		for name, branch := range place.branches {
			if branch.Validate(at.Any()) == nil {
				_, variant, _ := strings.Cut(name, " ")
				names = append(names, variant)
			}
		}
		switch {
		case len(names) != 1:
		case r.Variant != "" && r.Variant != names[0]:
			r.Variant = ""
			return r
		default:
			r.Variant = names[0]
		}
	}
	return r
}

// emptyKey replaces an empty key in what v5 gets, because v5 omits an empty key from locations.
const emptyKey = "\x00the empty key"

// nameEmptyKeys replaces empty keys by emptyKey, in place.
func nameEmptyKeys(value any) any {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			nameEmptyKeys(item)
		}
	case map[string]any:
		if empty, ok := v[""]; ok {
			delete(v, "")
			v[emptyKey] = empty
		}
		for _, member := range v {
			nameEmptyKeys(member)
		}
	}
	return value
}

// explain returns the pointers and keywords of the violations, according to v5.
func (o *oracle) explain(body *document.Node, closed bool) (violations, error) {
	s := o.open
	if closed {
		s = o.closed
	}
	err := s.Validate(nameEmptyKeys(body.Any()))
	if err == nil {
		return nil, nil
	}
	failure, ok := err.(*v5.ValidationError) //nolint:errorlint // v5 doesn't wrap it
	if !ok {
		return nil, err
	}
	sortCauses(failure, orderOf(body, "", map[string]int{}))
	x := v5Explainer{schemas: o.schemas, failed: map[string][]*jsonschema.Schema{}}
	x.visit(failure)
	return x.rootCauses(), nil
}

// A violation is where a body violates a keyword.
type violation struct{ pointer, keyword string }

// violations are sorted, without repetitions.
type violations []violation

func sorted(all violations) violations {
	slices.SortFunc(all, func(a, b violation) int { return strings.Compare(a.pointer+" "+a.keyword, b.pointer+" "+b.keyword) })
	return slices.Compact(all)
}

func (vs violations) String() string {
	var b strings.Builder
	for _, v := range vs {
		fmt.Fprintf(&b, "\n    %q: %s", v.pointer, v.keyword)
	}
	return b.String()
}
