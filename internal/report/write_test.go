package report_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
)

func TestFiles_Write(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "grade.json")
	var out bytes.Buffer
	files, err := report.ParseFiles(&out, []string{"json=" + path, "github=-"})
	require.NoError(t, err)
	require.True(t, files.Stdout())
	require.NoError(t, files.Begin(report.Report{Title: "x"}))
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"complete": false`, "what a killed run leaves behind")
	require.Empty(t, out.String())
	require.NoError(t, files.End(graded()))
	text, err = os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), `"complete": true`)
	require.Contains(t, out.String(), "::error ")
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file remains")
}

func TestParseFiles_RejectsInvalid(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"junit": `"junit" is not KIND=FILE`, "junit=": "is not KIND=FILE", "juint=a.xml": `unknown kind of report "juint"; did you mean "junit"?`, "pdf=a": "known: pretty, json",
	} {
		_, err := report.ParseFiles(nil, []string{text})
		require.ErrorContains(t, err, want)
	}
	_, err := report.ParseFiles(nil, []string{"junit=a.xml", "html=-", "github=-", "json=./a.xml"})
	require.EqualError(t, err, "read --report: junit=a.xml and json=./a.xml have the same file; use one file per report")
	files, err := report.ParseFiles(nil, []string{"json=" + filepath.Join(t.TempDir(), "no", "such", "folder.json")})
	require.NoError(t, err)
	require.ErrorContains(t, files.Begin(report.Report{}), "no such file or directory")
}

// A link stays a link, and a file keeps its permissions.
func TestFiles_ReplaceOnlyFiles(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file, link := filepath.Join(folder, "real.json"), filepath.Join(folder, "link.json")
	require.NoError(t, os.WriteFile(file, []byte("of an earlier run"), 0o600))
	require.NoError(t, os.Symlink(file, link))
	files, err := report.ParseFiles(nil, []string{"json=" + link})
	require.NoError(t, err)
	require.NoError(t, files.Begin(report.Report{}))
	require.NoError(t, files.End(graded()))
	info, err := os.Lstat(link)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSymlink)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), `"complete": true`)
	info, err = os.Stat(file)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
}

// A socket represents everything that isn't a regular file: root could replace a device, too.
func TestFiles_KeepDevicesAndFolders(t *testing.T) {
	t.Parallel()
	folder, err := os.MkdirTemp("", "ringback") //nolint:usetesting // a socket's path must be short
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(folder) })
	path := filepath.Join(folder, "s")
	l, err := net.Listen("unix", path)
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	files, err := report.ParseFiles(nil, []string{"json=" + path})
	require.NoError(t, err)
	require.NoError(t, files.Begin(report.Report{}))
	require.ErrorContains(t, files.End(graded()), "write the report "+path)
	info, err := os.Lstat(path)
	require.NoError(t, err)
	require.NotZero(t, info.Mode()&os.ModeSocket)
}

func TestFiles_WriteToDevice(t *testing.T) {
	t.Parallel()
	files, err := report.ParseFiles(nil, []string{"json=" + os.DevNull, "junit=" + os.DevNull})
	require.NoError(t, err, "what flows away can be written twice")
	require.NoError(t, files.Begin(report.Report{}))
	require.NoError(t, files.End(graded()))
}
