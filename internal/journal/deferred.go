package journal

import (
	"sync"

	"github.com/ringback-dev/ringback/webhook"
)

// A Deferred is an event that no endpoint received. It is generated when a reader asks for its
// body, headers or Values, and is the same each time. [Defer] returns one.
type Deferred struct {
	generate func() (webhook.Event, map[string]string, error)

	once   sync.Once
	values map[string]string
}

// Defer returns the event that generate returns, with its Values. generate must always return
// the same. It must be quick, safe for concurrent use, and not call the Log.
func Defer(generate func() (webhook.Event, map[string]string, error)) *Deferred {
	return &Deferred{generate: generate}
}

// sizeOfDeferred is the approximate memory of a Deferred: its planned event, and the Values
// once a query asked for them.
const sizeOfDeferred = 2 << 10

// Complete returns the entry with its event: a deferred one is generated now. If that fails,
// the event stays empty, and the Text ends with the error.
func (e Entry) Complete() Entry {
	if e.Deferred == nil || e.Delivery == nil {
		return e
	}
	event, values, err := e.Deferred.generate()
	e.Deferred = nil
	if err != nil {
		e.Text += "; its event can't be generated: " + err.Error()
		return e
	}
	delivery := *e.Delivery
	delivery.Event = event
	e.Delivery, e.Values = &delivery, values
	return e
}

// ids returns the Values. Those of a deferred event are kept, because one query after the
// other looks for them.
func (e *Entry) ids() map[string]string {
	d := e.Deferred
	if d == nil {
		return e.Values
	}
	d.once.Do(func() { d.values = e.Complete().Values })
	return d.values
}
