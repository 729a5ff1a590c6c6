package server

import (
	"slices"
	"strings"
)

// operations finds the operation that a call is of, by method and path. It replaces a router with
// a regular expression for each path, of which there are hundreds.
type operations struct {
	// byShape are the mounts in the order of [Server.mounted].
	byShape map[shape][]mountedPath
}

// A shape is the method and the number of slashes of a call: only operations of the same shape can match.
type shape struct {
	method  string
	slashes int
}

// A mountedPath is a mount with the segments of its whole path.
type mountedPath struct {
	mount
	segments []string
}

func operationsOf(mounts []mount) *operations {
	o := &operations{byShape: map[shape][]mountedPath{}}
	for _, m := range mounts {
		path := m.prefix + m.api.Path
		key := shape{m.api.Method, strings.Count(path, "/")}
		o.byShape[key] = append(o.byShape[key], mountedPath{m, strings.Split(path, "/")})
	}
	return o
}

// find returns the first mount with a method and an escaped path, and whether one has them. A slash at the end of a
// path counts only if an operation has it.
func (o *operations) find(method, path string) (mountedPath, bool) {
	found, ok := o.findExactly(method, path)
	if shorter, slash := strings.CutSuffix(path, "/"); !ok && slash && shorter != "" {
		return o.findExactly(method, shorter)
	}
	return found, ok
}

func (o *operations) findExactly(method, path string) (mountedPath, bool) {
	for _, m := range o.byShape[shape{method, strings.Count(path, "/")}] {
		if m.fits(path) {
			return m, true
		}
	}
	return mountedPath{}, false
}

// fits reports whether a path with as many segments is one of the mount.
func (m *mountedPath) fits(path string) bool {
	for _, want := range m.segments {
		var segment string
		segment, path, _ = strings.Cut(path, "/")
		if name, variable := variableOf(want); !variable && segment != want || variable && !m.allows(name, segment) {
			return false
		}
	}
	return true
}

// allows reports whether a variable accepts a text: one of its closed set, or any that is not empty.
func (m *mountedPath) allows(name, text string) bool {
	words := m.api.Vars[name]
	return slices.Contains(words, text) || len(words) == 0 && text != ""
}

// vars are the variables of a path that fits, as it is escaped.
func (m *mountedPath) vars(path string) map[string]string {
	found := map[string]string{}
	for _, want := range m.segments {
		var segment string
		segment, path, _ = strings.Cut(path, "/")
		if name, variable := variableOf(want); variable {
			found[name] = segment
		}
	}
	return found
}

// variableOf returns the name of the variable in a segment of a pattern.
func variableOf(segment string) (name string, ok bool) {
	if rest, ok := strings.CutPrefix(segment, "{"); ok {
		return strings.TrimSuffix(rest, "}"), true
	}
	return "", false
}
