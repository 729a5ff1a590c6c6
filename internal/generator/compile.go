package generator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A compiler makes the program of one event type and mapping.
type compiler struct {
	formatter *routeFormatter
	samples   *samples
	fill      Fill
	variant   string
	account   *schemas.Account
	// fixed has the overrides by JSON Pointer.
	fixed map[string]override
	used  map[string]bool
	// overrides is true if a set, not only a where, replaces values.
	overrides bool
	// valued has the locations, with * for each index, that have a value of the run.
	valued map[string]bool
	// compared has the locations, with * for each index, whose values the schema compares.
	compared map[string]bool
	// placeholders are words that no value may be.
	placeholders []string
	// ruled has the schemas of rules, and conditions those that decide whether a rule applies.
	ruled, conditions map[*jsonschema.Schema]bool
	// names are the values in the present keys.
	names []string
}

// An override is the value that a where or a set puts at a location.
type override struct {
	json *document.Node
	// text is the compact JSON of a value without templates.
	text string
	// status marks the status of a canonical reason.
	status bool
}

// A location is a JSON Pointer into the body, and the same into the examples, with * for each
// array index.
type location struct {
	pointer, starred string
	// example is the value at the location in the example whose keys the body has, or nil.
	example *document.Node
}

func (s location) key(name string) location {
	token := document.Pointer(name)
	below := location{pointer: s.pointer + token, starred: s.starred + token}
	if s.example != nil {
		below.example = s.example.Get(name)
	}
	return below
}

func (s location) element(i int) location {
	below := location{pointer: s.pointer + "/" + strconv.Itoa(i), starred: s.starred + "/*"}
	if s.example != nil && i < len(s.example.Items) {
		below.example = &s.example.Items[i]
	}
	return below
}

// errContradiction means that an alternative cannot be written; another one may be possible.
var errContradiction = errors.New("the schema contradicts itself")

// compile makes the writer of the bodies that have the keys of an example, or any keys without one.
func (c *compiler) compile(shape *jsonschema.Schema, example *document.Node) (*branch, error) {
	own := *c // several examples may be compiled at the same time
	own.names, own.used = nil, map[string]bool{}
	write, err := own.place([]*jsonschema.Schema{shape}, location{example: example})
	if err != nil {
		write = func(w *encoder) bool { w.unfit = true; return false }
	}
	return &branch{write: write, contents: contentsOf(own.names), used: own.used}, err
}

// place writes one of the alternatives.
func (c *compiler) place(shapes []*jsonschema.Schema, at location) (writer, error) {
	options, err := c.alternatives(shapes, at)
	if err != nil {
		return nil, err
	}
	var wanted, others []branch
	for i := range options {
		written, err := c.alternative(&options[i], at)
		switch {
		case errors.Is(err, errContradiction):
			continue
		case err != nil:
			return nil, err
		}
		one := branch{write: written, stage: options[i].stage, contents: contentsOf(namesOf(&options[i]))}
		if slices.Contains(options[i].variants, c.variant) {
			wanted = append(wanted, one)
		} else {
			others = append(others, one)
		}
	}
	if len(wanted)+len(others) == 0 {
		return nil, fmt.Errorf("%s: %w", orBody(at.pointer), errContradiction)
	}
	if len(wanted) == 0 || len(others) == 0 {
		return choose(append(wanted, others...)), nil
	}
	first, second := choose(wanted), choose(others)
	return func(w *encoder) bool {
		mark, missing := len(w.out), w.missing
		if first(w) {
			return true
		}
		// The variant is not possible now: for example, a synchronous failure has no channel ID.
		w.takeBack(mark)
		w.missing, w.unfit = missing, false
		return second(w)
	}, nil
}

func orBody(pointer string) string {
	if pointer == "" {
		return "the body"
	}
	return pointer
}

func (c *compiler) alternative(a *alternative, at location) (writer, error) {
	types, contradiction := a.types()
	values, none := a.values()
	if types != nil {
		listed := len(values)
		values = slices.DeleteFunc(values, func(text string) bool { return !isOf(text, types) })
		none = none || listed > 0 && len(values) == 0
	}
	if contradiction || none {
		return nil, errContradiction
	}
	if f, ok := c.fixed[at.pointer]; ok {
		return c.override(f, values, a.excluded, at)
	}
	if len(values) > 0 {
		return c.constant(a, values, at)
	}
	keys := a.keys()
	switch {
	case slices.Contains(types, "object") && (len(keys) > 0 || len(types) == 1) || types == nil && len(keys) > 0:
		return c.mixed(a, keys, types, at)
	case slices.Contains(types, "array"):
		return c.array(a, at)
	}
	return c.scalar(a, types, at)
}

