package shipped_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// An observer loads a file with changed content. The error is the loader's: the content is
// rejected. Each view is something that a user can observe, the cheapest first.
type observer func(source []byte) (views []func() string, err error)

// A keyFile is one data file, and what can be observed of it.
type keyFile struct {
	name    string
	size    int // of everything that is loaded with it
	root    *document.Node
	observe observer
	// whole observes more, and is slow. It is used where observe shows nothing.
	whole observer
	// options are the words that a key allows, where its tag lists them.
	options map[string][]string
}

// A keyFormat is a kind of data file.
type keyFormat struct {
	name  string
	files []keyFile
	// pattern reduces a path to a pattern, with * for each key of the user's choice.
	pattern func(path []string) string
	// exempt are the patterns, or the last key of many, that have no effect, and why.
	exempt  map[string]string
	options map[string][]string
}

// exemption is the entry of exempt that a pattern matches; "" if there is none.
func (f *keyFormat) exemption(pattern string) string {
	for _, entry := range []string{pattern, path.Base(pattern)} {
		if f.exempt[entry] != "" {
			return entry
		}
	}
	return ""
}

// An occurrence is one value of a file.
type occurrence struct {
	file   *keyFile
	node   *document.Node
	parent *document.Node
	key    string
}

// maxOccurrences bounds how many values of one pattern are changed, maxRejected how many if
// all changes are rejected.
const (
	maxOccurrences = 24
	maxRejected    = 3
)

// keysWithoutEffect changes the values of all keys of a format and returns the patterns
// whose changed values load and are nowhere observable, and all patterns.
func keysWithoutEffect(f keyFormat) (ineffective, all []string) {
	slices.SortStableFunc(f.files, func(a, b keyFile) int { return a.size - b.size })
	found := map[string][]occurrence{}
	for i := range f.files {
		file := &f.files[i]
		walkKeys(file.root, nil, occurrence{file: file, node: file.root}, func(path []string, o occurrence) {
			pattern := f.pattern(path)
			if found[pattern] == nil {
				all = append(all, pattern)
			}
			found[pattern] = append(found[pattern], o)
		})
	}
	slices.Sort(all)
	bases := map[*keyFile]*baseViews{}
	for i := range f.files {
		f.files[i].options = f.options
	}
	for _, pattern := range all {
		if f.exemption(pattern) != "" {
			continue
		}
		if !hasEffect(found[pattern], bases) {
			ineffective = append(ineffective, pattern)
		}
	}
	return slices.DeleteFunc(ineffective, func(pattern string) bool {
		elements := pattern + "/[]" // a list that can't be empty has the effect of its elements
		return found[elements] != nil && !slices.Contains(ineffective, elements)
	}), all
}

// baseViews are the views of an unchanged file, each made when it is first compared.
type baseViews struct {
	views []func() string
	texts []string
}

func (b *baseViews) text(i int) string {
	for len(b.texts) <= i {
		b.texts = append(b.texts, b.views[len(b.texts)]())
	}
	return b.texts[i]
}

// hasEffect reports whether a changed value is observable, or every changed value is
// rejected.
func hasEffect(occurrences []occurrence, bases map[*keyFile]*baseViews) bool {
	pool := occurrences
	if len(occurrences) > maxOccurrences { // the first ones, and some of the others
		step := len(occurrences) / (maxOccurrences / 2)
		some := slices.Clone(occurrences[:maxOccurrences/2])
		for i := maxOccurrences / 2; i < len(occurrences); i += step {
			some = append(some, occurrences[i])
		}
		occurrences = some
	}
	loaded := false
	for n, o := range occurrences {
		if n == maxRejected && !loaded {
			break
		}
		accepted, shows := o.changed(o.file.observe, bases, pool)
		if shows {
			return true
		}
		loaded = loaded || accepted
	}
	if !loaded || occurrences[0].file.whole == nil {
		return !loaded
	}
	for _, o := range occurrences[:1] {
		if accepted, shows := o.changed(o.file.whole, map[*keyFile]*baseViews{}, pool); shows || !accepted {
			return true
		}
	}
	return false
}

