package engine_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
)

// shake tries a consumer by the handshake of a route.
func handshake(t *testing.T, route string, values map[string]string, response http.HandlerFunc) (delivery.Result, error) {
	t.Helper()
	s := stageOf(t, route)
	consumer := httptest.NewServer(response)
	defer consumer.Close()
	g, err := generator.New(s.catalog, generator.Options{})
	require.NoError(t, err)
	target, err := engine.TargetOf(s.route, engine.TargetOptions{URL: consumer.URL})
	require.NoError(t, err)
	client, err := delivery.New(delivery.Config{})
	require.NoError(t, err)
	defer client.Close()
	return engine.Handshake{Route: s.route, Generator: g, Values: values}.Handshake(t.Context(), &target, client)
}

func TestHandshake_EventMustBeAccepted(t *testing.T) {
	t.Parallel()
	for _, route := range []string{"gupshup/v2", "gupshup/v3"} {
		s := stageOf(t, route)
		validator, err := s.catalog.Validator(scopeOf(s))
		require.NoError(t, err)
		var event string
		result, err := handshake(t, route, nil, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil {
				event = validator.Body(body, time.Time{})[0].Verdict.Type
			}
		})
		require.NoError(t, err)
		require.True(t, result.OK, result.Cause)
		require.Equal(t, s.route.Provider.Name+"/"+s.route.Contract.Handshake.Event, event)

		result, err = handshake(t, route, nil, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
		require.NoError(t, err)
		require.True(t, result.OK, "a body is a warning: %s", result.Cause)

		result, err = handshake(t, route, nil, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) })
		require.NoError(t, err)
		require.False(t, result.OK)
		require.Equal(t, "status 404; want 2xx", result.Cause)
		require.Len(t, result.Attempts, 1, "it is tried once")
	}
}

func TestHandshake_ChallengeMustBeReturned(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	echo := func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Challenge string }
		if json.NewDecoder(r.Body).Decode(&asked) == nil && r.URL.Query().Get("token") == "k" {
			seen[asked.Challenge] = true
			_ = json.NewEncoder(w).Encode(map[string]string{"challenge": asked.Challenge})
		}
	}
	values := map[string]string{"validation_key": "k"}
	for range 2 {
		result, err := handshake(t, "mobtexting/sms", values, echo)
		require.NoError(t, err)
		require.True(t, result.OK, result.Cause)
	}
	require.Len(t, seen, 2, "the challenge is new each time")
	require.Len(t, values, 1)

	require.Equal(t, []string{"validation_key"}, engine.Handshake{Route: stageOf(t, "mobtexting/sms").route}.Needed())
	_, err := handshake(t, "mobtexting/sms", nil, echo)
	require.EqualError(t, err, "check handshake: {{validation_key}} has no value; set it")
}

func TestHandshake_ProviderWithout(t *testing.T) {
	t.Parallel()
	result, err := handshake(t, "tata-omni", nil, func(http.ResponseWriter, *http.Request) { t.Error("was called") })
	require.NoError(t, err)
	require.Equal(t, delivery.Result{OK: true}, result)
}
