package report

import (
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// A Repository is where the files of a report stand, for what reads it beside the
// source: code scanning and annotations name files from the root of a repository.
type Repository struct {
	// Root is the absolute path of the root, and Folder of the working folder. Both
	// are empty if the working folder is the root.
	Root, Folder string
	// Files are those to which results without a file point, by the name of the result.
	Files map[string]string
	// Default is the file, from the root, that a result points to if it stands in no
	// file of the repository; "" if there is none.
	Default string
}

// PathOf is a file's path from the root, with slashes; false if the file isn't in
// the repository.
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

// uriOf is a path from the root of a repository as a relative reference.
func uriOf(path string) string { return (&url.URL{Path: path}).String() }
