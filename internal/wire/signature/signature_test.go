package signature_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// secretFor returns a secret that every kind accepts: it is Base64 and a token, and has a colon
// where needed.
func secretFor(name string) string {
	if name == "basic" {
		return "user:AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	}
	return "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
}

func every(t *testing.T) []signature.Scheme {
	t.Helper()
	var all []signature.Scheme
	require.Len(t, signature.Names(), 13)
	for _, name := range signature.Names() {
		if s := scheme(t, name); !s.Unsigned() {
			all = append(all, s)
		}
	}
	for _, algorithm := range []string{"sha1", "sha256", "sha512"} {
		for _, encoding := range []string{"hex", "base64"} {
			all = append(all, declared(t, fmt.Sprintf(`{algorithm: %s, encoding: %s, signs: "{{body}}", headers: [{name: Signature, each: "{{signature}}"}]}`, algorithm, encoding)))
		}
	}
	prefixed, err := scheme(t, "standard").WithPrefix("x-acme-")
	require.NoError(t, err)
	require.Equal(t, []string{"x-acme-id", "x-acme-timestamp", "x-acme-signature"}, prefixed.Headers())
	return append(all, prefixed)
}

func decode(t *testing.T, source string) (s signature.Scheme, err error) {
	t.Helper()
	f, err := document.ReadYAML("x.yaml", []byte(source))
	require.NoError(t, err, source)
	return s, f.Decode(&f.Root, &s)
}

// declared returns a scheme that a provider declares.
func declared(t *testing.T, source string) signature.Scheme {
	t.Helper()
	s, err := decode(t, source)
	require.NoError(t, err, source)
	return s
}

func received(s signature.Scheme, m signature.Message, header []webhook.Header) signature.Received {
	out := s.Outgoing(m)
	return signature.Received{URL: out.URL, Header: append(slices.Clip(header), webhook.Header{Name: "Content-Type", Value: m.ContentType}), Body: out.Body}
}

func someMessage(random *rand.Rand) signature.Message {
	body := make([]byte, random.IntN(200))
	for i := range body {
		body[i] = byte(random.Uint32())
	}
	return signature.Message{
		ID: "msg_" + strconv.FormatUint(random.Uint64(), 36), At: time.Unix(random.Int64N(4e9), random.Int64N(1e9)),
		URL: "https://consumer.example/hook?a=" + strconv.Itoa(random.IntN(9)), ContentType: "application/json", Body: body,
	}
}

// A scheme verifies what it signs, and rejects a message with a changed byte.
func TestSchemes_VerifyWhatTheySign(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, s := range every(t) {
		secrets := secretsOf(t, s, secretFor(s.Name()))
		other, err := s.Secrets("b" + secretFor(s.Name())[:len(secretFor(s.Name()))-1])
		require.NoError(t, err)
		for range 100 {
			m := someMessage(random)
			header, err := s.Sign(m, secrets, "")
			require.NoError(t, err)
			r := received(s, m, header)
			require.NoError(t, s.Verify(r, secrets, m.At, signature.Tolerance), s.Name())
			require.Error(t, s.Verify(r, other, m.At, signature.Tolerance), s.Name())
			rejectedFor(t, s.Verify(r, signature.Secrets{}, m.At, signature.Tolerance), signature.Unverified, s.Name())
			if slices.Contains(s.Corruptions(), signature.Tampered) && len(m.Body) > 0 {
				m.Body = slices.Clone(m.Body)
				m.Body[random.IntN(len(m.Body))] ^= 1
				tampered := received(s, m, header)
				tampered.URL = r.URL
				require.Error(t, s.Verify(tampered, secrets, m.At, signature.Tolerance), s.Name())
			}
		}
	}
}

func TestVerify_RejectsEveryCorruption(t *testing.T) {
	t.Parallel()
	reasons := map[signature.Corruption]signature.Reason{
		signature.WrongKey: signature.Mismatch, signature.Stale: signature.OutOfTolerance, signature.Future: signature.OutOfTolerance,
		signature.Tampered: signature.Mismatch, signature.Missing: signature.MissingHeader, signature.Repeated: signature.RepeatedHeader,
		signature.UpperCase: signature.Mismatch, signature.SignEscaped: signature.Mismatch,
	}
	seen := map[signature.Corruption]bool{}
	m := signature.Message{ID: "msg_1", At: time.Unix(1750000000, 5e8), URL: "https://consumer.example/", ContentType: "application/json", Body: []byte(`{"text":"नमस्ते 🙏"}`)}
	for _, s := range every(t) {
		secrets := secretsOf(t, s, secretFor(s.Name()))
		for _, corruption := range s.Corruptions() {
			seen[corruption] = true
			header, err := s.Sign(m, secrets, corruption)
			require.NoError(t, err)
			again, err := s.Sign(m, secrets, corruption)
			require.NoError(t, err)
			require.Equal(t, header, again)
			err = s.Verify(received(s, m, header), secrets, m.At, signature.Tolerance)
			if corruption == signature.Doubled {
				require.NoError(t, err, "a rotation looks like this")
				continue
			}
			rejectedFor(t, err, reasons[corruption], s.Name()+" "+string(corruption))
		}
	}
	require.Len(t, seen, 9)
}

func TestVerify_RejectsCorruptEd25519(t *testing.T) {
	t.Parallel()
	s, v := scheme(t, "standard"), vectors(t, "standard_webhooks").Ed25519
	secrets := secretsOf(t, s, v.text("secret_key"))
	m := signature.Message{ID: "msg_1", At: time.Unix(1750000000, 0), Body: []byte(`{}`)}
	for _, corruption := range []signature.Corruption{signature.WrongKey, signature.Tampered} {
		header, err := s.Sign(m, secrets, corruption)
		require.NoError(t, err)
		rejectedFor(t, s.Verify(signature.Received{Header: header, Body: m.Body}, secrets, m.At, signature.Tolerance), signature.Mismatch, string(corruption))
	}
}

func TestSign_RejectsUnsupportedCorruption(t *testing.T) {
	t.Parallel()
	s := scheme(t, "meta")
	_, err := s.Sign(signature.Message{}, secretsOf(t, s, "secret"), signature.Stale)
	require.EqualError(t, err, `corrupt signature: meta does not support "stale"; known: wrong-key, missing, repeated, tampered, upper-case, sign-escaped`)
	none := scheme(t, "none")
	_, err = none.Sign(signature.Message{}, signature.Secrets{}, signature.Missing)
	require.ErrorContains(t, err, "name a scheme")
	fields, err := none.Sign(signature.Message{}, signature.Secrets{}, "")
	require.NoError(t, err)
	require.Empty(t, fields)
	rejectedFor(t, none.Verify(signature.Received{}, signature.Secrets{}, time.Time{}, 0), signature.Unverified, "none")
	_, err = none.Secrets("a")
	require.ErrorContains(t, err, "has no secret")
	require.Empty(t, none.Corruptions())
}

// The reference library signs and verifies the same.
func TestStandard_AgreesWithReferenceLibrary(t *testing.T) {
	t.Parallel()
	const secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
	theirs, err := standardwebhooks.NewWebhook(secret)
	require.NoError(t, err)
	s := scheme(t, "standard")
	secrets := secretsOf(t, s, secret)
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		m := someMessage(random)
		ours, err := s.Sign(m, secrets, "")
		require.NoError(t, err)
		want, err := theirs.Sign(m.ID, m.At, m.Body)
		require.NoError(t, err)
		require.Equal(t, want, ours[2].Value)
		header := http.Header{}
		for _, f := range ours {
			header.Set(f.Name, f.Value)
		}
		require.NoError(t, theirs.VerifyIgnoringTimestamp(m.Body, header))
		header.Set("webhook-signature", want[:len(want)-4]+"AAA=")
		ours[2].Value = header.Get("webhook-signature")
		require.Error(t, theirs.VerifyIgnoringTimestamp(m.Body, header))
		require.Error(t, s.Verify(signature.Received{Header: ours, Body: m.Body}, secrets, m.At, signature.Tolerance))
	}
}

