package server

import (
	"cmp"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/mock/state"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

const hook = "http://127.0.0.1:3000/hook?key=hidden"

// A hookConsumer is an endpoint in the test's own time. It accepts every event.
type hookConsumer struct {
	handshake func(h hookRequest) webhook.Attempt

	mu   sync.Mutex
	seen []hookRequest
}

// A hookRequest is one that came to the consumer; response is what its handshake expects.
type hookRequest struct {
	delivery.Request
	handshake bool
	response  string
}

func (c *hookConsumer) Close() {}

func (c *hookConsumer) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	one := c.read(r)
	c.mu.Lock()
	c.seen = append(c.seen, one)
	c.mu.Unlock()
	a := webhook.Attempt{At: time.Now(), RequestHeaders: r.Header, Status: http.StatusOK}
	if one.handshake {
		a = c.handshake(one)
	}
	select {
	case <-time.After(a.Timing.Total):
	case <-ctx.Done():
	}
	return a
}

// read recognizes a challenge by its parameters, and the events that check a URL by their words.
func (c *hookConsumer) read(r delivery.Request) hookRequest {
	one := hookRequest{Request: r}
	var body struct{ Challenge string }
	if json.Unmarshal(r.Body, &body) == nil && body.Challenge != "" {
		return hookRequest{r, true, `{"challenge":"` + body.Challenge + `"}`}
	}
	if u, err := url.Parse(r.URL); err == nil && u.Query().Has("challenge") {
		return hookRequest{r, true, u.Query().Get("challenge")}
	}
	one.handshake = strings.Contains(string(r.Body), `"sandbox-start"`) || strings.Contains(string(r.Body), `"set-callback"`)
	return one
}

// requests are those that came, and are handshakes or not.
func (c *hookConsumer) requests(handshakes bool) []hookRequest {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []hookRequest
	for _, one := range c.seen {
		if one.handshake == handshakes {
			all = append(all, one)
		}
	}
	return all
}

// A hookResponse is how a consumer responds to a handshake, and why that is not accepted.
type hookResponse struct {
	respond func(h hookRequest) webhook.Attempt
	why     string
}

func accepting(h hookRequest) webhook.Attempt {
	return webhook.Attempt{At: time.Now(), Status: http.StatusOK, ResponseBody: []byte(h.response)}
}

func hookResponses() map[string]hookResponse {
	return map[string]hookResponse{
		"accepts":     {accepting, ""},
		"not found":   {func(hookRequest) webhook.Attempt { return webhook.Attempt{At: time.Now(), Status: http.StatusNotFound} }, "status 404"},
		"redirect":    {func(hookRequest) webhook.Attempt { return webhook.Attempt{At: time.Now(), Status: http.StatusFound} }, "status 302"},
		"unreachable": {func(hookRequest) webhook.Attempt { return refused("connection refused", webhook.FailureUnreachable, 0) }, "connection refused"},
		"timeout":     {func(h hookRequest) webhook.Attempt { return refused("timeout", webhook.FailureTimeout, h.Timeout) }, "timeout"},
	}
}

func refused(why string, failure webhook.Failure, after time.Duration) webhook.Attempt {
	return webhook.Attempt{At: time.Now(), Failure: failure, Error: why, Timing: webhook.Timing{Total: after}}
}

// handshakeServer is a server whose endpoints are all the consumer.
func handshakeServer(t *testing.T, c *hookConsumer, change func(*Options)) *Server {
	t.Helper()
	s := newServer(t, change)
	s.client = c
	return s
}

// subscribe gives the command to a route, and returns the status and the reason of a failure.
func subscribe(t *testing.T, s *Server, name, route string, values map[string]string) (status int, reason string, object map[string]string) {
	t.Helper()
	body, err := json.Marshal(map[string]any{"name": name, "route": route, "values": values})
	require.NoError(t, err)
	w := steer(t, s, "POST", "/api/v1/state/commands", string(body))
	var got struct {
		Reason, Detail string
		Objects        []map[string]string
	}
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &got))
	if len(got.Objects) > 0 {
		object = got.Objects[0]
	}
	return w.Code, got.Reason + " " + got.Detail, object
}

