package fault

import (
	"bytes"
	"encoding/json"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
)

// A Layout locates the parts of one body by the event's schema. After a fault, the body needs a
// new layout. Faults ignore a pointer that leads nowhere.
type Layout struct {
	// Items are the JSON Pointers of the items; "" if the body is the item.
	Items []string
	// Batch reports whether the items are in an array that may have more.
	Batch bool
	// Kind is the pointer of the discriminator, or "". Names are the pointers of all levels of
	// the event's name, the outermost first: for "type": "message-event" with "payload": {"type":
	// "sent"}, both.
	Kind  string
	Names []string
	// Optional are the pointers of existing keys that the schema does not require, in the order
	// of the body.
	Optional []string
	// Known are the pointers of existing values of open enums, in the order of the body.
	Known []string
}

// A CorruptedBody is the result of a fault. Note describes the change: "missing-field
// /payload/id".
type CorruptedBody struct {
	Body []byte
	Note string
}

// Body applies the fault to a copy of a body; false if the body has nothing that the fault can
// change. It copies all other bytes. nth counts the firings of the fault from 0 and selects the
// location of faults that take turns; source selects that of random faults.
//
// Only truncate and bom apply to a body that is not JSON, so that faults can follow each other in
// any order.
func (f Fault) Body(body []byte, a Layout, nth int, source *prng.Source) (CorruptedBody, bool) {
	edit := f.editor()
	if edit == nil {
		return CorruptedBody{}, false
	}
	p := target{fault: f, body: body, layout: a, nth: max(nth, 0), source: source}
	if f.kind != "truncate" && f.kind != "bom" {
		root, _, err := document.JSON(body, document.BodyLimits())
		if err != nil {
			return CorruptedBody{}, false
		}
		p.root = &root
	}
	edits, what := edit(&p)
	if len(edits) == 0 {
		return CorruptedBody{}, false
	}
	note := f.kind
	if what != "" {
		note += " " + what
	}
	return CorruptedBody{apply(body, edits), note}, true
}

// An editor finds the edits, in the order of the body, and describes them; no edits mean that
// there is nothing to change.
type editor func(p *target) (edits []edit, what string)

func (f Fault) editor() editor {
	switch f.kind {
	case "truncate":
		return truncate
	case "invalid-utf8":
		return invalidUTF8
	case "bom":
		return prependBOM
	case "malformed-json":
		return malformed
	case "unknown-event":
		return unknownEvent
	case "unknown-field":
		return unknownField
	case "unlisted-value":
		return unlistedValue
	case "missing-field":
		return missingField
	case "null-value":
		return nullValue
	case "number-as-string":
		return numberAsString
	case "escape-non-ascii":
		return escapeNonASCII
	case "poison-item":
		return poisonItem
	}
	return nil
}

// A target is the body that a fault changes. The root is nil for faults that don't need JSON.
type target struct {
	fault  Fault
	body   []byte
	root   *document.Node
	layout Layout
	nth    int
	source *prng.Source
}

// at returns the value at a pointer; nil for "".
func (p *target) at(pointer string) *document.Node {
	if pointer == "" {
		return nil
	}
	return p.root.At(document.Tokens(pointer))
}

// An edit replaces body[start:end].
type edit struct {
	start, end int
	text       string
}

func apply(body []byte, edits []edit) []byte {
	out := make([]byte, 0, len(body)+len(edits)*8)
	at := 0
	for _, e := range edits {
		out = append(out, body[at:e.start]...)
		out = append(out, e.text...)
		at = e.end
	}
	return append(out, body[at:]...)
}

const byteOrderMark = "\xef\xbb\xbf"

// isJSON uses the standard library, which accepts more than our own parser: what it rejects,
// every parser rejects.
func isJSON(body []byte) bool {
	return json.Valid(bytes.TrimPrefix(body, []byte(byteOrderMark)))
}