// changed gives one value others, and reports whether some load, and whether one is
// observable.
func (o occurrence) changed(observe observer, bases map[*keyFile]*baseViews, pool []occurrence) (accepted, shows bool) {
	if bases[o.file] == nil {
		views, err := observe(renderJSON(o.file.root))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", o.file.name, err)) // what ships loads
		}
		bases[o.file] = &baseViews{views: views}
	}
	differs := func(change []byte) bool {
		views, err := observe(change)
		if err != nil {
			return false
		}
		accepted = true
		for i, view := range views {
			if view() != bases[o.file].text(i) {
				return true
			}
		}
		return false
	}
	if slices.ContainsFunc(changesOf(o, pool), differs) {
		return true, true
	}
	if o.node.Kind == document.Bool && !accepted { // many a flag is true, or absent
		return accepted, differs(without(o))
	}
	return accepted, false
}

// walkKeys visits the values of a document that can be changed: scalars, lists, and empty
// mappings.
func walkKeys(n *document.Node, path []string, o occurrence, visit func(path []string, o occurrence)) {
	if len(path) > 0 && (n.Kind != document.Object || len(n.Members) == 0) {
		visit(path, o)
	}
	for i := range n.Members {
		m := &n.Members[i]
		walkKeys(&m.Value, append(slices.Clip(path), m.Key), occurrence{o.file, &m.Value, n, m.Key}, visit)
	}
	for i := range n.Items {
		walkKeys(&n.Items[i], append(slices.Clip(path), "[]"), occurrence{o.file, &n.Items[i], n, ""}, visit)
	}
}

// changesOf are files in which one value is another one.
func changesOf(o occurrence, pool []occurrence) [][]byte {
	original := *o.node
	var changes [][]byte
	add := func(n document.Node) {
		*o.node = n
		changes = append(changes, renderJSON(o.file.root))
		*o.node = original
	}
	for _, other := range otherValues(o, pool) {
		add(other)
	}
	scalar := func(text string) {
		n := original
		n.Text = text
		add(n)
	}
	list := func(items ...document.Node) { add(document.Node{Kind: document.Array, Items: items}) }
	switch items := original.Items; original.Kind {
	case document.String:
		for _, option := range o.file.options[o.key] {
			if option != original.Text {
				scalar(option)
			}
		}
		if span, err := document.ParseDuration(original.Text); err == nil {
			scalar((2*span + time.Second).String())
		}
		if last := len(original.Text) - 1; last >= 0 && '0' <= original.Text[last] && original.Text[last] <= '9' {
			scalar(original.Text[:last] + string('0'+(original.Text[last]-'0'+1)%10))
		}
		scalar(original.Text + "x")
	case document.Number:
		if number, err := strconv.ParseFloat(original.Text, 64); err == nil {
			scalar(strconv.FormatFloat(number+1, 'f', -1, 64))
			scalar(strconv.FormatFloat(number/2, 'f', -1, 64)) // of at most 1
		}
	case document.Bool:
		scalar(strconv.FormatBool(original.Text != "true"))
	case document.Array:
		if len(items) > 0 {
			list(items[:len(items)-1]...)
			list(items[1:]...)
			list(slices.Concat(items, items[:1])...)
		}
	}
	if len(changes) == 0 { // nothing else is possible
		changes = append(changes, without(o))
	}
	return changes
}

// otherValues are up to two further values of the same kind that the same key has elsewhere.
func otherValues(o occurrence, pool []occurrence) []document.Node {
	var others []document.Node
	known := []string{o.node.Compact(1 << 10)}
	for _, same := range []bool{true, false} { // those of the same file are more often possible
		for _, other := range pool {
			if len(others) == 2 || (other.file == o.file) != same || other.node.Kind != o.node.Kind || o.node.Kind == document.Object {
				continue
			}
			if text := other.node.Compact(1 << 10); !slices.Contains(known, text) {
				others, known = append(others, *other.node), append(known, text)
			}
		}
	}
	return others
}

// without is the file without a key.
func without(o occurrence) []byte {
	members := o.parent.Members
	o.parent.Members = slices.DeleteFunc(slices.Clone(members), func(m document.Member) bool { return m.Key == o.key })
	source := renderJSON(o.file.root)
	o.parent.Members = members
	return source
}

