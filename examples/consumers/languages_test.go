package consumers_test

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/internal/base/testconsumer"
)

// The careful applications of other languages pass, over the network, on a route that signs and on
// one with batches, with and without styles.
func TestGrade_ConsumersOfAllLanguagesPass(t *testing.T) {
	t.Parallel()
	python := "python3"
	if _, err := os.Stat("python/.venv/bin/python"); err == nil {
		python = "python/.venv/bin/python"
	}
	type language struct{ command, needs []string }
	express := language{[]string{"node", "node/express.mjs"}, []string{"node", "--input-type=module", "-e", "import './node/node_modules/express/index.js'"}}
	fastAPI := language{[]string{python, "python/fastapi_app.py"}, []string{python, "-c", "import fastapi, httpx, uvicorn"}}
	withStyles := []string{"P12", "P13", "D3", "D4", "D5"}
	for name, c := range map[string]struct {
		language
		route  string
		styles []string
		only   []string // the probes with two correct ways; nil is all probes
	}{
		"express/v3":            {express, "gupshup/v3", nil, nil},
		"express/mobtexting":    {express, "mobtexting/whatsapp", styleNames(), nil},
		"express/v3, styles":    {express, "gupshup/v3", styleNames(), nil},
		"fastapi/mobtexting":    {fastAPI, "mobtexting/whatsapp", nil, nil},
		"fastapi/v3":            {fastAPI, "gupshup/v3", styleNames(), nil},
		"fastapi/v3, no styles": {fastAPI, "gupshup/v3", nil, withStyles},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if out, err := exec.Command(c.needs[0], c.needs[1:]...).CombinedOutput(); err != nil {
				t.Skipf("not installed (.ci/run installs it): %v: %s", err, strings.TrimSpace(string(out)))
			}
			provider, err := contracttest.NewProvider(c.route)
			require.NoError(t, err)
			served := httptest.NewServer(provider)
			defer served.Close()
			url := testconsumer.Application(t, []string{"PROVIDER=" + c.route, "PROVIDER_URL=" + served.URL, "SECRET=secret-of-the-test", "STYLE=" + strings.Join(c.styles, ",")}, c.command...)
			results, err := contracttest.Grade(t.Context(), nil,
				contracttest.To(url+"/webhooks"), contracttest.State(url+"/state"), contracttest.WithProvider(provider), contracttest.Secret("secret-of-the-test"),
				contracttest.Handshake(map[string]string{"validation_key": "key-of-the-test"}), contracttest.Only(c.only...))
			require.NoError(t, err)
			minCount := 16
			if c.only != nil {
				minCount = len(c.only)
			}
			requirePassed(t, c.route, c.styles, results, minCount)
		})
	}
}
