package ringback_test

import (
	"bytes"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The public packages name only exported types of public packages in signatures and
// fields, so that other modules can use them.
func TestPublicPackages_NameNoInternalType(t *testing.T) {
	t.Parallel()
	packages := exported(t, "webhook", "schemas", "scenarios", "generator", "contracttest", "server")
	names, methods, fields := 0, 0, 0
	for _, p := range packages {
		for _, name := range p.Scope().Names() {
			o := p.Scope().Lookup(name)
			if !o.Exported() {
				continue
			}
			names++
			where := p.Name() + "." + name
			declared, ok := o.Type().(*types.Named)
			if _, isType := o.(*types.TypeName); !isType || !ok {
				requirePublic(t, where, o.Type())
				continue
			}
			for m := range declared.Methods() {
				if m.Exported() {
					methods++
					requirePublic(t, where+"."+m.Name(), m.Type())
				}
			}
			if s, ok := declared.Underlying().(*types.Struct); ok {
				for f := range s.Fields() {
					if f.Exported() {
						fields++
						requirePublic(t, where+"."+f.Name(), f.Type())
					}
				}
				continue
			}
			requirePublic(t, where, declared.Underlying())
		}
	}
	require.Positive(t, methods)
	require.LessOrEqual(t, names, 135, "the public packages stay small")
	require.LessOrEqual(t, methods+fields, 315, "the public packages stay small") // five of them make an event and an attempt a request
	require.NotEmpty(t, internalIn(types.NewSlice(exported(t, "internal/journal")[0].Scope().Lookup("Entry").Type()), nil), "the control: an internal type is found")
}

// exported are packages by their export data.
func exported(t *testing.T, paths ...string) []*types.Package {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}"}
	for _, path := range paths {
		args = append(args, "./"+path)
	}
	out, err := exec.Command("go", args...).Output()
	require.NoError(t, err)
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	imports := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		data, err := os.ReadFile(files[path])
		return io.NopCloser(bytes.NewReader(data)), err
	})
	var all []*types.Package
	for _, path := range paths {
		p, err := imports.Import(module + path)
		require.NoError(t, err)
		all = append(all, p)
	}
	return all
}

func requirePublic(t *testing.T, where string, of types.Type) {
	t.Helper()
	require.Empty(t, internalIn(of, nil), "%s names a type that other modules can't name", where)
}

// internalIn is the first type of ours in another one that is internal or not exported.
func internalIn(of types.Type, seen []types.Type) string {
	if slices.Contains(seen, of) {
		return ""
	}
	seen = append(seen, of)
	var parts []types.Type
	switch of := of.(type) {
	case *types.Named:
		if p := of.Obj().Pkg(); p != nil && strings.HasPrefix(p.Path(), module) && (strings.Contains(p.Path(), "/internal/") || !of.Obj().Exported()) {
			return of.String()
		}
		for argument := range of.TypeArgs().Types() {
			parts = append(parts, argument)
		}
	case *types.Map:
		parts = []types.Type{of.Key(), of.Elem()}
	case interface{ Elem() types.Type }: // pointers, slices, arrays, channels
		parts = []types.Type{of.Elem()}
	case *types.Signature:
		for _, tuple := range []*types.Tuple{of.Params(), of.Results()} {
			for one := range tuple.Variables() {
				parts = append(parts, one.Type())
			}
		}
	case *types.Struct:
		for field := range of.Fields() {
			if field.Exported() {
				parts = append(parts, field.Type())
			}
		}
	}
	for _, part := range parts {
		if found := internalIn(part, seen); found != "" {
			return found
		}
	}
	return ""
}