func subscriptions(s *Server) []state.Subscription {
	return named{s, defaultSession}.State(true).Subscriptions
}

// delivered is what the consumer gets of a scenario that is played on a route.
func delivered(t *testing.T, s *Server, c *hookConsumer, route string) int {
	t.Helper()
	before := len(c.requests(false))
	one, err := s.options.Catalog.Route(route)
	require.NoError(t, err)
	for _, eventType := range one.Types() {
		if len(eventType.CanonicalEvents()) == 0 || strings.HasPrefix(eventType.CanonicalEvents()[0], "sandbox.") {
			continue
		}
		_, err := s.Session("").Emit(t.Context(), EmitOptions{Type: eventType.Name, Route: route})
		require.NoError(t, err)
		break
	}
	synctest.Wait()
	return len(c.requests(false)) - before
}

// eachRoute calls test with each route of the catalog that has a handshake.
func eachRoute(t *testing.T, test func(t *testing.T, r *schemas.Route)) {
	t.Helper()
	kinds := map[string]bool{}
	for _, p := range newServer(t, nil).options.Catalog.Providers {
		for _, r := range p.Routes {
			if kind := r.Contract.Handshake.Kind; kind != "" && kind != "none" {
				kinds[p.Name+" "+kind+" "+r.Contract.Handshake.Event] = true
				t.Run(strings.ReplaceAll(r.Name, "/", "-"), func(t *testing.T) {
					t.Parallel()
					test(t, r)
				})
			}
		}
	}
	require.Subset(t, kinds, map[string]bool{
		"gupshup event v2/user-event.sandbox-start": true, "gupshup event v3/status.set-callback": true, "mobtexting challenge ": true,
	})
}

// On every route whose provider checks a URL in the call, a URL that isn't accepted is no
// subscription; one that is gets the events that follow.
func TestHandshake_EveryRoute(t *testing.T) {
	t.Parallel()
	eachRoute(t, func(t *testing.T, r *schemas.Route) {
		for name, c := range hookResponses() {
			synctest.Test(t, func(t *testing.T) {
				consumer := &hookConsumer{handshake: c.respond}
				s := handshakeServer(t, consumer, nil)
				allowed := cmp.Or(r.Contract.TimeAllowed, 10*time.Second)
				began := time.Now()
				status, reason, object := subscribe(t, s, "subscription.create", r.Name, map[string]string{"subscription.url": hook, "subscription.token": "key-7", "app.id": "app-7"})
				require.LessOrEqual(t, time.Since(began), allowed, name)
				tried := consumer.requests(true)
				require.Len(t, tried, 1, name)
				require.Equal(t, allowed, tried[0].Timeout, name)
				entries, _, err := s.journal.Find(t.Context(), journal.Query{Kind: journal.KindDelivery})
				require.NoError(t, err)
				require.Len(t, entries, 1, name)
				entry := entries[0]
				require.Len(t, entry.Delivery.Attempts, 1)
				require.Equal(t, string(tried[0].Body), string(entry.Delivery.Event.Body))
				require.Equal(t, "http://127.0.0.1:3000/hook", entry.Endpoint)
				if c.why == "" {
					require.Equal(t, http.StatusOK, status, "%s: %s", name, reason)
					require.Equal(t, "active", object["subscription.status"])
					require.Equal(t, "active", subscriptions(s)[0].Status)
					require.Equal(t, journal.StateSucceeded, entry.State)
					require.Equal(t, 1, delivered(t, s, consumer, r.Name), name)
					return
				}
				require.Equal(t, http.StatusUnprocessableEntity, status, name)
				require.Contains(t, reason, "url-rejected")
				require.Contains(t, reason, c.why)
				require.Empty(t, subscriptions(s), name)
				require.Equal(t, journal.StateFailed, entry.State)
				require.Contains(t, entry.Text, c.why)
				require.Zero(t, delivered(t, s, consumer, r.Name), name)
			})
		}
	})
}