func (c *compiler) override(f override, values, excluded []string, at location) (writer, error) {
	if f.text != "" && (len(values) > 0 && !slices.Contains(values, f.text) || slices.Contains(excluded, f.text)) {
		return nil, errContradiction
	}
	c.used[at.pointer] = true
	if f.status {
		return func(w *encoder) bool {
			w.out = value.AppendString(w.out, w.values.status(f.json.Text))
			return true
		}, nil
	}
	if f.text != "" {
		return literal(f.text), nil
	}
	return c.formatter.json(f.json, at.pointer)
}

// constant writes a discriminator: the value of the run if it is allowed, or else one of the
// constants.
func (c *compiler) constant(a *alternative, values []string, at location) (writer, error) {
	s := a.named()
	if strictness := c.strictness(a); s != nil && (len(values) > 1 || strictness != lenient) {
		c.names = append(c.names, s.Value)
		return c.formatter.value(s, values, a.excluded, strictness)
	}
	if at.example != nil {
		if text := at.example.Compact(maxSample); slices.Contains(values, text) {
			return literal(text), nil
		}
	}
	return oneOf(values), nil
}

// A strictness says what happens to a value of the run that is not one of the listed values.
type strictness int

const (
	// lenient writes the first listed value.
	lenient strictness = iota
	// preferred writes the first listed value too, if no other keys or values of the body fit.
	preferred
	// strict means that the body must have other keys: the value decides whether a rule applies.
	strict
)

// strictness is that of the values that an alternative lists.
func (c *compiler) strictness(a *alternative) strictness {
	lists := func(of map[*jsonschema.Schema]bool) bool {
		return slices.ContainsFunc(a.shapes, func(s *jsonschema.Schema) bool { return len(s.Values) > 0 && of[s] })
	}
	switch {
	case (a.conditional || lists(c.conditions)) && c.variant == "":
		return strict
	case a.conditional || lists(c.conditions):
		return preferred // the variant that was asked for may need another value
	case len(a.excluded) > 0 || lists(c.ruled):
		return preferred
	}
	return lenient
}

// mixed writes an object, or sometimes a value of another allowed type.
func (c *compiler) mixed(a *alternative, keys []key, types []string, at location) (writer, error) {
	object, err := c.object(a, keys, at)
	if err != nil {
		return nil, err
	}
	if c.reaches(at.pointer) {
		return object, nil
	}
	if at.example != nil && at.example.Kind != document.Object {
		return c.scalar(a, types, at)
	}
	if at.example != nil {
		return object, nil
	}
	var others []string
	for _, t := range types {
		if t != "object" && t != "null" {
			others = append(others, t)
		}
	}
	branches := []branch{{write: object}}
	if texts := c.samples.of(at.starred, others); len(others) > 0 && len(texts) > 0 {
		branches = append(branches, branch{write: oneOf(texts)})
	}
	written := choose(branches)
	if slices.Contains(types, "null") {
		return orNull(c.nullness(at), written), nil
	}
	return written, nil
}

func (c *compiler) nullness(at location) int {
	if at.example != nil && (c.fill == Typical || c.fill == Full) {
		if at.example.Kind == document.Null {
			return always
		}
		return 0
	}
	switch c.fill {
	case Full:
		return 0
	case Minimal, Empty:
		return always
	}
	return c.samples.nullness(at.starred)
}

// reaches reports whether an override is at or below a location, which must exist then.
func (c *compiler) reaches(pointer string) bool {
	for p := range c.fixed {
		if p == pointer || len(p) > len(pointer) && p[:len(pointer)] == pointer && p[len(pointer)] == '/' {
			return true
		}
	}
	return false
}

func (c *compiler) object(a *alternative, keys []key, at location) (writer, error) {
	var out chain
	out.literal("{")
	first := true // no key precedes for certain
	open := false // a key may precede
	for _, k := range keys {
		must := a.required(k.name)
		if k.shapes != nil && !slices.ContainsFunc(k.shapes, func(s *jsonschema.Schema) bool { return !c.ruled[s] }) {
			if must {
				return nil, errContradiction
			}
			continue // only a rule mentions it
		}
		if slices.Contains(a.forbidden, k.name) {
			if must || c.reaches(at.key(k.name).pointer) {
				return nil, errContradiction
			}
			continue
		}
		permille, member, err := c.member(a, k, must, at)
		if err != nil {
			return nil, err
		}
		if member == nil {
			continue
		}
		head := string(value.AppendString(nil, k.name)) + ":"
		if permille == always && must {
			switch {
			case first:
			case open:
				out.add(comma)
			default:
				out.literal(",")
			}
			out.literal(head)
			out.add(member)
			first, open = false, false
			continue
		}
		out.add(optional(permille, contentsOf(namesIn(k.shapes)), c.separated(first, open, head, member)))
		if first {
			first, open = false, true
		}
	}
	out.literal("}")
	return out.writer(), nil
}

// separated writes a key and its value, after a comma where one is needed.
func (c *compiler) separated(first, open bool, head string, member writer) writer {
	switch {
	case first:
		return func(w *encoder) bool { w.out = append(w.out, head...); return member(w) }
	case open:
		return func(w *encoder) bool { comma(w); w.out = append(w.out, head...); return member(w) }
	}
	head = "," + head
	return func(w *encoder) bool { w.out = append(w.out, head...); return member(w) }
}

