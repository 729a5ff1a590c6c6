package schemas

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// rulesFile is beside provider.yaml: what fits together in the bodies of many types.
const rulesFile = "rules.json"

// A declaredRule is an entry of rules.json, by its ID.
type declaredRule struct {
	document.Remarks
	Description string `key:"description,required"`
	// Types are patterns of event types, and At is the JSON Pointer of the object that the rule is
	// about, in a body with one item, or several if types have it at different ones.
	Types []namePattern `key:"types,required"`
	At    pointers      `key:"at"`
	// Shape is true for a rule about which keys occur together.
	Shape  bool           `key:"shape"`
	Schema *document.Node `key:"schema,required"`
}

// pointers are one JSON Pointer, or a list of them.
type pointers []string

func (p *pointers) UnmarshalNode(d *document.Decoder, n *document.Node) {
	list := n.Items
	if n.Kind != document.Array {
		list = []document.Node{*n}
	}
	for i := range list {
		var text string
		if d.Decode(&list[i], &text) && !document.IsPointer(text) {
			d.Errorf(&list[i], "expected a JSON Pointer, which starts with /, found %q", text)
		}
		*p = append(*p, text)
	}
}

// A typeRule is a rule and the types that it is for.
type typeRule struct {
	*jsonschema.Rule
	node  *document.Node
	types []namePattern
	at    pointers
}

// loadRules reads rules.json. Shipped rules are read when a type first needs them.
func loadRules(tree fs.FS, provider *Provider, folder string) error {
	name := folder + "/" + rulesFile
	if !has(tree, name) {
		return nil
	}
	provider.readRules = sync.OnceValues(func() (*providerRules, error) {
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, fmt.Errorf("load %s: %w", name, err)
		}
		file, err := document.ReadJSON(fileName(tree, name), source)
		if err != nil {
			return nil, err
		}
		return parseRules(file)
	})
	if isLinted(tree) {
		return nil
	}
	_, err := provider.readRules()
	return err
}

// providerRules are the rules of a provider, in the order of the file.
type providerRules struct {
	file *document.File
	all  []typeRule
}

func parseRules(file *document.File) (*providerRules, error) {
	d := document.NewDecoder(file)
	var declared document.Mapping[declaredRule]
	d.Decode(&file.Root, &declared)
	rules := &providerRules{file: file}
	for _, one := range declared.Each {
		at := file.Root.Get(one.Name)
		rule := &jsonschema.Rule{ID: one.Name, Description: one.Value.Description, Shape: one.Value.Shape}
		if one.Value.Schema != nil {
			var err error
			rule.Schema, err = jsonschema.ParseRule(file, one.Value.Schema, one.Value.Source)
			d.Report(err)
		}
		if one.Value.At == nil {
			one.Value.At = pointers{""}
		}
		rules.all = append(rules.all, typeRule{rule, at, one.Value.Types, one.Value.At})
	}
	return rules, d.Err()
}

// checkRules rejects a rule that has no effect: it is for no type, or a type has nothing at its
// location.
func checkRules(provider *Provider) error {
	if provider.readRules == nil {
		return nil
	}
	r, err := provider.readRules()
	if err != nil {
		return err
	}
	var problems []error
	for i := range r.all {
		rule := &r.all[i]
		for k, pattern := range rule.types {
			if !slices.ContainsFunc(provider.Types, func(t *EventType) bool { return canonical.Match(string(pattern), t.relative) }) {
				problems = append(problems, r.file.Errorf(&rule.node.Get("types").Items[k], "rule %s: no event type of %s matches %q", rule.ID, provider.Name, pattern))
			}
		}
		for _, t := range provider.Types {
			if rule.isFor(t) && len(rule.placesIn(t.Root())) == 0 {
				problems = append(problems, r.file.Errorf(rule.node, "rule %s: %s has nothing at %s; correct at, or the types", rule.ID, t.Name, strings.Join(rule.at, " or ")))
			}
		}
	}
	return errors.Join(problems...)
}

func (r *typeRule) isFor(t *EventType) bool {
	return slices.ContainsFunc(r.types, func(p namePattern) bool { return canonical.Match(string(p), t.relative) })
}

// placesIn returns the schemas that the rule is about: one for each of its locations that the type has.
func (r *typeRule) placesIn(root *jsonschema.Schema) []*jsonschema.Schema {
	var places []*jsonschema.Schema
	for _, at := range r.at {
		if found := root.Describing(document.Tokens(at)); len(found) > 0 {
			places = append(places, found[0])
		}
	}
	return places
}

// attachRules adds the provider's rules to a schema that nothing else uses yet.
func (t *EventType) attachRules(root *jsonschema.Schema) error {
	if t.Provider.readRules == nil {
		return nil
	}
	rules, err := t.Provider.readRules()
	if err != nil {
		return err
	}
	for i := range rules.all {
		if rule := &rules.all[i]; rule.isFor(t) {
			for _, place := range rule.placesIn(root) {
				place.Rules = append(place.Rules, rule.Rule)
			}
		}
	}
	return nil
}

// HasRules reports whether the provider has a rules.json.
func (p *Provider) HasRules() bool { return p.readRules != nil }

// Coherent returns the variant of a body, and whether it keeps all rules of the type.
func (t *EventType) Coherent(body *document.Node) (variant string, coherent bool) {
	program := t.program()
	result := program.Evaluate(body, value.Span{})
	return result.Variant, result.Open && len(program.Broken(body)) == 0
}

// isDocumented reports whether a body is a payload of the documentation. Some of those break rules: they
// show all keys at once, or values that don't fit together.
func (t *EventType) isDocumented(body *document.Node) bool {
	return slices.Contains(t.documentedBodies(), body.Compact(maxDocumented))
}

// maxDocumented is larger than every payload of the documentation, in characters.
const maxDocumented = 16 << 10

// readDocumented returns the payloads of the documentation as compact JSON.
func (t *EventType) readDocumented() []string {
	examples, err := t.Examples()
	if err != nil {
		return nil // a type without its examples has no payload of the documentation
	}
	var bodies []string
	for _, e := range examples {
		if root, _, err := document.JSON(e.Body, document.BodyLimits()); e.Documented && err == nil {
			bodies = append(bodies, root.Compact(maxDocumented))
		}
	}
	return bodies
}
