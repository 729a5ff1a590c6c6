package contracttest_test

import (
	"context"
	"fmt"
	"net"
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
	"github.com/ringback-dev/ringback/internal/base/testconsumer"
	"github.com/ringback-dev/ringback/webhook"
)

// A recorder is a test that records its failures.
type recorder struct {
	*testing.T
	errors []string
	fatal  string
}

func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}
func (r *recorder) Fatalf(format string, args ...any) { r.fatal = fmt.Sprintf(format, args...) }

func newShop(api string, client *http.Client) *testconsumer.Shop {
	return testconsumer.NewShop(api, client)
}

const orderScenario = `
steps:
  - {send: inbound.text, message: order, with: {message.text: "Two of those, please"}, faults: duplicate, expect: {status: 2xx, empty: true}}
  - {await: {call: send, message: m}}
  - {send: message.sent}
  - {send: message.delivered, expect: {calls: none}}
expect:
  calls: {call: send, count: 1, reply_to: order, with: {message.text: "Received: Two of those, please"}, within: 1m}
  state: {at: "/replies/{{message.id}}", equals: delivered, order: [sent, delivered]}
`

// runShop runs a scenario against a shop in a bubble and returns the failures.
func runShop(t *testing.T, scenario string, change func(*testconsumer.Shop)) *recorder {
	t.Helper()
	n := &recorder{T: t}
	synctest.Test(t, func(t *testing.T) {
		n.T = t
		provider, err := contracttest.NewProvider("gupshup")
		require.NoError(t, err)
		s := newShop(provider.URL(), provider.Client())
		change(s)
		contracttest.Test(n, s, scenario, contracttest.WithProvider(provider), contracttest.State("/state"))
		s.Wait()
	})
	return n
}

func TestTest_ReportsUnmetExpectations(t *testing.T) {
	t.Parallel()
	fine := func(*testconsumer.Shop) {}
	for name, c := range map[string]struct {
		scenario string
		change   func(*testconsumer.Shop)
		wants    []string
	}{
		"all expectations met": {orderScenario, fine, nil},
		"two replies":          {orderScenario, func(s *testconsumer.Shop) { s.Careless = true }, []string{"the consumer called send twice; want once within 1m0s\n  call 1 of 2"}},
		"text differs": {strings.Replace(orderScenario, "Received: Two", "You want: Two", 1), fine,
			[]string{"the consumer called send never; want once within 1m0s; another 1 call has other values"}},
		"expected recipient": {"steps:\n  - {send: inbound.text}\nexpect:\n  calls: {count: 1, to: \"+919000000001\", within: 1s}", func(s *testconsumer.Shop) { s.Forward = "919000000001" }, nil},
		"recipient without a call": {strings.Replace(orderScenario, "count: 1, reply_to: order,", "to: \"+919000000001\",", 1), fine,
			[]string{"the consumer called send never; want once within 1m0s; another 1 call is about another end user"}},
		"unexpected recipient": {"steps:\n  - {send: inbound.text}\nexpect:\n  calls: {count: 1, within: 1s}", func(s *testconsumer.Shop) { s.Forward = "919000000001" },
			[]string{"the consumer called send never; want once within 1s; another 1 call is about another end user"}},
		"state differs": {strings.Replace(orderScenario, "equals: delivered", "equals: read", 1), fine,
			[]string{`state /replies/{{message.id}} is "delivered"; want "read"`}},
		"state goes back": {strings.Replace(orderScenario, "order: [sent, delivered]", "order: [delivered, sent]", 1), fine,
			[]string{"state /replies/{{message.id}} went back: from sent to delivered"}},
		"header missing": {strings.Replace(orderScenario, "empty: true", "headers: {X-Shop: null}", 1), fine,
			[]string{"step 1: inbound.text: response has no header X-Shop"}},
		"rejected": {"steps: \n  - {send: inbound.text}", func(s *testconsumer.Shop) { s.Failing = 10 }, []string{"step 1: inbound.text: status 500; want 2xx"}},
		"call missing": {"steps:\n  - {await: {call: send-template, within: 1s}}\n  - {send: message.sent}", fine,
			[]string{"the scenario waits for a call of send-template, but the consumer made no such call"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := runShop(t, c.scenario, c.change)
			require.Empty(t, n.fatal)
			require.Equal(t, c.wants == nil, n.errors == nil, "%s", n.errors)
			for _, want := range c.wants {
				require.Contains(t, strings.Join(n.errors, "\n"), want)
			}
		})
	}
}