// Without the digest in the URL, no signature covers a JSON body.
func TestTwilio_RequiresCoveredBody(t *testing.T) {
	t.Parallel()
	s := scheme(t, "twilio")
	secrets := secretsOf(t, s, "secret")
	m := signature.Message{URL: "https://consumer.example/?a=1#top", ContentType: "application/json", Body: []byte(`{"a":1}`)}
	out := s.Outgoing(m)
	require.Equal(t, "https://consumer.example/?a=1&bodySHA256=015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862#top", out.URL)
	header, err := s.Sign(m, secrets, "")
	require.NoError(t, err)
	require.NoError(t, s.Verify(signature.Received{URL: out.URL, Header: header, Body: m.Body}, secrets, m.At, 0))
	rejectedFor(t, s.Verify(signature.Received{URL: out.URL, Header: header, Body: []byte("{}")}, secrets, m.At, 0), signature.Mismatch, "body")
	rejectedFor(t, s.Verify(signature.Received{URL: m.URL, Header: header, Body: m.Body}, secrets, m.At, 0), signature.Malformed, "digest")
}

func TestSecrets_AreRedacted(t *testing.T) {
	t.Parallel()
	const canary = "canary-canary"
	s := scheme(t, "meta")
	secrets := secretsOf(t, s, canary)
	holder := struct {
		Open   signature.Secrets
		hidden signature.Secrets
	}{secrets, secrets}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("run", "secrets", secrets, "holder", holder)
	encoded, err := json.Marshal(holder)
	require.NoError(t, err)
	require.Equal(t, `{"Open":"[secret]"}`, string(encoded))
	text := log.String() + string(encoded) + secrets.String() + secrets.GoString()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		text += fmt.Sprintf(verb, secrets) + fmt.Sprintf(verb, holder) + fmt.Sprintf(verb, &holder)
	}
	require.NotContains(t, text, canary)
	require.NotContains(t, text, fmt.Sprintf("%x", canary))
	require.NotContains(t, text, "[99 97 110")
	_, err = scheme(t, "bearer").Secrets(canary + " ")
	require.Error(t, err)
	require.NotContains(t, err.Error(), canary)
}

