package scenarios

import (
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// EditorSchema returns the JSON Schema of scenario files, for editors.
func EditorSchema() document.Schema {
	return document.EditorSchema(declaredScenario{}, "Ringback scenario", "A script of webhooks and calls: docs/scenarios.md.")
}

type (
	schema = document.Schema
	build  = *document.SchemaBuilder
)

// EditorSchema adds what [checker] checks.
func (s declaredScenario) EditorSchema(b build) schema {
	all := b.Struct(s)
	all["dependentRequired"] = schema{"routes": []string{"provider"}, "set": []string{"provider"}}
	return all
}

// EditorSchema has a list of names of routes.
func (routes) EditorSchema(build) schema {
	return schema{"type": "array", "minItems": 1, "items": schema{"type": "string", "pattern": "^[a-z0-9-]+/.+$"}}
}

// EditorSchema has the pattern of [isName].
func (name) EditorSchema(build) schema {
	return schema{"type": "string", "pattern": "^[a-z0-9][a-z0-9.-]{0,63}$"}
}

// EditorSchema has the notation of [ParseRate].
func (rate) EditorSchema(build) schema {
	return schema{
		"description": "conversations per second", "type": "string", "pattern": `^[0-9]+(\.[0-9]{1,3})?/s$`, "default": "50/s", "examples": []string{"50/s", "0.5/s"},
	}
}

// EditorSchema has a time by RFC 3339.
func (startTime) EditorSchema(build) schema {
	return schema{
		"description": "the time at which the scenario starts (default: now)", "type": "string",
		"pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9]{2}:[0-9]{2})$`, "examples": []string{"2026-03-01T10:00:00Z"},
	}
}

// EditorSchema has a number from 0 to 1.
func (probability) EditorSchema(build) schema {
	return schema{"type": "number", "minimum": 0, "maximum": 1}
}

// EditorSchema is that of a duration.
func (span) EditorSchema(b build) schema { return b.Of(time.Duration(0)) }

// EditorSchema has a variant for each of [stepKinds].
func (step) EditorSchema(b build) schema {
	var kinds []schema
	for _, k := range []struct {
		keys        any
		description string
	}{
		{declaredSend{}, "sends an event"},
		{declaredBatch{}, "sends several events in one body"},
		{declaredChoose{}, "takes one of several branches"},
		{declaredRepeat{}, "repeats steps"},
		{declaredParallel{}, "branches that start at the same time"},
		{declaredAwait{}, "waits for a call of the consumer"},
		{declaredDo{}, "changes the provider's state"},
	} {
		one := b.Struct(k.keys)
		one["description"], one["not"] = k.description, schema{"required": []string{"after", "at"}}
		kinds = append(kinds, one)
	}
	return schema{"type": "object", "description": "a step: one of send, batch, choose, repeat, parallel, await, do", "oneOf": kinds}
}

// EditorSchema has the keys of an event to send.
func (batchItem) EditorSchema(b build) schema {
	item := b.Struct(declaredItem{})
	item["description"] = "an event of a batch"
	return item
}

// EditorSchema has the canonical events, and the event types of providers.
func (event) EditorSchema(build) schema {
	return schema{
		"description": "a canonical event or, in a scenario of a provider, one of its event types",
		"anyOf":       []schema{{"enum": canonical.Events()}, {"type": "string", "pattern": "^[a-z0-9-]+/.+$"}},
	}
}

// EditorSchema has [commands].
func (command) EditorSchema(build) schema { return schema{"enum": commands()} }

// EditorSchema has the names of values.
func (values) EditorSchema(b build) schema {
	properties := schema{reason: schema{
		"description": "canonical reasons of a failure; the first one that the route has applies",
		"anyOf":       []schema{b.Of(name("")), {"type": "array", "minItems": 1, "items": b.Of(name(""))}},
	}}
	for _, name := range value.Names() {
		properties[name] = schema{"type": []string{"string", "number", "boolean", "null"}}
	}
	return schema{
		"description": "values by name; null removes a value", "type": "object", "minProperties": 1, "properties": properties, "additionalProperties": false,
	}
}

// EditorSchema has JSON Pointers as keys.
func (pointers) EditorSchema(build) schema {
	return schema{
		"description": "values by JSON Pointer into the body; needs provider", "type": "object", "minProperties": 1,
		"patternProperties": schema{"^/": schema{}}, "additionalProperties": false,
	}
}

// EditorSchema has an entry or a list of them.
func (oneOrMore[T]) EditorSchema(b build) schema {
	var one T
	return schema{"anyOf": []schema{b.Of(one), {"type": "array", "minItems": 1, "maxItems": maxExpectations, "items": b.Of(one)}}}
}

// EditorSchema has a status code or a class of them.
func (status) EditorSchema(build) schema {
	return schema{"type": []string{"string", "integer"}, "pattern": statusCode.String(), "minimum": 100, "maximum": 599}
}

// EditorSchema has a duration, or contract.
func (responseTime) EditorSchema(b build) schema {
	return schema{
		"description": "a duration, or contract for the provider's limit", "anyOf": []schema{{"const": "contract"}, b.Of(time.Duration(0))},
	}
}

// EditorSchema has headers by name.
func (expectedHeaders) EditorSchema(build) schema {
	return schema{
		"description": "headers of the response; null matches any value", "type": "object", "minProperties": 1,
		"additionalProperties": schema{"type": []string{"string", "null"}},
	}
}

// EditorSchema has none, or the keys of a call.
func (declaredCalls) EditorSchema(b build) schema {
	return schema{"anyOf": []schema{{"const": "none"}, b.Struct(callKeys{})}}
}

// EditorSchema has a number, or the keys of a span.
func (callCount) EditorSchema(b build) schema {
	return schema{"anyOf": []schema{{"type": "integer", "minimum": 0, "maximum": maxCalls}, b.Of(callSpan{})}}
}

// EditorSchema has a text.
func (phoneNumber) EditorSchema(build) schema { return schema{"type": "string", "minLength": 1} }

// EditorSchema has the keys of an expected state.
func (declaredState) EditorSchema(b build) schema {
	state := b.Struct(stateKeys{})
	state["anyOf"] = []schema{{"required": []string{"equals"}}, {"required": []string{"order"}}}
	return state
}

// EditorSchema has a JSON Pointer.
func (statePointer) EditorSchema(build) schema {
	return schema{"type": "string", "pattern": "^/", "maxLength": maxPointer}
}
