package shipped_test

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

// A providerFolder is the data of one provider.
type providerFolder struct {
	name  string
	files fstest.MapFS
}

// folderOf copies the folder of a provider, to be loaded with one file changed.
func folderOf(t testing.TB, tree fs.FS, name string) providerFolder {
	t.Helper()
	folder := providerFolder{name, fstest.MapFS{}}
	require.NoError(t, fs.WalkDir(tree, name, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		source, err := fs.ReadFile(tree, file)
		folder.files[file] = &fstest.MapFile{Data: source}
		return err
	}))
	return folder
}

// examplesTree is the folder of examples of providers.
func examplesTree() fs.FS { return os.DirFS("../../examples/providers") }

// withPlainTypes is the folder with event types of one key, which load faster. Those that
// are named, and those of which provider.yaml names a place, remain; beside named ones no
// operations.
func (f providerFolder) withPlainTypes(t testing.TB, named ...string) providerFolder {
	t.Helper()
	file, err := document.ReadYAML("provider.yaml", f.files[f.name+"/provider.yaml"].Data)
	require.NoError(t, err)
	kept := map[string]bool{}
	var walk func(n, parent *document.Node)
	walk = func(n, parent *document.Node) {
		for i := range n.Members {
			if walk(&n.Members[i].Value, n); strings.HasPrefix(n.Members[i].Key, "/") {
				for _, m := range parent.Members {
					kept[f.name+"/"+m.Value.Text+"/schema.json"] = true
				}
			}
		}
		for i := range n.Items {
			walk(&n.Items[i], n)
		}
	}
	walk(&file.Root, nil)
	for _, name := range named {
		kept[name+"/schema.json"] = true
	}
	plain := providerFolder{f.name, fstest.MapFS{}}
	for name, file := range f.files {
		switch {
		case path.Base(name) == "schema.json" && !kept[name]:
			const schema = `{"title": "A type", "description": "A type.", "x-source": "a test", "required": ["type"], "properties": {"type": {"const": %q}}}`
			plain.files[name] = &fstest.MapFile{Data: fmt.Appendf(nil, schema, name)}
		case named == nil && strings.HasPrefix(name, f.name+"/apis") || path.Base(name) == "provider.yaml" || kept[name] ||
			slices.ContainsFunc(named, func(one string) bool { return strings.HasPrefix(name, one+"/") }):
			plain.files[name] = file
		}
	}
	return plain
}

// withFewKeys leaves those keys of provider.yaml out without which the operations load.
func (f providerFolder) withFewKeys(t *testing.T) providerFolder {
	t.Helper()
	few := f.withPlainTypes(t)
	name := f.name + "/provider.yaml"
	file, err := document.ReadYAML(name, few.files[name].Data)
	require.NoError(t, err)
	for i := range slices.Backward(file.Root.Members) {
		root := file.Root
		root.Members = slices.Delete(slices.Clone(root.Members), i, i+1)
		source := renderJSON(&root)
		if _, err := loadWorld(t, onlyOpen{overlay{few.files, name, source}}); err == nil {
			file.Root, few.files[name] = root, &fstest.MapFile{Data: source}
			few = few.withPlainTypes(t)
		}
	}
	return few
}

// An overlay is a tree in which one file has other content.
type overlay struct {
	fstest.MapFS
	name    string
	content []byte
}

func (o overlay) Open(name string) (fs.File, error) {
	if name == o.name {
		return fstest.MapFS{name: {Data: o.content}}.Open(name)
	}
	return o.MapFS.Open(name)
}

func (o overlay) ReadFile(name string) ([]byte, error) { return fs.ReadFile(onlyOpen{o}, name) }

func (o overlay) Sub(dir string) (fs.FS, error) { return fs.Sub(onlyOpen{o}, dir) }

// An onlyOpen hides the further methods of a tree, which know nothing of the overlay.
type onlyOpen struct{ tree fs.FS }

func (o onlyOpen) Open(name string) (fs.File, error) { return o.tree.Open(name) }

