package server

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// An entryView is an entry of the journal as it is shown. Delivery, call and
// verdicts are there only if all of it is shown.
type entryView struct {
	Seq       uint64            `json:"seq"`
	ID        string            `json:"id"`
	Kind      journal.Kind      `json:"kind"`
	Session   string            `json:"session"`
	Run       string            `json:"run,omitempty"`
	Route     string            `json:"route,omitempty"`
	Event     string            `json:"event,omitempty"`
	Type      string            `json:"type,omitempty"`
	At        time.Time         `json:"at"`
	Status    int               `json:"status,omitempty"`
	State     string            `json:"state,omitempty"`
	Endpoint  string            `json:"endpoint,omitempty"`
	Operation string            `json:"operation,omitempty"`
	Values    map[string]string `json:"values,omitempty"`
	Text      string            `json:"text,omitempty"`
	// Level is the worst of the verdicts; "" without validation.
	Level string `json:"level,omitempty"`
	// Delivery is a record of a tape: written as a line of a file, it can be replayed.
	Delivery json.RawMessage `json:"delivery,omitempty"`
	Call     *callView       `json:"call,omitempty"`
	Verdicts []itemView      `json:"verdicts,omitempty"`
}

// A callView shows bodies as text if they are UTF-8, else in Base64; header
// lines are [name, value], and "base64" third if the value is.
type callView struct {
	Operation       string     `json:"operation"`
	Method          string     `json:"method"`
	Path            string     `json:"path"`
	Headers         [][]string `json:"headers"`
	Body            string     `json:"body,omitempty"`
	BodyBase64      string     `json:"body_base64,omitempty"`
	Status          int        `json:"status"`
	ResponseHeaders [][]string `json:"response_headers"`
	Response        string     `json:"response,omitempty"`
	ResponseBase64  string     `json:"response_base64,omitempty"`
	DurationMS      float64    `json:"duration_ms"`
}

// An itemView is what the machine formats of `ringback validate` say of an item.
type itemView struct {
	Source     string            `json:"source"`
	Item       string            `json:"item"`
	Provider   string            `json:"provider"`
	Type       string            `json:"type"`
	Candidates []string          `json:"candidates"`
	Variant    string            `json:"variant"`
	Verdict    webhook.Level     `json:"verdict"`
	Findings   []webhook.Finding `json:"findings"`
}

func itemViews(source string, all []webhook.Item) []itemView {
	var views []itemView
	for _, item := range all {
		v := item.Verdict
		views = append(views, itemView{
			source, item.Pointer, v.Provider, v.Type, orEmpty(v.Candidates), v.Variant, v.Level,
			orEmpty(v.Findings),
		})
	}
	return views
}

// viewOf shows an entry: full with its bodies, and with secrets as they are.
func viewOf(e journal.Entry, full, secrets bool) entryView {
	e = e.Complete()
	v := entryView{
		Seq: e.Seq, ID: e.ID, Kind: e.Kind, Session: e.Session, Run: e.Run, Route: e.Route, Event: e.CanonicalEvent, Type: e.Type,
		At: e.At, Status: e.Status, State: e.State, Endpoint: e.Endpoint, Values: e.Values, Text: e.Text,
	}
	if e.Call != nil {
		v.Operation = e.Call.Operation
	}
	for i, item := range e.Verdicts {
		if level := item.Verdict.Level; i == 0 || level.Rank() > levelRank(v.Level) {
			v.Level = level.String()
		}
	}
	if !full {
		return v
	}
	v.Verdicts = itemViews(e.ID, e.Verdicts)
	if e.Delivery != nil {
		v.Delivery = recordOf(*e.Delivery, secrets)
	}
	if e.Call != nil {
		v.Call = callViewOf(*e.Call, secrets)
	}
	return v
}

func levelRank(word string) int {
	var level webhook.Level
	if level.UnmarshalText([]byte(word)) != nil {
		return -1
	}
	return level.Rank()
}

// recordOf is a delivery as a tape holds it.
func recordOf(d webhook.Delivery, secrets bool) json.RawMessage {
	if !secrets {
		d.Event.Headers, d.Event.URL = masked(d.Event.Headers), maskedPath(d.Event.URL)
		d.Attempts = slices.Clone(d.Attempts)
		for i := range d.Attempts {
			a := &d.Attempts[i]
			a.RequestURL, a.RequestHeaders, a.ResponseHeaders = maskedPath(a.RequestURL), masked(a.RequestHeaders), masked(a.ResponseHeaders)
		}
	}
	var line bytes.Buffer
	if err := capture.WriteDelivery(&line, d); err != nil {
		return nil // a time that JSON can't represent
	}
	return line.Bytes()
}

func callViewOf(c journal.Call, secrets bool) *callView {
	if !secrets {
		c.Header, c.ResponseHeader, c.Path = masked(c.Header), masked(c.ResponseHeader), maskedPath(c.Path)
	}
	v := &callView{
		Operation: c.Operation, Method: c.Method, Path: c.Path, Headers: lines(c.Header), Status: c.Status, ResponseHeaders: lines(c.ResponseHeader), DurationMS: milliseconds(c.Duration),
	}
	v.Body, v.BodyBase64 = textOrBase64(c.Body)
	v.Response, v.ResponseBase64 = textOrBase64(c.Response)
	return v
}

// milliseconds is a duration as JSON has it.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func textOrBase64(body []byte) (text, inBase64 string) {
	if utf8.Valid(body) {
		return string(body), ""
	}
	return "", base64.StdEncoding.EncodeToString(body)
}

func lines(fields []webhook.Header) [][]string {
	all := make([][]string, 0, len(fields))
	for _, f := range fields {
		line := []string{f.Name, f.Value}
		if !utf8.ValidString(f.Value) {
			line = []string{f.Name, base64.StdEncoding.EncodeToString([]byte(f.Value)), "base64"}
		}
		all = append(all, line)
	}
	return all
}

// mask stands where a secret does.
const mask = "***"

// isSecret reports whether what goes by a name opens something or proves who
// sent it: keys, tokens, cookies, signatures.
func isSecret(name string) bool {
	name = strings.ReplaceAll(strings.ReplaceAll(strings.ToLower(name), "-", ""), "_", "")
	return slices.ContainsFunc([]string{"authorization", "apikey", "cookie", "signature", "hmac", "token", "secret", "password"}, func(word string) bool {
		return strings.Contains(name, word)
	})
}

func masked(fields []webhook.Header) []webhook.Header {
	fields = slices.Clone(fields)
	for i, f := range fields {
		if isSecret(f.Name) {
			fields[i].Value = mask
		}
	}
	return fields
}

// maskedPath masks the values of the query; the rest stays as it was written.
func maskedPath(path string) string {
	before, query, found := strings.Cut(path, "?")
	if !found {
		return path
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		plain, err := url.QueryUnescape(name)
		if isSecret(cmp.Or(plain, name)) || err != nil {
			pairs[i] = name + "=" + mask
		}
	}
	return before + "?" + strings.Join(pairs, "&")
}
