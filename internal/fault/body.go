package fault

import (
	"bytes"
	"encoding/json"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/prng"
)

// An Layout is what an event's schema says of one body. Its pointers hold for
// that very body: where faults follow each other, each wants the anatomy of
// what the one before left. A pointer that leads nowhere is passed over.
type Layout struct {
	// Items are the JSON Pointers of the items; "" if the body is the item.
	Items []string
	// Batch says that the items stand in an array that may hold more.
	Batch bool
	// Kind is the pointer of the discriminator that names the event; "" if
	// there is none. Names are those of all levels of the name, the outermost
	// first: of "type": "message-event" with "payload": {"type": "sent"} both.
	Kind  string
	Names []string
	// Optional are the pointers of present keys that the schema does not
	// require, in the order of the body.
	Optional []string
	// Known are the pointers of present values of open sets, in the order of
	// the body.
	Known []string
}

// Corrupted is what a fault made of a body. Note says what was done, for the
// Delivery: "missing-field /payload/id".
type CorruptedBody struct {
	Body []byte
	Note string
}

// Body spoils a body, which stays as it is, and reports false if there is
// nothing in it for this fault to spoil. Every byte that the fault is not about
// is copied unchanged. nth counts the firings of this fault from 0 and chooses
// the place where a fault takes one after another; source chooses where a
// fault takes one at random.
//
// Only truncate and bom spoil what is no JSON, so that faults may follow each
// other in any order.
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

// A spoiler finds what to edit, in the order of the body, and words it; no
// edits mean that there is nothing to spoil.
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

// A patient is the body under a fault. The root is nil where the fault does
// not care for JSON.
type target struct {
	fault  Fault
	body   []byte
	root   *document.Node
	layout Layout
	nth    int
	source *prng.Source
}

// at returns the value that a pointer leads to; "" leads nowhere.
func (p *target) at(pointer string) *document.Node {
	if pointer == "" {
		return nil
	}
	return p.root.At(document.Tokens(pointer))
}

// An edit puts a text in the place of body[start:end].
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

// isJSON asks the standard library, which takes more for JSON than we do:
// where it says no, no parser says yes.
func isJSON(body []byte) bool {
	return json.Valid(bytes.TrimPrefix(body, []byte(byteOrderMark)))
}