// A shop that fails gets a retry after the delay of the provider's contract.
func TestTest_KeepsDelaysWithRealTime(t *testing.T) {
	t.Parallel()
	startedAt := time.Now()
	var duration time.Duration
	n := &recorder{T: t}
	synctest.Test(t, func(t *testing.T) {
		n.T = t
		provider, err := contracttest.NewProvider("gupshup")
		require.NoError(t, err)
		s := newShop(provider.URL(), provider.Client())
		s.Failing = 1
		r := contracttest.Test(n, s, "steps:\n  - {send: inbound.text}\n  - {send: inbound.text, message: later, after: 6d}", contracttest.WithProvider(provider), contracttest.RealTime())
		s.Wait()
		require.Len(t, r.Deliveries[0].Attempts, 2, "the retry is accepted")
		duration = r.Duration
	})
	require.Empty(t, n.errors)
	require.Greater(t, duration, 6*24*time.Hour)
	require.Less(t, time.Since(startedAt), time.Minute)
}

// Without RealTime, a retry has no delay, in a bubble or not.
func TestTest_RetriesAtOnce(t *testing.T) {
	t.Parallel()
	n := &recorder{T: t}
	synctest.Test(t, func(t *testing.T) {
		n.T = t
		provider := contracttest.ProviderFor(t, "gupshup")
		s := newShop(provider.URL(), provider.Client())
		s.Failing = 1
		r := contracttest.Test(n, s, "steps:\n  - {send: inbound.text}", contracttest.WithProvider(provider))
		s.Wait()
		require.Len(t, r.Deliveries[0].Attempts, 2)
		require.Less(t, r.Duration, 2*time.Second, "the bubble's clock; Gupshup waits for 10 s")
	})
	require.Empty(t, n.errors)
}

func TestTest_RunsShippedScenariosAndFiles(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "order.yaml")
	require.NoError(t, os.WriteFile(file, []byte("name: order\ndescription: An order.\nsteps:\n  - {send: inbound.text, expect: {calls: {count: 2}}}\n"), 0o600))
	require.Empty(t, runShop(t, "message-delivered", func(*testconsumer.Shop) {}).errors)
	n := runShop(t, file, func(*testconsumer.Shop) {})
	require.Len(t, n.errors, 1)
	require.Contains(t, n.errors[0], "step 1: the consumer called send once; want twice within 5s")
}

func TestTest_RejectsInvalidInput(t *testing.T) {
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
		n := runShop(t, scenario, func(*testconsumer.Shop) {})
		require.Contains(t, n.fatal, want)
	}
	n := &recorder{T: t}
	contracttest.Test(n, http.NotFoundHandler(), "message-delivered")
	require.Contains(t, n.fatal, "it names no provider; use the option WithProvider or Route")
	n = &recorder{T: t}
	contracttest.Test(n, http.NotFoundHandler(), "message-delivered", contracttest.Route("gupshop"))
	require.Contains(t, n.fatal, `no provider or route is named "gupshop"`)
	n = &recorder{T: t}
	contracttest.Test(n, nil, "message-delivered", contracttest.Route("gupshup"))
	require.Contains(t, n.fatal, "no consumer: pass a handler, or use the option To")
	n = &recorder{T: t}
	contracttest.Test(n, http.NotFoundHandler(), "message-delivered", contracttest.Route("netcore"), contracttest.WithProvider(contracttest.ProviderFor(t, "gupshup")))
	require.Contains(t, n.fatal, "the provider's route is gupshup/v2, and the option Route has netcore; leave Route out")
	n = &recorder{T: t}
	contracttest.Test(n, http.NotFoundHandler(), "message-delivered", contracttest.Route("gupshup"), contracttest.Only("P1"))
	require.Contains(t, n.fatal, "read options: Only is for Grade only")
	n = &recorder{T: t}
	contracttest.Test(n, http.NotFoundHandler(), "", contracttest.Route("gupshup"))
	require.Contains(t, n.fatal, "read scenario: it is empty")
	n = &recorder{T: t}
	contracttest.Test(n, nil, "message-delivered", contracttest.Route("gupshup"), contracttest.To("ftp://127.0.0.1/"))
	require.Contains(t, n.fatal, "want http:// or https:// and a host")
}

// A handler may send an informational response first. One that ends its goroutine breaks the connection.
func TestTest_RunsHandlersAsAServerDoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		problem string
	}{
		"early hints": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusNoContent)
		}, ""},
		"no response":    {func(http.ResponseWriter, *http.Request) {}, ""},
		"goroutine ends": {func(http.ResponseWriter, *http.Request) { runtime.Goexit() }, "the handler broke the connection: it exited its goroutine, as FailNow does"},
	} {
		n := &recorder{T: t}
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

func TestTest_ReportsPanicsAndTimeouts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := &recorder{T: t}
		broken := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("no") })
		contracttest.Test(n, broken, "steps:\n  - {send: message.sent}", contracttest.Route("gupshup"))
		require.Contains(t, strings.Join(n.errors, ""), "reset: send request: the handler broke the connection: it panicked: no")
		hanging := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		n = &recorder{T: t}
		contracttest.Test(n, hanging, "steps:\n  - {send: message.sent}", contracttest.Route("gupshup"))
		require.Contains(t, strings.Join(n.errors, ""), "timeout: send request: no response within 10s")
	})
}

