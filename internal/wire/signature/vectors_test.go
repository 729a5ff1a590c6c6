package signature_test

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// A vector has the keys of the published and recorded vectors.
type vector map[string]any

func (v vector) text(key string) string {
	text, _ := v[key].(string)
	return text
}

// body returns the Base64 body if there is one, because some bodies are not text.
func (v vector) body(t *testing.T) []byte {
	t.Helper()
	encoded, found := v["body_b64"]
	if !found {
		return []byte(v.text("body"))
	}
	raw, err := base64.StdEncoding.DecodeString(encoded.(string))
	require.NoError(t, err)
	return raw
}

type family struct {
	Positive, Negative, Basic, Bearer []vector
	BadSecrets                        []vector `json:"bad_secrets"`
	Reject                            []vector `json:"custom_header_reject"`
	Rotation, Ed25519                 vector
	Escaped                           vector `json:"fault_sign_escaped_send_raw"`
	Tolerance                         struct {
		Cases []struct {
			Now, TS int64
			Accept  bool
		}
	}
}

func vectors(t *testing.T, name string) family {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var all map[string]family
	require.NoError(t, json.Unmarshal(raw, &all))
	require.Contains(t, all, name)
	return all[name]
}

func scheme(t *testing.T, name string) signature.Scheme {
	t.Helper()
	s, err := signature.Named(name)
	require.NoError(t, err)
	return s
}

func secretsOf(t *testing.T, s signature.Scheme, texts ...string) signature.Secrets {
	t.Helper()
	secrets, err := s.Secrets(texts...)
	require.NoError(t, err)
	return secrets
}

func unix(t *testing.T, text string) time.Time {
	t.Helper()
	n, err := strconv.ParseInt(text, 10, 64)
	require.NoError(t, err)
	return time.Unix(n, 0)
}

func rejectedFor(t *testing.T, err error, reason signature.Reason, name string) {
	t.Helper()
	var rejection *signature.Rejection
	require.ErrorAs(t, err, &rejection, "%s: %v", name, err)
	require.Equal(t, reason, rejection.Reason, "%s: %v", name, err)
}

func standardHeader(v vector) []webhook.Header {
	return []webhook.Header{
		{Name: "webhook-id", Value: v.text("webhook-id")},
		{Name: "webhook-timestamp", Value: v.text("webhook-timestamp")},
		{Name: "webhook-signature", Value: v.text("webhook-signature")},
	}
}

func TestStandard_Vectors(t *testing.T) {
	t.Parallel()
	s := scheme(t, "standard")
	cases := vectors(t, "standard_webhooks").Positive
	require.Len(t, cases, 10)
	for _, v := range cases {
		secrets, at := secretsOf(t, s, v.text("secret")), unix(t, v.text("webhook-timestamp"))
		got, err := s.Sign(signature.Message{ID: v.text("webhook-id"), At: at, Body: v.body(t)}, secrets, "")
		require.NoError(t, err)
		require.Equal(t, standardHeader(v), got, v.text("name"))
		require.NoError(t, s.Verify(signature.Received{Header: got, Body: v.body(t)}, secrets, at, signature.Tolerance), v.text("name"))
	}
}

func TestStandard_Rotation(t *testing.T) {
	t.Parallel()
	s, v := scheme(t, "standard"), vectors(t, "standard_webhooks").Rotation
	at, current, previous := unix(t, v.text("webhook-timestamp")), v.text("current_secret"), v.text("previous_secret")
	got, err := s.Sign(signature.Message{ID: v.text("webhook-id"), At: at, Body: v.body(t)}, secretsOf(t, s, current, previous), "")
	require.NoError(t, err)
	require.Equal(t, standardHeader(v), got)
	got[2].Value = "v2,unknown " + got[2].Value
	for _, secret := range []string{current, previous} {
		require.NoError(t, s.Verify(signature.Received{Header: got, Body: v.body(t)}, secretsOf(t, s, secret), at, signature.Tolerance))
	}
}