// member writes the value of a key; nil leaves the key out.
func (c *compiler) member(a *alternative, k key, must bool, at location) (int, writer, error) {
	here := at.key(k.name)
	forced := must || c.reaches(here.pointer)
	shapes := k.shapes
	if shapes == nil && len(a.shapes) > 0 && a.shapes[0].Additional != nil {
		shapes = []*jsonschema.Schema{a.shapes[0].Additional}
	}
	if c.fill == Empty && !forced {
		return always, c.emptyValue(shapes), nil
	}
	has := c.has(at, k.name) || slices.ContainsFunc(shapes, findsMessage) && !c.never(here)
	if !forced && (c.fill == Minimal || at.example != nil && !has) {
		member := c.later(shapes, here)
		if medium := mediumOf(k.name); medium != "" {
			member = about(medium, member)
		}
		return 0, member, nil
	}
	member, err := c.place(shapes, here)
	if medium := mediumOf(k.name); medium != "" && err == nil {
		member = about(medium, member)
	}
	switch {
	case errors.Is(err, errContradiction) && !forced && !has:
		return 0, nil, nil
	case err != nil:
		return 0, nil, err
	case forced:
		return always, member, nil
	}
	if c.fill != Any && has {
		return always, member, nil
	}
	permille := c.samples.presence(at.starred, k.name)
	if c.fill == Any {
		permille = max(permille, rarely)
	}
	return permille, member, nil
}

// rarely is the least probability of an optional key in freely drawn bodies, in thousandths.
const rarely = 100

// later compiles a key that bodies have only if one of its values is given, when one first has it.
func (c *compiler) later(shapes []*jsonschema.Schema, at location) writer {
	compiled := sync.OnceValue(func() writer {
		own := *c
		write, err := own.place(shapes, at)
		if err != nil {
			return func(w *encoder) bool { w.unfit = true; return false } // the value can't be given here
		}
		return write
	})
	return func(w *encoder) bool { return compiled()(w) }
}

// findsMessage reports whether a member is an ID by which a consumer finds the message. Bodies
// always have it if it exists.
func findsMessage(s *jsonschema.Schema) bool {
	switch s.Value {
	case "message.id", "message.request_id", "message.foreign_id":
		return true
	}
	return false
}

// namesOf lists the values in an alternative at any depth, without those of its other branches.
func namesOf(a *alternative) []string {
	var names []string
	for _, s := range a.shapes {
		own := jsonschema.Schema{Value: s.Value, Properties: s.Properties, Prefix: s.Prefix, Items: s.Items}
		names = append(names, namesIn([]*jsonschema.Schema{&own})...)
	}
	return names
}

// namesIn lists the values in shapes at any depth.
func namesIn(shapes []*jsonschema.Schema) []string {
	var names []string
	for _, s := range shapes {
		if s == nil {
			continue
		}
		if s.Value != "" {
			names = append(names, s.Value)
		}
		for _, p := range s.Properties {
			names = append(names, namesIn([]*jsonschema.Schema{p.Schema})...)
		}
		for _, list := range [][]*jsonschema.Schema{s.Prefix, s.AnyOf, s.OneOf, s.Parts(), {s.Items, s.Then, s.Else}} {
			names = append(names, namesIn(list)...)
		}
	}
	return names
}

// about writes an object that is named after a kind of media.
func about(medium string, write writer) writer {
	return func(w *encoder) bool {
		before := w.values.medium
		w.values.medium = medium
		ok := write(w)
		w.values.medium = before
		return ok
	}
}

// emptyValue writes an empty string, array or object; nil if the schema allows none.
func (c *compiler) emptyValue(shapes []*jsonschema.Schema) writer {
	options, err := c.alternatives(shapes, location{})
	if err != nil {
		return nil
	}
	for i := range options {
		a := &options[i]
		types, contradiction := a.types()
		values, none := a.values()
		if contradiction || none {
			continue
		}
		listed := slices.Concat(values, a.known())
		for _, empty := range []string{`""`, "[]", "{}"} {
			if !isOf(empty, types) || len(types) == 0 || len(listed) > 0 && !slices.Contains(listed, empty) {
				continue
			}
			if empty == "[]" && slices.ContainsFunc(a.shapes, func(s *jsonschema.Schema) bool { return s.MinItems > 0 || len(s.Prefix) > 0 }) ||
				empty == "{}" && slices.ContainsFunc(a.keys(), func(k key) bool { return a.required(k.name) }) ||
				empty == `""` && slices.ContainsFunc(a.shapes, func(s *jsonschema.Schema) bool {
					return s.Bounds != nil && s.Bounds.MinLength > 0 || s.Pattern != nil || !s.MayBeEmpty()
				}) {
				continue
			}
			return literal(empty)
		}
	}
	return nil
}
