package schemas

import "github.com/ringback-dev/ringback/internal/base/document"

// A CoverageExclusion is a point of a schema that the provider is not known to send, for example the
// absence of a key. Package coverage defines the points.
type CoverageExclusion struct {
	// Type is the event type's full name.
	Type, Point, Note string

	file *document.File
	node *document.Node
}

// Errorf is an error at the point's position in provider.yaml.
func (u *CoverageExclusion) Errorf(format string, args ...any) error {
	return u.file.Errorf(u.node, format, args...)
}

// A declaredExclusion is an entry of coverage_exclusions: {note, points: {event type: [point, …]}}.
// Unlike in other mappings, note is required.
type declaredExclusion struct {
	Source  string                                       `key:"source"`
	Assumed bool                                         `key:"assumed" oneof:"true"`
	Note    string                                       `key:"note,required" was:"why"`
	Points  document.Mapping[[]document.Located[string]] `key:"points,required" was:"marks"`
}

func (p *providerParser) coverageExclusions(declared []declaredExclusion) {
	for _, one := range declared {
		for _, marks := range one.Points.Each {
			for _, mark := range marks.Value {
				p.provider.CoverageExclusions = append(p.provider.CoverageExclusions, CoverageExclusion{
					Type: p.provider.Name + "/" + marks.Name, Point: mark.Value, Note: one.Note, file: p.file, node: mark.Node,
				})
			}
		}
	}
}
