package grade

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	controlapi "github.com/ringback-dev/ringback/internal/control"
)

// Calls that came faster than they were asked for stand on further pages.
func TestRemote_ReadsAllNewCalls(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":    `{"data": [{"id": "e"}, {"id": "d"}], "next": "two"}`,
		"two": `{"data": [{"id": "c"}, {"id": "b"}], "next": "three"}`,
		// What was seen is on the page that follows, and so are those before it.
		"three": `{"data": [{"id": "a"}, {"id": "old"}], "next": "four"}`,
	}
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/calls" {
			_, _ = io.WriteString(w, pages[r.URL.Query().Get("cursor")])
			return
		}
		fmt.Fprintf(w, `{"call": {"path": %q}}`, r.URL.Path)
	}))
	defer control.Close()
	remote := &remote{client: controlapi.New(control.URL, "", "", control.Client()), seen: map[string]bool{"old": true}}
	var paths []string
	calls, err := remote.calls(t.Context())
	require.NoError(t, err)
	for _, c := range calls {
		paths = append(paths, c.Path[len("/api/v1/calls/"):])
	}
	require.Equal(t, []string{"a", "b", "c", "d", "e"}, paths, "the oldest first")
	calls, err = remote.calls(t.Context())
	require.NoError(t, err)
	require.Empty(t, calls)
}
