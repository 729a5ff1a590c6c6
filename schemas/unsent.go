package schemas

import "github.com/ringback-dev/ringback/internal/document"

// An Unsent is something that a schema allows and that nobody is known to send, such as
// the absence of a key that is always there; by provider.yaml. What a mark means is for
// the coverage to say.
type Unsent struct {
	// Event is the event type's whole name.
	Event, Mark, Why string

	file *document.File
	node *document.Node
}

// Errorf is an error at the place where provider.yaml names the mark.
func (u *Unsent) Errorf(format string, args ...any) error {
	return u.file.Errorf(u.node, format, args...)
}

// unsent reads a list of {why, marks: {event type: [mark, …]}}.
func (p *providerParser) unsent(n *document.Node) {
	p.entries(n, "such as [{why: …, marks: {status.sent: [/id absent]}}]", func(one *document.Node) {
		why := p.mustText(one, "why")
		p.members(p.must(one, "marks"), func(m *document.Member) {
			for i, mark := range p.texts(&m.Value) {
				p.provider.Unsent = append(p.provider.Unsent, Unsent{
					Event: p.provider.Name + "/" + m.Key, Mark: mark, Why: why, file: p.file, node: &m.Value.Items[i],
				})
			}
		})
	}, "why", "marks")
}
