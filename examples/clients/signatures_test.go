package clients_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

// A trial is a signed webhook, and the expected result of a verifier; "" if either is correct.
type trial struct {
	description string
	secrets     []string // the signing secrets, newest first
	sending     sending
	want        string
}

const accepts, rejects = "accepts", "rejects"

// schemeOf is Ringback's name of the scheme that a library verifies.
func schemeOf(l library) string {
	if l.name == standard {
		return "standard"
	}
	return "meta"
}

// secretOf is a secret for a scheme; different numbers give different secrets.
func secretOf(scheme string, n byte) string {
	key := []byte(strings.Repeat(string('a'+n), 32))
	if scheme == "standard" {
		return "whsec_" + base64.StdEncoding.EncodeToString(key)
	}
	return string(key)
}

// ascii is the trial that every library accepts.
const ascii = "a body of ASCII"

// trials are the webhooks that Ringback can sign, for a client with secret 1.
func trials(t *testing.T, route *schemas.Route, scheme string) []trial {
	t.Helper()
	plain, emoji := example(t, "message.text/examples/plain"), example(t, "message.reaction/examples/observed")
	own, other := secretOf(scheme, 1), secretOf(scheme, 2)
	all := []trial{
		{ascii, []string{own}, sending{body: plain}, accepts},
		{"a body with 👍", []string{own}, sending{body: emoji}, accepts},
		{"a body with `\\ud83d\\udc4d` (`--fault escape-non-ascii`)", []string{own}, sending{body: corrupt(t, "escape-non-ascii", emoji)}, accepts},
		{"a body with 👍, signed in the format with `\\ud83d\\udc4d`", []string{own}, sending{emoji, "sign-escaped"}, rejects},
		{"a body that isn't UTF-8 (`--fault invalid-utf8`)", []string{own}, sending{body: corrupt(t, "invalid-utf8:/entry/0/id", plain)}, ""},
		{"signed with another secret", []string{other}, sending{body: plain}, rejects},
	}
	if scheme == "standard" {
		seed := []byte(strings.Repeat("k", ed25519.SeedSize))
		private := "whsk_" + base64.StdEncoding.EncodeToString(ed25519.NewKeyFromSeed(seed))
		all = append(all,
			trial{"signed with a newer secret and its own", []string{other, own}, sending{body: plain}, accepts},
			trial{"signed with an Ed25519 key and its own secret", []string{private, own}, sending{body: plain}, accepts},
			trial{"signed with an Ed25519 key", []string{private}, sending{body: plain}, rejects})
	}
	return append(all, faulty(t, route, scheme, own, plain)...)
}

// faulty are the signature faults of the scheme. A signature in upper case, and two of which one
// is valid, may be accepted or not.
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
			continue // the fault doesn't apply to the scheme
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

func corrupt(t *testing.T, spec string, body []byte) []byte {
	t.Helper()
	f, err := fault.Parse(spec)
	require.NoError(t, err)
	made, ok := f.Body(body, fault.Layout{}, 0, nil)
	require.True(t, ok, spec)
	return made.Body
}

// observeSignatures tests a verifier, and returns its result of each trial.
func observeSignatures(t *testing.T, l library) (all []observation, results map[string]string) {
	t.Helper()
	scheme, route := schemeOf(l), v3(t)
	url := l.start(t, "SECRET="+secretOf(scheme, 1))
	results = map[string]string{}
	for i, try := range trials(t, route, scheme) {
		result := deliver(t, route, engine.TargetOptions{URL: url + "/webhooks", Scheme: scheme, Secrets: try.secrets}, try.sending)[0]
		views := state(t, url)
		require.Len(t, views, i+1)
		require.Equal(t, views[i].Rejected == "", result.Accepted, try.description)
		results[try.description] = accepts
		if !result.Accepted {
			results[try.description] = rejects
			if result.Attempts[0].Status != http.StatusUnauthorized {
				failure, _, _ := strings.Cut(views[i].Rejected, ":")
				all = append(all, observation{"fails with `" + failure + "` at {}", try.description})
			}
		}
		if try.want != "" && results[try.description] != try.want {
			all = append(all, observation{results[try.description] + " " + try.description, ""})
		}
	}
	require.Equal(t, accepts, results[ascii])
	for _, about := range []string{"signed with another secret", "`--fault tampered`", "`--fault missing-signature`"} {
		require.Equal(t, rejects, results[about], about)
	}
	return all, results
}

// The library responds to WhatsApp's challenge as Ringback expects.
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
	result := delivery.Handshake(t.Context(), client, delivery.Request{URL: url + "/webhooks"}, handshake, map[string]string{"token": "token-of-the-test", "challenge": "1158201444"})
	require.True(t, result.OK, result.Cause)
	require.Len(t, result.Attempts, 2, "an invalid token is tried too")
}