func (o onlyOpen) ReadDir(name string) ([]fs.DirEntry, error) {
	return fs.ReadDir(o.tree.(overlay).MapFS, name)
}

// keyFiles are the files of a provider whose path matches, as a format reads them. What a
// change of the file can't affect is left out.
func (f providerFolder) keyFiles(t *testing.T, read func(string, []byte) (*document.File, error), wanted func(file string) bool) []keyFile {
	t.Helper()
	var all []keyFile
	size := 0
	for _, file := range f.files {
		size += len(file.Data)
	}
	for name, file := range f.files {
		if !wanted(name) {
			continue
		}
		parsed, err := read(name, file.Data)
		require.NoError(t, err)
		folder := f
		switch {
		case path.Base(name) == "schema.json":
			folder = f.withPlainTypes(t, path.Dir(name))
		case path.Base(name) == "apis.yaml":
			folder = f.withFewKeys(t)
		}
		observe := func(source []byte) ([]func() string, error) { return folder.observe(t, name, source) }
		one := keyFile{name: name, size: size + len(file.Data), root: &parsed.Root, observe: observe}
		if path.Base(name) == "schema.json" {
			one.whole = func(source []byte) ([]func() string, error) { return f.observe(t, name, source) }
		}
		if path.Base(path.Dir(name)) == "apis" {
			one.observe = folder.apiSchema(t, &parsed.Root)
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b keyFile) int { return cmp.Or(a.size-b.size, strings.Compare(a.name, b.name)) })
	return all
}

// A providerWorld is one provider that is loaded, and what plays it.
type providerWorld struct {
	t         *testing.T
	catalog   *schemas.Catalog
	provider  *schemas.Provider
	library   *scenarios.Library
	calls     *callspec.Operations
	typical   *generator.Generator
	full      *generator.Generator
	validator *schemas.Validator
}

// observe loads the provider with one file changed.
func (f providerFolder) observe(t *testing.T, name string, source []byte) ([]func() string, error) {
	w, err := loadWorld(t, onlyOpen{overlay{f.files, name, source}})
	if err != nil {
		return nil, err
	}
	var views []func() string
	switch changed := path.Base(name); {
	case changed == "schema.json":
		eventType, err := w.catalog.Type(path.Dir(name))
		if err != nil {
			return nil, err
		}
		views = append(views, func() string { return w.typeTexts(eventType) }, func() string { return w.typeVerdicts(eventType) })
		for _, route := range eventType.Routes() {
			views = append(views, func() string { return w.event(route, eventType.Name) }, func() string { return w.rareEvents(route, eventType) })
		}
		return append(views, w.coverage), nil
	case changed == "apis.yaml":
		return []func() string{w.callResponses, w.invalidCalls}, nil
	default:
		views = append(views, w.texts, w.handshakes, w.deliveries, w.requests, w.subscriptions, w.coverage)
	}
	for _, route := range w.provider.Routes {
		views = append(views, func() string { return w.reasons(route) }, func() string { return w.batches(route) })
		for _, event := range canonical.Events() {
			views = append(views, func() string { return w.event(route, event) })
		}
	}
	return append(views, w.verdicts, w.callResponses, w.contractProbes), nil
}

func loadWorld(t *testing.T, tree fs.FS) (*providerWorld, error) {
	w := &providerWorld{t: t}
	var err error
	if w.catalog, err = schemas.Load(tree); err != nil {
		return nil, err
	}
	w.provider = w.catalog.Providers[0]
	if w.library, err = shipped.Library(); err != nil {
		return nil, err
	}
	if w.calls, err = callspec.Load(w.catalog, w.library); err != nil {
		return nil, err
	}
	if w.typical, err = generator.New(w.catalog, generator.Options{}); err != nil {
		return nil, err
	}
	if w.full, err = generator.New(w.catalog, generator.Options{Fill: generator.Full}); err != nil {
		return nil, err
	}
	w.validator, err = w.catalog.Validator(schemas.Scope{})
	return w, err
}