func TestErrors_SuggestKnownNames(t *testing.T) {
	t.Parallel()
	_, err := signature.Named("standart")
	require.EqualError(t, err, `read signature scheme: unknown scheme "standart"; did you mean "standard"?`)
	_, err = scheme(t, "meta").WithPrefix("x-")
	require.ErrorContains(t, err, "fixed names")
	_, err = scheme(t, "meta").Secrets()
	require.ErrorContains(t, err, "needs a secret")
}

func TestScheme_UnmarshalNode(t *testing.T) {
	t.Parallel()
	require.Equal(t, "stripe", declared(t, "stripe").Name())
	require.True(t, declared(t, `{scheme: none, note: not documented}`).Unsigned())
	require.Equal(t, []string{"x-id", "x-timestamp", "x-signature"}, declared(t, `{scheme: standard, prefix: x-}`).Headers())
	own := declared(t, `{algorithm: sha1, encoding: base64, signs: "{{body}}", headers: [{name: X-Sign, each: "{{signature}}"}]}`)
	require.Equal(t, "HMAC-SHA1", own.Name())
	header, algorithm, encoding, ok := own.BodyHMAC()
	require.Equal(t, "X-Sign sha1 base64 true", fmt.Sprint(header, " ", algorithm, " ", encoding, " ", ok))
	_, _, _, ok = declared(t, "standard").BodyHMAC()
	require.False(t, ok)
	for source, want := range map[string]string{
		"standart":                    `x.yaml:1:1: unknown signature scheme "standart"; did you mean "standard"?`,
		"{scheme: stripe, signs: x}":  `x.yaml:1:25: key signs has no effect beside scheme; leave out one of the two`,
		"{scheme: stripe, prefix: x}": `x.yaml:1:1: change prefix: the headers of stripe have fixed names`,
		"{signs: x}":                  `x.yaml:1:9: key signs needs headers beside it, which carry the signature`,
		`{algorithm: sha265, encoding: hex, signs: "{{body}}", headers: [{name: S, each: "{{signature}}"}]}`:              `x.yaml:1:13: unexpected string "sha265"; did you mean "sha256"?`,
		`{algorithm: sha256, signs: "{{body}}", headers: [{name: S, each: "{{signature}}"}]}`:                             `x.yaml:1:1: missing key "encoding"`,
		`{algorithm: sha256, encoding: hex, headers: [{name: S, each: "{{signature}}"}]}`:                                 `x.yaml:1:1: keys algorithm and signs need each other; without both, the header contains the secret itself`,
		`{algorithm: sha256, encoding: hex, signs: "{{bodi}}", headers: [{name: S, each: "{{signature}}"}]}`:              `x.yaml:1:43: unknown value "bodi"; did you mean "body"?`,
		`{algorithm: sha256, encoding: hex, signs: "{{body}}", headers: [{name: S, each: x}]}`:                            `x.yaml:1:81: expected a string with {{signature}}, found string "x"`,
		`{algorithm: sha256, encoding: hex, signs: "{{body}}", headers: [{name: S, value: "{{id}}"}]}`:                    `x.yaml:1:1: no header has the key each, which carries the signature`,
		`{algorithm: sha256, encoding: hex, signs: "{{body}}", headers: [{name: Content-Length, each: "{{signature}}"}]}`: `x.yaml:1:1: check header Content-Length: it belongs to the connection; leave it out`,
	} {
		_, err := decode(t, source)
		require.EqualError(t, err, want, source)
	}
}

