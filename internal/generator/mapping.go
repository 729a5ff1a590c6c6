package generator

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A programKey identifies a program. Where and set are texts, to be comparable.
type programKey struct {
	route      *schemas.Route
	eventType  *schemas.EventType
	account    *schemas.Account
	event      string
	where, set string
}

// A resolvedMapping is a mapping with its where as a text, to be part of a key.
type resolvedMapping struct {
	schemas.EventMapping
	where string
	// canonicalEvent is the canonical event of the mapping, or "".
	canonicalEvent string
}

type mappingKey struct {
	route *schemas.Route
	event string
}

// program returns the program of an item, and compiles it at first use.
func (g *Generator) program(route *schemas.Route, account *schemas.Account, item *scenarios.Item, random uint64) (*program, error) {
	mapping, err := g.mapping(route, item, random)
	if err != nil {
		return nil, err
	}
	key := programKey{route: route, account: account, eventType: mapping.Type, event: mapping.canonicalEvent, where: mapping.where}
	for _, s := range item.Set {
		key.set += s.Name + "\x00" + s.Text + "\x00"
	}
	g.mu.RLock()
	p := g.programs[key]
	g.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	if p, err = g.compile(route, account, mapping, item); err != nil {
		return nil, fmt.Errorf("generate %s: %w", mapping.Type.Name, err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.programs[key] = p
	return p, nil
}

// mapping chooses the mapping for an event: the first one most often, or the one that has the
// status of a given reason.
func (g *Generator) mapping(route *schemas.Route, item *scenarios.Item, random uint64) (resolvedMapping, error) {
	mappings, err := g.resolvedMappings(route, item.Event)
	switch {
	case err != nil:
		return resolvedMapping{}, err
	case len(mappings) == 1:
		return mappings[0], nil
	}
	for _, with := range item.With {
		if with.Name != "error" {
			continue
		}
		reason := g.formatter(route).reason(with.Text)
		if reason == nil || reason.Status == "" {
			continue
		}
		for _, mapping := range mappings {
			if slices.ContainsFunc(mapping.Where, func(p schemas.PointerValue) bool { return p.JSON == `"`+reason.Status+`"` }) {
				return mapping, nil
			}
		}
	}
	source := prng.From(random, saltMapping)
	switch {
	case strings.Contains(item.Event, "/") && g.options.Variant != "":
		return mappings[len(mappings)-1], nil // the overrides of a canonical event may belong to another variant
	case strings.Contains(item.Event, "/"):
		return mappings[source.IntN(len(mappings))], nil
	}
	return mappings[skewedCount(&source, len(mappings))], nil
}

// resolvedMappings returns the mappings of an event on a route, at least one.
func (g *Generator) resolvedMappings(route *schemas.Route, event string) ([]resolvedMapping, error) {
	key := mappingKey{route, event}
	g.mu.RLock()
	mappings := g.mappings[key]
	g.mu.RUnlock()
	if mappings != nil {
		return mappings, nil
	}
	var err error
	if strings.Contains(event, "/") {
		mappings, err = g.mappingsToType(route, event)
	} else {
		mappings, err = mappingsOf(route, event)
	}
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.mappings[key] = mappings
	return mappings, nil
}

func mappingsOf(route *schemas.Route, event string) ([]resolvedMapping, error) {
	all, none := route.Mappings(event)
	if len(all) == 0 {
		return nil, fmt.Errorf("generate %s on %s: %s", event, route.Name, none)
	}
	var mappings []resolvedMapping
	for _, mapping := range all {
		var text strings.Builder
		for _, p := range mapping.Where {
			text.WriteString(p.Pointer + "\x00" + p.JSON + "\x00")
		}
		mappings = append(mappings, resolvedMapping{mapping, text.String(), event})
	}
	return mappings, nil
}

// mappingsToType returns the mappings of all canonical events of a type, and one without a
// canonical event.
func (g *Generator) mappingsToType(route *schemas.Route, name string) ([]resolvedMapping, error) {
	t, err := g.catalog.Type(name)
	if err != nil {
		return nil, err
	}
	var mappings []resolvedMapping
	for _, word := range t.CanonicalEvents() {
		all, err := mappingsOf(route, word)
		if err != nil {
			continue // another route of the provider has it
		}
		for _, mapping := range all {
			if mapping.Type == t && mapping.where != "" {
				mappings = append(mappings, mapping)
			}
		}
	}
	plain := resolvedMapping{EventMapping: schemas.EventMapping{Type: t}}
	if words := t.CanonicalEvents(); len(words) > 0 && mappings == nil {
		plain.canonicalEvent = words[0]
	}
	return append(mappings, plain), nil
}

func (g *Generator) compile(route *schemas.Route, account *schemas.Account, mapping resolvedMapping, item *scenarios.Item) (*program, error) {
	examples, err := g.examplesOf(mapping.Type)
	if err != nil {
		return nil, err
	}
	c := &compiler{
		formatter: g.formatter(route), samples: samplesOf(mapping.Type, examples, mapping.Where), fill: g.options.Fill, variant: g.options.Variant, overrides: len(item.Set) > 0,
		fixed: map[string]override{}, used: map[string]bool{}, compared: map[string]bool{}, valued: map[string]bool{},
		account: account, placeholders: mapping.Type.Root().Placeholders, ruled: map[*jsonschema.Schema]bool{}, conditions: map[*jsonschema.Schema]bool{},
	}
	shape := mapping.Type.Root()
	shape.Walk(func(s *jsonschema.Schema) {
		for _, rule := range s.Rules {
			rule.Schema.Walk(func(below *jsonschema.Schema) { c.ruled[below] = true })
			rule.Schema.Walk(func(below *jsonschema.Schema) {
				if below.If != nil {
					below.If.Walk(func(condition *jsonschema.Schema) { c.conditions[condition] = true })
				}
			})
		}
	})
	p := &program{eventType: mapping.Type, formatter: c.formatter, proven: newProven(shape)}
	comparedPlaces(shape, "", c.compared)
	valuedPlaces(shape, "", c.valued)
	p.context = contextOf(mapping.canonicalEvent, mimesOf(shape))
	for _, place := range mapping.Where {
		json, err := fold(place.JSON)
		if err != nil {
			return nil, err
		}
		status := json.Kind == document.String && c.formatter.isStatus(json.Text)
		if status {
			p.context.status = json.Text
		}
		c.fixed[place.Pointer] = override{json: json, text: place.JSON, status: status}
	}
	if err := c.set(item.Set); err != nil {
		return nil, err
	}
	if p.write, err = c.writer(shape, g.shapes(account, mapping, examples)); err != nil {
		return nil, err
	}
	p.locations = sync.OnceValue(func() []string { return locationsOf(shape) })
	for _, s := range item.Set {
		if !c.used[s.Name] && !s.Anywhere {
			return nil, fmt.Errorf("set %s: unknown location; %s", s.Name, document.OneOf(s.Name, p.locations()))
		}
	}
	return p, nil
}

// shapes returns the examples whose keys the bodies of a mapping may have: those of the mapping that keep
// the rules, or else of all mappings. The first group that can be written counts: the examples of the
// account or of the variant that is asked for, then the others; for Full, each example by its size.
func (g *Generator) shapes(account *schemas.Account, mapping resolvedMapping, examples *parsedExamples) []shapeGroup {
	if g.options.Fill == Any {
		return nil
	}
	own := keepSome(examples.coherent, func(n *document.Node) bool { return matchesWhere(n, mapping.Where) })
	groups := []shapeGroup{{examples: own, account: account}}
	if account != nil {
		all := own
		own = keepSome(own, func(n *document.Node) bool { return account.Has(examples.names[n], examples.variants[n]) })
		own = keepSome(own, func(n *document.Node) bool { return account.Likes(examples.names[n]) })
		others := slices.DeleteFunc(slices.Clone(all), func(n *document.Node) bool { return slices.Contains(own, n) })
		groups = []shapeGroup{{own, account}, {others, nil}}
	}
	if g.options.Variant != "" {
		isWanted := func(n *document.Node) bool { return examples.variants[n] == g.options.Variant }
		groups = []shapeGroup{
			{slices.DeleteFunc(slices.Clone(own), func(n *document.Node) bool { return !isWanted(n) }), account},
			{slices.DeleteFunc(slices.Clone(own), isWanted), account},
		}
	}
	if g.options.Fill != Full {
		return groups
	}
	var single []shapeGroup
	for _, group := range groups {
		for _, example := range largestFirst(group.examples) {
			single = append(single, shapeGroup{[]*document.Node{example}, group.account})
		}
	}
	return single
}

// A shapeGroup has examples whose keys bodies may have, and the account that adds its keys, or nil.
type shapeGroup struct {
	examples []*document.Node
	account  *schemas.Account
}

// keepSome returns the examples that are wanted, or all if none is.
func keepSome(all []*document.Node, wanted func(*document.Node) bool) []*document.Node {
	kept := slices.DeleteFunc(slices.Clone(all), func(n *document.Node) bool { return !wanted(n) })
	if len(kept) == 0 {
		return all
	}
	return kept
}

func (c *compiler) set(settings []scenarios.Setting) error {
	for _, s := range settings {
		json, err := fold(s.Text)
		if err != nil {
			return fmt.Errorf("set %s: %w", s.Name, err)
		}
		f := override{json: json}
		if !strings.Contains(s.Text, "{{") {
			f.text = json.Compact(maxSample)
		}
		c.fixed[s.Name] = f
	}
	return nil
}

// locationsOf lists the JSON Pointers that a set can use, sorted.
func locationsOf(root *jsonschema.Schema) []string {
	found := map[string]bool{}
	var walk func(s *jsonschema.Schema, pointer string)
	walk = func(s *jsonschema.Schema, pointer string) {
		if s == nil {
			return
		}
		found[pointer] = true
		s.Sometimes(func(a *jsonschema.Schema) {
			for _, p := range a.Properties {
				walk(p.Schema, pointer+document.Pointer(p.Name))
			}
			for i := range max(len(a.Prefix), 1) {
				walk(a.Element(i), pointer+"/"+strconv.Itoa(i))
			}
		})
	}
	walk(root, "")
	delete(found, "")
	return slices.Sorted(maps.Keys(found))
}

func (g *Generator) formatter(route *schemas.Route) *routeFormatter {
	if found, ok := g.formatters.Load(route); ok {
		return found.(*routeFormatter)
	}
	found, _ := g.formatters.LoadOrStore(route, formatterOf(route, g.words))
	return found.(*routeFormatter)
}

// mimesOf lists the MIME types of media that a body allows.
func mimesOf(s *jsonschema.Schema) []string {
	if s == nil {
		return nil
	}
	var mimes []string
	if s.Value == "media.type" {
		for _, one := range slices.Concat(s.Known, s.Values) {
			mimes = append(mimes, one.Text)
		}
	}
	for _, p := range s.Properties {
		mimes = append(mimes, mimesOf(p.Schema)...)
	}
	for _, list := range [][]*jsonschema.Schema{s.Prefix, s.AnyOf, s.OneOf, s.Parts(), {s.Items}} {
		for _, inner := range list {
			mimes = append(mimes, mimesOf(inner)...)
		}
	}
	return mimes
}