// texts are what commands show of the provider, without the values of its file.
func (w *providerWorld) texts() string {
	var b strings.Builder
	p := w.provider
	fmt.Fprintln(&b, p.Name, p.Title, p.Description, p.Default, p.DefaultRoute)
	for _, host := range w.catalog.Hosts() { // what serve --tls and --proxy serve
		fmt.Fprintln(&b, host, w.catalog.ProviderAt(host).Name)
	}
	sources := map[string]bool{}
	for _, leaf := range p.DataValues() {
		if sources[leaf.Source] = true; leaf.Assumed {
			fmt.Fprintln(&b, leaf.Path, "assumed")
		}
	}
	fmt.Fprintln(&b, slices.Sorted(maps.Keys(sources)))
	for _, route := range p.Routes {
		fmt.Fprintln(&b, route.Name, route.Channel)
		w.accountTexts(&b, route)
		for _, event := range canonical.Events() {
			_, none := route.Mappings(event)
			fmt.Fprintln(&b, event, none)
		}
	}
	for _, t := range p.Types {
		fmt.Fprintln(&b, t.Name, t.Direction(), t.Channel(), t.CanonicalEvents())
		for _, route := range t.Routes() {
			fmt.Fprintln(&b, route.Name)
		}
	}
	return b.String()
}

// accountTexts are the accounts of a route, when they exist, and which examples they have.
func (w *providerWorld) accountTexts(b *strings.Builder, route *schemas.Route) {
	for _, a := range route.Accounts() {
		fmt.Fprintln(b, a.Name, a.Description, a.Weight)
		for _, day := range []int{0, 45, 180, 3650} {
			fmt.Fprintln(b, a.ExistsAt(keysStart().AddDate(0, 0, day)))
		}
		for _, t := range route.Types() {
			examples, err := t.Examples()
			require.NoError(w.t, err)
			for _, e := range examples {
				name := strings.TrimPrefix(t.Name, t.Provider.Name+"/") + "/" + e.Name
				fmt.Fprintln(b, name, a.Likes(name), a.Has(name, ""))
			}
		}
	}
}

// typeTexts are what `ringback catalog show` presents of an event type.
func (w *providerWorld) typeTexts(t *schemas.EventType) string {
	return fmt.Sprint(t.Title(), t.Description(), t.Document(), t.Variants(), t.Branches(), t.Fields())
}

// typeVerdicts are the verdicts on the examples and the invalid bodies of an event type.
func (w *providerWorld) typeVerdicts(t *schemas.EventType) string {
	var b strings.Builder
	examples, err := t.Examples()
	require.NoError(w.t, err)
	invalid, err := t.Invalid()
	require.NoError(w.t, err)
	for _, one := range append(examples, invalid...) {
		items, read := w.validator.Read(one.Body, time.Time{})
		fmt.Fprintf(&b, "%s %+v\n", one.Name, items)
		for _, item := range read {
			fmt.Fprintln(&b, item.Event, item.LinkedDevices)
		}
		if at := t.Values(one.Body)["event.at"].Time(); !at.IsZero() {
			fmt.Fprintf(&b, "%s then %+v\n", one.Name, w.validator.Body(one.Body, at))
		}
	}
	return b.String()
}

func (w *providerWorld) verdicts() string {
	var b strings.Builder
	for _, t := range w.provider.Types {
		b.WriteString(w.typeVerdicts(t))
	}
	return b.String()
}

// event is one event as it is sent, when it is due, and its batch.
func (w *providerWorld) event(route *schemas.Route, event string) string {
	one, err := script.Single(route, event)
	if err != nil {
		return err.Error()
	}
	return w.sent(w.typical, route, one, event, scenarios.Options{Seed: 1}) + w.sent(w.full, route, one, event, scenarios.Options{Seed: 2})
}

