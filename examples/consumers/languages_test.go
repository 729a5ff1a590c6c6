package consumers_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/internal/sink"
	"github.com/ringback-dev/ringback/webhook"
)

// The careful applications of other languages pass, over the network, on a route that
// signs and on one with batches.
func TestCarefulConsumersOfAllLanguagesPass(t *testing.T) {
	t.Parallel()
	python := "python3"
	if _, err := os.Stat("python/.venv/bin/python"); err == nil {
		python = "python/.venv/bin/python"
	}
	for name, c := range map[string]struct {
		route   string
		command []string
		needs   []string
	}{
		"express/v3":         {"gupshup/v3", []string{"node", "node/express.mjs"}, []string{"node", "--input-type=module", "-e", "import './node/node_modules/express/index.js'"}},
		"fastapi/mobtexting": {"mobtexting/whatsapp", []string{python, "python/fastapi_app.py"}, []string{python, "-c", "import fastapi, httpx, uvicorn"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := exec.Command(c.needs[0], c.needs[1:]...).CombinedOutput(); err != nil {
				t.Skipf("what it needs is not installed; .ci/run installs it and runs this: %v: %s", err, strings.TrimSpace(string(out)))
			}
			provider, err := contracttest.NewProvider(c.route)
			require.NoError(t, err)
			served := httptest.NewServer(provider)
			defer served.Close()
			url := sink.Application(t, []string{"PROVIDER=" + c.route, "PROVIDER_URL=" + served.URL, "SECRET=secret-of-the-test"}, c.command...)
			results, err := contracttest.Grade(t.Context(), contracttest.Options{
				URL: url + "/webhooks", StateURL: url + "/state", Provider: provider, Secrets: []string{"secret-of-the-test"},
				Handshake: map[string]string{"validation_key": "key-of-the-test"}, Seed: 1,
			})
			require.NoError(t, err)
			passed := 0
			for _, r := range results {
				require.Contains(t, []webhook.Outcome{webhook.Passed, webhook.NotApplicable}, r.Outcome, "%s: %s", r.Name, r.Reason)
				if r.Outcome == webhook.Passed {
					passed++
				}
			}
			require.Greater(t, passed, 20)
		})
	}
}
