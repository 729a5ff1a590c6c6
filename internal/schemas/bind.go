package schemas

import (
	"path"
	"slices"

	"github.com/ringback-dev/ringback/internal/document"
)

// bind checks what provider.yaml says of event types against those that
// there are, once they are loaded.
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

// bindWhere wants each place of a where to be one that the type has, and its
// value to be known there: a where that no body can fulfil recognises nothing.
func (p *providerParser) bindWhere(w mappingRule, t *EventType) {
	for _, c := range w.where {
		places := t.root.describing(document.Tokens(c.pointer))
		if len(places) == 0 {
			p.d.Errorf(&c.value, "no body of %s has the place %s", t.relative, c.pointer)
			continue
		}
		var known []document.Node
		for _, place := range places {
			place.sometimes(func(s *schema) { known = slices.Concat(known, s.discriminators, s.known) })
		}
		if len(known) > 0 && !slices.ContainsFunc(known, func(v document.Node) bool { return v.Equal(&c.value) }) {
			p.d.Errorf(&c.value, "%s is not a known value at %s of %s; %s", c.value.Describe(), c.pointer, t.relative, document.OneOf(c.value.Text, textsOf(known)))
		}
	}
}

func (p *providerParser) bindContract(contract *document.Node, names []string) {
	p.names(contract.Get("subscription").Get("not_required"), names)
	if handshake := contract.Get("handshake").Get("type"); handshake != nil {
		p.name(handshake, names)
	}
}

// name reports what names no event type.
func (p *providerParser) name(n *document.Node, names []string) {
	if !slices.Contains(names, n.Text) {
		p.d.Errorf(n, "unknown event type %q; %s", n.Text, document.OneOf(n.Text, names))
	}
}

// names reports the patterns in a list that no event type fits.
func (p *providerParser) names(n *document.Node, names []string) {
	for i := range n.Elements() {
		pattern := &n.Items[i]
		if !slices.ContainsFunc(names, func(name string) bool {
			ok, err := path.Match(pattern.Text, name)
			return err == nil && ok
		}) {
			p.d.Errorf(pattern, "no event type is named %q; %s", pattern.Text, document.OneOf(pattern.Text, names))
		}
	}
}