// rareEvents are the events of a type that decide what others don't: each canonical event, with freely drawn
// keys, priced by conversation, and of a message that is older than a week.
func (w *providerWorld) rareEvents(route *schemas.Route, t *schemas.EventType) string {
	free, err := generator.New(w.catalog, generator.Options{Fill: generator.Any})
	require.NoError(w.t, err)
	sent := ""
	for _, event := range append(t.CanonicalEvents(), t.Name) {
		one, err := script.Single(route, event)
		if err != nil {
			continue // another route of the provider has it
		}
		for seed := range uint64(40) { // each example is chosen
			sent += w.sent(w.typical, route, one, event, scenarios.Options{Seed: seed})
		}
		for seed := range uint64(3) {
			sent += w.sent(free, route, one, event, scenarios.Options{Seed: seed})
		}
		sent += w.sent(w.full, route, one, event, scenarios.Options{Seed: 1, With: []scenarios.Setting{{Name: "pricing.model", Text: "CBP"}}})
		late, err := scenarios.New(scenarios.Definition{Name: "late", Description: "A late event.", Steps: []scenarios.Step{
			{Send: "message.sent", Message: "m"},
			{Send: event, Message: "m", After: scenarios.Delay(8 * 24 * time.Hour)},
		}})
		if err == nil {
			sent += w.sent(w.typical, route, late, event, scenarios.Options{Seed: 1})
		}
	}
	return sent
}

// sent are the events of a scenario, or the only one that is wanted.
func (w *providerWorld) sent(g *generator.Generator, route *schemas.Route, one *scenarios.Scenario, only string, o scenarios.Options) string {
	plan, err := one.Plan(script.RouteOf(route), o)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	if only != "" {
		fmt.Fprintln(&b, script.Only(plan, only))
	}
	for _, skip := range plan.Skipped {
		fmt.Fprintln(&b, skip)
	}
	script := script.Script{Catalog: w.catalog, Generator: g, Route: route, Plan: plan, Start: keysStart()}
	for job, err := range script.Jobs() {
		if err != nil {
			return err.Error()
		}
		if job.Dropped {
			continue
		}
		made, err := job.Prepare()
		fmt.Fprintln(&b, job.Due, made.Event.Type, made.Event.Headers, string(made.Event.Body), made.Faults, err)
	}
	return b.String()
}

// reasons are the events of a message that fails, for each reason of the route.
func (w *providerWorld) reasons(route *schemas.Route) string {
	var b strings.Builder
	for _, name := range []string{"message-failed-sync", "message-failed-async", "message-undelivered"} {
		one, err := w.library.Scenario(name)
		require.NoError(w.t, err)
		for _, reason := range route.Reasons() {
			with := []scenarios.Setting{{Name: "error", Text: reason.Name}}
			b.WriteString(w.sent(w.full, route, one, "", scenarios.Options{Seed: 1, With: with}))
		}
	}
	return b.String()
}

func (w *providerWorld) batches(route *schemas.Route) string {
	one, err := w.library.Scenario("batch")
	require.NoError(w.t, err)
	return w.sent(w.typical, route, one, "", scenarios.Options{Seed: 1})
}

// requests are the examples as they are sent, also to a URL with each variable of the route, and the
// verdicts on them.
func (w *providerWorld) requests() string {
	var b strings.Builder
	for _, route := range w.provider.Routes {
		all := "http://127.0.0.1:1/?"
		for _, v := range route.Contract.URLVariables {
			all += "&v=" + v.Text
		}
		for _, to := range []string{"http://127.0.0.1:1/", all} {
			encode := route.Contract.Encoding().ForURL(to)
			for _, t := range route.Types() {
				examples, err := t.Examples()
				require.NoError(w.t, err)
				for _, e := range examples {
					if encode == nil {
						continue
					}
					out := encode(webhook.Event{Type: t.Name, Body: e.Body})
					content, err := request.Content(webhook.Event{URL: out.URL, Body: out.Body})
					fmt.Fprintf(&b, "%+v %s %v %+v\n", out, out.Body, err, w.validator.Body(content, time.Time{}))
				}
			}
		}
	}
	return b.String()
}

// coverage is what the provider's schemas allow and what is never sent.
func (w *providerWorld) coverage() string {
	c, err := coverage.New(w.catalog)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%+v", c.Routes())
}

func keysStart() time.Time { return time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC) }
