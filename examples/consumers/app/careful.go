package app

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"
)

// A behavior is what a consumer of webhooks must take care of, one function each.
type behavior struct {
	// read reads a webhook, or returns the status that rejects it.
	read func(a *App, w http.ResponseWriter, r *http.Request) (*received, int)
	// authentic verifies the provider's signature of the body.
	authentic func(a *App, in *received) bool
	// decode decodes the JSON of a body.
	decode func(body []byte) (any, bool)
	// handshake responds to the challenge by which a provider checks the URL.
	handshake func(w http.ResponseWriter, response []byte)
	// items returns the items of a body, or a status that rejects it.
	items func(a *App, in *received) ([]item, int)
	// response responds to a webhook and handles its items.
	response func(a *App, w http.ResponseWriter, in *received, items []item)
	// first reports whether a message is new, and marks it.
	first func(a *App, in *received, it item) bool
	// outranks reports whether a status replaces another one.
	outranks func(was, is string) bool
	// encode encodes a text of the end user, and replyText makes a reply of it.
	encode    func(text string) string
	replyText func(it item, text string) string
	// keep reports whether to keep a status of an unknown message.
	keep func() bool
	// key is the identifier of an end user: phone numbers change, and some end users have none.
	key func(it item) string
	// maxBody limits the size of a body, in bytes; anyType accepts any content type.
	maxBody int64
	anyType bool
}

// A received is a webhook that was read.
type received struct {
	header http.Header
	body   []byte
	json   any
}

const maxBody = 1 << 20

func careful() behavior {
	return behavior{
		read: read, authentic: authentic, decode: decode, handshake: handshake, items: eachItem, response: responseFirst, first: firstSeen, outranks: ranksAbove,
		encode:    func(text string) string { return text },
		replyText: func(_ item, text string) string { return text },
		keep:      func() bool { return true },
		key:       func(it item) string { return first(it.phone, it.user) }, maxBody: maxBody,
	}
}

// read rejects what isn't the provider's, or isn't JSON. It never rejects a body of the provider
// because of its content.
func read(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" && !a.behavior.anyType {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, a.behavior.maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	in := &received{header: r.Header, body: body}
	if value, ok := a.behavior.decode(body); ok && challenge(value) != nil { // it comes before there is a secret
		in.json = value
		return in, 0
	}
	if a.provider.signed && a.config.Secret != "" && !a.behavior.authentic(a, in) {
		return nil, http.StatusUnauthorized
	}
	var ok bool
	if in.json, ok = a.behavior.decode(body); !ok {
		return in, http.StatusBadRequest
	}
	return in, 0
}

// authentic verifies the signature over the bytes as received, in constant time.
func authentic(a *App, in *received) bool { return signedAs(a, in.header, in.body) }

func signedAs(a *App, header http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(a.config.Secret))
	mac.Write(body)
	given, err := hex.DecodeString(header.Get("Signature"))
	return err == nil && len(header.Values("Signature")) == 1 && hmac.Equal(given, mac.Sum(nil))
}

// decode decodes one JSON text in UTF-8. Numbers keep their format.
func decode(body []byte) (any, bool) {
	if !utf8.Valid(body) {
		return nil, false
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil, false
	}
	_, err := decoder.Token()
	return value, err == io.EOF
}

func handshake(w http.ResponseWriter, response []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(response)
}

// eachItem parses each item separately: a faulty one doesn't affect the others.
func eachItem(a *App, in *received) ([]item, int) {
	var all []item
	for _, raw := range a.provider.split(in.json) {
		if it, ok := a.provider.parse(raw); ok {
			all = append(all, it)
		}
	}
	return all, 0
}

// responseFirst stores the items, responds with an empty body, and leaves slow work for later.
func responseFirst(a *App, w http.ResponseWriter, in *received, items []item) {
	for _, it := range items {
		a.handle(in, it)
	}
	w.WriteHeader(http.StatusOK)
}

// firstSeen checks and marks in one atomic step. A real application has a unique key in its
// database.
func firstSeen(a *App, _ *received, it item) bool { return a.store.mark(it.id) }

// ranksAbove never lets a status go back.
func ranksAbove(was, is string) bool { return rank(is) > rank(was) }
