package delivery_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// The cached URL and header of an attempt never reach an attempt with others, at any
// concurrency.
func TestAttempt_CachedURLAndHeaders(t *testing.T) {
	t.Parallel()
	consumer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, password, _ := r.BasicAuth()
		w.Header().Set("Echo", r.URL.Path+" "+strings.Join(r.Header.Values("A"), ",")+" "+password)
	}))
	defer consumer.Close()
	client := newClient(t, delivery.Config{})
	private := strings.Replace(consumer.URL, "http://", "http://user:secret@", 1)
	requests := map[string]delivery.Request{
		"/one 1 ":         {URL: consumer.URL + "/one", Header: []webhook.Header{{Name: "A", Value: "1"}}},
		"/two 1 ":         {URL: consumer.URL + "/two", Header: []webhook.Header{{Name: "A", Value: "1"}}},
		"/one 1,2 ":       {URL: consumer.URL + "/one", Header: []webhook.Header{{Name: "A", Value: "1"}, {Name: "A", Value: "2"}}},
		"/one  ":          {URL: consumer.URL + "/one"},
		"/one 1 secret":   {URL: private + "/one", Header: []webhook.Header{{Name: "A", Value: "1"}}},
		"/three 3 secret": {URL: private + "/three", Header: []webhook.Header{{Name: "A", Value: "3"}}},
	}
	var workers sync.WaitGroup
	for want, r := range requests {
		r.Method, r.Body = "POST", []byte("{}")
		workers.Go(func() {
			for range 50 {
				a := client.Attempt(t.Context(), r)
				got := ""
				for _, f := range a.ResponseHeaders {
					if f.Name == "Echo" {
						got = f.Value
					}
				}
				if strings.TrimSpace(want) != strings.TrimSpace(got) {
					t.Errorf("want %q, got %q %s", want, got, a.Error)
					return
				}
			}
		})
	}
	workers.Wait()
	require.False(t, t.Failed())
}
