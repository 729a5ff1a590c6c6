package schemas

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/document"
)

// compiled is a type's schema as jsonschema v5, the authority, judges by it.
type compiled struct {
	// open is the schema as written: what it refuses is an error.
	open *jsonschema.Schema
	// closed also refuses what nobody has listed: what only it refuses is drift.
	closed   *jsonschema.Schema
	variants []variantPointer
	// branches are all alternatives, named or not.
	branches []locatedBranch
	// schemas are those of the file by pointer, to explain what v5 refuses.
	schemas map[string]*schema
	// patterned is true if a pattern is matched anywhere, so that the length of
	// a text costs time.
	patterned bool
}

// A variantPointer is a place in a body whose known forms differ.
type variantPointer struct {
	path     []string
	branches []variantBranch
}

type variantBranch struct {
	name   string
	schema *jsonschema.Schema
}

// compileType compiles one schema, twice. v5's Compiler is not safe for
// concurrent use, so each type has its own.
func compileType(t *EventType) (*compiled, error) {
	closed, err := json.Marshal(closeSchema(t.root, true))
	if err != nil {
		return nil, fmt.Errorf("close %s: %w", t.file.Name, err)
	}
	c := &compiled{schemas: t.root.byPointer(), branches: t.root.branches()}
	compiler := newCompiler(t.root)
	if c.open, err = compileSource(compiler, openURL, t.Schema()); err != nil {
		return nil, fmt.Errorf("compile %s: %w", t.file.Name, err)
	}
	if c.closed, err = compileSource(compiler, closedURL, closed); err != nil {
		return nil, fmt.Errorf("compile %s, closed: %w", t.file.Name, err)
	}
	t.root.walk(func(s *schema) { c.patterned = c.patterned || s.node.Get("pattern") != nil })
	if c.variants, err = variantPointers(compiler, t.root, nil); err != nil {
		return nil, fmt.Errorf("compile %s: %w", t.file.Name, err)
	}
	return c, nil
}

const (
	openURL   = "ringback:///open"
	closedURL = "ringback:///closed"
)

func newCompiler(root *schema) *jsonschema.Compiler {
	compiler := jsonschema.NewCompiler()
	compiler.Draft = jsonschema.Draft2020
	// The default loader opens files and fetches URLs that a schema names.
	compiler.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("a schema cannot refer to %s; only to its own $defs", url)
	}
	compiler.RegisterExtension("placeholder", nil, placeholderCompiler{root.placeholders})
	return compiler
}

func compileSource(compiler *jsonschema.Compiler, url string, source []byte) (*jsonschema.Schema, error) {
	if err := compiler.AddResource(url, strings.NewReader(string(source))); err != nil {
		return nil, err
	}
	return compiler.Compile(url)
}

// variantPointers finds the anyOf with named branches, wherever a body with one
// item must or may have them.
func variantPointers(compiler *jsonschema.Compiler, s *schema, path []string) ([]variantPointer, error) {
	var places []variantPointer
	var failed error
	keep := func(more []variantPointer, err error) {
		places = append(places, more...)
		if failed == nil {
			failed = err
		}
	}
	s.always(func(a *schema) {
		keep(a.variantPointer(compiler, path))
		for _, p := range a.properties {
			keep(variantPointers(compiler, p.schema, append(slices.Clip(path), p.name)))
		}
		if first := a.element(0); first != nil {
			keep(variantPointers(compiler, first, append(slices.Clip(path), "0")))
		}
	})
	return places, failed
}

func (s *schema) variantPointer(compiler *jsonschema.Compiler, path []string) ([]variantPointer, error) {
	place := variantPointer{path: path}
	for _, branch := range s.anyOf {
		if branch.variant == "" {
			continue
		}
		compiled, err := compiler.Compile(openURL + "#" + escapeFragment(branch.pointer))
		if err != nil {
			return nil, err
		}
		place.branches = append(place.branches, variantBranch{branch.variant, compiled})
	}
	if len(place.branches) == 0 {
		return nil, nil
	}
	return []variantPointer{place}, nil
}

func escapeFragment(pointer string) string {
	tokens := strings.Split(pointer, "/")
	for i, token := range tokens {
		tokens[i] = url.PathEscape(token)
	}
	return strings.Join(tokens, "/")
}

// variant names the one form that a body has: "" if it has none, fits several, or
// has different ones in different places.
func (c *compiled) variant(body any) string {
	form := ""
	for _, place := range c.variants {
		value, ok := lookup(body, place.path)
		if !ok {
			continue
		}
		var fits []string
		for _, branch := range place.branches {
			if branch.schema.Validate(value) == nil {
				fits = append(fits, branch.name)
			}
		}
		switch {
		case len(fits) != 1:
		case form != "" && form != fits[0]:
			return ""
		default:
			form = fits[0]
		}
	}
	return form
}

// lookup follows a path in a decoded body.
func lookup(value any, path []string) (any, bool) {
	for _, token := range path {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[token]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, ok := document.Index(token)
			if !ok || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// closeSchema derives the closed schema: x-extensible-enum read as enum, and
// unevaluatedProperties false at every object schema that starts a new place
// in the body (the root, a property, an item), but never in a branch for the
// same place, which sees only its part of the keys. What stands under if and
// not stays as it is: to close it would turn its meaning round.
func closeSchema(s *schema, newPlace bool) map[string]any {
	out, _ := s.node.Any().(map[string]any)
	if out == nil {
		out = map[string]any{}
	}
	if len(s.known) > 0 && len(s.discriminators) == 0 {
		out["enum"] = s.knownOrNull()
	}
	if newPlace && s.isObject() {
		out["unevaluatedProperties"] = false
	}
	closeNamed(out, "properties", s.properties, true)
	closeNamed(out, "$defs", s.definitions, false)
	closeList(out, "prefixItems", s.prefix, true)
	for key, list := range map[string][]*schema{"anyOf": s.anyOf, "oneOf": s.oneOf, "allOf": s.allOf} {
		closeList(out, key, list, false)
	}
	for key, child := range map[string]*schema{"items": s.items, "additionalProperties": s.additional} {
		if child != nil {
			out[key] = closeSchema(child, true)
		}
	}
	for key, child := range map[string]*schema{"then": s.then, "else": s.otherwise} {
		if child != nil {
			out[key] = closeSchema(child, false)
		}
	}
	return out
}

func closeNamed(out map[string]any, key string, list []property, newPlace bool) {
	if len(list) == 0 {
		return
	}
	named := map[string]any{}
	for _, p := range list {
		named[p.name] = closeSchema(p.schema, newPlace)
	}
	out[key] = named
}

func closeList(out map[string]any, key string, list []*schema, newPlace bool) {
	if len(list) == 0 {
		return
	}
	closed := make([]any, len(list))
	for i, child := range list {
		closed[i] = closeSchema(child, newPlace)
	}
	out[key] = closed
}

// knownOrNull lists the known values, and null where the type allows it:
// x-extensible-enum speaks of values, null is the absence of one.
func (s *schema) knownOrNull() []any {
	var values []any
	for i := range s.known {
		values = append(values, s.known[i].Any())
	}
	if slices.Contains(s.types, "null") {
		values = append(values, nil)
	}
	return values
}
