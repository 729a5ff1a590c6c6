package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/suggest"
)

// A format renders the reports of a kind.
type format struct {
	kind   string
	render func(Report) ([]byte, error)
}

// formats returns the formats in the order of the documentation.
func formats() []format {
	plain := func(render func(Report) string) func(Report) ([]byte, error) {
		return func(r Report) ([]byte, error) { return []byte(render(r)), nil }
	}
	return []format{
		{"pretty", plain(func(r Report) string { return Scorecard(Style{}, r) })},
		{"json", asJSON},
		{"junit", asJUnit},
		{"sarif", asSARIF},
		{"github", plain(annotations)},
		{"summary", plain(summary)},
		{"html", asHTML},
	}
}

// Kinds returns the names of the formats.
func Kinds() []string {
	var all []string
	for _, f := range formats() {
		all = append(all, f.kind)
	}
	return all
}

// Write writes a report as one of Kinds.
func Write(kind string, w io.Writer, r Report) error {
	i := slices.Index(Kinds(), kind)
	if i < 0 {
		return unknownKind(kind)
	}
	text, err := formats()[i].render(r)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

func unknownKind(kind string) error {
	text := fmt.Sprintf("unknown kind of report %q", kind)
	if hint := suggest.Hint(kind, Kinds()); hint != "" {
		return errors.New(text + "; " + hint)
	}
	return errors.New(text + "; known: " + strings.Join(Kinds(), ", "))
}

// Files are the requested reports, each a kind and a file; "-" is stdout.
type Files struct {
	stdout io.Writer
	wanted []reportFile
}

// A reportFile is one requested report.
type reportFile struct{ kind, path string }

// ParseFiles reads the values of --report, for example "junit=report.xml".
func ParseFiles(stdout io.Writer, texts []string) (*Files, error) {
	f := &Files{stdout: stdout}
	for _, text := range texts {
		kind, path, found := strings.Cut(text, "=")
		if !found || path == "" {
			return nil, fmt.Errorf("read --report: %q is not KIND=FILE (for example junit=report.xml)", text)
		}
		if !slices.Contains(Kinds(), kind) {
			return nil, fmt.Errorf("read --report: %w", unknownKind(kind))
		}
		one := reportFile{kind, filepath.Clean(path)}
		same := func(w reportFile) bool { return w.path == one.path }
		if i := slices.IndexFunc(f.wanted, same); i >= 0 && !one.streamed() {
			return nil, fmt.Errorf("read --report: %s=%s and %s have the same file; use one file per report", f.wanted[i].kind, one.path, text)
		}
		f.wanted = append(f.wanted, one)
	}
	return f, nil
}

// Stdout reports whether a report goes to stdout, which must then have no other output.
func (f *Files) Stdout() bool {
	return slices.ContainsFunc(f.wanted, func(w reportFile) bool { return w.path == "-" })
}

// Unplaced returns the number of results in a SARIF report that have no file, so that code
// scanning rejects them; 0 without a SARIF report.
func (f *Files) Unplaced(r Report) int {
	if !slices.ContainsFunc(f.wanted, func(w reportFile) bool { return w.kind == "sarif" }) {
		return 0
	}
	return r.unplaced()
}

// Begin writes every file with an incomplete report, so that a run that is killed leaves
// neither a report of an earlier run nor a good one.
func (f *Files) Begin(r Report) error {
	r.Complete = false
	for _, one := range f.wanted {
		if one.streamed() {
			continue // End could not replace it
		}
		if err := one.write(f.stdout, r); err != nil {
			return err
		}
	}
	return nil
}

// End writes every report.
func (f *Files) End(r Report) error {
	for _, one := range f.wanted {
		if err := one.write(f.stdout, r); err != nil {
			return err
		}
	}
	return nil
}

// streamed reports whether the output is stdout, a pipe or a device, which a file must
// never replace.
func (w reportFile) streamed() bool {
	if w.path == "-" {
		return true
	}
	info, err := os.Stat(w.path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

func (w reportFile) write(stdout io.Writer, r Report) error {
	var text bytes.Buffer
	err := Write(w.kind, &text, r)
	switch {
	case err != nil:
	case w.path == "-":
		_, err = stdout.Write(text.Bytes())
	case w.streamed():
		err = writeAll(w.path, text.Bytes())
	default:
		err = replace(w.path, text.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write the report %s: %w", w.path, plainReason(err))
	}
	return nil
}

func writeAll(path string, text []byte) error {
	into, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = into.Write(text)
	return errors.Join(err, into.Close())
}

// replace writes a temporary file and renames it, so that a reader never sees half of the
// report. It keeps a symbolic link.
func replace(path string, text []byte) error {
	mode := os.FileMode(0o644)
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	beside, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(beside.Name()) // after a rename there is nothing to remove
	_, err = beside.Write(text)
	if err = errors.Join(err, beside.Chmod(mode), beside.Close()); err != nil {
		return err
	}
	return os.Rename(beside.Name(), path)
}

// plainReason returns an error without its paths, which the message already has.
func plainReason(err error) error {
	var path *os.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
