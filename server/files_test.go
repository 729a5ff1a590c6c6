package server

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// uploads stores media in a session, and returns the ID.
func uploads(t *testing.T, s *Server, session, content string) string {
	t.Helper()
	w := upload(t, s, session, content)
	require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
	outcome := members(t, w.Body.String())["objects"].([]any)[0].(map[string]any)
	return outcome["media.id"].(string)
}

func upload(t *testing.T, s *Server, session, content string) *httptest.ResponseRecorder {
	t.Helper()
	return steer(t, s, "POST", session+"/api/v1/state/commands", fmt.Sprintf(`{"name":"media.put","provider":"gupshup","body":%q}`, content))
}

// stored are the files of uploads.
func (f *mediaFiles) stored(t *testing.T) []string {
	t.Helper()
	if f.root == nil {
		return nil
	}
	found, err := filepath.Glob(f.root.Name() + "/*")
	require.NoError(t, err)
	require.Len(t, f.sizes, len(found))
	return found
}

// Bytes of uploads are files that only their owner reads, and go with whatever removes the upload.
func TestFiles_GoWithTheirMedia(t *testing.T) {
	t.Parallel()
	for name, remove := range map[string]func(t *testing.T, s *Server, id string){
		"a command": func(t *testing.T, s *Server, id string) {
			w := steer(t, s, "POST", "/s/one/api/v1/state/commands", `{"name":"media.delete","provider":"gupshup","values":{"media.id":"`+id+`"}}`)
			require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
		},
		"a reset": func(t *testing.T, s *Server, _ string) {
			require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/s/one/api/v1/reset", "").Code)
		},
		"a removed session": func(t *testing.T, s *Server, _ string) {
			require.Equal(t, http.StatusNoContent, steer(t, s, "DELETE", "/api/v1/sessions/one", "").Code)
		},
		"an idle session": func(_ *testing.T, s *Server, _ string) { s.removeIdle(time.Now().Add(time.Hour)) },
		"another state": func(t *testing.T, s *Server, _ string) {
			require.Equal(t, http.StatusOK, steer(t, s, "PUT", "/s/one/api/v1/state", "{}").Code)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, nil)
			require.Nil(t, s.files.root, "the directory is made for the first file")
			id := uploads(t, s, "/s/one", "content")
			files := s.files.stored(t)
			require.Len(t, files, 1)
			for path, mode := range map[string]os.FileMode{files[0]: 0o600, s.files.root.Name(): 0o700 | os.ModeDir} {
				info, err := os.Stat(path)
				require.NoError(t, err)
				require.Equal(t, mode, info.Mode(), path)
			}
			require.NotContains(t, files[0], id)
			w := asked(t, sidesOf(t, s).provider, "GET", "/s/one/media/gupshup/"+id, "", nil)
			require.Equal(t, "content", w.Body.String())
			remove(t, s, id)
			require.Empty(t, s.files.stored(t))
			require.Zero(t, s.files.bytes)
			require.Equal(t, http.StatusNotFound, asked(t, sidesOf(t, s).provider, "GET", "/s/one/media/gupshup/"+id, "", nil).Code)
		})
	}
}

func TestFiles_GoWithTheServer(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	uploads(t, s, "", "content")
	dir := s.files.root.Name()
	s.Close()
	require.NoDirExists(t, dir)
}

// A state is saved with the bytes of its media, and restored with them.
func TestFiles_SavedAndRestored(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	id := uploads(t, s, "", "content")
	saved := steer(t, s, "GET", "/api/v1/state?secrets=true", "").Body.String()
	require.Contains(t, saved, base64.StdEncoding.EncodeToString([]byte("content")))
	require.NotContains(t, steer(t, s, "GET", "/api/v1/state", "").Body.String(), "bytes")
	require.Equal(t, http.StatusOK, steer(t, s, "PUT", "/s/two/api/v1/state", saved).Code)
	require.Len(t, s.files.stored(t), 2)
	require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/api/v1/reset", "").Code)
	require.Equal(t, "content", asked(t, sidesOf(t, s).provider, "GET", "/s/two/media/gupshup/"+id, "", nil).Body.String())
	two, leave := s.enter("two")
	leave()
	require.Contains(t, saved, `"url":"/media/gupshup/`+id+`"`)
	bad := strings.Replace(saved, `"subscriptions":[]`, `"subscriptions":[{"id":"","url":""}]`, 1)
	require.Equal(t, http.StatusUnprocessableEntity, steer(t, s, "PUT", "/s/two/api/v1/state", bad).Code)
	require.Len(t, s.files.stored(t), 1, "a state that is rejected leaves no file")
	require.EqualValues(t, len("content"), two.state.MediaBytes(id))
}

// The files of all sessions are bounded, and so are the bytes of those that are being read.
func TestFiles_Bounded(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	require.EqualValues(t, 1<<30, s.files.max)
	s.files.max = 10
	uploads(t, s, "/s/one", "1234567")
	w := upload(t, s, "/s/two", "1234567")
	require.Equal(t, http.StatusServiceUnavailable, w.Code, "%s", w.Body)
	require.Equal(t, "1", w.Header().Get("Retry-After"))
	require.Contains(t, w.Body.String(), "the files of all sessions reach the limit")
	require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/s/one/api/v1/reset", "").Code)
	s.files.max = 1 << 20
	id := uploads(t, s, "/s/two", strings.Repeat("x", smallResponse+1))
	release, ok := s.mediaOut.Take(maxEncoded)
	require.True(t, ok)
	got := asked(t, sidesOf(t, s).provider, "GET", "/s/two/media/gupshup/"+id, "", nil)
	require.Equal(t, []any{http.StatusServiceUnavailable, "1"}, []any{got.Code, got.Header().Get("Retry-After")})
	release()
	require.Equal(t, http.StatusOK, asked(t, sidesOf(t, s).provider, "GET", "/s/two/media/gupshup/"+id, "", nil).Code)
	release, ok = s.mediaOut.Take(maxEncoded)
	require.True(t, ok, "what was read is released")
	release()
}

// Without a directory, little is kept in memory, and a warning says so.
func TestFiles_InMemoryWithoutADirectory(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	var log bytes.Buffer
	s := newServer(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	id := uploads(t, s, "", "content")
	uploads(t, s, "", "other")
	require.Equal(t, 1, strings.Count(log.String(), "uploaded media is kept in memory"))
	require.EqualValues(t, maxMemoryBytes, s.files.max)
	require.Equal(t, "content", asked(t, sidesOf(t, s).provider, "GET", "/media/gupshup/"+id, "", nil).Body.String())
	require.Equal(t, http.StatusNoContent, steer(t, s, "POST", "/api/v1/reset", "").Code)
	require.Empty(t, s.files.memory)
}
