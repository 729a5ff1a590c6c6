package grade_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/internal/shipped"
)

// The provider responds to every call and records it: an incomplete call gets an error in the
// provider's own format, and an unknown path too.
func TestProvider_RespondsToEverything(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	sends := map[string]string{
		"gupshup": "POST /wa/api/v1/msg", "mobtexting": "POST /api/v2/whatsapp/message/send", "netcore": "POST /soip/rcs/v2/message", "tata-omni": "POST /whatsapp-cloud/messages",
	}
	require.Len(t, sends, len(catalog.Providers))
	for name, operation := range sends {
		provider, err := grade.NewProvider(name)
		require.NoError(t, err)
		method, path, _ := strings.Cut(operation, " ")
		for _, c := range []struct {
			method, path string
			err          error
			status       int
			api          string
		}{
			{method, path, io.ErrUnexpectedEOF, 400, "send"},
			{method, path, errors.New("malformed chunked encoding"), 400, "send"},
			{method, path, fmt.Errorf("read: %w", os.ErrDeadlineExceeded), 408, "send"},
			{method, path, &http.MaxBytesError{Limit: 1}, 413, "send"},
			{method, "/nothing", io.ErrUnexpectedEOF, 404, ""},
			{"PATCH", path, io.ErrUnexpectedEOF, 404, ""},
		} {
			body := io.MultiReader(strings.NewReader(`{"to"`), iotest.ErrReader(c.err))
			r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, body)
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			provider.ServeHTTP(w, r)
			require.Equal(t, c.status, w.Code, "%s %s", operation, c.err)
			require.NotEmpty(t, w.Body.String())
			if c.api != "" {
				require.True(t, json.Valid(w.Body.Bytes()), "%s: %s", name, w.Body)
				require.Contains(t, w.Body.String(), "read body: ")
			}
			all := provider.Calls()
			last := all[len(all)-1]
			require.Equal(t, []any{c.status, c.api != "", `{"to"`, w.Body.String()}, []any{last.Status, last.Operation != "", string(last.Body), string(last.Response)})
			require.Empty(t, last.Values["message.id"], "nothing was sent")
			require.False(t, last.Responded.IsZero())
		}
		require.Len(t, provider.Calls(), 6)
	}
}
