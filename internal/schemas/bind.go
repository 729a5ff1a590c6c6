package schemas

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// bind checks the event types in provider.yaml against the loaded ones.
func (p *providerParser) bind() {
	var names []string
	for _, t := range p.provider.Types {
		names = append(names, t.relative)
	}
	root := &p.file.Root
	for i := range root.Get("routes").Members {
		p.names(root.Get("routes").Members[i].Value.Get("types"), names)
	}
	for _, w := range p.provider.mappings {
		if w.typeName == "" {
			continue
		}
		p.name(w.node, names)
		if i := slices.Index(names, w.typeName); i >= 0 {
			p.bindWhere(w, p.provider.Types[i])
		}
	}
	contract := root.Get("contract")
	p.bindContract(contract, names)
	if routes := contract.Get("routes"); routes != nil {
		for i := range routes.Members {
			p.bindContract(&routes.Members[i].Value, names)
		}
	}
}

// bindWhere checks that the type has each pointer of a where, and that its value is listed there: a
// where that no body can match has no effect.
func (p *providerParser) bindWhere(w mappingRule, t *EventType) {
	for _, c := range w.where {
		places := t.Root().Describing(document.Tokens(c.pointer))
		if len(places) == 0 {
			p.d.Errorf(&c.value, "no body of %s has %s", t.relative, c.pointer)
			continue
		}
		var known []document.Node
		for _, place := range places {
			place.Sometimes(func(s *jsonschema.Schema) { known = slices.Concat(known, s.Values, s.Known) })
		}
		if len(known) > 0 && !slices.ContainsFunc(known, func(v document.Node) bool { return v.Equal(&c.value) }) {
			p.d.Errorf(&c.value, "%s is not a listed value at %s of %s; %s", c.value.Describe(), c.pointer, t.relative, document.OneOf(c.value.Text, textsOf(known)))
		}
	}
}

func (p *providerParser) bindContract(contract *document.Node, names []string) {
	p.names(contract.Get("subscription").Get("not_required"), names)
	if handshake := contract.Get("handshake").Get("type"); handshake != nil {
		p.name(handshake, names)
	}
}

// name reports an unknown event type.
func (p *providerParser) name(n *document.Node, names []string) {
	if !slices.Contains(names, n.Text) {
		p.d.Errorf(n, "unknown event type %q; %s", n.Text, document.OneOf(n.Text, names))
	}
}

// names reports the patterns in a list that no event type matches.
func (p *providerParser) names(n *document.Node, names []string) {
	for i := range n.Elements() {
		pattern := &n.Items[i]
		if !slices.ContainsFunc(names, func(name string) bool {
			return canonical.Match(pattern.Text, name)
		}) {
			p.d.Errorf(pattern, "no event type matches %q; %s", pattern.Text, document.OneOf(pattern.Text, names))
		}
	}
}
