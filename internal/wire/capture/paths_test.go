package capture_test

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
)

// folder creates files with one body each and changes into their folder.
func folder(t *testing.T, names ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, name := range names {
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
		require.NoError(t, os.WriteFile(name, []byte(`{"a":1}`), 0o600))
	}
}

func TestRead_FolderInOrderOfNames(t *testing.T) {
	folder(t, "in/b.json", "in/a.NDJSON", "in/c/z.jsonl", "in/c/d/y.tape", "in/x.json/w.json", "in/notes.txt", "in/json", "in/e/.json")
	require.Equal(t, []string{
		`in/a.NDJSON 1:1 {"a":1}`, `in/b.json 1:1 {"a":1}`, `in/c/d/y.tape 1:1 {"a":1}`, `in/c/z.jsonl 1:1 {"a":1}`,
		`in/e/.json 1:1 {"a":1}`, `in/x.json/w.json 1:1 {"a":1}`,
	}, readAll(options(), "in"))
	require.Equal(t, []string{`in/notes.txt 1:1 {"a":1}`}, readAll(options(), "in/notes.txt"), "a named file may have any extension")
}

func TestRead_FollowsLinksToFiles(t *testing.T) {
	folder(t, "real/a.json", "in/b.json")
	require.NoError(t, os.Symlink("../real/a.json", "in/a.json"))
	require.NoError(t, os.Symlink("../in", "in/again"))
	require.NoError(t, os.Symlink("nowhere", "in/c.json"))
	require.NoError(t, os.Symlink("in", "link"))
	require.Equal(t, []string{
		"error read link/c.json: no such file or directory", `link/a.json 1:1 {"a":1}`, `link/b.json 1:1 {"a":1}`,
	}, readAll(options(), "link"))
}

func TestRead_ContinuesAfterMissingPath(t *testing.T) {
	folder(t, "a.json", "b.json", "empty/x.json/notes.txt")
	require.NoError(t, os.Symlink("nowhere", "dangling"))
	require.Equal(t, []string{
		`a.json 1:1 {"a":1}`,
		"error read missing: no such file or directory",
		"error read dangling: no such file or directory",
		"error read empty: the folder has no file with the extension .json, .ndjson, .jsonl, .tape",
		"error read a.json/b: not a directory",
		`b.json 1:1 {"a":1}`,
	}, readAll(options(), "a.json", "missing", "dangling", "empty", "a.json/b", "b.json"))
	for range capture.Read([]string{"missing", "a.json"}, options()) {
		break
	}
}

func TestRead_DashIsStdin(t *testing.T) {
	t.Parallel()
	o := options()
	o.Stdin = iotest.OneByteReader(strings.NewReader("{\"a\":1}\n{\"b\":2}\n"))
	require.Equal(t, []string{`stdin:1 1:1 {"a":1}`, `stdin:2 2:1 {"b":2}`}, readAll(o, "-"))
	o.Stdin = strings.NewReader(`{"a":1}`)
	require.Equal(t, []string{`stdin 1:1 {"a":1}`}, readAll(o, "-"))
}

// flaky returns a text with an error once, then the text again.
type flaky struct {
	text   string
	failed bool
}

func (f *flaky) Read(p []byte) (int, error) {
	if f.failed {
		return copy(p, f.text), nil
	}
	f.failed = true
	return copy(p, f.text), &os.PathError{Op: "read", Path: "/dev/stdin", Err: errors.New("disk on fire")}
}