func TestSign_RejectsAmbiguousIDs(t *testing.T) {
	t.Parallel()
	s := scheme(t, "standard")
	secrets := secretsOf(t, s, "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")
	for _, id := range []string{"", "msg.1", "msg\r\nX: 1"} {
		_, err := s.Sign(signature.Message{ID: id}, secrets, "")
		rejectedFor(t, err, signature.BadID, id)
	}
	_, err := s.Sign(signature.Message{ID: "msg_1", At: time.Unix(-1, 0)}, secrets, "")
	require.ErrorContains(t, err, "before 1970")
}

// Only messages signed with the secret are accepted, and nothing panics.
func FuzzVerify(f *testing.F) {
	f.Add("standard", "v1,rAvf", "msg_1", "1750000000", []byte(`{}`))
	f.Add("stripe", "t=1750000000,v1=00", "", "", []byte(`{}`))
	f.Add("rbm", "AAAA", "", "", []byte(`{"message":{"data":"e30="}}`))
	f.Add("outpost", "v0=,,", "", "", []byte(``))
	f.Add("twilio", "AAAA", "https://a.example/?bodySHA256=00", "", []byte(`a=1`))
	names := signature.Names()
	f.Fuzz(func(t *testing.T, name, value, id, at string, body []byte) {
		if !slices.Contains(names, name) || name == "none" {
			return
		}
		s := scheme(t, name)
		secrets := secretsOf(t, s, secretFor(name)[:len(secretFor(name))-4]+"7Gq2")
		header := []webhook.Header{{Name: "webhook-id", Value: id}, {Name: "webhook-timestamp", Value: at}}
		for _, own := range s.Headers() {
			if own != "webhook-id" && own != "webhook-timestamp" {
				header = append(header, webhook.Header{Name: own, Value: value})
			}
		}
		require.Error(t, s.Verify(signature.Received{URL: id, Header: header, Body: body}, secrets, time.Unix(1750000000, 0), signature.Tolerance))
	})
}
