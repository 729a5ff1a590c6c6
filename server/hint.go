package server

import (
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/suggest"
)

// maxHinted bounds the paths for which a nearest operation is looked for.
const maxHinted = 128

// nearestOperation is the operation, as method and path, that a call to an unknown path
// probably meant; "" if none is near. It is one of the provider whose prefix the path
// has, or else one of the providers that were called before, if there are some.
func nearestOperation(all []mount, called map[string]bool, method, path string) string {
	if len(path) > maxHinted {
		return ""
	}
	said := strings.Split(path, "/")
	provider := prefixed(all, path)
	methods := map[string][]string{} // by path
	for _, m := range all {
		name := m.api.Provider.Name
		if provider != "" && name != provider || provider == "" && len(called) > 0 && !called[name] {
			continue
		}
		if m.prefix != "" && m.api.Method == method && fitted(m.api.Path, m.api.Vars, said) == path {
			return method + " " + m.prefix + path // at the root it is that of several providers
		}
		there := fitted(m.prefix+m.api.Path, m.api.Vars, said)
		methods[there] = append(methods[there], m.api.Method)
	}
	var paths []string
	for there, known := range methods {
		if there != path || !slices.Contains(known, method) {
			paths = append(paths, there)
		}
	}
	near := suggest.Word(path, paths)
	if near == "" {
		return ""
	}
	return oneOf(methods[near], method) + " " + near
}

// prefixed is the provider with whose prefix a path begins; "" if it is that of none.
func prefixed(all []mount, path string) string {
	for _, m := range all {
		if rest, ok := strings.CutPrefix(path, m.prefix); ok && m.prefix != "" && (rest == "" || rest[0] == '/') {
			return m.api.Provider.Name
		}
	}
	return ""
}

// oneOf is the method itself, if it is among those that there are, else the first.
func oneOf(methods []string, method string) string {
	if slices.Contains(methods, method) {
		return method
	}
	return slices.Min(methods)
}

// fitted is a pattern with the segments of a path in the places of its variables; where
// a variable has a closed set, with the nearest word of it.
func fitted(pattern string, vars map[string][]string, said []string) string {
	parts := strings.Split(pattern, "/")
	for i, part := range parts {
		if !strings.HasPrefix(part, "{") {
			continue
		}
		known := vars[strings.Trim(part, "{}")]
		switch {
		case i >= len(said):
		case len(known) == 0 || slices.Contains(known, said[i]):
			parts[i] = said[i]
		default:
			if parts[i] = suggest.Word(said[i], known); parts[i] == "" {
				parts[i] = known[0]
			}
		}
	}
	return strings.Join(parts, "/")
}
