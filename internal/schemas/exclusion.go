package schemas

import "github.com/ringback-dev/ringback/internal/document"

// An CoverageExclusions is something that a schema allows and that nobody is known to send, such as
// the absence of a key that is always there; by provider.yaml. What a mark means is for
// the coverage to say.
type CoverageExclusion struct {
	// Event is the event type's whole name.
	Event, Mark, Cause string

	file *document.File
	node *document.Node
}

// Errorf is an error at the place where provider.yaml names the mark.
func (u *CoverageExclusion) Errorf(format string, args ...any) error {
	return u.file.Errorf(u.node, format, args...)
}

// A declaredUnsent is one entry of unsent: {why, marks: {event type: [mark, …]}}.
type declaredUnsent struct {
	document.Remarks
	Cause string                                       `key:"why,required"`
	Marks document.Mapping[[]document.Located[string]] `key:"marks,required"`
}

func (p *providerParser) coverageExclusions(declared []declaredUnsent) {
	for _, one := range declared {
		for _, marks := range one.Marks.Each {
			for _, mark := range marks.Value {
				p.provider.CoverageExclusions = append(p.provider.CoverageExclusions, CoverageExclusion{
					Event: p.provider.Name + "/" + marks.Name, Mark: mark.Value, Cause: one.Cause, file: p.file, node: mark.Node,
				})
			}
		}
	}
}
