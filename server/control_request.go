package server

import (
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/document"
)

// How large the body of a request may be, in bytes. A state holds whatever was
// uploaded.
const (
	largestBody  = 1 << 20
	largestState = 128 << 20
)

// pathVar is a variable of the path, which the router leaves encoded.
func pathVar(r *http.Request, name string) string {
	text := mux.Vars(r)[name]
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// params are what the query gives, by name.
type params map[string]string

// readParams rejects unknown and duplicate parameters.
func readParams(u *url.URL, known []string) (params, error) {
	all, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, reject(http.StatusBadRequest, "read query: %w", err)
	}
	p := params{}
	for name, values := range all {
		switch {
		case !slices.Contains(known, name):
			name = document.Shorten(name, 60)
			return nil, withParameter(name, reject(http.StatusBadRequest, "read query: unknown parameter %s; %s", document.Quote(name), document.OneOf(name, known)))
		case len(values) > 1:
			return nil, withParameter(name, reject(http.StatusBadRequest, "read query: %s is given %d times; give it once", name, len(values)))
		}
		p[name] = values[0]
	}
	return p, nil
}

// bad is an error about one parameter.
func (p params) bad(name, want string) error {
	return withParameter(name, reject(http.StatusBadRequest, "read %s: %s is invalid; %s", name, document.Quote(document.Shorten(p[name], 60)), want))
}

// flag reads true or false; what is missing is false.
func (p params) flag(name string) (bool, error) {
	switch p[name] {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, p.bad(name, "want true or false")
}

// number reads a whole number within bounds.
func (p params) number(name string, fallback, minCount, maxCount int) (int, error) {
	if _, given := p[name]; !given {
		return fallback, nil
	}
	n, err := strconv.Atoi(p[name])
	if err != nil || n < minCount || n > maxCount {
		return 0, p.bad(name, "want a whole number from "+strconv.Itoa(minCount)+" to "+strconv.Itoa(maxCount))
	}
	return n, nil
}

// moment reads a time, or a duration as so long ago.
func (p params) moment(name string, now time.Time) (time.Time, error) {
	if p[name] == "" {
		return time.Time{}, nil
	}
	if ago, err := document.ParseDuration(p[name]); err == nil {
		return now.Add(-ago), nil
	}
	t, err := time.Parse(time.RFC3339, p[name])
	if err != nil {
		return time.Time{}, p.bad(name, "want a time (for example 2026-03-01T10:00:00Z) or how long ago (for example 5m)")
	}
	return t, nil
}

// readBody reads all of a body that is not too large. Nothing else of it is
// validated here; that of a GET is ignored.
func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	looks := r.Method == http.MethodGet || r.Method == http.MethodHead
	if coding := r.Header.Get("Content-Encoding"); !looks && coding != "" && coding != "identity" {
		return nil, reject(http.StatusUnsupportedMediaType, "read body: Content-Encoding is not supported; send the body without it")
	}
	large := &http.MaxBytesError{Limit: limit}
	var body []byte
	err := error(large)
	if r.ContentLength <= limit {
		body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	}
	switch {
	case err != nil:
		status, reason := deadline.Unread(err)
		return nil, reject(status, "%s", reason)
	case looks:
		return nil, nil
	}
	return body, nil
}

// isJSON rejects a body with another content type.
func (a apiRequest) isJSON() error {
	media, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return reject(http.StatusUnsupportedMediaType, "read body: want JSON; send Content-Type: application/json")
	}
	return nil
}

// empty rejects a body, except for an empty object.
func (a apiRequest) empty() error {
	if len(a.body) == 0 {
		return nil
	}
	return a.decode(&struct{}{})
}

