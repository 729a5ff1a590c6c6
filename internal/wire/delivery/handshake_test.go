package delivery_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
)

func namedHandshake(t *testing.T, name string) contract.Handshake {
	t.Helper()
	h, err := contract.NamedHandshake(name)
	require.NoError(t, err)
	return h
}

func handshake(t *testing.T, name string, consumer http.HandlerFunc) delivery.Result {
	t.Helper()
	server := httptest.NewServer(consumer)
	defer server.Close()
	values := map[string]string{"challenge": "1158201444", "token": `vibe&"coding`, "validation_key": `key&"1`}
	return delivery.Handshake(t.Context(), newClient(t, delivery.Config{}), delivery.Request{URL: server.URL + "/hook?a=1#top"}, namedHandshake(t, name), values)
}

func subscribe(response func(w http.ResponseWriter, challenge string, right bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		response(w, q.Get("hub.challenge"), r.Method == http.MethodGet && q.Get("a") == "1" && q.Get("hub.mode") == "subscribe" && q.Get("hub.verify_token") == `vibe&"coding`)
	}
}

func TestHandshake_Meta(t *testing.T) {
	t.Parallel()
	guarded := func(format string) http.HandlerFunc {
		return subscribe(func(w http.ResponseWriter, challenge string, right bool) {
			if !right {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			_, _ = fmt.Fprintf(w, format, challenge)
		})
	}
	for _, c := range []struct {
		why      string
		attempts int
		consumer http.HandlerFunc
	}{
		{"", 2, guarded("%s")},
		{"response has white space around the challenge; want the challenge byte for byte", 1, guarded("%s\n")},
		{"response has the challenge in quotes; want it byte for byte", 1, guarded("%q")},
		{"response is not the challenge; want it byte for byte", 1, guarded("no%.0s")},
		{"response has the challenge despite an invalid token; check it first and respond 403", 2,
			subscribe(func(w http.ResponseWriter, challenge string, _ bool) { _, _ = fmt.Fprint(w, challenge) })},
		{"response has the challenge despite an invalid token; check it first and respond 403", 2,
			subscribe(func(w http.ResponseWriter, challenge string, right bool) {
				if !right {
					w.WriteHeader(http.StatusForbidden)
				}
				_, _ = fmt.Fprint(w, challenge)
			})},
		{"status 403; want 200", 1, subscribe(func(w http.ResponseWriter, _ string, _ bool) { w.WriteHeader(http.StatusForbidden) })},
		{"status 201; want 200", 1, subscribe(func(w http.ResponseWriter, challenge string, _ bool) {
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprint(w, challenge)
		})},
		{"status 307; redirects are not followed", 1, subscribe(func(w http.ResponseWriter, _ string, _ bool) {
			w.Header().Set("Location", "http://169.254.169.254/")
			w.WriteHeader(http.StatusTemporaryRedirect)
		})},
	} {
		result := handshake(t, "meta", c.consumer)
		require.Equal(t, c.why, result.Cause)
		require.Equal(t, c.why == "", result.OK)
		require.Len(t, result.Attempts, c.attempts)
	}
}

func TestHandshake_RBM(t *testing.T) {
	t.Parallel()
	consumer := func(check bool) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var body struct{ ClientToken, Secret string }
			if json.NewDecoder(r.Body).Decode(&body) != nil || check && body.ClientToken != `vibe&"coding` {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			_, _ = fmt.Fprint(w, body.Secret)
		}
	}
	require.True(t, handshake(t, "rbm", consumer(true)).OK)
	require.Contains(t, handshake(t, "rbm", consumer(false)).Cause, "invalid token")
}

func TestHandshake_ValidationKey(t *testing.T) {
	t.Parallel()
	consumer := func(response string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			var body map[string]string
			if json.NewDecoder(r.Body).Decode(&body) != nil || r.URL.Query().Get("token") != body["validation_key"] || r.Header.Get("Content-Type") != "application/json" {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			_, _ = fmt.Fprint(w, strings.ReplaceAll(response, "$", body["challenge"]))
		}
	}
	require.Empty(t, handshake(t, "validation-key", consumer(` { "challenge" : "$", "more": 1 } `)).Cause)
	require.Equal(t, `response lacks string "1158201444" at /challenge; want {"challenge":"1158201444"}`, handshake(t, "validation-key", consumer(`{"challenge":1158201444}`)).Cause)
	require.Contains(t, handshake(t, "validation-key", consumer(`$`)).Cause, "response lacks")
	require.Contains(t, handshake(t, "validation-key", consumer(`{"challenge":"$"`)).Cause, "response is not JSON")
}

func TestHandshake_HEAD(t *testing.T) {
	t.Parallel()
	require.True(t, handshake(t, "head", func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodHead {
			w.WriteHeader(http.StatusMethodNotAllowed)
		}
	}).OK)
	require.Equal(t, "status 405; want 2xx", handshake(t, "head", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusMethodNotAllowed) }).Cause)
}

func TestHandshake_RejectsInvalidBeforeSending(t *testing.T) {
	t.Parallel()
	h := namedHandshake(t, "meta")
	require.Equal(t, []string{"challenge", "token"}, h.Names())
	require.EqualError(t, h.Check(map[string]string{"challenge": "1"}), "check handshake: {{token}} has no value; set it")
	result := delivery.Handshake(t.Context(), newClient(t, delivery.Config{}), delivery.Request{URL: "http://127.0.0.1:1/"}, h, nil)
	require.False(t, result.OK)
	require.Empty(t, result.Attempts)
	h.Guard = "key"
	require.ErrorContains(t, h.Check(map[string]string{"challenge": "1", "token": "2"}), `guard "key" is not in query or body; add {{key}} to one of them`)
	_, err := contract.NamedHandshake("mata")
	require.ErrorContains(t, err, `did you mean "meta"?`)
}
