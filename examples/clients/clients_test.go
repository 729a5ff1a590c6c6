// Package clients_test tests third-party libraries against Ringback and documents the results in
// docs/interop.md.
package clients_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

var update = flag.Bool("update", false, "update docs/interop.md")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A library is a third-party library, with our client that uses it.
type library struct {
	name    string
	version string // the pinned one
	command []string
	// installed prints the installed version.
	installed []string
}

const (
	kapso    = "@kapso/whatsapp-cloud-api"
	secreto  = "whatsapp-api-js"
	standard = "standardwebhooks"
)

// cloudAPI are the libraries for WhatsApp's own API, whose format Gupshup's version 3 has.
func cloudAPI(t *testing.T) []library {
	t.Helper()
	return []library{ofNode(t, kapso, "kapso.mjs"), ofNode(t, secreto, "express.mjs")}
}

func ofNode(t *testing.T, name, client string) library {
	t.Helper()
	text, err := os.ReadFile("node/package.json")
	require.NoError(t, err)
	var pinned struct{ Dependencies map[string]string }
	require.NoError(t, json.Unmarshal(text, &pinned))
	manifest := filepath.Join("node/node_modules", name, "package.json")
	return library{name, pinned.Dependencies[name], []string{"node", "node/" + client}, []string{"node", "-p", "require('./" + manifest + "').version"}}
}

// verifier is the library for Standard Webhooks.
func verifier(t *testing.T) library {
	t.Helper()
	text, err := os.ReadFile("python/requirements.txt")
	require.NoError(t, err)
	pinned := regexp.MustCompile(`(?m)^` + standard + `==(.+)$`).FindSubmatch(text)
	require.NotNil(t, pinned)
	python := "python3"
	if _, err := os.Stat("python/.venv/bin/python"); err == nil {
		python = "python/.venv/bin/python"
	}
	return library{
		standard, string(pinned[1]), []string{python, "python/fastapi_app.py"},
		[]string{python, "-c", "import fastapi, uvicorn, importlib.metadata as m; print(m.version('" + standard + "'))"},
	}
}

// needed skips the test if the pinned version of the library is not installed.
func (l library) needed(t *testing.T) {
	t.Helper()
	out, err := exec.Command(l.installed[0], l.installed[1:]...).Output()
	if found := strings.TrimSpace(string(out)); err != nil || found != l.version {
		t.Skipf("%s %s is not installed (.ci/run installs it): found %q, %v", l.name, l.version, found, err)
	}
}

// start starts the client until the test ends. It receives webhooks at url/webhooks.
func (l library) start(t *testing.T, settings ...string) (url string) {
	t.Helper()
	return testconsumer.Application(t, settings, l.command...)
}

// A view is what a client shows of one webhook: what its library passed on, with the whole body if
// the library gives it, or why it rejected the webhook.
type view struct {
	Result, Raw json.RawMessage
	Rejected    string
}

func state(t *testing.T, url string) (views []view) {
	t.Helper()
	call(t, http.MethodGet, url+"/state", nil, &views)
	return views
}

// call sends and receives JSON, on a connection of its own.
func call(t *testing.T, method, url string, ask, answer any) {
	t.Helper()
	body, err := json.Marshal(ask)
	require.NoError(t, err)
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	require.NoError(t, err)
	request.Close = true
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode, string(text))
	require.NoError(t, json.Unmarshal(text, answer), string(text))
}

// v3 is Gupshup's route in version 3, in the format of WhatsApp's own API.
func v3(t *testing.T) *schemas.Route {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	route, err := catalog.Route("gupshup/v3")
	require.NoError(t, err)
	return route
}

// A sending is a body, and the fault of its signature; "" if there is none.
type sending struct {
	body           []byte
	signatureFault string
}

// deliver sends bodies one after the other, once each, and returns the results.
func deliver(t *testing.T, route *schemas.Route, o engine.TargetOptions, sendings ...sending) []engine.Result {
	t.Helper()
	target, err := engine.TargetOf(route, o)
	require.NoError(t, err)
	target.Schedule.Attempts = 1
	client, err := delivery.New(delivery.Config{})
	require.NoError(t, err)
	defer client.Close()
	header := []webhook.Header{{Name: "Content-Type", Value: route.Contract.ContentType}}
	jobs := func(yield func(script.Job, error) bool) {
		for i, s := range sendings {
			made := script.Prepared{Event: webhook.Event{Headers: header, Body: s.body}, SignatureFault: s.signatureFault}
			if !yield(script.Job{ID: script.DeliveryID(uint64(i)), Prepare: func() (script.Prepared, error) { return made, nil }}, nil) {
				return
			}
		}
	}
	var results []engine.Result
	for r, err := range engine.Play(t.Context(), jobs, []engine.Target{target}, client, engine.Immediate()) {
		require.NoError(t, err)
		require.Len(t, r.Attempts, 1)
		results = append(results, r)
	}
	require.Len(t, results, len(sendings))
	return results
}