// A challenge that isn't returned is no acceptance, and the consumer gets the token of the call.
func TestHandshake_WrongChallenge(t *testing.T) {
	t.Parallel()
	eachRoute(t, func(t *testing.T, r *schemas.Route) {
		if r.Contract.Handshake.Kind != "challenge" {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			consumer := &hookConsumer{handshake: func(h hookRequest) webhook.Attempt {
				return webhook.Attempt{At: time.Now(), Status: http.StatusOK, ResponseBody: []byte(strings.ReplaceAll(h.response, "-", "_"))}
			}}
			s := handshakeServer(t, consumer, nil)
			values := map[string]string{"subscription.url": hook, "subscription.token": "key-7", "subscription.secret": "secret-7"}
			status, reason, _ := subscribe(t, s, "subscription.create", r.Name, values)
			require.Equal(t, http.StatusUnprocessableEntity, status)
			require.Contains(t, reason, "url-rejected")
			require.Empty(t, subscriptions(s))
			tried := consumer.requests(true)[0]
			require.Contains(t, tried.URL+string(tried.Body), "key-7")
			require.NotContains(t, reason, "key-7")
			if r.Contract.Bearer {
				require.Contains(t, tried.Header, webhook.Header{Name: "Authorization", Value: "Bearer secret-7"})
			}
		})
	})
}

// A URL that a subscription changes to is checked, too: until then, and if it is rejected, the
// subscription has the one before.
func TestHandshake_Update(t *testing.T) {
	t.Parallel()
	eachRoute(t, func(t *testing.T, r *schemas.Route) {
		synctest.Test(t, func(t *testing.T) {
			consumer := &hookConsumer{handshake: accepting}
			s := handshakeServer(t, consumer, nil)
			_, _, object := subscribe(t, s, "subscription.create", r.Name, map[string]string{"subscription.url": hook})
			id := object["subscription.id"]
			status, _, _ := subscribe(t, s, "subscription.update", r.Name, map[string]string{"subscription.id": id, "subscription.url": hook, "subscription.name": "n"})
			require.Equal(t, http.StatusOK, status)
			require.Len(t, consumer.requests(true), 1, "the URL is the same")

			consumer.handshake = hookResponses()["not found"].respond
			status, reason, _ := subscribe(t, s, "subscription.update", r.Name, map[string]string{"subscription.id": id, "subscription.url": hook + "2"})
			require.Equal(t, http.StatusUnprocessableEntity, status)
			require.Contains(t, reason, "url-rejected")
			require.Len(t, consumer.requests(true), 2)
			require.Equal(t, hook, subscriptions(s)[0].URL)
			require.Equal(t, 1, delivered(t, s, consumer, r.Name))

			consumer.handshake = accepting
			status, _, _ = subscribe(t, s, "subscription.update", r.Name, map[string]string{"subscription.id": id, "subscription.url": hook + "2"})
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, hook+"2", subscriptions(s)[0].URL)
		})
	})
}

// Without a check, the provider sends its event or its challenge, but no response matters.
func TestHandshake_ThatDecidesNothing(t *testing.T) {
	t.Parallel()
	eachRoute(t, func(t *testing.T, r *schemas.Route) {
		for name, c := range hookResponses() {
			synctest.Test(t, func(t *testing.T) {
				consumer := &hookConsumer{handshake: c.respond}
				s := handshakeServer(t, consumer, nil)
				began := time.Now()
				status, reason, _ := subscribe(t, s, "subscription.create", r.Name, map[string]string{"subscription.url": hook, "subscription.check": "false"})
				require.Equal(t, http.StatusOK, status, reason)
				require.Zero(t, time.Since(began), "the call doesn't wait")
				require.Equal(t, 1, delivered(t, s, consumer, r.Name), name)
				require.Len(t, consumer.requests(true), 1, name)
				time.Sleep(time.Hour)
				require.Equal(t, "active", subscriptions(s)[0].Status, name)
			})
		}
	})
}

