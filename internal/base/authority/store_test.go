package authority

import (
	"bytes"
	"crypto/tls"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func open(t *testing.T, dir string, n Names) (a *Authority, made string) {
	t.Helper()
	a, made, err := Open(dir, n)
	require.NoError(t, err)
	return a, made
}

// files are those of a directory, with their modes.
func files(t *testing.T, dir string) map[string]fs.FileMode {
	t.Helper()
	all := map[string]fs.FileMode{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		short, err := filepath.Rel(dir, name)
		all[filepath.ToSlash(short)] = info.Mode().Perm()
		return err
	}))
	return all
}

func TestOpen_MakesOneAndUsesItAgain(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "below", "ca")
	first, made := open(t, dir, names("api.acme.example"))
	require.Equal(t, "there was none", made)
	again, made := open(t, dir, names("api.acme.example"))
	require.Empty(t, made)
	require.Equal(t, first.PEM(), again.PEM())
	fewer, made := open(t, dir, Names{Hosts: []string{"api.acme.example"}})
	require.Empty(t, made)
	require.Equal(t, first.PEM(), fewer.PEM())
	_, err := handshake(t, fewer.TLS(), first.PEM(), &tls.Config{ServerName: "api.acme.example"})
	require.NoError(t, err)
	_, err = handshake(t, fewer.TLS(), first.PEM(), &tls.Config{ServerName: "localhost"})
	require.ErrorContains(t, err, "unrecognized name", "it is not among the names of this start")
	if runtime.GOOS != "windows" {
		require.Equal(t, map[string]fs.FileMode{".": 0o755, "ca.pem": 0o644, "private": 0o700, "private/ca-1.pem": 0o600}, files(t, dir))
	}
	public, err := os.ReadFile(filepath.Join(dir, CAFile))
	require.NoError(t, err)
	require.Equal(t, first.PEM(), public)
	require.NotContains(t, string(public), "PRIVATE KEY")
}

func TestOpen_MakesANewOneForANewName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, _ := open(t, dir, names("api.acme.example"))
	second, made := open(t, dir, names("api.acme.example", "new.acme.example"))
	require.Equal(t, "the one before was not for new.acme.example", made)
	require.NotEqual(t, first.PEM(), second.PEM())
	_, err := handshake(t, second.TLS(), second.PEM(), &tls.Config{ServerName: "new.acme.example"})
	require.NoError(t, err)
	_, err = handshake(t, second.TLS(), first.PEM(), &tls.Config{ServerName: "api.acme.example"})
	require.ErrorContains(t, err, "unknown authority", "who trusts the old one must trust the new one, too")
	public, err := os.ReadFile(filepath.Join(dir, CAFile))
	require.NoError(t, err)
	require.Equal(t, second.PEM(), public)
	require.Contains(t, files(t, dir), "private/ca-2.pem")
	require.Len(t, files(t, dir), 4, "the old key is gone")

	more := names("api.acme.example", "new.acme.example")
	more.IPs = append(more.IPs, more.IPs[0].Next())
	_, made = open(t, dir, more)
	require.Equal(t, "the one before was not for 127.0.0.2", made)
}

func TestOpen_MakesANewOneNearItsEnd(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first, _ := open(t, dir, names("api.acme.example"))
		time.Sleep(lifetime - renewal - time.Hour)
		_, made := open(t, dir, names("api.acme.example"))
		require.Empty(t, made)
		time.Sleep(2 * time.Hour)
		second, made := open(t, dir, names("api.acme.example"))
		require.Equal(t, "the one before ends on 2000-12-31", made)
		require.NotEqual(t, first.PEM(), second.PEM())
		require.Equal(t, time.Now().Add(lifetime).Truncate(time.Second), second.Ends().Local())
	})
}

func TestOpen_RejectsAKeyThatOthersCanUse(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no modes of files")
	}
	for name, c := range map[string]struct {
		file string
		mode fs.FileMode
	}{
		"the key, the group reads":     {"private/ca-1.pem", 0o640},
		"the key, all read":            {"private/ca-1.pem", 0o604},
		"the key, the group writes":    {"private/ca-1.pem", 0o620},
		"the folder, the group enters": {"private", 0o710},
		"the folder, all read":         {"private", 0o704},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			a, _ := open(t, dir, names("api.acme.example"))
			require.NoError(t, os.Chmod(filepath.Join(dir, c.file), c.mode))
			_, _, err := Open(dir, names("api.acme.example"))
			require.ErrorContains(t, err, "so others can use its key")
			require.ErrorContains(t, err, "chmod")
			_, _, err = Open(dir, names("api.acme.example", "new.acme.example"))
			require.Error(t, err, "nor is another made beside it")
			require.NoError(t, os.Chmod(filepath.Join(dir, c.file), map[bool]fs.FileMode{true: 0o700, false: 0o600}[c.file == "private"]))
			again, made := open(t, dir, names("api.acme.example"))
			require.Empty(t, made)
			require.Equal(t, a.PEM(), again.PEM())
		})
	}
}

