package capture

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

// recordVersion is the version of the records that are read and written.
const recordVersion = "delivery/1"

// A record is one line of a tape: one delivery. A tape (recorded deliveries, NDJSON) is
// the one format in which Ringback stores and exchanges traffic. The key "ringback"
// comes first and identifies it.
type record struct {
	Ringback string     `json:"ringback"`
	ID       string     `json:"id,omitempty"`
	At       *time.Time `json:"at,omitempty"`
	Route    string     `json:"route,omitempty"`
	Type     string     `json:"type,omitempty"`
	// Method and URL are those of a received request; URL is its path and query.
	Method string `json:"method,omitempty"`
	URL    string `json:"url,omitempty"`
	// Headers are [name, value] each; a value that isn't UTF-8 is written in Base64,
	// followed by "base64".
	Headers [][]string `json:"headers,omitempty"`
	// Body is the body as text. Base64 replaces it if the body isn't UTF-8.
	Body   string `json:"body,omitempty"`
	Base64 string `json:"body_base64,omitempty"`
	// Faults are the faults that were injected before the event was sent.
	Faults   []string  `json:"faults,omitempty"`
	Attempts []attempt `json:"attempts,omitempty"`
}

// An attempt has headers and a response in the format of the record's.
type attempt struct {
	At              *time.Time           `json:"at,omitempty"`
	RequestMethod   string               `json:"request_method,omitempty"`
	RequestURL      string               `json:"request_url,omitempty"`
	RequestHeaders  [][]string           `json:"request_headers,omitempty"`
	RequestBody     string               `json:"request_body,omitempty"`
	RequestBase64   string               `json:"request_body_base64,omitempty"`
	Status          int                  `json:"status,omitempty"`
	ResponseHeaders [][]string           `json:"response_headers,omitempty"`
	Response        string               `json:"response,omitempty"`
	ResponseBase64  string               `json:"response_base64,omitempty"`
	Truncated       bool                 `json:"truncated,omitempty"`
	Dial            webhook.Milliseconds `json:"dial_ms,omitempty"`
	TLS             webhook.Milliseconds `json:"tls_ms,omitempty"`
	FirstByte       webhook.Milliseconds `json:"first_byte_ms,omitempty"`
	Total           webhook.Milliseconds `json:"total_ms,omitempty"`
	Error           string               `json:"error,omitempty"`
	Failure         webhook.Failure      `json:"failure,omitempty"`
}