// Command line and state need no handshake.
func TestHandshake_NoneForToAndState(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		consumer := &hookConsumer{}
		s := handshakeServer(t, consumer, func(o *Options) { o.To = []Destination{{Route: "gupshup/v2", URL: "http://127.0.0.1:3001/"}} })
		w := steer(t, s, "PUT", "/api/v1/state", `{"subscriptions":[{"id":"1","provider":"gupshup","route":"gupshup/v2","url":"`+hook+`","active":true,"created_at":"2026-03-01T10:00:00Z","modified_at":"2026-03-01T10:00:00Z"}]}`)
		require.Equal(t, http.StatusOK, w.Code, w.Body)
		require.Equal(t, "active", subscriptions(s)[0].Status)
		require.Equal(t, 2, delivered(t, s, consumer, "gupshup/v2"))
		require.Empty(t, consumer.requests(true))
	})
}

// acmeOf is the example of a provider, with its handshake changed.
func acmeOf(t *testing.T, handshake string) func(*Options) {
	t.Helper()
	const declared = `{method: GET, query: "challenge={{challenge}}", expect: "{{challenge}}"}`
	tree := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(os.DirFS("../examples/providers"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile("../examples/providers/" + name)
		tree[name] = &fstest.MapFile{Data: text}
		return err
	}))
	text := string(tree["acme/provider.yaml"].Data)
	require.Contains(t, text, declared)
	tree["acme/provider.yaml"].Data = []byte(strings.Replace(text, declared, handshake, 1))
	return func(o *Options) { o.Schemas = []fs.FS{tree} }
}

// Where the provider checks a URL after the call, the subscription is pending, and then active or
// refused. Only an active one gets events.
func TestHandshake_Async(t *testing.T) {
	t.Parallel()
	acme := acmeOf(t, `{method: GET, query: "challenge={{challenge}}", expect: "{{challenge}}", stage: async}`)
	for name, c := range hookResponses() {
		synctest.Test(t, func(t *testing.T) {
			release := make(chan struct{})
			consumer := &hookConsumer{handshake: func(h hookRequest) webhook.Attempt { <-release; return c.respond(h) }}
			s := handshakeServer(t, consumer, acme)
			status, reason, object := subscribe(t, s, "subscription.create", "acme/sms", map[string]string{"subscription.url": hook})
			require.Equal(t, http.StatusOK, status, reason)
			require.Equal(t, "pending", object["subscription.status"])
			require.Equal(t, "false", object["subscription.active"])
			synctest.Wait()
			require.Equal(t, "pending", subscriptions(s)[0].Status)
			require.Zero(t, delivered(t, s, consumer, "acme/sms"), name)
			require.True(t, named{s, defaultSession}.Sessions()[0].Busy)

			close(release)
			time.Sleep(time.Minute)
			sub := subscriptions(s)[0]
			if c.why == "" {
				require.Equal(t, "active", sub.Status)
				require.Equal(t, 1, delivered(t, s, consumer, "acme/sms"), name)
				return
			}
			require.Equal(t, "refused", sub.Status)
			require.Contains(t, sub.Reason, c.why)
			require.Zero(t, delivered(t, s, consumer, "acme/sms"), name)

			consumer.handshake = accepting // the same URL, after the consumer was corrected
			status, _, _ = subscribe(t, s, "subscription.update", "acme/sms", map[string]string{"subscription.id": sub.ID, "subscription.url": hook})
			require.Equal(t, http.StatusOK, status)
			synctest.Wait()
			require.Equal(t, "active", subscriptions(s)[0].Status)
			require.Empty(t, subscriptions(s)[0].Reason)
			require.Equal(t, 1, delivered(t, s, consumer, "acme/sms"), name)
		})
	}
}

