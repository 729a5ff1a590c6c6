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

// Habits are what a consumer of webhooks has to care for, each by itself.
type behavior struct {
	// read reads a webhook, or says with which status it is refused.
	read func(a *App, w http.ResponseWriter, r *http.Request) (*received, int)
	// authentic reports whether the provider has signed the body.
	authentic func(a *App, in *received) bool
	// decode reads the JSON of a body.
	decode func(body []byte) (any, bool)
	// shake answers the challenge by which a provider tries the URL.
	handshake func(w http.ResponseWriter, response []byte)
	// items are the happenings in a body, or a status that refuses it.
	items func(a *App, in *received) ([]item, int)
	// answer answers a webhook and handles its items.
	response func(a *App, w http.ResponseWriter, in *received, items []item)
	// first reports whether a message is new, and remembers it.
	first func(a *App, in *received, it item) bool
	// outranks reports whether a status comes after another one in the life of a message.
	outranks func(was, is string) bool
	// spell writes a text as the person wrote it, and words makes an answer of it.
	spell func(text string) string
	words func(it item, text string) string
	// keep reports whether a status of a message is kept that nobody knows yet.
	keep func() bool
	// key is by what an end user is known: numbers change, and some have none.
	key func(it item) string
	// largest is how many bytes of a body are read, and anyType reads one under whatever
	// content type.
	largest int64
	anyType bool
}

// Received is a webhook that was read.
type received struct {
	header http.Header
	body   []byte
	json   any
}

const largestBody = 1 << 20

func careful() behavior {
	return behavior{
		read: read, authentic: authentic, decode: decode, handshake: handshake, items: eachItem, response: responseFirst, first: firstSeen, outranks: ranksAbove,
		spell: func(text string) string { return text },
		words: func(_ item, text string) string { return text },
		keep:  func() bool { return true },
		key:   func(it item) string { return first(it.phone, it.user) }, largest: largestBody,
	}
}

// read refuses what is not the provider's, or no JSON. What comes from the provider
// is never refused, whatever it says.
func read(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" && !a.behavior.anyType {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, a.behavior.largest))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, http.StatusRequestEntityTooLarge
	case err != nil:
		return nil, http.StatusBadRequest
	}
	in := &received{header: r.Header, body: body}
	if value, ok := a.behavior.decode(body); ok && challenge(value) != nil { // it comes before there is anything to sign with
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

// authentic compares the signature over the bytes as they came, in constant time.
func authentic(a *App, in *received) bool { return signedAs(a, in.header, in.body) }

func signedAs(a *App, header http.Header, body []byte) bool {
	mac := hmac.New(sha256.New, []byte(a.config.Secret))
	mac.Write(body)
	given, err := hex.DecodeString(header.Get("Signature"))
	return err == nil && len(header.Values("Signature")) == 1 && hmac.Equal(given, mac.Sum(nil))
}

// decode takes one JSON text in UTF-8. Numbers stay as they are written.
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

// eachItem reads each item by itself: one that is bad does not take the others along.
func eachItem(a *App, in *received) ([]item, int) {
	var all []item
	for _, raw := range a.provider.split(in.json) {
		if it, ok := a.provider.parse(raw); ok {
			all = append(all, it)
		}
	}
	return all, 0
}

// answerFirst remembers what came, answers with nothing in the body, and does what
// takes long afterwards.
func responseFirst(a *App, w http.ResponseWriter, in *received, items []item) {
	for _, it := range items {
		a.handle(in, it)
	}
	w.WriteHeader(http.StatusOK)
}

// firstSeen looks and remembers in one step. A real application has a unique key in
// its database for this.
func firstSeen(a *App, _ *received, it item) bool { return a.store.mark(it.id) }

// ranksAbove lets a status never go back.
func ranksAbove(was, is string) bool { return rank(is) > rank(was) }
