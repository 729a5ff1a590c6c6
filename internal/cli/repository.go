package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/report"
)

// SARIFOptions choose the file of the repository to which results point in SARIF and in
// annotations.
type SARIFOptions struct {
	location   string
	Repository report.Repository
}

func (o *SARIFOptions) Flags(f *pflag.FlagSet) {
	f.StringVar(&o.location, "sarif-location", "", "the `FILE` of the repository for SARIF results without one (default: the settings file, the workflow, or another file that exists)")
}

// defaultFiles are files of which most repositories have one at the root: a result without
// a file points to the first that exists, if nothing better does.
func defaultFiles() []string {
	return []string{
		"README.md", "README.rst", "README", "go.mod", "package.json", "pyproject.toml", "requirements.txt", "pom.xml", "build.gradle", "build.gradle.kts", "composer.json",
		"Gemfile", "Cargo.toml", "mix.exs", "Makefile", "Dockerfile", "LICENSE",
	}
}

// Find finds the repository around the working folder, and the file for results that
// stand in none: that of the flag, else the first that exists of the settings file, the
// workflow that runs this, the other files of the command line, and well-known files at the root.
// Without any it is "".
func (o *SARIFOptions) Find(f *pflag.FlagSet, lookup Lookup, others ...string) (report.Repository, error) {
	folder, err := os.Getwd()
	if err != nil {
		return report.Repository{}, Exit(ExitEnvironment, fmt.Errorf("find the working folder: %w", Cause(err)))
	}
	r := report.Repository{Root: rootOf(folder), Folder: folder}
	if o.location != "" {
		var inside bool
		if r.Default, inside = r.PathOf(o.location); !inside {
			return r, fmt.Errorf("read --sarif-location: %q is outside of the repository %s; choose a file in it", o.location, r.Root)
		}
		if !isFile(o.location) {
			return r, fmt.Errorf("read --sarif-location: %q isn't a file; choose a file of the repository", o.location)
		}
		return r, nil
	}
	var candidates []string
	if f := f.Lookup("config"); f != nil {
		candidates = append(candidates, f.Value.String())
	}
	if path := workflow(lookup); path != "" {
		candidates = append(candidates, filepath.Join(r.Root, path))
	}
	candidates = append(candidates, others...)
	for _, name := range defaultFiles() {
		candidates = append(candidates, filepath.Join(r.Root, name))
	}
	for _, candidate := range candidates {
		path, inside := r.PathOf(candidate)
		if inside && isFile(candidate) {
			r.Default = path
			break
		}
	}
	return r, nil
}

// With is the repository with files that were written for results, unless the command
// line names a file.
func (o *SARIFOptions) With(files map[string]string) report.Repository {
	r := o.Repository
	if o.location == "" {
		r.Files = files
	}
	return r
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}

// WarnUnplaced warns about results of SARIF that point to no file.
func WarnUnplaced(out io.Writer, files *report.Files, r report.Report) {
	n := files.Unplaced(r)
	if n == 0 {
		return
	}
	results := "results"
	if n == 1 {
		results = "result"
	}
	fmt.Fprintf(out, "ringback: write SARIF: %d %s without a file of the repository, which code scanning rejects; set --sarif-location FILE\n", n, results)
}

// rootOf is the root of the repository that holds a folder; the folder itself if
// it's in none.
func rootOf(folder string) string {
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			return at
		}
		if at == filepath.Dir(at) {
			return folder
		}
	}
}

// workflow is the file of the workflow of GitHub Actions that runs this, from the
// root of its repository; "" if it's that of another, or there is none.
func workflow(lookup Lookup) string {
	repository, _ := lookup("GITHUB_REPOSITORY")
	ref, _ := lookup("GITHUB_WORKFLOW_REF") // owner/name/.github/workflows/ci.yaml@refs/heads/main
	path, found := strings.CutPrefix(ref, repository+"/")
	path, _, _ = strings.Cut(path, "@")
	if !found || repository == "" || !filepath.IsLocal(path) {
		return ""
	}
	return path
}
