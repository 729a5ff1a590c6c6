package server

import (
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/mock/state"
)

// base is the beginning of the URLs that lead to this session, as its caller
// reaches the server.
func (s *session) base(r *http.Request) string {
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	if s.name == defaultSession {
		return scheme + r.Host
	}
	return scheme + r.Host + "/s/" + s.name
}

// mediaPath is where the bytes of an upload are, whatever the provider's own API
// has for it.
func mediaPath(provider, id string) string { return "/media/" + provider + "/" + id }

// setMediaURLs makes URLs of the paths of media.
func (c *calling) setMediaURLs(objects []map[string]value.Value) {
	for _, object := range objects {
		if id, ok := object["media.id"]; ok {
			object["media.url"] = value.OfText(c.base + mediaPath(c.Operation.Provider.Name, id.Text()))
		}
	}
}

// mediaType is what an upload said of itself, if it is a media type.
func mediaType(object map[string]value.Value) string {
	if said, ok := object["media.type"]; ok {
		if t, _, err := mime.ParseMediaType(said.Text()); err == nil && strings.Contains(t, "/") {
			return said.Text()
		}
	}
	return "application/octet-stream"
}

// media serves the bytes of an upload, until they expire.
func (s *session) media(w http.ResponseWriter, r *http.Request) {
	vars := unescaped(mux.Vars(r))
	command := state.Command{Name: "media.get", Provider: vars["provider"], Values: map[string]string{"media.id": vars["id"]}, At: time.Now().UTC()}
	release, err := s.holdMedia(command)
	if err != nil {
		rejectCall(w, r, err)
		return
	}
	defer release()
	s.mu.Lock()
	o := s.state.Do(command)
	s.mu.Unlock()
	if o.Failure != "" {
		rejectCall(w, r, reject(http.StatusNotFound, "find media: %s", o.Detail))
		return
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Type", mediaType(o.Objects[0]))
	_, _ = w.Write(o.Body) // the client may have gone
}
