package schemas

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

// Load reads providers from one or more trees, each of which holds a folder
// for each provider. A provider of a later tree stands beside those of the
// earlier ones; two of one name are an error.
//
// What is not understood is an error; each names file, line and column, and
// all of them come at once, joined.
func Load(trees ...fs.FS) (*Catalog, error) {
	c := &Catalog{}
	var problems []error
	for _, tree := range trees {
		files, err := fs.Glob(tree, "*/provider.yaml")
		if err != nil {
			return nil, fmt.Errorf("load providers: %w", err)
		}
		if len(files) == 0 {
			problems = append(problems, noProvider(tree))
		}
		for _, name := range files {
			p, err := loadProvider(tree, path.Dir(name))
			if err != nil {
				problems = append(problems, err)
				continue
			}
			if _, err := c.Provider(p.Name); err == nil {
				problems = append(problems, load(p.file.Errorf(p.file.Root.Get("provider"), "provider %q is loaded already; give this one another name", p.Name)))
			}
			if first := c.Default(); p.Default && first != nil && first.Default {
				problems = append(problems, load(p.file.Errorf(p.file.Root.Get("default_provider"), "%s is the default provider already; remove default_provider from one of them", first.Name)))
			}
			c.Providers = append(c.Providers, p)
		}
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	slices.SortFunc(c.Providers, func(a, b *Provider) int { return strings.Compare(a.Name, b.Name) })
	c.types = map[string]*EventType{}
	for _, t := range c.Types() {
		c.types[t.Name] = t
	}
	return c, nil
}

// Dir returns a folder of providers as a tree for [Load]. Other than with
// os.DirFS, complaints name the files by their whole path.
func Dir(name string) fs.FS { return dir{os.DirFS(name), name} }

type dir struct {
	fs.FS
	name string
}

// fileName is what complaints call a file of a tree.
func fileName(tree fs.FS, name string) string {
	if d, ok := tree.(dir); ok {
		return path.Join(filepath.ToSlash(d.name), name)
	}
	return name
}

// noProvider says what to do about a tree without a provider.
func noProvider(tree fs.FS) error {
	if _, err := fs.Stat(tree, "provider.yaml"); err == nil {
		return errors.New("load providers: provider.yaml stands at the top; name the folder that holds its folder")
	}
	return errors.New("load providers: no folder has a provider.yaml; name a folder that holds one for each provider")
}

func loadProvider(tree fs.FS, folder string) (*Provider, error) {
	name := folder + "/provider.yaml"
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", name, err)
	}
	file, err := document.ReadYAML(fileName(tree, name), source)
	if err != nil {
		return nil, fmt.Errorf("load %w", err)
	}
	provider, err := parseProvider(file)
	if provider == nil {
		return nil, load(err)
	}
	var typesErr error
	provider.Types, typesErr = loadTypes(tree, provider, folder)
	if err := errors.Join(err, typesErr, loadAPIs(tree, provider, folder)); err != nil {
		return nil, load(err)
	}
	binder := providerParser{file: file, provider: provider, d: document.NewDecoder(file)}
	binder.bind()
	return provider, load(errors.Join(binder.d.Err(), checkDistinct(provider)))
}

// load puts the verb before each of several joined errors.
func load(err error) error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, load(one))
		}
		return errors.Join(all...)
	}
	return fmt.Errorf("load %w", err)
}

// loadTypes reads every folder with a schema.json below the provider's.
func loadTypes(tree fs.FS, provider *Provider, folder string) ([]*EventType, error) {
	var types []*EventType
	var problems []error
	err := fs.WalkDir(tree, folder, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && name == folder+"/"+apisFolder {
			return fs.SkipDir
		}
		if err == nil && entry.IsDir() && (has(tree, name+"/examples") || has(tree, name+"/invalid")) && !has(tree, name+"/schema.json") {
			problems = append(problems, fmt.Errorf("%s:1:1: the folder holds bodies but no schema.json", fileName(tree, name)))
		}
		if err != nil || entry.IsDir() || path.Base(name) != "schema.json" {
			return err
		}
		t, err := loadType(tree, provider, folder, name)
		if err != nil {
			problems = append(problems, err)
			return nil
		}
		types = append(types, t)
		return nil
	})
	slices.SortFunc(types, func(a, b *EventType) int { return strings.Compare(a.Name, b.Name) })
	return types, errors.Join(errors.Join(problems...), err)
}

func has(tree fs.FS, name string) bool {
	_, err := fs.Stat(tree, name)
	return err == nil
}

func loadType(tree fs.FS, provider *Provider, folder, name string) (*EventType, error) {
	source, err := fs.ReadFile(tree, name)
	if err != nil {
		return nil, err
	}
	file, err := document.ReadJSON(fileName(tree, name), source)
	if err != nil {
		return nil, err
	}
	if path.Dir(name) == folder {
		return nil, file.Errorf(&file.Root, "schema.json stands beside provider.yaml; give the event type a folder of its own")
	}
	below, err := fs.Sub(tree, path.Dir(name))
	if err != nil {
		return nil, err
	}
	return newEventType(provider, strings.TrimPrefix(path.Dir(name), folder+"/"), file, below)
}

// checkDistinct refuses two types that recognition cannot tell apart, unless both
// say so, and a type that no route carries.
func checkDistinct(provider *Provider) error {
	var problems []error
	seen := map[string]*EventType{}
	for _, t := range provider.Types {
		if t.Channel() == "" {
			problems = append(problems, t.file.Errorf(&t.file.Root, "no route of %s carries %q; name it in provider.yaml under routes", provider.Name, t.relative))
		}
		key := t.recognizer.key()
		twin := seen[key]
		if twin != nil && (!twin.root.ambiguous || !t.root.ambiguous) {
			problems = append(problems, t.file.Errorf(&t.file.Root,
				"%s has the same const, enum and required keys as %s; add what tells them apart, or, if no body can, x-ambiguous to both", t.Name, twin.Name))
		}
		seen[key] = t
	}
	return errors.Join(problems...)
}