func TestGrade_ReturnsTypedErrors(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	stop()
	_, err := contracttest.Grade(ctx, http.NotFoundHandler(), contracttest.Route("gupshup"))
	require.ErrorIs(t, err, context.Canceled)

	_, err = contracttest.Grade(t.Context(), http.NotFoundHandler(), contracttest.Route("gupshop"))
	require.ErrorIs(t, err, contracttest.ErrUnknownRoute)
	_, err = contracttest.NewProvider("gupshop")
	require.ErrorIs(t, err, contracttest.ErrUnknownRoute)
	require.EqualError(t, err, `find route: no provider or route is named "gupshop"; did you mean "gupshup"?`)

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	_, err = contracttest.Grade(t.Context(), nil, contracttest.Route("gupshup"), contracttest.To("http://"+listener.Addr().String()))
	require.ErrorIs(t, err, contracttest.ErrUnreachable)

	results, err := contracttest.Grade(t.Context(), http.NotFoundHandler(), contracttest.Route("gupshup"), contracttest.Only("baseline", "duplicate"))
	require.ErrorIs(t, err, contracttest.ErrRejected)
	require.Len(t, results, 2)

	_, err = contracttest.Grade(t.Context(), http.NotFoundHandler())
	require.EqualError(t, err, "grade: no provider; use the option WithProvider or Route")
	_, err = contracttest.Grade(t.Context(), nil, contracttest.Route("gupshup"))
	require.EqualError(t, err, "grade: no consumer: pass a handler, or use the option To")
	_, err = contracttest.Grade(t.Context(), http.NotFoundHandler(), contracttest.Route("gupshup"), contracttest.RealTime())
	require.EqualError(t, err, "grade: read options: RealTime is for Test only")
}

// A body in the response is a warning, and a failure with StrictResponses.
func TestTest_StrictResponses(t *testing.T) {
	t.Parallel()
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("OK")) })
	for strict, want := range map[bool]int{false: 0, true: 1} {
		n := &recorder{T: t}
		synctest.Test(t, func(t *testing.T) {
			n.T = t
			options := []contracttest.Option{contracttest.Route("gupshup")}
			if strict {
				options = append(options, contracttest.StrictResponses())
			}
			contracttest.Test(n, ok, "steps:\n  - {send: inbound.text}\n", options...)
		})
		require.Len(t, n.errors, want)
		if strict {
			require.Contains(t, n.errors[0], "response has a body; want it empty")
		}
	}
}

func TestProviderFor_FailsForAnUnknownRoute(t *testing.T) {
	t.Parallel()
	n := &recorder{T: t}
	require.Nil(t, contracttest.ProviderFor(n, "gupshop"))
	require.Equal(t, `contract test: find route: no provider or route is named "gupshop"; did you mean "gupshup"?`, n.fatal)
}

// A consumer remembers end users, so each test or grade must have new ones.
func TestTest_UsesNewEndUsersEachTime(t *testing.T) {
	t.Parallel()
	const asked = "steps:\n  - {send: inbound.text}\nexpect:\n  calls: {call: send, count: 1}"
	synctest.Test(t, func(t *testing.T) {
		provider := contracttest.ProviderFor(t, "gupshup")
		s := newShop(provider.URL(), provider.Client())
		n := &recorder{T: t}
		for range 2 {
			contracttest.Test(n, s, asked, contracttest.WithProvider(provider))
		}
		for range 2 {
			results, err := contracttest.Grade(t.Context(), s, contracttest.WithProvider(provider), contracttest.State("/state"), contracttest.Only("duplicate", "concurrent"))
			require.NoError(t, err)
			for _, r := range results {
				require.Equal(t, webhook.OutcomePassed, r.Outcome, r.Reason)
			}
		}
		s.Wait()
		require.Empty(t, n.errors)
		seen := len(s.Orders)
		contracttest.Test(n, s, "message-delivered", contracttest.Route("gupshup"))
		contracttest.Test(n, s, "steps:\n  - {send: inbound.text}", contracttest.Route("gupshup"))
		contracttest.Test(n, s, "steps:\n  - {send: inbound.text}", contracttest.Route("gupshup"))
		s.Wait()
		require.Len(t, s.Orders, seen+2, "tests without WithProvider share no end users")
		require.Empty(t, n.errors)
	})
}
