package signature

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// An envelope is the JSON that a scheme puts around a body, and the location of the body in it,
// in Base64.
type envelope struct {
	text []piece
	body []string
}

// Outgoing returns the message as sent: its body in the scheme's envelope, and its URL with the
// digest that the scheme adds for a body that is not a form. Most schemes change nothing. Sign
// needs the original message. An envelope contains the time, so make it once, not for each
// attempt.
func (s Scheme) Outgoing(m Message) Message {
	m.URL = s.withDigest(m)
	if s.envelope.text == nil {
		return m
	}
	quoted := document.Quote(m.ID)
	values := map[string]string{
		"data":      base64.StdEncoding.EncodeToString(m.Body),
		"id":        quoted[1 : len(quoted)-1],
		"published": m.At.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
	m.Body = []byte(expand(s.envelope.text, func(name string) string { return values[name] }))
	return m
}

// openEnvelope returns the body that the signature covers, from a received body.
func (s Scheme) openEnvelope(body []byte) ([]byte, error) {
	if s.envelope.text == nil {
		return body, nil
	}
	root, _, err := document.JSON(body, document.BodyLimits())
	if err != nil {
		return nil, rejected(Malformed, "open envelope: the body is not JSON: %v", err)
	}
	n := root.At(s.envelope.body)
	if n == nil || n.Kind != document.String {
		return nil, rejected(Malformed, "open envelope: the body has no string at %s", document.Pointer(s.envelope.body...))
	}
	data, err := base64.StdEncoding.DecodeString(n.Text)
	if err != nil {
		return nil, rejected(Malformed, "open envelope: the string at %s is not Base64", document.Pointer(s.envelope.body...))
	}
	return data, nil
}

// withDigest adds the digest of a body that is not a form to the URL.
func (s Scheme) withDigest(m Message) string {
	if s.digest == "" || isForm(m.ContentType) || len(m.Body) == 0 || strings.Contains(m.URL, s.digest+"=") {
		return m.URL
	}
	at, fragment := m.URL, ""
	if i := strings.IndexByte(at, '#'); i >= 0 {
		at, fragment = at[:i], at[i:]
	}
	mark := "?"
	if strings.Contains(at, "?") {
		mark = "&"
	}
	return at + mark + s.digest + "=" + hexSHA256(m.Body) + fragment
}

// fields returns the fields of a form as the scheme signs them: sorted, without duplicate values.
func fields(body []byte) (string, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return "", rejected(Malformed, "read form: the body is not urlencoded")
	}
	var b strings.Builder
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Sorted(slices.Values(form[name]))
		for _, v := range slices.Compact(values) {
			b.WriteString(name)
			b.WriteString(v)
		}
	}
	return b.String(), nil
}

// checkDigest checks that the signature covers the body: by the digest in the URL, or as the
// fields of a form.
func (s Scheme) checkDigest(r Received) (form string, err error) {
	if s.digest == "" {
		return "", nil
	}
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", rejected(Malformed, "read URL: invalid URL")
	}
	if given := u.Query()[s.digest]; len(given) > 0 {
		if len(given) > 1 || subtle.ConstantTimeCompare([]byte(given[0]), []byte(hexSHA256(r.Body))) != 1 {
			return "", rejected(Mismatch, "check %s in the URL: it is not the SHA-256 of the body", s.digest)
		}
		return "", nil
	}
	if len(r.Body) == 0 || isForm(first(r.Header, "Content-Type")) {
		return fields(r.Body)
	}
	return "", rejected(Malformed, "check body: it is not a form, and the URL has no %s, so no signature covers it", s.digest)
}

func isForm(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/x-www-form-urlencoded"
}

func hexSHA256(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
