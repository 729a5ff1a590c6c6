package capture

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/webhook"
)

// A tape is Deliveries as JSON lines, the one format in which Ringback stores
// and exchanges traffic. Each line is a record; the key "ringback" comes first
// and says so.

// recordVersion is the version of the records that are read and written.
const recordVersion = "delivery/1"

type record struct {
	Ringback string     `json:"ringback"`
	ID       string     `json:"id,omitempty"`
	At       *time.Time `json:"at,omitempty"`
	Provider string     `json:"provider,omitempty"`
	Event    string     `json:"event,omitempty"`
	// Header is [name, value] for each line; a value that is no UTF-8 stands in
	// Base64, and "base64" after it.
	Header [][]string `json:"header,omitempty"`
	// Body is the body as text; one that is no UTF-8 stands in Base64 instead.
	Body   string `json:"body,omitempty"`
	Base64 string `json:"body_base64,omitempty"`
	// Faults say how the event was spoilt before it was sent.
	Faults   []string  `json:"faults,omitempty"`
	Attempts []attempt `json:"attempts,omitempty"`
}

// An attempt holds the answer's header and body as the record holds the
// event's. Its durations are whole nanoseconds.
type attempt struct {
	At        *time.Time      `json:"at,omitempty"`
	Sent      [][]string      `json:"sent,omitempty"`
	Status    int             `json:"status,omitempty"`
	Header    [][]string      `json:"header,omitempty"`
	Body      string          `json:"body,omitempty"`
	Base64    string          `json:"body_base64,omitempty"`
	Cut       bool            `json:"cut,omitempty"`
	Dial      time.Duration   `json:"dial_ns,omitempty"`
	TLS       time.Duration   `json:"tls_ns,omitempty"`
	FirstByte time.Duration   `json:"first_byte_ns,omitempty"`
	Total     time.Duration   `json:"total_ns,omitempty"`
	Error     string          `json:"error,omitempty"`
	Class     webhook.Failure `json:"class,omitempty"`
}

// WriteDelivery writes a Delivery as one line of a tape.
func WriteDelivery(w io.Writer, d webhook.Delivery) error {
	r := record{
		Ringback: recordVersion, ID: d.ID, At: moment(d.Event.At), Provider: d.Event.Route, Event: d.Event.Type,
		Header: fieldRecords(d.Event.Header), Faults: d.Faults,
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
		At: moment(a.At), Sent: fieldRecords(a.Sent), Status: a.Status, Header: fieldRecords(a.Header), Cut: a.Truncated,
		Dial: a.Timing.Dial, TLS: a.Timing.TLS, FirstByte: a.Timing.FirstByte, Total: a.Timing.Total, Error: a.Error, Class: a.Failure,
	}
	r.Body, r.Base64 = textOrBase64(a.Body)
	return r
}

func (r attempt) attempt() (webhook.Attempt, error) {
	a := webhook.Attempt{
		At: orZero(r.At), Status: r.Status, Truncated: r.Cut, Error: r.Error, Failure: r.Class,
		Timing: webhook.Timing{Dial: r.Dial, TLS: r.TLS, FirstByte: r.FirstByte, Total: r.Total},
	}
	var err error
	if a.Body, err = bytesOf(r.Body, r.Base64); err != nil {
		return a, err
	}
	if len(a.Body) == 0 {
		a.Body = nil // as an attempt without a body has it
	}
	if a.Sent, err = fieldsOf(r.Sent); err != nil {
		return a, err
	}
	a.Header, err = fieldsOf(r.Header)
	return a, err
}

// textOrBase64 keeps a body as text if it is UTF-8, else in Base64.
func textOrBase64(body []byte) (text, inBase64 string) {
	if utf8.Valid(body) {
		return string(body), ""
	}
	return "", base64.StdEncoding.EncodeToString(body)
}

func bytesOf(text, inBase64 string) ([]byte, error) {
	if inBase64 == "" {
		return []byte(text), nil
	}
	body, err := base64.StdEncoding.DecodeString(inBase64)
	if err != nil || text != "" {
		return nil, errors.New("body_base64 is no Base64, or stands beside body")
	}
	return body, nil
}

func moment(at time.Time) *time.Time {
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

// timely complains about a moment that could not be written again: in UTC it
// falls into a year that RFC 3339 cannot spell.
func (r record) timely() error {
	moments := []time.Time{orZero(r.At)}
	for _, a := range r.Attempts {
		moments = append(moments, orZero(a.At))
	}
	for _, at := range moments {
		if year := at.Year(); year < 0 || year > 9999 {
			return errors.New("a time lies outside the years 0 to 9999")
		}
	}
	return nil
}

// ReadDelivery reads one line of a tape.
func ReadDelivery(line []byte) (webhook.Delivery, error) {
	var r record
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&r); err != nil {
		return webhook.Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	switch {
	case r.Ringback != recordVersion:
		return webhook.Delivery{}, fmt.Errorf("read delivery: it is a record %q; this version reads %q", r.Ringback, recordVersion)
	case len(bytes.TrimLeft(line[decoder.InputOffset():], space)) > 0:
		return webhook.Delivery{}, errors.New("read delivery: something follows the record on its line")
	case !utf8.Valid(line):
		return webhook.Delivery{}, errors.New("read delivery: the record is not UTF-8")
	}
	if err := r.timely(); err != nil {
		return webhook.Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	d, err := r.delivery()
	if err != nil {
		return webhook.Delivery{}, fmt.Errorf("read delivery: %w", err)
	}
	return d, nil
}

func (r record) delivery() (webhook.Delivery, error) {
	d := webhook.Delivery{ID: r.ID, Event: webhook.Event{Route: r.Provider, Type: r.Event, At: orZero(r.At)}}
	if len(r.Faults) > 0 {
		d.Faults = r.Faults
	}
	var err error
	if d.Event.Body, err = bytesOf(r.Body, r.Base64); err != nil {
		return d, err
	}
	if d.Event.Header, err = fieldsOf(r.Header); err != nil {
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

func fieldRecord(f webhook.Field) []string {
	if utf8.ValidString(f.Value) {
		return []string{f.Name, f.Value}
	}
	return []string{f.Name, base64.StdEncoding.EncodeToString([]byte(f.Value)), inBase64}
}

func fieldRecords(fields []webhook.Field) [][]string {
	var records [][]string
	for _, f := range fields {
		records = append(records, fieldRecord(f))
	}
	return records
}

func fieldsOf(records [][]string) ([]webhook.Field, error) {
	var fields []webhook.Field
	for _, r := range records {
		f, err := fieldOf(r)
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
	}
	return fields, nil
}

func fieldOf(record []string) (webhook.Field, error) {
	switch {
	case len(record) == 2:
		return webhook.Field{Name: record[0], Value: record[1]}, nil
	case len(record) == 3 && record[2] == inBase64:
		if value, err := base64.StdEncoding.DecodeString(record[1]); err == nil {
			return webhook.Field{Name: record[0], Value: string(value)}, nil
		}
	}
	return webhook.Field{}, fmt.Errorf("a header is neither [name, value] nor [name, Base64, %q]", inBase64)
}

// openTape replaces a body that is a record of a tape by the body in it.
func openTape(b *Body) {
	if !IsRecord(b.Bytes) {
		return
	}
	d, err := ReadDelivery(bytes.TrimLeft(bytes.TrimPrefix(b.Bytes, []byte(mark)), space))
	if err != nil {
		b.Problem, b.Bytes = err.Error(), nil
		return
	}
	b.Bytes, b.Type = d.Event.Body, d.Event.Type
	b.Line, b.Column = 0, 0
}
