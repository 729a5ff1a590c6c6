package shipped_test

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// TestKeys_Probes checks the scenarios in probes as others, and of the further keys that
// the code of the probes reads the field that each is decoded into.
func TestKeys_Probes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../internal/grade/probes/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	read, routes := readProbeKeys(t, path.Dir(path.Dir(files[0]))), keysRoutes(t)
	f := keyFormat{name: "probes/*.yaml", pattern: byDeclaredKeys(declaredKeys(t))}
	for _, name := range files {
		source, err := os.ReadFile(name)
		require.NoError(t, err)
		file, err := document.ReadYAML(name, source)
		require.NoError(t, err)
		f.files = append(f.files, keyFile{name: name, size: len(source), root: &file.Root, observe: func(source []byte) ([]func() string, error) {
			file, err := document.ReadYAML(name, source)
			if err != nil {
				return nil, err
			}
			var b strings.Builder
			var views []func() string
			for i := range file.Root.Members {
				m := &file.Root.Members[i]
				if steps := m.Value.Get("name"); steps == nil {
					if read[m.Key] {
						fmt.Fprintln(&b, m.Key, string(renderJSON(&m.Value)))
					}
					continue
				}
				one, err := scenarioOf(name, &m.Value)
				if err != nil {
					return nil, err
				}
				views = append(views, scenarioViews(t, one, routes)...)
			}
			return append(views, b.String), nil
		}})
	}
	checkKeys(t, f)
}

// scenarioOf is a scenario in the file of a probe.
func scenarioOf(file string, n *document.Node) (*scenarios.Scenario, error) {
	return scenarios.Read(path.Join(path.Dir(file), n.Get("name").Text+".yaml"), renderJSON(n))
}

// readProbeKeys are the keys of a probe whose decoded field is read: it is copied into the
// field of another struct, and a selector reads that one.
func readProbeKeys(t *testing.T, folder string) map[string]bool {
	t.Helper()
	var files []*ast.File
	for name, file := range sources(t) {
		if path.Dir(name) == path.Clean(folder) {
			files = append(files, file)
		}
	}
	fields := probeFields(t, files)
	copies, reads := map[string][]string{}, map[string]int{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				reads[n.Sel.Name]++
			case *ast.KeyValueExpr:
				key, ok := n.Key.(*ast.Ident)
				ast.Inspect(n.Value, func(v ast.Node) bool {
					if s, isSelector := v.(*ast.SelectorExpr); ok && isSelector {
						copies[s.Sel.Name] = append(copies[s.Sel.Name], key.Name)
					}
					return true
				})
			}
			return true
		})
	}
	read := map[string]bool{}
	for key, field := range fields {
		for _, to := range copies[field] {
			own := 0
			if to == field { // the copying itself
				own = 1
			}
			read[key] = read[key] || reads[to] > own
		}
	}
	return read
}

// probeFields are the fields of the struct that a probe is decoded into, by key.
func probeFields(t *testing.T, files []*ast.File) map[string]string {
	t.Helper()
	fields := map[string]string{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			s, ok := n.(*ast.StructType)
			if !ok {
				return true
			}
			found := map[string]string{}
			for _, field := range s.Fields.List {
				if field.Tag == nil {
					continue
				}
				text, err := strconv.Unquote(field.Tag.Value)
				require.NoError(t, err)
				key, _, _ := strings.Cut(reflect.StructTag(text).Get("key"), ",")
				found[key] = field.Names[0].Name
			}
			if found["id"] != "" {
				fields = found
			}
			return true
		})
	}
	require.Greater(t, len(fields), 10)
	return fields
}