// decode reads the body into a struct, strictly: what is unknown, twice there or
// of another type is rejected with its pointer.
func (a apiRequest) decode(into any) error {
	if err := a.isJSON(); err != nil {
		return err
	}
	limits := document.BodyLimits()
	limits.Bytes, limits.Nodes = largestState, 10*limits.Nodes
	root, defects, err := document.JSON(a.body, limits)
	var syntax *document.SyntaxError
	switch {
	case errors.As(err, &syntax):
		line, column := document.Position(a.body, syntax.Offset)
		return reject(http.StatusBadRequest, "read body: %w (line %d, column %d)", err, line, column)
	case err != nil:
		return reject(http.StatusBadRequest, "read body: %w", err)
	case len(defects) > 0:
		return withPointer(defects[0].Pointer, reject(http.StatusBadRequest, "read body: %s", defects[0].Message))
	}
	if err := fits(&root, reflect.TypeOf(into).Elem(), nil); err != nil {
		return err
	}
	if err := json.Unmarshal(a.body, into); err != nil {
		return reject(http.StatusBadRequest, "read body: %w", err)
	}
	return nil
}

// fits compares a value with the Go type that it is to be read into.
func fits(n *document.Node, t reflect.Type, path []string) error {
	wrong := func(want string) error {
		return withPointer(document.Pointer(path...), reject(http.StatusBadRequest, "read body: want %s, got %s", want, n.Describe()))
	}
	switch {
	case n.Kind == document.Null && slices.Contains([]reflect.Kind{reflect.Pointer, reflect.Slice, reflect.Map}, t.Kind()):
		return nil
	case t.Kind() == reflect.Pointer:
		return fits(n, t.Elem(), path)
	case t == reflect.TypeFor[json.RawMessage]() || t.Kind() == reflect.Interface:
		return nil
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) || t == reflect.TypeFor[[]byte]():
		t = reflect.TypeFor[string]()
	case reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]()):
		return nil
	}
	want, known := map[reflect.Kind]document.Kind{
		reflect.String: document.String, reflect.Bool: document.Bool, reflect.Struct: document.Object, reflect.Map: document.Object,
		reflect.Slice: document.Array, reflect.Array: document.Array,
	}[t.Kind()]
	if !known {
		want = document.Number
	}
	if n.Kind != want {
		return wrong(article(want))
	}
	switch want {
	case document.Number:
		if json.Unmarshal([]byte(n.Text), reflect.New(t).Interface()) != nil {
			return wrong("a whole number from 0 that fits 64 bits")
		}
	case document.Array:
		if t.Kind() == reflect.Array && len(n.Items) != t.Len() {
			return wrong("an array of " + strconv.Itoa(t.Len()))
		}
		for i := range n.Items {
			if err := fits(&n.Items[i], t.Elem(), append(path, strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case document.Object:
		return fitsObject(n, t, path)
	}
	return nil
}

func fitsObject(n *document.Node, t reflect.Type, path []string) error {
	fields, renamed := map[string]reflect.Type{}, map[string]string{}
	if t.Kind() == reflect.Struct {
		for _, f := range reflect.VisibleFields(t) {
			if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
				fields[name] = f.Type
				if was := f.Tag.Get("was"); was != "" {
					renamed[was] = name
				}
			}
		}
	}
	for i := range n.Members {
		m := &n.Members[i]
		inner := append(path, m.Key)
		field, known := fields[m.Key]
		if t.Kind() == reflect.Map {
			field, known = t.Elem(), true
		}
		if !known {
			key := document.Shorten(m.Key, 60)
			hint := document.OneOf(key, slices.Collect(maps.Keys(fields)))
			if now, ok := renamed[m.Key]; ok {
				hint = "it is now " + document.Quote(now)
			}
			return withPointer(document.Pointer(inner...), reject(http.StatusBadRequest, "read body: unknown field %s; %s", document.Quote(key), hint))
		}
		if err := fits(&m.Value, field, inner); err != nil {
			return err
		}
	}
	return nil
}

func article(k document.Kind) string {
	if k == document.Array || k == document.Object {
		return "an " + k.String()
	}
	return "a " + k.String()
}
