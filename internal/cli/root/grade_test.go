package root

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/examples/consumers/app"
	"github.com/ringback-dev/ringback/internal/cli"
)

// A way leads to the provider of a grade, wherever that listens.
type way struct{ at <-chan string }

func (w way) RoundTrip(r *http.Request) (*http.Response, error) {
	base, err := url.Parse(<-w.at)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = base.Scheme, base.Host, base.Host
	return http.DefaultTransport.RoundTrip(r)
}

// gradedApp grades the example application with some bugs: args are those of grade
// beside where the application and the provider are.
func gradedApp(t *testing.T, config app.Config, args ...string) (code int, out string) {
	t.Helper()
	listening, at := newAwaited("the provider's API is at "), make(chan string)
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		url := strings.TrimSpace(<-listening.line)
		for {
			select {
			case at <- url:
			case <-ended:
				return
			}
		}
	}()
	config.ProviderURL, config.Client = "http://provider.invalid", &http.Client{Transport: way{at}}
	a, err := app.New(config)
	require.NoError(t, err)
	consumer := httptest.NewServer(a)
	defer http.DefaultClient.CloseIdleConnections()
	defer consumer.Close()
	defer a.Close()
	var printed safeBuffer
	args = append([]string{"grade", "--to", consumer.URL + "/webhooks", "--state-url", consumer.URL + "/state", "--listen", "127.0.0.1:0", "--first-user", "1"}, args...)
	code = run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &printed, Err: listening})
	out = strings.ReplaceAll(printed.String(), consumer.URL, "http://127.0.0.1:3000")
	return code, out
}

