package contracttest_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/webhook"
)

// A notebook is a test that writes down what fails.
type notebook struct {
	*testing.T
	errors []string
	fatal  string
}

func (n *notebook) Errorf(format string, args ...any) {
	n.errors = append(n.errors, fmt.Sprintf(format, args...))
}
func (n *notebook) Fatalf(format string, args ...any) { n.fatal = fmt.Sprintf(format, args...) }

const scenarioRun = `
steps:
  - {send: inbound.text, message: order, with: {message.text: "Two of those, please"}, fault: duplicate, expect: {status: 2xx, empty: true}}
  - {await: {call: send, message: m}}
  - {send: message.sent}
  - {send: message.delivered, expect: {calls: none}}
expect:
  calls: {call: send, count: 1, reply_to: order, with: {message.text: "We have got: Two of those, please"}, within: 1m}
  state: {at: "/answers/{{message.id}}", equals: delivered, order: [sent, delivered]}
`

// eventNames plays a story to a shop in a bubble and returns what fails.
func eventNames(t *testing.T, scenario string, change func(*shop)) *notebook {
	t.Helper()
	n := &notebook{T: t}
	synctest.Test(t, func(t *testing.T) {
		n.T = t
		provider, err := contracttest.NewProvider("gupshup")
		require.NoError(t, err)
		s := newShop(provider.URL(), provider.Client())
		change(s)
		contracttest.Test(n, s, scenario, contracttest.WithProvider(provider), contracttest.State("/state"))
		s.working.Wait()
	})
	return n
}

func TestAStoryIsJudged(t *testing.T) {
	t.Parallel()
	fine := func(*shop) {}
	for name, c := range map[string]struct {
		scenario string
		change   func(*shop)
		wants    []string
	}{
		"as it should be": {scenarioRun, fine, nil},
		"answered twice":  {scenarioRun, func(s *shop) { s.careless = true }, []string{"the consumer called send twice; want once within 1m0s\n  call 1 of 2"}},
		"another text": {strings.Replace(scenarioRun, "We have got: Two", "You want: Two", 1), fine,
			[]string{"the consumer called send never; want once within 1m0s; another 1 call gives other values"}},
		"to somebody else": {"steps:\n  - {send: inbound.text}\nexpect:\n  calls: {count: 1, to: \"+919000000001\", within: 1s}", func(s *shop) { s.forward = "919000000001" }, nil},
		"to nobody else": {strings.Replace(scenarioRun, "count: 1, reply_to: order,", "to: \"+919000000001\",", 1), fine,
			[]string{"the consumer called send never; want once within 1m0s; another 1 call is about somebody else"}},
		"to the wrong person": {"steps:\n  - {send: inbound.text}\nexpect:\n  calls: {count: 1, within: 1s}", func(s *shop) { s.forward = "919000000001" },
			[]string{"the consumer called send never; want once within 1s; another 1 call is about somebody else"}},
		"another state": {strings.Replace(scenarioRun, "equals: delivered", "equals: read", 1), fine,
			[]string{`state /answers/{{message.id}} is "delivered"; want "read"`}},
		"goes back": {strings.Replace(scenarioRun, "order: [sent, delivered]", "order: [delivered, sent]", 1), fine,
			[]string{"state /answers/{{message.id}} went back: from sent to delivered"}},
		"no such header": {strings.Replace(scenarioRun, "empty: true", "headers: {X-Shop: null}", 1), fine,
			[]string{"step 1: inbound.text: answer has no header X-Shop"}},
		"refused": {"steps: \n  - {send: inbound.text}", func(s *shop) { s.failing = 10 }, []string{"step 1: inbound.text: status 500; want 2xx"}},
		"no call": {"steps:\n  - {await: {call: send-template, within: 1s}}\n  - {send: message.sent}", fine,
			[]string{"the scenario waits for a call of send-template, and none came"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := eventNames(t, c.scenario, c.change)
			require.Empty(t, n.fatal)
			require.Equal(t, c.wants == nil, n.errors == nil, "%s", n.errors)
			for _, want := range c.wants {
				require.Contains(t, strings.Join(n.errors, "\n"), want)
			}
		})
	}
}

