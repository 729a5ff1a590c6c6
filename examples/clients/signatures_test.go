package clients_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/contract"
	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/fault"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A trial is a signed webhook, and what a verifier should say to it; "" if either is
// right.
type trial struct {
	about   string
	secrets []string // that sign, newest first
	sending sending
	want    string
}

const accepts, rejects = "accepts", "refuses"

// schemeOf is the scheme of Ringback's that a library verifies.
func schemeOf(l library) string {
	if l.name == standard {
		return "standard"
	}
	return "meta"
}

// secretOf is a secret that a scheme takes; different numbers give different ones.
func secretOf(scheme string, n byte) string {
	key := []byte(strings.Repeat(string('a'+n), 32))
	if scheme == "standard" {
		return "whsec_" + base64.StdEncoding.EncodeToString(key)
	}
	return string(key)
}

// ascii is the trial that anybody accepts.
const ascii = "a body of ASCII"

// trials are what Ringback can sign, for a client that knows secret 1.
func trials(t *testing.T, route *schemas.Route, scheme string) []trial {
	t.Helper()
	plain, emoji := example(t, "message.text/examples/plain"), example(t, "message.reaction/examples/observed")
	own, other := secretOf(scheme, 1), secretOf(scheme, 2)
	all := []trial{
		{ascii, []string{own}, sending{body: plain}, accepts},
		{"a body with 👍", []string{own}, sending{body: emoji}, accepts},
		{"a body with `\\ud83d\\udc4d` (`--fault escape-non-ascii`)", []string{own}, sending{body: spoilt(t, "escape-non-ascii", emoji)}, accepts},
		{"a body with 👍, of which the form with `\\ud83d\\udc4d` is signed", []string{own}, sending{emoji, "sign-escaped"}, rejects},
		{"a body that is no UTF-8 (`--fault invalid-utf8`)", []string{own}, sending{body: spoilt(t, "invalid-utf8:/entry/0/id", plain)}, ""},
		{"by another secret", []string{other}, sending{body: plain}, rejects},
	}
	if scheme == "standard" {
		seed := []byte(strings.Repeat("k", ed25519.SeedSize))
		private := "whsk_" + base64.StdEncoding.EncodeToString(ed25519.NewKeyFromSeed(seed))
		all = append(all,
			trial{"by a newer secret and its own", []string{other, own}, sending{body: plain}, accepts},
			trial{"by an Ed25519 key and its own secret", []string{private, own}, sending{body: plain}, accepts},
			trial{"by an Ed25519 key", []string{private}, sending{body: plain}, rejects})
	}
	return append(all, faulty(t, route, scheme, own, plain)...)
}

// faulty are the faults that a signature of the scheme can have. A signature in upper
// case, and two of which one is right, may be accepted or not.
func faulty(t *testing.T, route *schemas.Route, scheme, secret string, body []byte) (all []trial) {
	t.Helper()
	target, err := engine.TargetOf(route, engine.TargetOptions{URL: "http://127.0.0.1/", Scheme: scheme, Secrets: []string{secret}})
	require.NoError(t, err)
	for _, kind := range fault.Kinds() {
		if kind.Stage != fault.StageSignature {
			continue
		}
		f, err := fault.Parse(kind.Name)
		require.NoError(t, err)
		if target.Check(f) != nil {
			continue // the scheme has nothing to be spoilt so
		}
		want := rejects
		if kind.Name == "upper-case-signature" || kind.Name == "doubled-signature" {
			want = ""
		}
		all = append(all, trial{"`--fault " + kind.Name + "`", []string{secret}, sending{body, f.SignatureFault()}, want})
	}
	return all
}

func example(t *testing.T, path string) []byte {
	t.Helper()
	body, err := os.ReadFile("../../schemas/gupshup/v3/" + path + ".json")
	require.NoError(t, err)
	return body
}

func spoilt(t *testing.T, spec string, body []byte) []byte {
	t.Helper()
	f, err := fault.Parse(spec)
	require.NoError(t, err)
	made, ok := f.Body(body, fault.Layout{}, 0, nil)
	require.True(t, ok, spec)
	return made.Body
}

// observeSignatures tries a verifier, and returns what it said to each trial.
func observeSignatures(t *testing.T, l library) (all []observation, said map[string]string) {
	t.Helper()
	scheme, route := schemeOf(l), v3(t)
	url := l.start(t, "SECRET="+secretOf(scheme, 1))
	said = map[string]string{}
	for i, try := range trials(t, route, scheme) {
		result := deliver(t, route, engine.TargetOptions{URL: url + "/webhooks", Scheme: scheme, Secrets: try.secrets}, try.sending)[0]
		views := state(t, url)
		require.Len(t, views, i+1)
		require.Equal(t, views[i].Refused == "", result.Accepted, try.about)
		said[try.about] = accepts
		if !result.Accepted {
			said[try.about] = rejects
			if result.Attempts[0].Status != http.StatusUnauthorized {
				failure, _, _ := strings.Cut(views[i].Refused, ":")
				all = append(all, observation{"fails with `" + failure + "` at {}", try.about})
			}
		}
		if try.want != "" && said[try.about] != try.want {
			all = append(all, observation{said[try.about] + " " + try.about, ""})
		}
	}
	require.Equal(t, accepts, said[ascii])
	for _, about := range []string{"by another secret", "`--fault tampered`", "`--fault missing-signature`"} {
		require.Equal(t, rejects, said[about], about)
	}
	return all, said
}

// The library's own answer to WhatsApp's challenge is the one that Ringback wants.
func TestHandshake_Succeeds(t *testing.T) {
	t.Parallel()
	l := ofNode(t, secreto, "express.mjs")
	l.needed(t)
	url := l.start(t, "VERIFY_TOKEN=token-of-the-test")
	handshake, err := contract.NamedHandshake("meta")
	require.NoError(t, err)
	client, err := delivery.New(delivery.Config{})
	require.NoError(t, err)
	defer client.Close()
	result := client.Handshake(t.Context(), url+"/webhooks", handshake, map[string]string{"token": "token-of-the-test", "challenge": "1158201444"})
	require.True(t, result.OK, result.Cause)
	require.Len(t, result.Attempts, 2, "a wrong token is tried too")
}