// A URL that changes during its check is settled by its own check alone.
func TestHandshake_AsyncChangedMeanwhile(t *testing.T) {
	t.Parallel()
	acme := acmeOf(t, `{method: GET, query: "challenge={{challenge}}", expect: "{{challenge}}", stage: async}`)
	synctest.Test(t, func(t *testing.T) {
		first := make(chan struct{})
		consumer := &hookConsumer{handshake: func(h hookRequest) webhook.Attempt {
			if strings.Contains(h.URL, "second") {
				return hookResponses()["not found"].respond(h)
			}
			<-first
			return accepting(h)
		}}
		s := handshakeServer(t, consumer, acme)
		_, _, object := subscribe(t, s, "subscription.create", "acme/sms", map[string]string{"subscription.url": hook})
		subscribe(t, s, "subscription.update", "acme/sms", map[string]string{"subscription.id": object["subscription.id"], "subscription.url": "http://127.0.0.1:3000/second"})
		synctest.Wait()
		require.Equal(t, "refused", subscriptions(s)[0].Status)
		close(first)
		synctest.Wait()
		require.Equal(t, "refused", subscriptions(s)[0].Status)
	})
}

// While a consumer takes its time for a handshake, everything else goes on, at any speed in real
// time; more handshakes than there is room for are put off.
func TestHandshake_HoldsNothingUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		consumer := &hookConsumer{handshake: func(h hookRequest) webhook.Attempt { return refused("timeout", webhook.FailureTimeout, h.Timeout) }}
		s := handshakeServer(t, consumer, func(o *Options) { o.Speed = 1000 })
		began := time.Now()
		var waiting sync.WaitGroup
		for range maxHandshakes {
			waiting.Go(func() { _, _ = s.Session("").Subscribe(t.Context(), "gupshup/v2", hook) })
		}
		synctest.Wait()
		require.Equal(t, http.StatusAccepted, sends(t, s, "").Code)
		status, _, _ := subscribe(t, s, "subscription.create", "gupshup/v2", map[string]string{"subscription.url": hook})
		require.Equal(t, http.StatusServiceUnavailable, status)
		require.Zero(t, time.Since(began))
		waiting.Wait()
		require.Equal(t, 10*time.Second, time.Since(began))
		consumer.handshake = accepting
		status, _, _ = subscribe(t, s, "subscription.create", "gupshup/v2", map[string]string{"subscription.url": hook})
		require.Equal(t, http.StatusOK, status)
	})
}

// A server that ends gives up a handshake, and accepts nothing for it.
func TestHandshake_ServerEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		consumer := &hookConsumer{handshake: func(h hookRequest) webhook.Attempt { return refused("canceled", webhook.FailureCanceled, time.Hour) }}
		s := handshakeServer(t, consumer, nil)
		done := make(chan error)
		go func() {
			_, err := s.Session("").Subscribe(t.Context(), "gupshup/v2", hook)
			done <- err
		}()
		synctest.Wait()
		s.Close()
		require.ErrorIs(t, <-done, ErrUnavailable)
		require.Empty(t, subscriptions(s))
	})
}

// A handshake is no event of a run: it is repeated by setting the URL again.
func TestHandshake_CantBeRedelivered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGated(fine)
		close(g.open)
		s := serverTo(t, g, nil)
		w := asked(t, sidesOf(t, s).provider, "POST", "/wa/app/1/subscription", form, strings.NewReader("modes=ALL&tag=a&version=2&url=http://127.0.0.1:1/"))
		require.Equal(t, http.StatusOK, w.Code, "%s", w.Body)
		w = steer(t, s, "POST", "/api/v1/deliveries/delivery-1/redeliver", "")
		require.Equal(t, http.StatusConflict, w.Code)
		require.Contains(t, w.Body.String(), "a handshake can't be redelivered")
		s.Close()
	})
}
