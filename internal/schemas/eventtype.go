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
)

// An EventType says what an Type of one name may look like: schema,
// examples and where both come from.
type EventType struct {
	// Name is the path of its folder: "gupshup/v2/message-event.sent".
	Name     string
	Provider *Provider

	relative   string // the name without the provider
	file       *document.File
	root       *schema
	recognizer recognizer
	folder     fs.FS
	compile    func() (*compiled, error)
}

func newEventType(provider *Provider, relative string, f *document.File, folder fs.FS) (*EventType, error) {
	root, err := parseSchema(f)
	if err != nil {
		return nil, err
	}
	t := &EventType{Name: provider.Name + "/" + relative, Provider: provider, relative: relative, file: f, root: root, folder: folder}
	t.recognizer = newRecognizer(root)
	t.compile = sync.OnceValues(func() (*compiled, error) { return compileType(t) })
	return t, nil
}

// Title is a short name for people.
func (t *EventType) Title() string { return t.root.title }

// Description says when the event is sent.
func (t *EventType) Description() string { return t.root.description }

// Errorf is an error at the start of the type's schema.json.
func (t *EventType) Errorf(format string, args ...any) error {
	return t.file.Errorf(&t.file.Root, format, args...)
}

// Document is where the schema comes from: document and heading, or where the event was seen.
func (t *EventType) Document() string { return t.root.source }

// Schema is schema.json as it stands.
func (t *EventType) Schema() []byte { return bytes.Clone(t.file.Source) }

// Channel is the channel of the first route that the event comes by.
func (t *EventType) Channel() string {
	for _, r := range t.Provider.Routes {
		if r.carries(t.relative) {
			return r.Channel
		}
	}
	return ""
}

// CanonicalEvents returns the words of scenarios that mean this type, sorted.
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

// Direction is "inbound" for what a person did, "outbound" for what became of
// a message or call to one, and "system" for what the provider itself says.
func (t *EventType) Direction() string {
	for _, name := range t.CanonicalEvents() {
		return canonical.Direction(name)
	}
	return "system"
}

// An Example is a body that shows an event type, with the name of its file.
type Example struct {
	Name string
	Body []byte
}

// Examples returns the type's examples, sorted by name, the documents' own
// ones under the names that schemas/documented.tsv lists.
func (t *EventType) Examples() ([]Example, error) { return t.bodies("examples") }

// Invalid returns bodies that must be refused; their names say why.
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

// Routes are those by which the type comes, sorted by name.
func (t *EventType) Routes() []*Route {
	return slices.DeleteFunc(slices.Clone(t.Provider.Routes), func(r *Route) bool { return !slices.Contains(r.Types(), t) })
}