// TestGrade_AcceptsFindings sends the example application's findings through a file of accepted ones.
func TestGrade_AcceptsFindings(t *testing.T) {
	t.Parallel()
	accept := func(text string) string {
		path := filepath.Join(t.TempDir(), "accept.yaml")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	const only, location = "baseline,duplicate,empty-response", "gupshup/v2 > inbound.text"
	both := app.Config{Bugs: []string{"dup", "body"}}
	for name, c := range map[string]struct {
		config app.Config
		args   []string
		code   int
		want   []string
	}{
		"a warning":            {app.Config{Bugs: []string{"body"}}, nil, cli.ExitOK, []string{`P19 +empty-response +warning`, `2 passed, 1 warning`}},
		"a warning that fails": {app.Config{Bugs: []string{"body"}}, []string{"--fail-on", "warning"}, cli.ExitFindings, []string{`P19 +empty-response +warning`}},
		"strict":               {app.Config{Bugs: []string{"body"}}, []string{"--strict-responses"}, cli.ExitFindings, []string{`P19 +empty-response +fail`}},
		"an error":             {both, nil, cli.ExitFindings, []string{`P1 +duplicate +fail`, `P1 duplicate .* location gupshup/v2 > inbound.text reproduce`}},
		"accepted": {both, []string{"--fail-on", "warning", "--accept", accept("- {probe: P1, reason: the queue comes in May, until: 9999-12-31}\n- {probe: empty-response, location: " + location + ", reason: Express}\n")},
			cli.ExitOK, []string{`P1 +duplicate +accepted`, `\(accepted until 9999-12-31: the queue comes in May\)`, `P19 +empty-response +accepted`, `1 passed, 2 accepted`}},
		"expired": {both, []string{"--accept", accept("- {probe: P1, reason: it was to be mended, until: 2020-01-31}\n")},
			cli.ExitFindings, []string{`P1 +duplicate +fail`, `\(the acceptance expired after 2020-01-31: it was to be mended\)`}},
		"elsewhere": {both, []string{"--accept", accept("- {probe: P1, location: gupshup/v2 > inbound.image, reason: x}\n")},
			cli.ExitFindings, []string{`P1 +duplicate +fail`, `warning: \S+accept.yaml:1: no finding matches \(probe P1, location gupshup/v2 > inbound.image\)`}},
	} {
		code, out := gradedApp(t, c.config, append([]string{"--only", only}, c.args...)...)
		require.Equal(t, c.code, code, "%s: %s", name, out)
		for _, want := range c.want {
			require.Regexp(t, want, strings.Join(strings.Fields(out), " "), name)
		}
	}
}

// A wrong path ends the grade with one line, and the reports say the same.
func TestGrade_EndsAtAWrongPath(t *testing.T) {
	t.Parallel()
	consumer := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(consumer.Close)
	file := filepath.Join(t.TempDir(), "grade.json")
	code, out, errs := ran(t, "grade", "--to", consumer.URL+"/wrong", "--listen", "127.0.0.1:0", "--report", "json="+file)
	require.Equal(t, cli.ExitFindings, code)
	require.Empty(t, out)
	require.Regexp(t, `^the provider's API is at \S+\n 1/29  P0   baseline           fail +0.\ds\nringback: grade `+consumer.URL+
		`/wrong: the endpoint rejects a webhook without faults: status 404; want 2xx; check the path of the URL, and that the application accepts POST\n$`, errs)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var report struct {
		Complete, Good bool
		Score          map[string]int
	}
	require.NoError(t, json.Unmarshal(text, &report))
	require.True(t, report.Complete)
	require.False(t, report.Good)
	require.Equal(t, 1, report.Score["fail"])
	require.Equal(t, 0, report.Score["pass"])
	require.Greater(t, report.Score["inconclusive"], 15)
}

func TestGrade_RunningServer(t *testing.T) {
	t.Parallel()
	serving := newAwaited("control API at ")
	served := make(chan int, 1)
	go func() {
		served <- run(t.Context(), []string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--control-token", "token-of-the-test"},
			cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: serving})
	}()
	t.Cleanup(func() { require.Equal(t, cli.ExitOK, <-served) })
	control, _, _ := strings.Cut(<-serving.line, ",")
	_, provider, _ := strings.Cut(serving.String(), "provider API at ")
	provider, _, _ = strings.Cut(provider, "\n")
	a, err := app.New(app.Config{ProviderURL: provider, Bugs: []string{"dup"}})
	require.NoError(t, err)
	consumer := httptest.NewServer(a)
	defer http.DefaultClient.CloseIdleConnections()
	defer consumer.Close()
	defer a.Close()
	code, out, errs := ran(t, "grade", "--to", consumer.URL+"/webhooks", "--state-url", consumer.URL+"/state", "--server", control,
		"--control-token", "token-of-the-test", "--only", "duplicate,early-status,unknown-field", "--report", "json=-")
	require.Equal(t, cli.ExitFindings, code, out+errs)
	var report struct {
		Results []struct{ ID, Outcome, Reason string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.Len(t, report.Results, 3)
	require.Equal(t, "fail", report.Results[0].Outcome)
	require.Contains(t, report.Results[0].Reason, "was called twice; in the baseline once")
	require.Equal(t, "inconclusive", report.Results[1].Outcome)
	require.Contains(t, report.Results[1].Reason, "which isn't possible with --server")
	require.Equal(t, "pass", report.Results[2].Outcome)

	code, _, errs = ran(t, "grade", "--to", consumer.URL+"/webhooks", "--server", control, "--only", "baseline")
	require.Equal(t, cli.ExitEnvironment, code)
	require.Contains(t, errs, "its control API responded with status 401; set --control-token if it needs one")
}

// A server that is gone in the middle is no finding about the consumer.
func TestGrade_EndsWithServer(t *testing.T) {
	t.Parallel()
	control := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"data": []}`) }))
	defer control.Close()
	gone := sync.OnceFunc(control.CloseClientConnections)
	a, err := app.New(app.Config{})
	require.NoError(t, err)
	defer a.Close()
	consumer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gone()
		_ = control.Listener.Close()
		a.ServeHTTP(w, r)
	}))
	defer http.DefaultClient.CloseIdleConnections()
	defer consumer.Close()
	file := filepath.Join(t.TempDir(), "grade.json")
	code, _, errs := ran(t, "grade", "--to", consumer.URL+"/webhooks", "--state-url", consumer.URL+"/state", "--server", control.URL, "--report", "json="+file)
	require.Equal(t, cli.ExitEnvironment, code, errs)
	require.Contains(t, errs, "use the server of --server: ")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), `"complete": false`)
}

// What an order of events did is kept in three forms, and each shows it again: signed,
// where the provider signs.
func TestGrade_SavesViolation(t *testing.T) {
	t.Parallel()
	skipWithoutBuilds(t)
	for route, secret := range map[string]string{"gupshup/v2": "", "mobtexting/whatsapp": "secret-of-the-test"} {
		t.Run(route, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			args := []string{"--provider", route, "--only", "lifecycle", "--save", folder}
			if secret != "" {
				args = append(args, "--secret", secret)
			}
			code, out := gradedApp(t, app.Config{Route: route, Secret: secret, Bugs: []string{"order"}}, args...)
			require.Equal(t, cli.ExitFindings, code, out)
			require.Regexp(t, `after message\.read, then message\.\w+:`, strings.Join(strings.Fields(out), " "))
			kept := filepath.Join(folder, "lifecycle-"+strings.ReplaceAll(route, "/", "-"))
			binary := testBinary(t, kept)
			showsAgain(t, kept, binary, app.Config{Route: route, Secret: secret, Bugs: []string{"order"}}, true)
			showsAgain(t, kept, binary, app.Config{Route: route, Secret: secret}, false)
			code, out, errs := ran(t, "scenario", "lint", kept+".yaml")
			require.Equal(t, cli.ExitOK, code, out+errs)
		})
	}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
}

// testBinary compiles the kept test.
func testBinary(t *testing.T, kept string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kept.test")
	out, err := exec.Command("go", "test", "-c", "-ldflags=-s", "-o", path, kept+"_test.go").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

// showsAgain runs the kept test and script against a consumer, which fails or does not.
func showsAgain(t *testing.T, kept, binary string, config app.Config, fails bool) {
	t.Helper()
	a, err := app.New(config)
	require.NoError(t, err)
	defer a.Close()
	consumer := httptest.NewServer(a)
	defer consumer.Close()
	env := append(os.Environ(), "CONSUMER_URL="+consumer.URL+"/webhooks", "STATE_URL="+consumer.URL+"/state", "SECRET="+config.Secret)

	test := exec.Command(binary, "-test.count=1")
	test.Dir, test.Env = filepath.Dir(kept), env
	text, err := test.CombinedOutput()
	require.Equal(t, fails, err != nil, "%s", text)
	if fails {
		require.Contains(t, string(text), `want "read"`)
	}

	for _, program := range []string{"curl", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Logf("%s is not installed: the script is not run here, but where it is", program)
			return
		}
	}
	script := exec.Command("sh", kept+".sh")
	script.Env = env
	text, err = script.CombinedOutput()
	require.NoError(t, err, "%s", text)
	require.Equal(t, 2, strings.Count(string(text), "200\n"), "%s", text)
	require.Equal(t, fails, !strings.Contains(string(text), `"by_status":{"read":2}`), "%s", text)
}

// What a grade delivered is on a tape, which tells what the consumer has accepted.
func TestGrade_TapeHasAcceptedDeliveries(t *testing.T) {
	t.Parallel()
	tape := filepath.Join(t.TempDir(), "grade.tape")
	code, out := gradedApp(t, app.Config{}, "--only", "documented,malformed", "--tape", tape)
	require.Equal(t, cli.ExitOK, code, out)
	code, out, errs := ran(t, "coverage", "--provider", "gupshup/v2", "--accepted", tape, "--format", "json")
	require.Equal(t, cli.ExitOK, code, errs)
	var routes []struct {
		Shares map[string]struct{ Covered, All, Items int }
		Types  []struct {
			Name   string
			Shares map[string]struct{ Covered, Items int }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &routes))
	require.Len(t, routes, 1)
	accepted := routes[0].Shares["accepted"]
	require.Greater(t, accepted.Items, 40)
	require.Less(t, accepted.Covered, accepted.All)
	for _, e := range routes[0].Types {
		require.NotZero(t, e.Shares["accepted"].Covered, "%s: every event is documented", e.Name)
	}
}
