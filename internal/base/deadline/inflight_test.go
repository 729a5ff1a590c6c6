package deadline_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/deadline"
)

func TestInFlight_RejectsBeyondItsBytes(t *testing.T) {
	t.Parallel()
	reading, ended := make(chan struct{}), make(chan struct{})
	h := deadline.NewInFlight(10).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			status, reason := deadline.Unread(err)
			http.Error(w, reason, status)
			return
		}
		if r.URL.Path == "/slow" {
			close(reading)
			<-ended
		}
	}))
	send := func(path, body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)))
		return w
	}
	slow := make(chan int)
	go func() { slow <- send("/slow", "12345678").Code }()
	<-reading
	require.Equal(t, http.StatusOK, send("/", "12").Code, "up to the limit")
	require.Equal(t, http.StatusOK, send("/", "").Code)
	busy := send("/", "123")
	require.Equal(t, http.StatusServiceUnavailable, busy.Code)
	require.Equal(t, "1", busy.Header().Get("Retry-After"))
	require.Equal(t, "read body: the server holds too many bytes of other requests; retry later\n", busy.Body.String())
	close(ended)
	require.Equal(t, http.StatusOK, <-slow)
	require.Equal(t, http.StatusOK, send("/", "1234567890").Code, "what has ended is released")
	require.Equal(t, http.StatusServiceUnavailable, send("/", "12345678901").Code)
}
