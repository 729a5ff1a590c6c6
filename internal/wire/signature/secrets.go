package signature

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
)

// Secrets are the secrets of one scheme, newest first. Printing, logging or encoding them writes
// "[secret]". The zero Secrets are empty and verify nothing.
type Secrets struct {
	// ring is a function because fmt prints private fields, with some verbs even behind a
	// pointer, but never the variables of a function.
	ring func() ring
}

type ring struct {
	keys     []key
	warnings []string
}

// A key is one parsed secret: plain bytes, or an Ed25519 key.
type key struct {
	plain   []byte
	private ed25519.PrivateKey
	public  ed25519.PublicKey
}

const redacted = "[secret]"

// String hides the secrets.
func (s Secrets) String() string { return redacted }

// GoString hides the secrets.
func (s Secrets) GoString() string { return redacted }

// Format hides the secrets, whatever the verb.
func (s Secrets) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue hides the secrets.
func (s Secrets) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secrets.
func (s Secrets) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Warnings describe weaknesses of the secrets, without quoting them.
func (s Secrets) Warnings() []string {
	if s.ring == nil {
		return nil
	}
	return s.ring().warnings
}

func (s Secrets) keys() []key {
	if s.ring == nil {
		return nil
	}
	return s.ring().keys
}

// Secrets reads and checks the secrets of the scheme, newest first. The text for basic is
// "user:password"; see [UserPassword].
func (s Scheme) Secrets(texts ...string) (Secrets, error) {
	if s.Unsigned() {
		if len(texts) > 0 {
			return Secrets{}, rejected(BadSecret, "read secret: the scheme none has no secret; leave the secret out, or name a scheme")
		}
		return Secrets{}, nil
	}
	var r ring
	for i, text := range texts {
		k, warning, err := readSecret(s.secret, text)
		if err != nil {
			return Secrets{}, rejected(BadSecret, "read secret %d of %s: %v", i+1, s.name, err)
		}
		if warning != "" {
			r.warnings = append(r.warnings, fmt.Sprintf("secret %d %s", i+1, warning))
		}
		r.keys = append(r.keys, k)
	}
	if len(r.keys) == 0 {
		return Secrets{}, rejected(BadSecret, "read secret: %s needs a secret; set one", s.name)
	}
	return Secrets{func() ring { return r }}, nil
}

// UserPassword joins the credentials of the scheme basic (RFC 7617). The user name must not
// contain a colon.
func UserPassword(user, password string) (string, error) {
	if strings.Contains(user, ":") {
		return "", rejected(BadSecret, "read credentials: the user name holds a colon, which Basic cannot carry; choose another name")
	}
	return user + ":" + password, nil
}

func readSecret(kind, text string) (k key, warning string, err error) {
	if text == "" {
		return key{}, "", fmt.Errorf("it is empty; set one")
	}
	switch kind {
	case "standard":
		return readStandard(text)
	case "user-password":
		if !strings.Contains(text, ":") || strings.ContainsFunc(text, isControl) {
			return key{}, "", fmt.Errorf("want user:password, without control characters")
		}
	case "token68":
		if !isToken68(text) {
			return key{}, "", fmt.Errorf("a bearer token must have only letters, digits and -._~+/, with = at its end")
		}
	}
	return key{plain: []byte(text)}, "", nil
}

// minSecret and maxSecret are the limits of Standard Webhooks for a secret, in bytes.
const minSecret, maxSecret = 24, 64

func readStandard(text string) (k key, warning string, err error) {
	prefix, encoded := "whsec_", strings.TrimPrefix(text, "whsec_")
	for _, asymmetric := range []string{"whsk_", "whpk_"} {
		if rest, found := strings.CutPrefix(text, asymmetric); found {
			prefix, encoded = asymmetric, rest
		}
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(encoded)
	switch {
	case err != nil || strings.ContainsAny(encoded, "\r\n"):
		return key{}, "", fmt.Errorf("want Base64 after %s", prefix)
	case len(raw) == 0:
		return key{}, "", fmt.Errorf("it is empty after %s; use %d to %d bytes", prefix, minSecret, maxSecret)
	case prefix != "whsec_":
		k, err = readEd25519(prefix, raw)
		return k, "", err
	case len(raw) < minSecret:
		warning = fmt.Sprintf("is too short: it has %d bytes; the specification requires %d to %d", len(raw), minSecret, maxSecret)
	case len(raw) > maxSecret:
		warning = fmt.Sprintf("is too long: it has %d bytes; the specification requires %d to %d", len(raw), minSecret, maxSecret)
	}
	return key{plain: raw}, warning, nil
}

// readEd25519 accepts a private key as its seed, or as seed and public key, because the
// specification allows both.
func readEd25519(prefix string, raw []byte) (key, error) {
	switch {
	case prefix == "whpk_" && len(raw) == ed25519.PublicKeySize:
		return key{public: raw}, nil
	case prefix == "whsk_" && (len(raw) == ed25519.SeedSize || len(raw) == ed25519.PrivateKeySize):
		private := ed25519.NewKeyFromSeed(raw[:ed25519.SeedSize])
		public := private[ed25519.SeedSize:]
		if len(raw) == ed25519.PrivateKeySize && string(raw) != string(private) {
			return key{}, fmt.Errorf("the public half of the whsk_ key does not belong to its seed")
		}
		return key{private: private, public: ed25519.PublicKey(public)}, nil
	}
	return key{}, fmt.Errorf("it has %d bytes; want 32 after whpk_, 32 or 64 after whsk_", len(raw))
}

// otherKey returns a key that no receiver has, the same in each run.
func (k key) otherKey() key {
	sum := sha256.Sum256(append([]byte("wrong key "), append(k.plain, k.public...)...))
	if k.public != nil {
		private := ed25519.NewKeyFromSeed(sum[:])
		return key{private: private, public: ed25519.PublicKey(private[ed25519.SeedSize:])}
	}
	if user, _, found := strings.Cut(string(k.plain), ":"); found {
		return key{plain: []byte(user + ":" + hex.EncodeToString(sum[:16]))}
	}
	return key{plain: []byte(hex.EncodeToString(sum[:16]))}
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func isToken68(text string) bool {
	body := strings.TrimRight(text, "=")
	return body != "" && !strings.ContainsFunc(body, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._~+/", r))
	})
}
