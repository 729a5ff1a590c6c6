package root

import (
	"archive/zip"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/ringback-dev/ringback"

// `go install …@version` works from a module proxy, without a network: the module is
// this working tree, and what it needs is in the module cache. The binary has the version.
func TestInstall_FromAModuleProxy(t *testing.T) {
	t.Parallel()
	skipWithoutBuilds(t)
	const installed = "v1.2.3-test.1"
	proxy, home := t.TempDir(), t.TempDir()
	publish(t, proxy, installed)
	cache := filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download")
	env := append(os.Environ(),
		"GOPROXY="+fileURL(proxy)+","+fileURL(cache)+",off", "GOSUMDB=off", "GONOSUMDB=*", "GOVCS=*:off", "GOTOOLCHAIN=local", "GOWORK=off",
		"GOPATH="+home, "GOBIN=", "GOMODCACHE="+filepath.Join(home, "mod"), "GOCACHE="+goEnv(t, "GOCACHE"), "GOFLAGS=-mod=mod -modcacherw -trimpath",
	)
	goInstall(t, env, home, modulePath+"/cmd/ringback@"+installed)
	for _, args := range [][]string{{"--version"}, {"version"}} {
		out, err := exec.CommandContext(t.Context(), filepath.Join(home, "bin", "ringback"), args...).Output()
		require.NoError(t, err)
		require.Regexp(t, `^ringback `+installed+`, go1\.`, string(out))
	}
}

func fileURL(folder string) string { return "file://" + filepath.ToSlash(folder) }

// publish writes a version of the module, as the working tree is, to a proxy.
func publish(t *testing.T, proxy, version string) {
	t.Helper()
	folder := filepath.Join(proxy, filepath.FromSlash(modulePath), "@v")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644))
	}
	module, err := os.ReadFile(filepath.Join(repository, "go.mod"))
	require.NoError(t, err)
	write("list", version+"\n")
	write(version+".info", `{"Version":"`+version+`","Time":"2026-03-01T10:00:00Z"}`)
	write(version+".mod", string(module))
	file, err := os.Create(filepath.Join(folder, version+".zip"))
	require.NoError(t, err)
	archive := zip.NewWriter(file)
	require.NoError(t, fs.WalkDir(os.DirFS(repository), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return fs.SkipDir
		case !entry.Type().IsRegular():
			return nil
		}
		from, err := os.Open(filepath.Join(repository, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		defer from.Close()
		to, err := archive.CreateHeader(&zip.FileHeader{Name: modulePath + "@" + version + "/" + name}) // stored, not compressed
		if err == nil {
			_, err = io.Copy(to, from)
		}
		return err
	}))
	require.NoError(t, archive.Close())
	require.NoError(t, file.Close())
}

// skipWithoutBuilds skips a test that compiles and links programs, which takes much CPU time.
func skipWithoutBuilds(t *testing.T) {
	t.Helper()
	if os.Getenv("TEST_BUILDS") == "" {
		t.Skip("builds programs; it runs with TEST_BUILDS=1, as in .ci/run")
	}
}

// goInstall runs go install in a folder.
func goInstall(t *testing.T, env []string, folder string, packages ...string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "go", append([]string{"install", "-ldflags=-s", "-buildvcs=false", "-trimpath"}, packages...)...)
	command.Dir, command.Env = folder, env
	out, err := command.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// goEnv is what `go env` says of a variable.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	require.NoError(t, err, "go env %s", name)
	return strings.TrimSpace(string(out))
}