// A shop that is down is tried again by the provider's contract, in its time.
func TestDaysOfRetriesPassInABubble(t *testing.T) {
	t.Parallel()
	startedAt := time.Now()
	var duration time.Duration
	n := &notebook{T: t}
	synctest.Test(t, func(t *testing.T) {
		n.T = t
		provider, err := contracttest.NewProvider("gupshup")
		require.NoError(t, err)
		s := newShop(provider.URL(), provider.Client())
		s.failing = 1
		r := contracttest.Test(n, s, "steps:\n  - {send: inbound.text}\n  - {send: inbound.text, message: later, after: 6d}", contracttest.WithProvider(provider), contracttest.RealTime())
		s.working.Wait()
		require.Len(t, r.Deliveries[0].Attempts, 2, "the second attempt was taken")
		duration = r.Duration
	})
	require.Empty(t, n.errors)
	require.Greater(t, duration, 6*24*time.Hour)
	require.Less(t, time.Since(startedAt), time.Minute)
}

// Without RealTime, nobody waits for the provider's patience, in a bubble or not.
func TestRetriesFollowAtOnce(t *testing.T) {
	t.Parallel()
	n := &notebook{T: t}
	synctest.Test(t, func(t *testing.T) {
		n.T = t
		provider := contracttest.ProviderFor(t, "gupshup")
		s := newShop(provider.URL(), provider.Client())
		s.failing = 1
		r := contracttest.Test(n, s, "steps:\n  - {send: inbound.text}", contracttest.WithProvider(provider))
		s.working.Wait()
		require.Len(t, r.Deliveries[0].Attempts, 2)
		require.Less(t, r.Duration, 2*time.Second, "by the clock of the bubble; Gupshup waits for 10 s")
	})
	require.Empty(t, n.errors)
}

func TestAShippedScenarioAndAFileArePlayed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "order.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: order\nabout: An order.\nsteps:\n  - {send: inbound.text, expect: {calls: {count: 2}}}\n"), 0o600))
	require.Empty(t, eventNames(t, "message-delivered", func(*shop) {}).errors)
	n := eventNames(t, file, func(*shop) {})
	require.Len(t, n.errors, 1)
	require.Contains(t, n.errors[0], "step 1: the consumer called send once; want twice within 5s")
}

func TestWhatCannotBePlayedIsSaid(t *testing.T) {
	t.Parallel()
	for scenario, want := range map[string]string{
		"steps:\n  - {send: message.sennt}": `unknown event "message.sennt"`,
		"message-deliverd":                  `did you mean "message-delivered"?`,
		"nowhere.yaml":                      "read scenario: open nowhere.yaml",
		"nowhere.yml":                       "read scenario: open nowhere.yml",
		"steps:\n  - {send: message.sent}\n  - {sendx: message.sent}\n": `load inline.yaml:3:6: unknown key "sendx"`,
		"name: mine # so far\nsteps:\n  - {sendx: message.sent}":        "load mine.yaml:3:6: ",
		"steps:\n  - {send: account.nothing}":                           "unknown event",
	} {
		n := eventNames(t, scenario, func(*shop) {})
		require.Contains(t, n.fatal, want)
	}
	n := &notebook{T: t}
	contracttest.Test(n, http.NotFoundHandler(), "message-delivered")
	require.Contains(t, n.fatal, "nothing says which provider is played; give By(provider) or Route(name)")
	n = &notebook{T: t}
	contracttest.Test(n, nil, "message-delivered", contracttest.Route("gupshop"))
	require.Contains(t, n.fatal, `no provider or route is named "gupshop"`)
	n = &notebook{T: t}
	contracttest.Test(n, nil, "message-delivered", contracttest.Route("gupshup"))
	require.Contains(t, n.fatal, "there is no handler, and no URL; give To(url)")
	n = &notebook{T: t}
	contracttest.Test(n, http.NotFoundHandler(), "message-delivered", contracttest.Route("netcore"), contracttest.WithProvider(contracttest.ProviderFor(t, "gupshup")))
	require.Contains(t, n.fatal, "the provider plays gupshup/v2, and Route says netcore; leave Route out")
	n = &notebook{T: t}
	contracttest.Test(n, nil, "message-delivered", contracttest.Route("gupshup"), contracttest.To("ftp://127.0.0.1/"))
	require.Contains(t, n.fatal, "write http://host:port/path")
}

