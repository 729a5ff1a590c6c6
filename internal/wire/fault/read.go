package fault

import (
	"maps"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
)

// A List is the faults of a step, in the order in which they apply.
type List []Fault

// UnmarshalNode accepts what [Read] accepts.
func (l *List) UnmarshalNode(d *document.Decoder, n *document.Node) {
	all, err := Read(d.File(), n)
	d.Report(err)
	*l = all
}

// Read reads the faults of a step: a name, a mapping such as {duplicate: {copies: 2, probability:
// 0.2}} or {delay: 2s}, or a list of them, which apply in order. Delays may be mappings as in
// [prng.Distribution]: {delay: {lognormal: {median: 6s, sigma: 0.8}}}.
func Read(f *document.File, n *document.Node) ([]Fault, error) {
	if n.Kind != document.Array {
		one, err := readOne(f, n)
		if err != nil {
			return nil, err
		}
		return []Fault{one}, nil
	}
	if len(n.Items) == 0 {
		return nil, f.Errorf(n, "expected a fault, found %s", n.Describe())
	}
	var all []Fault
	for i := range n.Items {
		one, err := readOne(f, &n.Items[i])
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func readOne(f *document.File, n *document.Node) (Fault, error) {
	switch {
	case n.Kind == document.String:
		return readName(f, n)
	case n.Kind != document.Object || len(n.Members) != 1:
		return Fault{}, f.Errorf(n, "expected a fault (for example drop or {duplicate: {copies: 2}}), found %s", n.Describe())
	}
	a, err := assemble(n.Members[0].Key)
	if err != nil {
		return Fault{}, f.Errorf(n, "%v", err)
	}
	if err := a.readValue(f, &n.Members[0].Value); err != nil {
		return Fault{}, err
	}
	return a.fault, nil
}

// readName reads a fault without parameters.
func readName(f *document.File, n *document.Node) (Fault, error) {
	if name, _, more := strings.Cut(n.Text, ":"); more && lookUp(name).name != "" {
		return Fault{}, f.Errorf(n, "read fault %s: the command line takes this notation; write a mapping: {%s: {…}}", document.Quote(document.Shorten(n.Text, 60)), name)
	}
	one, err := Parse(n.Text)
	if err != nil {
		return Fault{}, f.Errorf(n, "%v", err)
	}
	return one, nil
}

// readValue reads the value of a fault: that of its first parameter, or a mapping of parameters.
func (a *assembly) readValue(f *document.File, n *document.Node) error {
	if n.Kind == document.Object {
		return a.readParameters(f, n)
	}
	if !isText(n) {
		return f.Errorf(n, "expected the parameters of %s, found %s", a.fault.kind, n.Describe())
	}
	if err := a.bare(n.Text); err != nil {
		return f.Errorf(n, "%v", err)
	}
	return nil
}

func isText(n *document.Node) bool { return n.Kind == document.String || n.Kind == document.Number }

func (a *assembly) readParameters(f *document.File, n *document.Node) error {
	known := a.parameters()
	name, failed := a.distribution()
	if failed == nil {
		known = append(known, prng.KeyNames()...)
	}
	if n.Get(oldProbability) != nil {
		return f.Errorf(n, "%v", renamedProbability())
	}
	if err := f.Known(n, known...); err != nil {
		return err
	}
	for i := range n.Members {
		m := &n.Members[i]
		var err error
		switch {
		case slices.Contains(prng.KeyNames(), m.Key):
			err = a.readDelay(f, name, n)
		case m.Key == name:
			err = a.readDelay(f, name, &m.Value)
		case !isText(&m.Value):
			err = f.Errorf(&m.Value, "expected the %s of %s, found %s", m.Key, a.fault.kind, m.Value.Describe())
		default:
			if err = a.set(m.Key, m.Value.Text); err != nil {
				err = f.Errorf(&m.Value, "%v", err)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readDelay reads a distribution and sets it in the notation of [Parse].
func (a *assembly) readDelay(f *document.File, name string, n *document.Node) error {
	delay := *n // without the other parameters
	delay.Members = slices.DeleteFunc(slices.Clone(n.Members), func(m document.Member) bool { return !slices.Contains(prng.KeyNames(), m.Key) })
	var d prng.Distribution
	if err := f.Decode(&delay, &d); err != nil {
		return err
	}
	if err := a.set(name, d.String()); err != nil {
		return f.Errorf(n, "%v", err)
	}
	return nil
}

// EditorSchema has a fault, or a list of them.
func (List) EditorSchema(b *document.SchemaBuilder) document.Schema {
	return document.Schema{
		"description": "a fault or a list of faults",
		"anyOf":       []document.Schema{b.Of(Fault{}), {"type": "array", "minItems": 1, "items": b.Of(Fault{})}},
	}
}

// EditorSchema has the name of a fault, or a mapping from it to its parameters.
func (Fault) EditorSchema(b *document.SchemaBuilder) document.Schema {
	var variants []document.Schema
	faults := document.Schema{}
	for _, k := range Kinds() {
		variants = append(variants, document.Schema{"const": k.Name, "description": k.Description})
		faults[k.Name] = kindSchema(b, k)
	}
	return document.Schema{"anyOf": append(variants, document.Schema{
		"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": false, "properties": faults,
	})}
}

// kindSchema has the parameters of a fault, or the value of its first one.
func kindSchema(b *document.SchemaBuilder, k Kind) document.Schema {
	parameters := document.Schema{}
	text := document.Schema{"type": []string{"string", "number"}}
	for _, p := range slices.Concat(k.Parameters, Conditions()) {
		if p.Type == distribution {
			maps.Copy(parameters, b.Struct(prng.Keys{})["properties"].(document.Schema))
			parameters[p.Name] = document.Schema{"description": p.Description, "anyOf": []document.Schema{text, b.Of(prng.Distribution{})}}
			continue
		}
		parameters[p.Name] = document.Schema{"description": p.Description, "type": text["type"]}
	}
	variants := []document.Schema{{"type": "object", "additionalProperties": false, "properties": parameters}}
	if len(k.Parameters) > 0 {
		variants = append(variants, text)
	}
	return document.Schema{"description": k.Description, "anyOf": variants}
}