func TestStandard_Ed25519(t *testing.T) {
	t.Parallel()
	s, v := scheme(t, "standard"), vectors(t, "standard_webhooks").Ed25519
	at := unix(t, v.text("webhook-timestamp"))
	message := signature.Message{ID: v.text("webhook-id"), At: at, Body: v.body(t)}
	private, public := secretsOf(t, s, v.text("secret_key")), secretsOf(t, s, v.text("public_key"))
	got, err := s.Sign(message, private, "")
	require.NoError(t, err)
	require.Equal(t, standardHeader(v), got)
	received := signature.Received{Header: got, Body: v.body(t)}
	require.NoError(t, s.Verify(received, public, at, signature.Tolerance))
	require.NoError(t, s.Verify(received, private, at, signature.Tolerance))
	received.Body = append(received.Body, ' ')
	rejectedFor(t, s.Verify(received, public, at, signature.Tolerance), signature.Mismatch, "tampered")
	_, err = s.Sign(message, public, "")
	require.ErrorContains(t, err, "whpk_ key only verifies")
}

func TestStandard_RejectsNegativeVectors(t *testing.T) {
	t.Parallel()
	reasons := map[string]signature.Reason{
		"signature_mismatch": signature.Mismatch, "reject_id_with_dot": signature.BadID, "no_v1_signature": signature.NoSignature,
		"malformed_timestamp": signature.BadTime, "timestamp_out_of_tolerance": signature.OutOfTolerance,
	}
	s := scheme(t, "standard")
	cases := vectors(t, "standard_webhooks").Negative
	require.Len(t, cases, 13)
	for _, v := range cases {
		err := s.Verify(signature.Received{Header: standardHeader(v), Body: v.body(t)}, secretsOf(t, s, v.text("secret")), time.Unix(1750000000, 0), signature.Tolerance)
		require.Contains(t, reasons, v.text("error"))
		rejectedFor(t, err, reasons[v.text("error")], v.text("name"))
	}
}

func TestStandard_ChecksSecrets(t *testing.T) {
	t.Parallel()
	s := scheme(t, "standard")
	cases := vectors(t, "standard_webhooks").BadSecrets
	require.Len(t, cases, 5)
	words := map[string]string{"empty_secret": "is empty", "not_base64": "want Base64", "too_short_warn": "too short", "too_long_warn": "too long"}
	for _, v := range cases {
		secrets, err := s.Secrets(v.text("secret"))
		word := words[v.text("error")]
		require.NotEmpty(t, word)
		if err != nil {
			require.ErrorContains(t, err, word)
			continue
		}
		require.Len(t, secrets.Warnings(), 1)
		require.Contains(t, secrets.Warnings()[0], word)
	}
}

