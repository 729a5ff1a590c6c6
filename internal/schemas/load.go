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
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// Load reads providers from one or more trees with a folder for each provider. Two providers of the
// same name are an error. Anything unknown is an error with file, line and column; all errors are
// joined.
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
				problems = append(problems, load(p.file.Errorf(p.file.Root.Get("provider"), "provider %q is already loaded; rename this one", p.Name)))
			} else if err := c.checkHosts(p); err != nil {
				problems = append(problems, err)
			}
			if first := c.Default(); p.Default && first != nil && first.Default {
				problems = append(problems, load(p.file.Errorf(p.file.Root.Get("default_provider"), "%s is already the default provider; remove default_provider from one of them", first.Name)))
			}
			c.Providers = append(c.Providers, p)
		}
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	slices.SortFunc(c.Providers, func(a, b *Provider) int { return strings.Compare(a.Name, b.Name) })
	c.namingKeys = sync.OnceValue(func() map[string]bool { return namingKeysOf(c.Types()) })
	c.types = map[string]*EventType{}
	for _, t := range c.Types() {
		c.types[t.Name] = t
	}
	return c, nil
}

// Dir returns a folder of providers as a tree for [Load]. Unlike with os.DirFS, errors have the
// files' whole paths.
func Dir(name string) fs.FS { return dir{os.DirFS(name), name} }

type dir struct {
	fs.FS
	name string
}

// fileName is the name of a tree's file in errors.
func fileName(tree fs.FS, name string) string {
	if d, ok := tree.(dir); ok {
		return path.Join(filepath.ToSlash(d.name), name)
	}
	return name
}

// Linted returns a tree for [Load] that has passed the linter: its schemas are parsed when they are
// first needed, and not checked against provider.yaml. Shipped data is such a tree.
func Linted(tree fs.FS) fs.FS { return linted{tree} }

type linted struct{ fs.FS }

func isLinted(tree fs.FS) bool {
	_, yes := tree.(linted)
	return yes
}

// noProvider is the error about a tree without a provider.
func noProvider(tree fs.FS) error {
	name := "the tree"
	if d, ok := tree.(dir); ok {
		name = d.name
	}
	if _, err := fs.Stat(tree, "."); err != nil {
		return fmt.Errorf("load providers: read folder %s: %w", name, err)
	}
	if _, err := fs.Stat(tree, "provider.yaml"); err == nil {
		return fmt.Errorf("load providers: provider.yaml is at the top level of %s; use the parent folder", name)
	}
	return fmt.Errorf("load providers: no folder in %s has a provider.yaml; use a folder with a folder for each provider", name)
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
	if err := loadRules(tree, provider, folder); err != nil {
		return nil, load(err)
	}
	provider.documented = sync.OnceValue(func() map[string]bool { return documentedIn(tree) })
	var typesErr error
	provider.Types, typesErr = loadTypes(tree, provider, folder)
	if err := errors.Join(err, typesErr, loadAPIs(tree, provider, folder)); err != nil {
		return nil, load(err)
	}
	if isLinted(tree) {
		return provider, nil
	}
	binder := providerParser{file: file, provider: provider, d: document.NewDecoder(file)}
	binder.bind()
	return provider, load(errors.Join(binder.d.Err(), checkDistinct(provider), checkRules(provider)))
}

// load adds the verb to each of several joined errors.
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
		if err == nil && entry.IsDir() && (has(tree, name+"/examples") || has(tree, name+"/invalid")) && !has(tree, name+"/"+schemaFile) {
			problems = append(problems, fmt.Errorf("%s:1:1: folder has bodies but no schema.json", fileName(tree, name)))
		}
		if err != nil || entry.IsDir() || path.Base(name) != schemaFile {
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
	below, err := fs.Sub(tree, path.Dir(name))
	if err != nil {
		return nil, err
	}
	t := newEventType(provider, strings.TrimPrefix(path.Dir(name), folder+"/"), below, func() (*document.File, error) {
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return nil, err
		}
		return document.ReadJSON(fileName(tree, name), source)
	})
	if t.linted = isLinted(tree); t.linted {
		return t, nil
	}
	if _, err := t.readRoot(); err != nil {
		return nil, err
	}
	if path.Dir(name) == folder {
		return nil, t.Errorf("schema.json is beside provider.yaml; move it to a folder of its own")
	}
	return t, nil
}

// checkDistinct rejects two types that recognition can't distinguish, unless both have x-ambiguous,
// and a type without a route.
func checkDistinct(provider *Provider) error {
	var problems []error
	seen := map[string]*EventType{}
	for _, t := range provider.Types {
		if t.Channel() == "" {
			problems = append(problems, t.file().Errorf(&t.file().Root, "no route of %s has the type %q; add it in provider.yaml under routes", provider.Name, t.relative))
		}
		key := t.recognizer().key()
		twin := seen[key]
		if twin != nil && (!twin.Root().Ambiguous || !t.Root().Ambiguous) {
			problems = append(problems, t.file().Errorf(&t.file().Root,
				"%s has the same const, enum and required keys as %s; add what distinguishes them or, if their bodies don't differ, x-ambiguous to both", t.Name, twin.Name))
		}
		seen[key] = t
	}
	return errors.Join(problems...)
}
