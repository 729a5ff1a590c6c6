package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/report"
)

// sarifOptions say to which file of the repository results point in SARIF and in
// annotations.
type sarifOptions struct {
	location   string
	repository report.Repository
}

func (o *sarifOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.location, "sarif-location", "", "the `FILE` of the repository for SARIF results without one (default: the settings file)")
}

// find finds the repository around the working folder, and the file for results
// that stand in none: that of the flag, else the settings file, else the workflow
// that runs this, else the settings file that could be there.
func (o *sarifOptions) find(f *pflag.FlagSet, lookup lookup) (report.Repository, error) {
	folder, err := os.Getwd()
	if err != nil {
		return report.Repository{}, exit{exitEnvironment, fmt.Errorf("find the working folder: %w", reason(err))}
	}
	r := report.Repository{Root: rootOf(folder), Folder: folder}
	if o.location != "" {
		var inside bool
		if r.Default, inside = r.PathOf(o.location); !inside {
			return r, fmt.Errorf("read --sarif-location: %q is outside of the repository %s; name a file in it", o.location, r.Root)
		}
		if info, err := os.Stat(o.location); err != nil || info.IsDir() {
			return r, fmt.Errorf("read --sarif-location: %q isn't a file; name one of the repository", o.location)
		}
		return r, nil
	}
	settings := ""
	if f := f.Lookup("config"); f != nil {
		settings = f.Value.String()
	}
	if info, err := os.Stat(settings); err == nil && !info.IsDir() {
		r.Default, _ = r.PathOf(settings)
	}
	if r.Default == "" {
		r.Default = workflow(lookup)
	}
	if r.Default == "" {
		r.Default, _ = r.PathOf(usualConfig)
	}
	return r, nil
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
func workflow(lookup lookup) string {
	repository, _ := lookup("GITHUB_REPOSITORY")
	ref, _ := lookup("GITHUB_WORKFLOW_REF") // owner/name/.github/workflows/ci.yaml@refs/heads/main
	path, found := strings.CutPrefix(ref, repository+"/")
	path, _, _ = strings.Cut(path, "@")
	if !found || repository == "" || !filepath.IsLocal(path) {
		return ""
	}
	return path
}
