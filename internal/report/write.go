package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ringback-dev/ringback/internal/nearest"
)

// Kinds are the formats of reports: for people, and for machines.
func Kinds() []string {
	return []string{"pretty", "json", "junit", "sarif", "github", "summary", "html"}
}

// Write writes a report as one of Kinds.
func Write(kind string, w io.Writer, r Report) error {
	var text []byte
	var err error
	switch kind {
	case "pretty":
		text = []byte(Scorecard(Style{}, r))
	case "json":
		text, err = asJSON(r)
	case "junit":
		text, err = asJUnit(r)
	case "sarif":
		text, err = asSARIF(r)
	case "github":
		text = []byte(annotations(r))
	case "summary":
		text = []byte(summary(r))
	case "html":
		text, err = asHTML(r)
	default:
		return unknownKind(kind)
	}
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}

func unknownKind(kind string) error {
	text := fmt.Sprintf("no report is of the kind %q", kind)
	if hint := nearest.Hint(kind, Kinds()); hint != "" {
		return errors.New(text + "; " + hint)
	}
	return errors.New(text + "; known: " + strings.Join(Kinds(), ", "))
}

// Files are the reports that a user wants, each a kind and a file; "-" is stdout.
type Files struct {
	stdout io.Writer
	wanted [][2]string
}

// ParseFiles reads texts such as "junit=report.xml".
func ParseFiles(stdout io.Writer, texts []string) (*Files, error) {
	f := &Files{stdout: stdout}
	for _, text := range texts {
		kind, path, found := strings.Cut(text, "=")
		if !found || path == "" {
			return nil, fmt.Errorf("read --report: %q is no KIND=FILE, such as junit=report.xml", text)
		}
		if err := Write(kind, io.Discard, Report{}); err != nil {
			return nil, fmt.Errorf("read --report: %w", err)
		}
		f.wanted = append(f.wanted, [2]string{kind, path})
	}
	return f, nil
}

// Stdout reports whether one of the reports goes to stdout, so that nothing else
// should.
func (f *Files) Stdout() bool {
	for _, one := range f.wanted {
		if one[1] == "-" {
			return true
		}
	}
	return false
}

// Begin writes every file with a report that is not complete: a run that is killed
// leaves no report of an earlier one, and none that is good.
func (f *Files) Begin(r Report) error {
	r.Complete = false
	for _, one := range f.wanted {
		if one[1] != "-" {
			if err := replace(one[0], one[1], r); err != nil {
				return err
			}
		}
	}
	return nil
}

// End writes every report.
func (f *Files) End(r Report) error {
	for _, one := range f.wanted {
		var err error
		if one[1] == "-" {
			err = Write(one[0], f.stdout, r)
		} else {
			err = replace(one[0], one[1], r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// replace writes a report beside its file, and then puts it in the file's place.
func replace(kind, path string, r Report) error {
	var text bytes.Buffer
	if err := Write(kind, &text, r); err != nil {
		return fmt.Errorf("write the report %s: %w", path, err)
	}
	beside, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("write the report %s: %w", path, plainReason(err))
	}
	defer os.Remove(beside.Name()) // after a rename there is nothing to remove
	_, err = beside.Write(text.Bytes())
	err = errors.Join(err, beside.Chmod(0o644), beside.Close())
	if err == nil {
		err = os.Rename(beside.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write the report %s: %w", path, plainReason(err))
	}
	return nil
}

// plainReason is why, without the path that stands beside it already.
func plainReason(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