func TestOpen_ReplacesNothingThatItCannotRead(t *testing.T) {
	t.Parallel()
	other := newAuthority(t, names("api.acme.example"))
	whole := func(t *testing.T, dir string) []byte {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, "private/ca-1.pem"))
		require.NoError(t, err)
		return text
	}
	for name, c := range map[string]struct {
		change func(text []byte) []byte
		want   string
	}{
		"empty":        {func([]byte) []byte { return nil }, "it has no private key"},
		"no PEM":       {func([]byte) []byte { return []byte("x") }, "it has no private key"},
		"cut off":      {func(text []byte) []byte { return text[:len(text)-40] }, "it has no certificate"},
		"only the key": {func(text []byte) []byte { return text[:bytes.Index(text, []byte("-----BEGIN CERT"))] }, "it has no certificate"},
		"the root of another": {func(text []byte) []byte {
			return append(text[:bytes.LastIndex(text, []byte("-----BEGIN CERT"))], other.PEM()...)
		}, "verification failure"},
		"the issuer is no issuer": {func(text []byte) []byte {
			return append(text[:bytes.Index(text, []byte("-----BEGIN CERT"))], bytes.Repeat(other.PEM(), 2)...)
		}, "the key is not that"},
		"huge": {func([]byte) []byte { return bytes.Repeat([]byte("x\n"), maxFile) }, "it has no private key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			open(t, dir, names("api.acme.example"))
			changed := c.change(whole(t, dir))
			require.NoError(t, os.WriteFile(filepath.Join(dir, "private/ca-1.pem"), changed, 0o600))
			_, _, err := Open(dir, names("api.acme.example"))
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, "remove "+dir)
			require.Equal(t, string(changed), string(whole(t, dir)))
		})
	}
}

// Files that an earlier process left unfinished, or that someone else put there, do no harm.
func TestOpen_IgnoresOtherFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, _ := open(t, dir, names("api.acme.example"))
	for _, name := range []string{"private/new-X", "private/ca-02.pem", "private/ca-x.pem", "private/ca-9.pem.bak", "new-X"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, CAFile), []byte("stale"), 0o644))
	again, made := open(t, dir, names("api.acme.example"))
	require.Empty(t, made)
	require.Equal(t, first.PEM(), again.PEM())
	public, err := os.ReadFile(filepath.Join(dir, CAFile))
	require.NoError(t, err)
	require.Equal(t, first.PEM(), public, "the public file follows the key")
}

// A link in the directory leads to no file outside it.
func TestOpen_FollowsNoLinkOutside(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	if err := os.Symlink(outside, filepath.Join(dir, "private")); err != nil {
		t.Skipf("the system can't make a symbolic link: %v", err)
	}
	_, _, err := Open(dir, names("api.acme.example"))
	require.ErrorContains(t, err, "private is not a directory")
	require.Len(t, files(t, outside), 1)

	dir = t.TempDir()
	target := filepath.Join(outside, "target")
	require.NoError(t, os.WriteFile(target, []byte("mine"), 0o600))
	require.NoError(t, os.Symlink(target, filepath.Join(dir, CAFile)))
	open(t, dir, names("api.acme.example"))
	text, err := os.ReadFile(target)
	require.NoError(t, err)
	require.Equal(t, "mine", string(text))
}

// All processes that start at once get the same CA, the first one and one for a new name.
func TestOpen_AtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, n := range []Names{names("api.acme.example"), names("api.acme.example", "new.acme.example")} {
		var all sync.WaitGroup
		found := make([]string, 16)
		for i := range found {
			all.Go(func() {
				a, _, err := Open(dir, n)
				if err != nil {
					found[i] = err.Error()
					return
				}
				found[i] = string(a.PEM())
			})
		}
		all.Wait()
		for _, one := range found {
			require.True(t, strings.HasPrefix(one, "-----BEGIN"), one)
			require.Equal(t, found[0], one)
		}
	}
	require.Len(t, files(t, dir), 4, "one generation, and no temporary file")
}
