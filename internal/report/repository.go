package report

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// A Repository locates the files of a report for code scanning and annotations, which
// name files relative to the root of a repository.
type Repository struct {
	// Root and Folder are the absolute paths of the root and of the working folder. Both
	// are empty if the working folder is the root.
	Root, Folder string
	// Files are the files of results without one, by the result's name.
	Files map[string]string
	// Default is the file, relative to the root, of every other result; "" if there is none.
	Default string
}

// PathOf returns a file's path relative to the root, with slashes; false if the file
// isn't in the repository.
func (r Repository) PathOf(file string) (string, bool) {
	if file == "" {
		return "", false
	}
	name := file
	if r.Root != "" {
		if !filepath.IsAbs(name) {
			name = filepath.Join(r.Folder, name)
		}
		below, err := filepath.Rel(r.Root, name)
		if err != nil {
			return "", false
		}
		name = below
	}
	name = path.Clean(filepath.ToSlash(name))
	if path.IsAbs(name) || filepath.IsAbs(file) && r.Root == "" || name == ".." || name == "." || strings.HasPrefix(name, "../") {
		return "", false
	}
	return name, true
}

// uriOf returns a path relative to the root as a relative URI reference.
func uriOf(path string) string { return (&url.URL{Path: path}).String() }
