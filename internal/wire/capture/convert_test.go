package capture_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
)

// conversion returns the command in the error of a file.
func conversion(t *testing.T, path string) string {
	t.Helper()
	bodies, errs := read(t, path, capture.Options{})
	require.Empty(t, bodies)
	require.Len(t, errs, 1)
	var e *capture.UnsupportedError
	require.ErrorAs(t, errs[0], &e)
	command, found := strings.CutPrefix(e.Advice, "convert it: ")
	require.True(t, found, e.Advice)
	return command
}

// runIn runs a command of an error in a folder.
func runIn(t *testing.T, folder, command string) {
	t.Helper()
	for part := range strings.SplitSeq(command, " && ") {
		tool, _, _ := strings.Cut(part, " ")
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the command of the message needs %s, which is not installed here; this runs wherever it is: %v", tool, err)
		}
	}
	run := exec.Command("sh", "-c", command)
	run.Dir = folder
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Empty(t, out)
}

func TestConversion_KeepsInput(t *testing.T) {
	for input, output := range map[string]string{
		"bodies.ndjson":        "bodies-2.ndjson",
		"dir/../bodies.ndjson": "bodies-2.ndjson",
		"Bodies.NDJSON":        "bodies-2.ndjson",
		"bodies-2.ndjson":      "bodies.ndjson",
	} {
		t.Run(input, func(t *testing.T) {
			t.Chdir(t.TempDir())
			require.NoError(t, os.Mkdir("dir", 0o700))
			content := each("webhook received: %s\n", "")
			require.NoError(t, os.WriteFile(input, []byte(content), 0o600))
			runIn(t, ".", conversion(t, input))
			after, err := os.ReadFile(input)
			require.NoError(t, err)
			require.Equal(t, content, string(after))
			bodies, errs := read(t, output, capture.Options{})
			require.Empty(t, errs)
			require.Equal(t, wrappedBodies(), bodies)
		})
	}
}

// The commands for files with records of several shapes.
func TestConversion_WritesBodies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, content, want string }{
		{
			"a log of objects and lists",
			"2026-03-01T10:00:00Z hook {\"a\":[{\"b\":1}]}\n2026-03-01T10:00:01Z hook [{\"a\":1},{\"a\":[{\"b\":2}]}]\n2026-03-01T10:00:02Z ready\n2026-03-01T10:00:03Z hook {\"a\":3}\n",
			"{\"a\":[{\"b\":1}]}\n[{\"a\":1},{\"a\":[{\"b\":2}]}]\n{\"a\":3}\n",
		},
		{
			"a log that begins with a list, with the context of Monolog",
			"[2026-03-01T10:00:00.1+00:00] app.INFO: hook [{\"a\":1}] []\n[2026-03-01T10:00:00.1+00:00] app.INFO: hook {\"a\":2} [] []\n",
			"[{\"a\":1}]\n{\"a\":2}\n",
		},
		{"CSV with JSON before the bodies", "id,request_headers,request_body\n1,\"{\"\"h\"\":1}\",\"{\"\"a\"\":1}\"\n", "{\"a\":1}\n"},
		{
			"a JSON log that begins with lines of another kind",
			`{"level":30,"time":1,"msg":"listening","server":{"port":1}}` + "\n" + `{"level":30,"time":2,"msg":"webhook","rawBody":"{\"a\":1}"}` + "\n",
			"{\"a\":1}\n",
		},
		{"CSV whose first record has no body", "id,request_headers,request_body\n1,\"{\"\"h\"\":1}\",\n2,\"{\"\"h\"\":1}\",\"{\"\"a\"\":1}\"\n", "\n{\"a\":1}\n"},
		{"CSV with JSON in two columns that may be bodies", "id,seen,rest\n1,\"{\"\"a\"\":1}\",\"{\"\"b\"\":1}\"\n", "{\"a\":1}\n"},
		{"CSV with a byte order mark, the bodies first", mark + "body,id\n\"{\"\"a\"\":\"\"नमस्ते\"\"}\",1\n", "{\"a\":\"नमस्ते\"}\n"},
		{"CSV without a head, with a byte order mark", mark + "\"{\"\"a\"\":1}\",1\n", "{\"a\":1}\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "seen")
			require.NoError(t, os.WriteFile(path, []byte(c.content), 0o600))
			runIn(t, filepath.Dir(path), conversion(t, path))
			got, err := os.ReadFile(filepath.Join(filepath.Dir(path), "bodies.ndjson"))
			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
		})
	}
}

// Unpacking creates the folder in the advice.
func TestConversion_UnpacksArchives(t *testing.T) {
	t.Parallel()
	for name, archive := range map[string]func(*testing.T) string{"tar": tarOf, "zip": zipOf} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "packed")
			require.NoError(t, os.WriteFile(path, []byte(archive(t)), 0o600))
			_, errs := read(t, path, capture.Options{})
			require.Len(t, errs, 1)
			var e *capture.UnsupportedError
			require.ErrorAs(t, errs[0], &e)
			command, found := strings.CutPrefix(e.Advice, "unpack it, and read the folder: ")
			require.True(t, found, e.Advice)
			command = strings.Replace(command, "unzip ", "unzip -q ", 1)
			runIn(t, filepath.Dir(path), command)
			bodies, errs := read(t, filepath.Join(filepath.Dir(path), "captures"), capture.Options{})
			require.Empty(t, errs)
			require.Equal(t, []string{`{"a":1}`}, bodies)
		})
	}
}

func tarOf(t *testing.T) string {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "a.json", Mode: 0o600, Size: 7}))
	_, err := w.Write([]byte(`{"a":1}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func zipOf(t *testing.T) string {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	file, err := w.Create("a.json")
	require.NoError(t, err)
	_, err = file.Write([]byte(`{"a":1}`))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}
