package schemas

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/canonical"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// An EventType says what an event of one name may look like: schema, examples and where both come
// from.
type EventType struct {
	// Name is the path of its folder: "gupshup/v2/message-event.sent".
	Name     string
	Provider *Provider

	// candidates is the list of only its name, which verdicts share.
	candidates []string
	relative   string // the name without the provider
	folder     fs.FS
	read       func() (*parsedType, error)
	// program validates bodies; it is compiled at the first call.
	program func() *jsonschema.Program
}

// A parsedType is the content of a type's schema.json.
type parsedType struct {
	file       *document.File
	root       *jsonschema.Schema
	recognizer recognizer
}

func newEventType(provider *Provider, relative string, folder fs.FS, read func() (*parsedType, error)) *EventType {
	name := provider.Name + "/" + relative
	t := &EventType{Name: name, Provider: provider, candidates: []string{name}, relative: relative, folder: folder, read: sync.OnceValues(read)}
	t.program = sync.OnceValue(func() *jsonschema.Program { return jsonschema.Compile(t.parsed().root) })
	return t
}

// parsed returns the content of schema.json. Loading reports its errors, except for a
// [Linted] tree.
func (t *EventType) parsed() *parsedType {
	parsed, err := t.read()
	if err != nil {
		panic(fmt.Sprintf("schemas: %s is in a tree that has passed the linter, but: %v", t.Name, err))
	}
	return parsed
}

// Title is a short name.
func (t *EventType) Title() string { return t.parsed().root.Title }

// Description is when the event is sent.
func (t *EventType) Description() string { return t.parsed().root.Description }

// Errorf is an error at the start of the type's schema.json.
func (t *EventType) Errorf(format string, args ...any) error {
	return t.parsed().file.Errorf(&t.parsed().file.Root, format, args...)
}

// Document is where the schema comes from: document and heading, or where the event was seen.
func (t *EventType) Document() string { return t.parsed().root.Source }

// Root is the type's schema.
func (t *EventType) Root() *jsonschema.Schema { return t.parsed().root }

// Schema is the source of schema.json.
func (t *EventType) Schema() []byte { return bytes.Clone(t.parsed().file.Source) }

// Channel is the channel of the first route with the type.
func (t *EventType) Channel() string {
	for _, r := range t.Provider.Routes {
		if r.carries(t.relative) {
			return r.Channel
		}
	}
	return ""
}

// CanonicalEvents returns the canonical events that map to this type, sorted.
func (t *EventType) CanonicalEvents() []string {
	var names []string
	for _, n := range t.Provider.mappings {
		if n.typeName == t.relative {
			names = append(names, n.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Direction is "inbound" for events from end users, "outbound" for events about messages and calls to
// them, and "system" for events of the provider.
func (t *EventType) Direction() string {
	for _, name := range t.CanonicalEvents() {
		return canonical.Direction(name)
	}
	return "system"
}

// An Example is a body of an event type, with the name of its file.
type Example struct {
	Name string
	Body []byte
}

// Examples returns the type's examples, sorted by name. schemas/documented.tsv lists those of the
// documentation.
func (t *EventType) Examples() ([]Example, error) { return t.bodies("examples") }

// Invalid returns bodies that must be errors; their names are the reason.
func (t *EventType) Invalid() ([]Example, error) { return t.bodies("invalid") }

func (t *EventType) bodies(folder string) ([]Example, error) {
	names, err := fs.Glob(t.folder, folder+"/*.json")
	if err != nil {
		return nil, fmt.Errorf("read %s of %s: %w", folder, t.Name, err)
	}
	bodies := make([]Example, 0, len(names))
	for _, name := range names {
		body, err := fs.ReadFile(t.folder, name)
		if err != nil {
			return nil, fmt.Errorf("read %s of %s: %w", folder, t.Name, err)
		}
		bodies = append(bodies, Example{strings.TrimSuffix(path.Base(name), ".json"), body})
	}
	return bodies, nil
}

// Routes are the routes with the type, sorted by name.
func (t *EventType) Routes() []*Route {
	return slices.DeleteFunc(slices.Clone(t.Provider.Routes), func(r *Route) bool { return !slices.Contains(r.Types(), t) })
}
