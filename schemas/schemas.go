// Package schemas validates webhooks against the providers' contracts.
//
//	catalog, err := schemas.Load()
//	items, err := catalog.Validate(schemas.Scope{Route: "gupshup/v2"}, body)
//
// [Load] reads the providers that ship with Ringback, which are the folders beside this
// file, and your own. [Catalog.Validate] checks a body.
// docs/data.md describes the format of the data.
package schemas

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

//go:embed */* documented.tsv
var files embed.FS

// Files returns the providers that ship with Ringback, a folder each.
func Files() fs.FS { return files }

// Dir returns a directory of providers for [Load]. Unlike [os.DirFS], it lets errors
// name files by their whole path.
func Dir(name string) fs.FS { return schemas.Dir(name) }

// The errors that a caller can tell apart, with [errors.Is].
var (
	ErrUnknownRoute = schemas.ErrUnknownRoute
	ErrUnknownType  = schemas.ErrUnknownType
)

// An Error is one mistake in a provider's data. [Load] returns all of them, joined.
type Error struct {
	File string
	// Line and Column count from 1, the column in characters.
	Line, Column int
	Message      string
}

func (e *Error) Error() string {
	return fmt.Sprintf("load %s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
}

// A Catalog is all providers and event types. It is immutable and safe for concurrent
// use.
type Catalog struct{ catalog *schemas.Catalog }

// Load reads the shipped providers and those of further trees, for example of [Dir].
// Each folder of a tree is a provider. Names must be unique.
//
// It reports every mistake in the data as an *[Error].
func Load(trees ...fs.FS) (*Catalog, error) {
	c, err := schemas.Load(append([]fs.FS{schemas.Linted(files)}, trees...)...)
	if err != nil {
		return nil, located(err)
	}
	return &Catalog{c}, nil
}

// located replaces the errors of the internal packages by ones that a caller can read.
func located(err error) error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all []error
		for _, one := range joined.Unwrap() {
			all = append(all, located(one))
		}
		return errors.Join(all...)
	}
	if e, ok := errors.AsType[*document.Error](err); ok {
		return &Error{File: e.File, Line: e.Line, Column: e.Column, Message: e.Message}
	}
	return err
}

// Routes returns the names of all providers and routes, sorted: "gupshup",
// "gupshup/v2", "gupshup/v3" …
func (c *Catalog) Routes() []string { return c.catalog.Routes() }

// Types returns the event types of a provider or route, sorted by name. The empty
// string means all. The error is [ErrUnknownRoute].
func (c *Catalog) Types(route string) ([]EventType, error) {
	types, err := c.catalog.TypesOf(route)
	if err != nil {
		return nil, err
	}
	all := make([]EventType, len(types))
	for i, t := range types {
		all[i] = eventType(t)
	}
	return all, nil
}

// Type returns the event type of a name. The error is [ErrUnknownType].
func (c *Catalog) Type(name string) (EventType, error) {
	t, err := c.catalog.Type(name)
	if err != nil {
		return EventType{}, err
	}
	return eventType(t), nil
}

// An EventType describes the bodies of one name.
type EventType struct {
	// Name is for example "gupshup/v2/message-event.sent".
	Name, Title, Description string
	// CanonicalEvents are those that the type stands for, for example "message.sent".
	CanonicalEvents []string
	// Document is where the type is documented, or where it was observed.
	Document string
	// Schema is the JSON Schema (draft 2020-12) as the file has it.
	Schema []byte
}

func eventType(t *schemas.EventType) EventType {
	return EventType{t.Name, t.Title(), t.Description(), t.CanonicalEvents(), t.Document(), t.Schema()}
}

// A Scope limits what a body can be. The zero Scope is every event type.
type Scope struct {
	// Route is a provider or a route.
	Route string
	// Type is an event type: a body is validated against it whatever it looks like.
	Type string
	// At is when the body was sent or received: its times are compared with it. The zero time only
	// finds times in another unit.
	At time.Time
}

// Validate returns a verdict for each item of a body, at least one, in the order of
// the body. An invalid body is a verdict; the error is [ErrUnknownRoute] or
// [ErrUnknownType].
func (c *Catalog) Validate(scope Scope, body []byte) ([]webhook.Item, error) {
	v, err := c.catalog.Validator(schemas.Scope{Route: scope.Route, Type: scope.Type})
	if err != nil {
		return nil, err
	}
	return v.Body(body, scope.At), nil
}
