package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// schemaFile is the schema in the folder of an event type.
const schemaFile = "schema.json"

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
	linted     bool

	// What follows is made from schema.json when it is first needed.
	readFile   func() (*document.File, error)
	readRoot   func() (*jsonschema.Schema, error)
	recognizer func() *recognizer
	program    func() *jsonschema.Program
	document   func() string
	// documentedBodies are the payloads of the documentation as compact JSON.
	documentedBodies func() []string
	// reads and canonical are for the rules over a capture.
	reads      func() *readPlan
	canonical  func() []canonicalRule
	valueNames func() map[string]bool
}

func newEventType(provider *Provider, relative string, folder fs.FS, read func() (*document.File, error)) *EventType {
	name := provider.Name + "/" + relative
	t := &EventType{Name: name, Provider: provider, candidates: []string{name}, relative: relative, folder: folder, readFile: sync.OnceValues(read)}
	t.readRoot = sync.OnceValues(func() (*jsonschema.Schema, error) {
		file, err := t.readFile()
		if err != nil {
			return nil, err
		}
		root, err := jsonschema.Parse(file)
		if err != nil {
			return nil, err
		}
		return root, t.attachRules(root)
	})
	t.recognizer = sync.OnceValue(func() *recognizer { return newRecognizer(t.Root()) })
	t.program = sync.OnceValue(func() *jsonschema.Program { return jsonschema.Compile(t.Root(), provider.placeholders) })
	t.documentedBodies = sync.OnceValue(t.readDocumented)
	t.document = sync.OnceValue(func() string { return t.text("x-source") })
	t.reads = sync.OnceValue(func() *readPlan { return planOf(t.Root(), nil) })
	t.canonical = sync.OnceValue(t.canonicalRules)
	t.valueNames = sync.OnceValue(func() map[string]bool {
		names := map[string]bool{}
		t.Root().Walk(func(s *jsonschema.Schema) {
			if readable(s) {
				names[s.Value] = true
			}
		})
		return names
	})
	return t
}

// file is the type's schema.json.
func (t *EventType) file() *document.File { return must(t.readFile()) }

// Root is the type's schema.
func (t *EventType) Root() *jsonschema.Schema { return must(t.readRoot()) }

// must returns what was read. Loading has reported its errors, except those of a [Linted] tree,
// which has none.
func must[T any](read T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("schemas: a tree was given as linted, but: %v", err))
	}
	return read
}

// Title is a short name.
func (t *EventType) Title() string { return t.text("title") }

// Description is when the event is sent.
func (t *EventType) Description() string { return t.text("description") }

// text is a keyword at the root, which doesn't need the schema to be parsed.
func (t *EventType) text(keyword string) string {
	if t.linted {
		if text, found := t.textOfHead(keyword); found {
			return text
		}
	}
	if n := t.file().Root.Get(keyword); n != nil {
		return n.Text
	}
	return ""
}

// heads are buffers for the first bytes of files.
var heads = sync.Pool{New: func() any { return new([2 << 10]byte) }}

// textOfHead is a keyword at the beginning of schema.json, where titles and sources usually are: to
// list all types, reading whole files takes most of the time.
func (t *EventType) textOfHead(keyword string) (text string, found bool) {
	file, err := t.folder.Open(schemaFile)
	if err != nil {
		return "", false
	}
	defer func() { _ = file.Close() }()
	head := heads.Get().(*[2 << 10]byte)
	defer heads.Put(head)
	n, err := io.ReadFull(file, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", false
	}
	return document.RootText(head[:n], keyword)
}

// Errorf is an error at the start of the type's schema.json.
func (t *EventType) Errorf(format string, args ...any) error {
	return t.file().Errorf(&t.file().Root, format, args...)
}

// Document is where the schema comes from: document and heading, or where the event was seen.
func (t *EventType) Document() string { return t.document() }

// Schema is the source of schema.json.
func (t *EventType) Schema() []byte { return bytes.Clone(t.file().Source) }

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
	// Documented is true for a payload of the documentation, which may have placeholders as values.
	Documented bool
}

// documentedFile lists the payloads of the documentation: the path of an example begins each line.
const documentedFile = "documented.tsv"

// documentedIn returns the examples of a tree that are payloads of the documentation.
func documentedIn(tree fs.FS) map[string]bool {
	list, err := fs.ReadFile(tree, documentedFile)
	if err != nil {
		return nil // a tree without the list has none
	}
	examples := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		name, _, _ := strings.Cut(line, "\t")
		examples[name] = true
	}
	return examples
}

// Examples returns the type's examples, sorted by name.
func (t *EventType) Examples() ([]Example, error) {
	all, err := t.bodies("examples")
	for i := range all {
		all[i].Documented = t.Provider.documented()[t.Name+"/examples/"+all[i].Name+".json"]
	}
	return all, err
}

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
		bodies = append(bodies, Example{Name: strings.TrimSuffix(path.Base(name), ".json"), Body: body})
	}
	return bodies, nil
}

// Routes are the routes with the type, sorted by name.
func (t *EventType) Routes() []*Route {
	return slices.DeleteFunc(slices.Clone(t.Provider.Routes), func(r *Route) bool { return !slices.Contains(r.Types(), t) })
}