// A handler may speak before it answers, and one that ends its goroutine has broken off.
func TestHandlersAreHeardAsByAServer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		problem string
	}{
		"early hints": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusNoContent)
		}, ""},
		"no words": {func(http.ResponseWriter, *http.Request) {}, ""},
		"it ends":  {func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, "the handler broke the connection: it ended its goroutine, as FailNow does"},
	} {
		n := &notebook{T: t}
		synctest.Test(t, func(t *testing.T) {
			n.T = t
			contracttest.Test(n, c.handler, "steps:\n  - {send: inbound.text}", contracttest.Route("gupshup"))
		})
		require.Empty(t, n.fatal, name)
		if c.problem == "" {
			require.Empty(t, n.errors, name)
			continue
		}
		require.Len(t, n.errors, 1, name)
		require.Contains(t, n.errors[0], c.problem, name)
	}
}

func TestAHandlerThatPanicsBreaksTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &notebook{T: t}
		broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no") })
		contracttest.Test(n, broken, "steps:\n  - {send: message.sent}", contracttest.Route("gupshup"))
		require.Contains(t, strings.Join(n.errors, ""), "reset: send request: the handler broke the connection: it panicked: no")
		hanging := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		n = &notebook{T: t}
		contracttest.Test(n, hanging, "steps:\n  - {send: message.sent}", contracttest.Route("gupshup"))
		require.Contains(t, strings.Join(n.errors, ""), "timeout: send request: no answer within 10s")
	})
}

func TestAStoppedTestSaysSo(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	provider, err := contracttest.NewProvider("gupshup")
	require.NoError(t, err)
	_, err = contracttest.Grade(ctx, contracttest.Options{Handler: http.NotFoundHandler(), Provider: provider})
	require.ErrorIs(t, err, context.Canceled)
}

func TestAProviderThatThereIsNotFailsTheTest(t *testing.T) {
	t.Parallel()
	n := &notebook{T: t}
	require.Nil(t, contracttest.ProviderFor(n, "gupshop"))
	require.Equal(t, `contract test: find route: no provider or route is named "gupshop"; did you mean "gupshup"?`, n.fatal)
}

// A consumer remembers whom it has answered, and a second test or grade must not meet it
// with the same people.
func TestAConsumerIsMetByNewPeopleEachTime(t *testing.T) {
	t.Parallel()
	const asked = "steps:\n  - {send: inbound.text}\nexpect:\n  calls: {call: send, count: 1}"
	synctest.Test(t, func(t *testing.T) {
		provider := contracttest.ProviderFor(t, "gupshup")
		s := newShop(provider.URL(), provider.Client())
		n := &notebook{T: t}
		for range 2 {
			contracttest.Test(n, s, asked, contracttest.WithProvider(provider))
		}
		for range 2 {
			results, err := contracttest.Grade(t.Context(), contracttest.Options{Handler: s, Provider: provider, StateURL: "/state", Only: []string{"duplicate", "concurrent"}, Seed: 1})
			require.NoError(t, err)
			for _, r := range results {
				require.Equal(t, webhook.OutcomePassed, r.Outcome, r.Reason)
			}
		}
		s.working.Wait()
		require.Empty(t, n.errors)
		seen := len(s.orders)
		contracttest.Test(n, s, "message-delivered", contracttest.Route("gupshup"))
		contracttest.Test(n, s, "steps:\n  - {send: inbound.text}", contracttest.Route("gupshup"))
		contracttest.Test(n, s, "steps:\n  - {send: inbound.text}", contracttest.Route("gupshup"))
		s.working.Wait()
		require.Len(t, s.orders, seen+2, "tests without a provider of their own share none of their people")
		require.Empty(t, n.errors)
	})
}