// renderJSON writes a document as JSON, which is YAML too.
func renderJSON(n *document.Node) []byte {
	var b strings.Builder
	writeJSON(&b, n)
	return []byte(b.String())
}

func writeJSON(b *strings.Builder, n *document.Node) {
	separator := ""
	switch n.Kind {
	case document.Object:
		b.WriteByte('{')
		for i := range n.Members {
			b.WriteString(separator + document.Quote(n.Members[i].Key) + ": ")
			writeJSON(b, &n.Members[i].Value)
			separator = ", "
		}
		b.WriteByte('}')
	case document.Array:
		b.WriteByte('[')
		for i := range n.Items {
			b.WriteString(separator)
			writeJSON(b, &n.Items[i])
			separator = ", "
		}
		b.WriteByte(']')
	case document.String:
		b.WriteString(document.Quote(n.Text))
	case document.Null:
		b.WriteString("null")
	default:
		b.WriteString(n.Text)
	}
}

// declaredKeys are the keys that a decoder knows: those of the tags in Go sources, with the
// words that a tag lists.
func declaredKeys(t testing.TB) map[string][]string {
	t.Helper()
	keys := map[string][]string{}
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			field, ok := n.(*ast.Field)
			if !ok || field.Tag == nil {
				return true
			}
			text, err := strconv.Unquote(field.Tag.Value)
			require.NoError(t, err, name)
			tag := reflect.StructTag(text)
			if key, _, _ := strings.Cut(tag.Get("key"), ","); key != "" {
				keys[key] = append(keys[key], strings.Fields(tag.Get("oneof"))...)
				if keys[key] == nil {
					keys[key] = []string{}
				}
			}
			return true
		})
	}
	require.Greater(t, len(keys), 100)
	return keys
}

var parseSources = sync.OnceValues(func() (map[string]*ast.File, error) {
	all, positions := map[string]*ast.File{}, token.NewFileSet()
	err := filepath.WalkDir("../..", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		source, err := os.ReadFile(name)
		if err != nil || !strings.Contains(string(source), "key:\"") && !strings.Contains(strings.ToLower(string(source)), "probe") {
			return err
		}
		all[filepath.ToSlash(name)], err = parser.ParseFile(positions, name, source, parser.SkipObjectResolution)
		return err
	})
	return all, err
})

// sources are the module's files with keys in them, and those about probes, without tests.
func sources(t testing.TB) map[string]*ast.File {
	t.Helper()
	all, err := parseSources()
	require.NoError(t, err)
	return all
}

// byDeclaredKeys is a pattern in which the declared keys remain. What is nested in its own
// kind, for example steps in steps, is shown once.
func byDeclaredKeys(keys map[string][]string) func([]string) string {
	remarks := document.Keys(document.Remarks{})
	return func(path []string) string {
		if last := path[len(path)-1]; slices.Contains(remarks, last) {
			return last // allowed in any mapping
		}
		var segments []string
		for i, segment := range path {
			body := slices.Contains(path[:i], "json") && !strings.HasPrefix(segment, "$") // of a response
			if segment != "[]" && (body || keys[segment] == nil) {
				segment = "*"
			}
			if i := slices.Index(segments, segment); i >= 0 && (keys[segment] != nil || i == len(segments)-1) {
				segments = segments[:i] // steps in steps, lists of lists
			}
			segments = append(segments, segment)
		}
		return strings.Join(segments, "/")
	}
}

// bySchemaKeyword is a pattern of a JSON Schema: a keyword, after the one that leads to its
// schema.
func bySchemaKeyword(path []string) string {
	var segments []string
	start, named, value := 0, false, false
	for i, segment := range path {
		switch {
		case named || value && segment != "[]":
			segments, named = append(segments, "*"), false
			continue
		case i == len(path)-1 || i == len(path)-2 && path[i+1] == "[]": // the keyword itself
		case segment == "properties" || segment == "$defs":
			named, start = true, len(segments)
		case slices.Contains([]string{"items", "additionalProperties", "not", "if", "then", "else", "anyOf", "oneOf", "allOf", "prefixItems"}, segment):
			start = len(segments)
		case segment == "const" || segment == "enum":
			value = true
		}
		segments = append(segments, segment)
	}
	return strings.Join(segments[start:], "/")
}