func TestRead_ErrorFollowsBodies(t *testing.T) {
	t.Parallel()
	const failure = "error read stdin: disk on fire"
	for _, c := range []reading{
		{"at the beginning", "", []string{failure}},
		{"after spaces", " \n", []string{failure}},
		{"between lines", "{\"a\":1}\n{\"b\":2}\n", []string{`stdin:1 1:1 {"a":1}`, `stdin:2 2:1 {"b":2}`, failure}},
		{"inside a line", "{\"a\":1}\n{\"b\":", []string{`stdin:1 1:1 {"a":1}`, failure}},
		{"after a body", "{\n\"a\":1}", []string{"stdin 1:1 {\n\"a\":1}", failure}},
		{"inside a body", "{\n\"a\":1", []string{failure}},
		{"inside the second value", "{\n\"a\":1}\n{\n", []string{"stdin:1 1:1 {\n\"a\":1}", failure}},
		{"inside a list", `[{"a":1},{"b":2},{"c":`, []string{`stdin:1 1:2 {"a":1}`, `stdin:1 1:10 {"b":2}`, failure}},
		{"between the bodies of a list", `[{"a":1},`, []string{`stdin:1 1:2 {"a":1}`, failure}},
		{"after a missing comma", `[{"a":1} {"b"`, []string{`stdin:1 1:2 {"a":1}`, "stdin:1 1:10 " + noComma, failure}},
		{"inside a scalar of a list", `[{"a":1},12`, []string{`stdin:1 1:2 {"a":1}`, failure}},
		{"inside the first body of a list", `[{"a":`, []string{failure}},
		{"inside an array", `[{"item":1},`, []string{failure}},
		{"inside garbage", "12", []string{failure}},
	} {
		o := options()
		o.Stdin = &flaky{text: c.text}
		require.Equal(t, c.want, readAll(o, "-"), c.name)
	}
}

func TestRead_ContinuesAfterFailedFile(t *testing.T) {
	folder(t, "b.json")
	o := options()
	o.Stdin = iotest.ErrReader(errors.New("closed"))
	require.Equal(t, []string{"error read stdin: closed", `b.json 1:1 {"a":1}`}, readAll(o, "-", "b.json"))
	o.Stdin = iotest.ErrReader(errors.New("closed"))
	next, stop := iter.Pull2(capture.Read([]string{"-", "b.json"}, o))
	_, err, ok := next()
	require.True(t, ok)
	require.EqualError(t, err, "read stdin: closed")
	stop()
}

// A terminal would otherwise have to be told twice that its input ends.
func TestRead_StdinEndsOnce(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "{\"a\":1}", "{\"a\":1}\n{\"b\":2}\n", `[{"a":1}`} {
		ends, o := 0, options()
		in := strings.NewReader(text)
		o.Stdin = readerFunc(func(p []byte) (int, error) {
			n, err := in.Read(p)
			if err != nil {
				ends++
			}
			return n, err
		})
		readAll(o, "-")
		require.Equal(t, 1, ends, text)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestRead_Progress(t *testing.T) {
	t.Parallel()
	o, read := options(), int64(0)
	o.Progress = func(n int64) { read += n }
	text := strings.Repeat("{\"a\":1}\n", 100_000)
	o.Stdin = strings.NewReader(text)
	require.Len(t, readAll(o, "-"), 100_000)
	require.EqualValues(t, len(text), read)
}

// This test counts the process's open files: it runs alone.
func TestRead_ClosesFileOnBreak(t *testing.T) {
	const open = "/proc/self/fd"
	folder(t, "a.json", "b.json")
	readAll(options(), ".")
	before, err := os.ReadDir(open)
	if err != nil {
		t.Skip("open files are counted in /proc/self/fd; this runs on Linux")
	}
	for _, text := range []string{"{\"a\":1}\n{\"b\":2}\n", `[{"a":1},{"b":2}]`, "{}{}"} {
		require.NoError(t, os.WriteFile("a.json", []byte(text), 0o600))
		bodies := 0
		for _, err := range capture.Read([]string{"a.json", "b.json"}, options()) {
			require.NoError(t, err)
			bodies++
			break
		}
		require.Equal(t, 1, bodies)
	}
	after, err := os.ReadDir(open)
	require.NoError(t, err)
	require.Len(t, after, len(before))
}
