package consumers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/webhook"
)

// BenchmarkGrade grades the careful application with all probes, over the network. Most of
// its time is waiting for what the application may still do.
func BenchmarkGrade(b *testing.B) {
	for _, route := range routes() {
		b.Run(route, func(b *testing.B) {
			for b.Loop() {
				provider, err := contracttest.NewProvider(route)
				require.NoError(b, err)
				served := httptest.NewServer(provider)
				a, err := app.New(app.Config{Route: route, ProviderURL: served.URL})
				require.NoError(b, err)
				consumer := httptest.NewServer(a)
				results, err := contracttest.Grade(b.Context(), contracttest.Options{
					URL: consumer.URL + "/webhooks", StateURL: consumer.URL + "/state", Provider: provider, Seed: 1, Handshake: map[string]string{"validation_key": "key-of-the-test"},
				})
				require.NoError(b, err)
				for _, r := range results {
					require.NotEqual(b, webhook.OutcomeFailed, r.Outcome, "%s: %s", r.Name, r.Reason)
				}
				a.Close()
				consumer.Close()
				served.Close()
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "s/grade")
			http.DefaultClient.CloseIdleConnections()
		})
	}
}