func TestVerify_ToleranceIsInclusive(t *testing.T) {
	t.Parallel()
	cases := vectors(t, "standard_webhooks").Tolerance.Cases
	require.Len(t, cases, 5)
	for _, name := range []string{"standard", "svix", "stripe", "convoy-advanced"} {
		s := scheme(t, name)
		secrets := secretsOf(t, s, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")
		for _, c := range cases {
			header, err := s.Sign(signature.Message{ID: "msg_1", At: time.Unix(c.TS, 0)}, secrets, "")
			require.NoError(t, err)
			err = s.Verify(signature.Received{Header: header}, secrets, time.Unix(c.Now, 0), signature.Tolerance)
			if c.Accept {
				require.NoError(t, err, "%s %+v", name, c)
			} else {
				rejectedFor(t, err, signature.OutOfTolerance, name)
			}
		}
	}
}

func TestMeta_Vectors(t *testing.T) {
	t.Parallel()
	f := vectors(t, "meta")
	require.NotEmpty(t, f.Positive)
	for _, name := range []string{"meta", "meta-legacy"} {
		s := scheme(t, name)
		for _, v := range f.Positive {
			secrets := secretsOf(t, s, v.text("app_secret"))
			want := []webhook.Header{{Name: "X-Hub-Signature-256", Value: v.text("X-Hub-Signature-256")}}
			if name == "meta-legacy" {
				want = append(want, webhook.Header{Name: "X-Hub-Signature", Value: v.text("X-Hub-Signature_legacy_sha1")})
			}
			got, err := s.Sign(signature.Message{Body: v.body(t)}, secrets, "")
			require.NoError(t, err)
			require.Equal(t, want, got, v.text("name"))
			require.NoError(t, s.Verify(signature.Received{Header: got, Body: v.body(t)}, secrets, time.Time{}, 0))
		}
	}
	s := scheme(t, "meta")
	require.Len(t, f.Negative, 3)
	for _, v := range f.Negative {
		header := []webhook.Header{{Name: "X-Hub-Signature-256", Value: v.text("X-Hub-Signature-256")}}
		reason := signature.Malformed
		if v.text("name") == "uppercase_hex" {
			reason = signature.Mismatch
		}
		rejectedFor(t, s.Verify(signature.Received{Header: header, Body: v.body(t)}, secretsOf(t, s, v.text("app_secret")), time.Time{}, 0), reason, v.text("name"))
	}
	v := f.Escaped
	got, err := s.Sign(signature.Message{Body: v.body(t)}, secretsOf(t, s, v.text("app_secret")), signature.SignEscaped)
	require.NoError(t, err)
	require.Equal(t, v.text("X-Hub-Signature-256"), got[0].Value)
}

func TestRBM_Vectors(t *testing.T) {
	t.Parallel()
	s, f := scheme(t, "rbm"), vectors(t, "google_rbm")
	require.Len(t, f.Positive, 4)
	for _, v := range f.Positive {
		event, err := base64.StdEncoding.DecodeString(v.text("decoded_event_b64"))
		require.NoError(t, err)
		m := signature.Message{ID: "2070443601311540", At: time.Date(2026, 1, 15, 10, 0, 0, 123e6, time.UTC), Body: event}
		secrets := secretsOf(t, s, v.text("client_token"))
		got, err := s.Sign(m, secrets, "")
		require.NoError(t, err)
		require.Equal(t, []webhook.Header{{Name: "X-Goog-Signature", Value: v.text("X-Goog-Signature")}}, got)
		wire := s.Outgoing(m).Body
		require.Equal(t, v.text("wire_body"), string(wire))
		require.NoError(t, s.Verify(signature.Received{Header: got, Body: wire}, secrets, time.Time{}, 0))
	}
	require.Len(t, f.Negative, 3)
	for _, v := range f.Negative {
		header := []webhook.Header{{Name: "X-Goog-Signature", Value: v.text("X-Goog-Signature")}}
		err := s.Verify(signature.Received{Header: header, Body: []byte(v.text("wire_body"))}, secretsOf(t, s, v.text("client_token")), time.Time{}, 0)
		rejectedFor(t, err, signature.Mismatch, v.text("name"))
	}
}

func TestStripe_Vectors(t *testing.T) {
	t.Parallel()
	s, f, at := scheme(t, "stripe"), vectors(t, "stripe_style"), time.Unix(1750000000, 0)
	require.Len(t, f.Positive, 3)
	for _, v := range f.Positive {
		texts := []string{v.text("secret")}
		if previous := v.text("previous_secret"); previous != "" {
			texts = append(texts, previous)
		}
		header := []webhook.Header{{Name: "Stripe-Signature", Value: v.text("Stripe-Signature")}}
		for _, secret := range texts {
			require.NoError(t, s.Verify(signature.Received{Header: header, Body: v.body(t)}, secretsOf(t, s, secret), at, signature.Tolerance), v.text("name"))
		}
		if v.text("name") == "v0_test_scheme_ignored" {
			continue // only ever read
		}
		got, err := s.Sign(signature.Message{At: at, Body: v.body(t)}, secretsOf(t, s, texts...), "")
		require.NoError(t, err)
		require.Equal(t, header, got)
	}
	reasons := map[string]signature.Reason{"no_v1_signature": signature.NoSignature, "malformed_header": signature.Malformed, "signature_mismatch": signature.Mismatch}
	require.Len(t, f.Negative, 4)
	for _, v := range f.Negative {
		header := []webhook.Header{{Name: "Stripe-Signature", Value: v.text("Stripe-Signature")}}
		err := s.Verify(signature.Received{Header: header, Body: v.body(t)}, secretsOf(t, s, v.text("secret")), at, signature.Tolerance)
		rejectedFor(t, err, reasons[v.text("error")], v.text("name"))
	}
}

func TestTwilioConvoyOutpost_Vectors(t *testing.T) {
	t.Parallel()
	twilio := vectors(t, "twilio").Positive[0]
	form := "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
	convoy, outpost := vectors(t, "convoy").Positive[0], vectors(t, "hookdeck_outpost_default").Positive[0]
	for _, c := range []struct {
		scheme, secret, want string
		message              signature.Message
	}{
		{"twilio", twilio.text("auth_token"), twilio.text("X-Twilio-Signature"),
			signature.Message{URL: twilio.text("url"), ContentType: "application/x-www-form-urlencoded; charset=utf-8", Body: []byte(form)}},
		{"convoy", convoy.text("secret"), convoy.text("simple_hex"), signature.Message{Body: convoy.body(t)}},
		{"convoy-advanced", convoy.text("secret"), convoy.text("advanced"), signature.Message{At: time.Unix(1700000000, 0), Body: convoy.body(t)}},
		{"outpost", outpost.text("secret"), outpost.text("x-outpost-signature"), signature.Message{Body: outpost.body(t)}},
	} {
		s := scheme(t, c.scheme)
		secrets := secretsOf(t, s, c.secret)
		got, err := s.Sign(c.message, secrets, "")
		require.NoError(t, err)
		require.Equal(t, []webhook.Header{{Name: s.Headers()[0], Value: c.want}}, got)
		header := append(got, webhook.Header{Name: "content-type", Value: c.message.ContentType})
		require.NoError(t, s.Verify(signature.Received{URL: c.message.URL, Header: header, Body: c.message.Body}, secrets, c.message.At, signature.Tolerance))
	}
}

func TestBasicBearer_Vectors(t *testing.T) {
	t.Parallel()
	f := vectors(t, "http_auth")
	require.Len(t, f.Basic, 4)
	require.Len(t, f.Bearer, 3)
	basic, bearer := scheme(t, "basic"), scheme(t, "bearer")
	check := func(s signature.Scheme, v vector, secret string, err error) {
		if err == nil {
			var secrets signature.Secrets
			if secrets, err = s.Secrets(secret); err == nil {
				got, err := s.Sign(signature.Message{}, secrets, "")
				require.NoError(t, err)
				require.Equal(t, []webhook.Header{{Name: "Authorization", Value: v.text("Authorization")}}, got)
				return
			}
		}
		require.NotEmpty(t, v.text("error"), err)
	}
	for _, v := range f.Basic {
		secret, err := signature.UserPassword(v.text("user"), v.text("password"))
		check(basic, v, secret, err)
	}
	for _, v := range f.Bearer {
		check(bearer, v, v.text("token"), nil)
	}
}

func TestCheckHeader_RejectsReservedHeaders(t *testing.T) {
	t.Parallel()
	cases := vectors(t, "http_auth").Reject
	require.Len(t, cases, 9)
	cases = append(cases, vector{"name": "proxy-Authorization"}, vector{"name": ""}, vector{"name": "X-Ok", "value": "a\x7f"}, vector{"name": "TRAILER"}, vector{"name": "X-Ä"})
	for _, v := range cases {
		err := signature.CheckHeader(webhook.Header{Name: v.text("name"), Value: v.text("value")}, scheme(t, "standard"))
		rejectedFor(t, err, signature.BadHeader, v.text("name"))
	}
	for _, f := range []webhook.Header{{Name: "Authorization", Value: "Bearer t0ken"}, {Name: "X-Tenant", Value: "acme\té"}, {Name: "X-Hub-Signature-256"}} {
		require.NoError(t, signature.CheckHeader(f, scheme(t, "standard")))
	}
}