// WriteDelivery writes a Delivery as one line of a tape.
func WriteDelivery(w io.Writer, d webhook.Delivery) error {
	r := record{
		Ringback: recordVersion, ID: d.ID, At: optionalTime(d.Event.At), Route: d.Event.Route, Type: d.Event.Type, Method: d.Event.Method, URL: d.Event.URL,
		Headers: headerRecords(d.Event.Headers), Faults: d.Faults,
	}
	r.Body, r.Base64 = textOrBase64(d.Event.Body)
	for _, a := range d.Attempts {
		r.Attempts = append(r.Attempts, attemptRecord(a))
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(r); err != nil {
		return fmt.Errorf("write delivery %s: %w", d.ID, err)
	}
	return nil
}

func attemptRecord(a webhook.Attempt) attempt {
	r := attempt{
		At: optionalTime(a.At), RequestMethod: a.RequestMethod, RequestURL: a.RequestURL, RequestHeaders: headerRecords(a.RequestHeaders), Status: a.Status, ResponseHeaders: headerRecords(a.ResponseHeaders), Truncated: a.Truncated,
		Dial: webhook.Milliseconds(a.Timing.Dial), TLS: webhook.Milliseconds(a.Timing.TLS),
		FirstByte: webhook.Milliseconds(a.Timing.FirstByte), Total: webhook.Milliseconds(a.Timing.Total),
		Error: a.Error, Failure: a.Failure,
	}
	r.Response, r.ResponseBase64 = textOrBase64(a.ResponseBody)
	r.RequestBody, r.RequestBase64 = textOrBase64(a.RequestBody)
	return r
}

func (r attempt) attempt() (webhook.Attempt, error) {
	a := webhook.Attempt{
		At: orZero(r.At), RequestMethod: r.RequestMethod, RequestURL: r.RequestURL, Status: r.Status, Truncated: r.Truncated, Error: r.Error, Failure: r.Failure,
		Timing: webhook.Timing{
			Dial: time.Duration(r.Dial), TLS: time.Duration(r.TLS), FirstByte: time.Duration(r.FirstByte), Total: time.Duration(r.Total),
		},
	}
	var err error
	if a.ResponseBody, err = bytesOf("response", r.Response, r.ResponseBase64); err != nil {
		return a, err
	}
	if len(a.ResponseBody) == 0 {
		a.ResponseBody = nil // like an attempt whose response has no body
	}
	if a.RequestBody, err = bytesOf("request_body", r.RequestBody, r.RequestBase64); err != nil {
		return a, err
	}
	if len(a.RequestBody) == 0 {
		a.RequestBody = nil
	}
	if a.RequestHeaders, err = headersOf(r.RequestHeaders); err != nil {
		return a, err
	}
	a.ResponseHeaders, err = headersOf(r.ResponseHeaders)
	return a, err
}

// textOrBase64 returns a body as text if it is UTF-8, else in Base64.
func textOrBase64(body []byte) (text, inBase64 string) {
	if utf8.Valid(body) {
		return string(body), ""
	}
	return "", base64.StdEncoding.EncodeToString(body)
}

// bytesOf returns the body of two keys: key, and key with the suffix "_base64".
func bytesOf(key, text, inBase64 string) ([]byte, error) {
	if inBase64 == "" {
		return []byte(text), nil
	}
	body, err := base64.StdEncoding.DecodeString(inBase64)
	switch {
	case text != "":
		return nil, fmt.Errorf("%s and %s_base64 exclude each other; keep one", key, key)
	case err != nil:
		return nil, fmt.Errorf("%s_base64 is not Base64", key)
	}
	return body, nil
}

// optionalTime is nil for the zero time, which a record leaves out.
func optionalTime(at time.Time) *time.Time {
	if at.IsZero() {
		return nil
	}
	return &at
}

func orZero(at *time.Time) time.Time {
	if at == nil || at.IsZero() {
		return time.Time{}
	}
	return at.UTC()
}

// checkTimes rejects a time whose year in UTC has no representation in RFC 3339, so
// that it could not be written again.
func (r record) checkTimes() error {
	times := []time.Time{orZero(r.At)}
	for _, a := range r.Attempts {
		times = append(times, orZero(a.At))
	}
	for _, at := range times {
		if year := at.Year(); year < 0 || year > 9999 {
			return fmt.Errorf("time %s is outside the years 0 to 9999", at.Format(time.RFC3339))
		}
	}
	return nil
}

// renamedKeys returns the former keys of a record and of its attempts.
func renamedKeys() (ofRecord, ofAttempt map[string]string) {
	return map[string]string{"provider": "route", "event": "type", "header": "headers"}, map[string]string{
		"sent": "request_headers", "header": "response_headers", "body": "response", "body_base64": "response_base64", "cut": "truncated",
		"dial_ns": "dial_ms", "tls_ns": "tls_ms", "first_byte_ns": "first_byte_ms", "total_ns": "total_ms", "class": "failure",
	}
}

// renamed adds the new name to the error about an unknown key that had another name
// in older tapes.
func renamed(line []byte, err error) error {
	quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field ")
	if !ok {
		return err
	}
	key, _ := strconv.Unquote(quoted)
	var top map[string]json.RawMessage
	_ = json.NewDecoder(bytes.NewReader(line)).Decode(&top) // more may follow the record
	ofRecord, ofAttempt := renamedKeys()
	now := ofRecord[key]
	if now == "" || top[key] == nil {
		now = ofAttempt[key]
	}
	if now != "" {
		return fmt.Errorf("unknown key %q; it is now %q (the tape comes from an older version)", key, now)
	}
	return fmt.Errorf("unknown key %q", key)
}

// ReadDelivery reads one line of a tape.
func ReadDelivery(line []byte) (webhook.Delivery, error) {
	var r record
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return webhook.Delivery{}, fmt.Errorf("read delivery: %w", renamed(line, err))
	}
	switch {
	case r.Ringback != recordVersion:
		return webhook.Delivery{}, fmt.Errorf("read delivery: unsupported record version %q; this version of Ringback reads %q", r.Ringback, recordVersion)
	case len(bytes.TrimLeft(line[decoder.InputOffset():], space)) > 0:
		return webhook.Delivery{}, errors.New("read delivery: unexpected text after the record; write one record per line")
	case !utf8.Valid(line):
		return webhook.Delivery{}, errors.New("read delivery: the record is not UTF-8")
	}
	if err := r.checkTimes(); err != nil {
		return webhook.Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	d, err := r.delivery()
	if err != nil {
		return webhook.Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	return d, nil
}

func (r record) delivery() (webhook.Delivery, error) {
	d := webhook.Delivery{ID: r.ID, Event: webhook.Event{Route: r.Route, Type: r.Type, At: orZero(r.At), Method: r.Method, URL: r.URL}}
	if len(r.Faults) > 0 {
		d.Faults = r.Faults
	}
	var err error
	if d.Event.Body, err = bytesOf("body", r.Body, r.Base64); err != nil {
		return d, err
	}
	if d.Event.Headers, err = headersOf(r.Headers); err != nil {
		return d, err
	}
	for _, one := range r.Attempts {
		a, err := one.attempt()
		if err != nil {
			return d, err
		}
		d.Attempts = append(d.Attempts, a)
	}
	return d, nil
}

const inBase64 = "base64"

func headerRecord(h webhook.Header) []string {
	if utf8.ValidString(h.Value) {
		return []string{h.Name, h.Value}
	}
	return []string{h.Name, base64.StdEncoding.EncodeToString([]byte(h.Value)), inBase64}
}

func headerRecords(headers []webhook.Header) [][]string {
	var records [][]string
	for _, h := range headers {
		records = append(records, headerRecord(h))
	}
	return records
}

func headersOf(records [][]string) ([]webhook.Header, error) {
	var headers []webhook.Header
	for _, r := range records {
		h, err := headerOf(r)
		if err != nil {
			return nil, err
		}
		headers = append(headers, h)
	}
	return headers, nil
}

func headerOf(record []string) (webhook.Header, error) {
	switch {
	case len(record) == 2:
		return webhook.Header{Name: record[0], Value: record[1]}, nil
	case len(record) == 3 && record[2] == inBase64:
		if value, err := base64.StdEncoding.DecodeString(record[1]); err == nil {
			return webhook.Header{Name: record[0], Value: string(value)}, nil
		}
	}
	return webhook.Header{}, fmt.Errorf("header %q is neither [name, value] nor [name, Base64, %q]", record, inBase64)
}

// openTape replaces a body that is a record of a tape by the body of its event.
func openTape(b *Body) {
	if !IsRecord(b.Bytes) {
		return
	}
	d, err := ReadDelivery(bytes.TrimLeft(bytes.TrimPrefix(b.Bytes, []byte(mark)), space))
	if err != nil {
		b.Problem, b.Bytes = err.Error(), nil
		return
	}
	b.Type, b.At, b.Line, b.Column = d.Event.Type, d.Event.At, 0, 0
	if b.Bytes, err = request.Content(d.Event); err != nil {
		b.Problem = err.Error()
	}
}
