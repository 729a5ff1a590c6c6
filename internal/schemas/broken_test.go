package schemas_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	userProviders = "../../examples/providers"
	brokenGolden  = userProviders + "/broken.golden"
)

// A slip is what somebody did wrong to the folder of a provider.
type slip func(t *testing.T, tree fstest.MapFS)

// in puts one text in the place of another, which stands in the file once.
func in(file, old, with string) slip {
	return func(t *testing.T, tree fstest.MapFS) {
		t.Helper()
		require.Contains(t, tree, file)
		text := string(tree[file].Data)
		require.Equal(t, 1, strings.Count(text, old), "%q in %s", old, file)
		tree[file] = &fstest.MapFile{Data: []byte(strings.Replace(text, old, with, 1))}
	}
}

func provider(old, with string) slip { return in("acme/provider.yaml", old, with) }
func sms(old, with string) slip      { return in("acme/sms.status/schema.json", old, with) }
func whatsapp(old, with string) slip { return in("acme/whatsapp.status/schema.json", old, with) }
func optOut(old, with string) slip   { return in("acme/opt-out/schema.json", old, with) }

// definitions adds to the $defs of the SMS schema.
func definitions(text string) slip { return sms(`"$defs": {`, `"$defs": {`+text+`,`) }

// own adds a sub-schema with these keywords to the SMS schema.
func own(keywords string) slip { return definitions(`"own": {` + keywords + `}`) }

// write gives a file another text.
func write(file, text string) slip {
	return func(_ *testing.T, tree fstest.MapFS) { tree[file] = &fstest.MapFile{Data: []byte(text)} }
}

// move gives whatever begins with a path other paths, or none.
func move(from string, to ...string) slip {
	return func(_ *testing.T, tree fstest.MapFS) {
		for name, file := range maps.Clone(tree) {
			if below, ok := strings.CutPrefix(name, from); ok {
				delete(tree, name)
				for _, path := range to {
					tree[path+below] = file
				}
			}
		}
	}
}

func all(slips ...slip) slip {
	return func(t *testing.T, tree fstest.MapFS) {
		t.Helper()
		for _, do := range slips {
			do(t, tree)
		}
	}
}

// minimal is the least that a provider.yaml holds.
const minimal = "provider: acme\ntitle: Acme\nroutes:\n  acme: {channel: sms, types: [\"*\"]}\n"

const routes = `routes:
  acme/sms:      {channel: sms, types: ["sms.*", "inbound.*", opt-out]}
  acme/whatsapp: {channel: whatsapp, types: ["whatsapp.*", "inbound.*"]}
`

const (
	handshake = `handshake: {method: GET, query: "challenge={{challenge}}", expect: "{{challenge}}"}`
	status    = `"type": "string", "description": "status word", "x-extensible-enum": ["SENT", "DELIVERED", "FAILED", "UNDELIVERED"]`
	smsSource = `"Acme webhook guide (made up for this example): SMS status"`
	sent      = `{type: sms.status, where: {/events/0/status: SENT}}`
	soon      = `message.sent: {after: message.submitted, fixed: 1s}`
)

// doubling is a chain of definitions, each of which refers twice to the one before.
func doubling(length int) string {
	chain := `"d0": {}`
	for i := range length {
		chain += fmt.Sprintf(`, "d%d": {"allOf": [{"$ref": "#/$defs/d%d"}, {"$ref": "#/$defs/d%d"}]}`, i+1, i, i)
	}
	return chain
}

type brokenRow struct {
	name string
	slip slip
}

func brokenRows() []brokenRow {
	return []brokenRow{
		// What is no YAML, or more of it than data files may hold.
		{"yaml: tab", provider("  - path: /events/*", "\t- path: /events/*")},
		{"yaml: quote closed too late", provider("title: Acme Messaging", `title: "Acme Messaging`)},
		{"yaml: quote never closed", provider("slow_ack: delays-later-events", `slow_ack: "delays-later-events`)},
		{"yaml: control character", provider("title: Acme", "title: Acm\x01")},
		{"yaml: bracket never closed", provider(`success: [2xx]`, `success: [2xx`)},
		{"yaml: colon in a plain text", provider("title: Acme Messaging", "title: Acme: Messaging")},
		{"yaml: star in a plain text", provider(`not_required: [inbound.text, opt-out]`, `not_required: [*.text, opt-out]`)},
		{"yaml: bad indentation", provider("  - path: /events/*", "  - path: /events/*\n   skip: [ping]")},
		{"yaml: not UTF-8", provider("title: Acme", "title: Acm\xe9")},
		{"yaml: two documents", provider("\nitems:", "\n---\nitems:")},
		{"yaml: empty file", write("acme/provider.yaml", "")},
		{"yaml: only a comment", write("acme/provider.yaml", "# later\n")},
		{"yaml: too large", write("acme/provider.yaml", strings.Repeat("#\n", 1<<19+1))},
		{"yaml: too deep", provider("title: Acme Messaging", "title: "+strings.Repeat("[", 70)+strings.Repeat("]", 70))},
		{"yaml: anchor", provider("sms:      {unsupported: an SMS", "sms:      &anchor {unsupported: an SMS")},
		{"yaml: alias without anchor", provider("whatsapp: {unsupported: WhatsApp keeps its own list}", "whatsapp: *none")},
		{"yaml: merge key", provider("whatsapp: {unsupported: WhatsApp keeps its own list}", "<<: {unsupported: WhatsApp keeps its own list}")},
		{"yaml: tag", provider("code: 27", "code: !!str 27")},
		{"yaml: key is a list", provider("time_allowed: 5s", "[time_allowed]: 5s")},
		{"yaml: duplicate key", provider("time_allowed: 5s", "time_allowed: 5s\n  success: [200]")},
		{"yaml: empty value", provider("time_allowed: 5s", "time_allowed:")},

		// What is no JSON, or JSON that parsers read differently.
		{"json: comma before brace", sms(`"required": ["code", "reason"]`, `"required": ["code", "reason"],`)},
		{"json: comma missing", sms(`"title": "SMS status",`, `"title": "SMS status"`)},
		{"json: comment", sms(`  "title": "SMS status",`, `  // "title": "SMS status",`)},
		{"json: ends too early", write("acme/sms.status/schema.json", `{"type": "object"`)},
		{"json: empty file", write("acme/sms.status/schema.json", "")},
		{"json: something follows", write("acme/sms.status/schema.json", "{}\n{}")},
		{"json: byte order mark", sms("{\n  \"title\"", "\ufeff{\n  \"title\"")},
		{"json: duplicate key", own(`"description": "error code", "description": "number"`)},
		{"json: lone surrogate", own(`"description": "\ud83d"`)},
		{"json: huge number", own(`"minimum": 1e999`)},
		{"json: too deep", own(strings.Repeat(`"not": {`, 130) + strings.Repeat("}", 130))},

		// schema.json
		{"schema: no object", write("acme/sms.status/schema.json", "[]")},
		{"schema: sub-schema is true", definitions(`"own": true`)},
		{"schema: unknown keyword", own(`"descripton": "error code"`)},
		{"schema: unknown keyword of ours", own(`"x-extensible-enmu": [1, 2]`)},
		{"schema: unknown keyword, nothing near", own(`"colour": "red"`)},
		{"schema: unknown type", sms(status, `"type": "text"`)},
		{"schema: unknown type in a list", sms(`["string", "null"]`, `["string", "nil"]`)},
		{"schema: type is a number", sms(status, `"type": 1`)},
		{"schema: no types", sms(status, `"type": []`)},
		{"schema: type holds a number", sms(status, `"type": ["string", 1]`)},
		{"schema: description is no text", own(`"description": 1`)},
		{"schema: required is no list", sms(`"required": ["account", "events"]`, `"required": "account"`)},
		{"schema: required holds a number", sms(`"required": ["account", "events"]`, `"required": ["account", 1]`)},
		{"schema: properties are a list", own(`"properties": []`)},
		{"schema: enum is empty", own(`"enum": []`)},
		{"schema: anyOf is empty", own(`"anyOf": []`)},
		{"schema: x-extensible-enum is a text", own(`"x-extensible-enum": "SENT"`)},
		{"schema: minItems is a text", sms(`"minItems": 1`, `"minItems": "1"`)},
		{"schema: maxItems is negative", sms(`"maxItems": 1`, `"maxItems": -1`)},
		{"schema: additionalProperties false", own(`"additionalProperties": false`)},
		{"schema: bad pattern", own(`"pattern": "[0-9"`)},
		{"schema: pattern of another language", own(`"pattern": "(?=a)b"`)},
		{"schema: pattern too long", own(`"pattern": "` + strings.Repeat("a", 1025) + `"`)},
		{"schema: costly pattern", own(`"pattern": "(a{1,30}){1,30}"`)},
		{"schema: $ref leads nowhere", sms(`"#/$defs/error"`, `"#/$defs/eror"`)},
		{"schema: $ref to the root", sms(`"#/$defs/error"`, `"#"`)},
		{"schema: remote $ref", sms(`"#/$defs/error"`, `"https://acme.example.com/error.json"`)},
		{"schema: $ref to a file", sms(`"#/$defs/error"`, `"../opt-out/schema.json"`)},
		{"schema: $ref circle", definitions(`"inner": {"properties": {"cause": {"$ref": "#/$defs/inner"}}}`)},
		{"schema: $ref circle of two", definitions(`"a": {"not": {"$ref": "#/$defs/b"}}, "b": {"not": {"$ref": "#/$defs/a"}}`)},
		{"schema: too large", definitions(doubling(15))},
		{"schema: no x-source", sms(`"x-source": `+smsSource+`,`, "")},
		{"schema: x-source is empty", sms(smsSource, `""`)},
		{"schema: x-source is a list", sms(smsSource, `[]`)},
		{"schema: x-ambiguous false", optOut(`"type": "object",`, `"type": "object", "x-ambiguous": false,`)},
		{"schema: x-ambiguous below the root", own(`"x-ambiguous": true`)},
		{"schema: x-placeholder below the root", own(`"x-placeholder": ["CODE"]`)},
		{"schema: x-placeholder is a text", sms(`["STATUS"]`, `"STATUS"`)},
		{"schema: known with |", optOut(`["STOP", "END", "QUIT"]`, `["STOP", "END|QUIT"]`)},
		{"schema: unknown x-value", optOut(`"app.client"`, `"app.clint"`)},
		{"schema: unknown x-value, nothing near", optOut(`"app.client"`, `"account"`)},
		{"schema: x-value is empty", optOut(`"app.client"`, `""`)},
		{"schema: x-value is a number", optOut(`"app.client"`, `7`)},
		{"schema: x-value is a list", optOut(`"app.client"`, `["app.client"]`)},
		{"schema: x-value-format without x-value", own(`"x-value-format": "number"`)},
		{"schema: x-value-truncate without x-value", own(`"x-value-truncate": "1m"`)},
		{"schema: spelling of another kind", optOut(`"x-value-format": "e164"`, `"x-value-format": "unix_s"`)},
		{"schema: spelling takes no argument", optOut(`"x-value-format": "e164"`, `"x-value-format": "e164 12"`)},
		{"schema: x-value-format makes an id", optOut(`"x-value": "app.client"`, `"x-value": "app.client", "x-value-format": "hex 6"`)},
		{"schema: x-value-format makes nothing", optOut(`"x-value": "app.client"`, `"x-value": "fake.id"`)},
		{"schema: x-value-format is a list", optOut(`"x-value-format": "e164"`, `"x-value-format": ["e164"]`)},
		{"schema: x-value-exceptions without x-value", own(`"x-value-exceptions": [""]`)},
		{"schema: x-value-exceptions of a free text", optOut(`"app.client"`, `"message.text", "x-value-exceptions": [""]`)},
		{"schema: x-value-exceptions is no pattern", optOut(`"x-value-format": "e164"`, `"x-value-format": "e164", "x-value-exceptions": ["("]`)},
		{"schema: x-value-ahead without x-value", own(`"x-value-ahead": "168h"`)},
		{"schema: x-value-ahead of no time", optOut(`"x-value-format": "e164"`, `"x-value-ahead": "168h"`)},
		{"schema: x-value-ahead is no duration", optOut(`"x-value-format": "datetime"`, `"x-value-format": "datetime", "x-value-ahead": "-1h"`)},
		{"schema: x-value-until without x-value", own(`"x-value-until": "168h"`)},
		{"schema: x-value-until is no duration", optOut(`"x-value-format": "e164"`, `"x-value-format": "e164", "x-value-until": "a week"`)},
		{"schema: x-value-format makes a WhatsApp ID", optOut(`"x-value-format": "e164"`, `"x-value-format": "wamid inbound"`)},
		{"schema: x-value-offset of no time", optOut(`"x-value-format": "e164"`, `"x-value-offset": "1h"`)},
		{"schema: x-value-offset is no duration", optOut(`"x-value-format": "datetime"`, `"x-value-offset": "one hour"`)},
		{"schema: x-value-truncate is no duration", optOut(`"x-value-format": "datetime"`, `"x-value-truncate": "0s"`)},
		{"schema: form with a type", whatsapp(`"required": ["timestamp"],`, `"properties": {"timestamp": {"type": "string"}}, "required": ["timestamp"],`)},
		{"schema: form with const", whatsapp(`"required": ["timestamp"],`, `"properties": {"status": {"const": "read"}}, "required": ["timestamp"],`)},
		{"schema: x-variant outside anyOf", own(`"x-variant": "observed"`)},
		{"schema: x-variant is empty", whatsapp(`"x-variant": "observed"`, `"x-variant": ""`)},

		// provider.yaml
		{"provider: no mapping", write("acme/provider.yaml", "- provider: acme\n")},
		{"provider: unknown key", provider("timing:", "timming:")},
		{"provider: renamed keys", all(provider("description: A", "about: A"), provider("title: Acme Messaging", "title: Acme Messaging\nusual: true\nunsent: []"))},
		{"routes: renamed key", provider(`{channel: whatsapp, types:`, `{channel: whatsapp, events:`)},
		{"events: renamed keys", all(provider(sent, "{event: sms.status, where: {/events/0/status: SENT}}"), provider("whatsapp: {unsupported: WhatsApp", "whatsapp: {none: WhatsApp"))},
		{"contract: renamed keys", all(provider("batching: {max_items: 100}", "batching: {most: 100}"), provider(handshake, "handshake: {event: opt-out}"))},
		{"coverage exclusions: renamed keys", write("acme/provider.yaml", minimal+"coverage_exclusions: [{why: because, marks: {opt-out: [/id absent]}}]\n")},
		{"schema: maxLength of a value of the run", own(`"maxLength": 5, "x-value": "recipient.name"`)},
		{"schema: exclusiveMinimum of a value of the run", own(`"exclusiveMinimum": 5, "x-value": "event.at", "x-value-format": "unix_s"`)},
		{"schema: multipleOf of a value of the run", own(`"multipleOf": 5, "x-value": "event.at", "x-value-format": "unix_s"`)},
		{"schema: a known value is too long", own(`"maxLength": 3, "x-extensible-enum": ["SENT", "OK"]`)},
		{"schema: a const out of range", own(`"maximum": 3, "const": 4`)},
		{"schema: minimum above maximum", own(`"minimum": 3, "exclusiveMaximum": 3`)},
		{"schema: minLength above maxLength", own(`"minLength": 3, "maxLength": 2`)},
		{"schema: maximum is a text", own(`"maximum": "3"`)},
		{"schema: multipleOf is zero", own(`"multipleOf": 0`)},
		{"schema: maxLength is negative", own(`"maxLength": -1`)},
		{"schema: renamed keywords", own(`"x-known": [1], "x-form": "a", "x-as": "e164", "x-plus": "1s", "x-cut": "1s"`)},
		{"provider: unknown key, nothing near", provider("slow_ack: delays-later-events", "telephone: ask for Asha")},
		{"provider: no name", provider("provider: acme\n", "")},
		{"provider: name is empty", provider("provider: acme\n", "provider: \"\"\n")},
		{"provider: name is a number", provider("provider: acme\n", "provider: 7\n")},
		{"provider: no title", provider("title: Acme Messaging\n", "")},
		{"provider: wrong folder name", provider("provider: acme\n", "provider: akme\n")},
		{"provider: source is a list", provider("source: Acme webhook guide (made up for this example)", "source: [guide]")},
		{"provider: assumed false", provider("assumed: true", "assumed: false")},
		{"provider: note is a list", provider("note: The guide tells no times; these are guesses, and this mapping says so.", "note: [guesses]")},
		{"routes: none", write("acme/provider.yaml", "provider: acme\ntitle: Acme\n")},
		{"routes: empty", write("acme/provider.yaml", "provider: acme\ntitle: Acme\nroutes: {}\n")},
		{"routes: a list", provider(routes, "routes: [sms, whatsapp]\n")},
		{"routes: a route is a text", provider(`acme/sms:      {channel: sms, types: ["sms.*", "inbound.*", opt-out]}`, "acme/sms: sms")},
		{"routes: no channel", provider("{channel: sms, ", "{")},
		{"routes: no events", provider(`, types: ["whatsapp.*", "inbound.*"]`, "")},
		{"routes: unknown key", provider("{channel: sms, ", "{chanel: sms, channel: sms, ")},
		{"routes: without the provider's name", provider("acme/sms: ", "sms: ")},
		{"routes: too many words", provider("acme/sms: ", "acme/v1/sms: ")},
		{"routes: bad pattern", provider(`["sms.*"`, `["sms.["`)},
		{"routes: pattern of nothing", provider(`["sms.*"`, `["smss.*"`)},
		{"routes: no default", provider("default: acme/whatsapp\n", "")},
		{"routes: unknown default", provider("default: acme/whatsapp", "default: acme/watsapp")},
		{"hosts: not a list", provider("hosts:                      # where the API really is; serve --tls and --proxy serve it there\n  - name: api.acme.example", "hosts: api.acme.example")},
		{"hosts: a name alone", provider("  - name: api.acme.example", "  - api.acme.example")},
		{"hosts: no name", provider("  - name: api.acme.example", "  - source: the guide")},
		{"hosts: unknown key", provider("  - name: api.acme.example", "  - {name: api.acme.example, port: 443}")},
		{"hosts: upper case", provider("api.acme.example", "API.acme.example")},
		{"hosts: a URL", provider("api.acme.example", "https://api.acme.example/")},
		{"hosts: with a port", provider("api.acme.example", "api.acme.example:443")},
		{"hosts: with a dot at the end", provider("api.acme.example", "api.acme.example.")},
		{"hosts: a wildcard", provider("api.acme.example", `"*.acme.example"`)},
		{"hosts: an address", provider("api.acme.example", "127.0.0.1")},
		{"hosts: one word", provider("api.acme.example", "localhost")},
		{"hosts: an empty label", provider("api.acme.example", "api..example")},
		{"hosts: a dash at an end", provider("api.acme.example", "api-.acme.example")},
		{"hosts: letters of another script", provider("api.acme.example", "аpi.acme.example")},
		{"hosts: a long label", provider("api.acme.example", strings.Repeat("a", 64)+".example")},
		{"hosts: a long name", provider("api.acme.example", strings.Repeat("a.", 124)+"example")},
		{"hosts: empty", provider("api.acme.example", `""`)},
		{"hosts: twice", provider("  - name: api.acme.example", "  - name: api.acme.example\n  - name: api.acme.example")},
		{"default_provider: not a boolean", provider("default: acme/whatsapp", "default: acme/whatsapp\ndefault_provider: acme/whatsapp")},
		{"items: no list", provider("  - path: /events/*", "  path: /events/*")},
		{"items: a text", provider("  - path: /events/*", "  - /events/*")},
		{"items: no path", provider("  - path: /events/*", "  - skip: [ping]")},
		{"items: path without slash", provider("path: /events/*", "path: events/*")},
		{"items: half a star", provider("path: /events/*", "path: /events/a*")},
		{"items: slash at the end", provider("path: /events/*", "path: /events/")},
		{"items: brace never closed", provider("path: /events/*", `path: "/{events,statuses/*"`)},
		{"items: skip no list", provider("path: /events/*", "{path: /events/*, skip: ping}")},
		{"items: skip holds a number", provider("path: /events/*", "{path: /events/*, skip: [1]}")},
		{"events: no mapping", write("acme/provider.yaml", minimal+"events: [opt-out]\n")},
		{"events: unknown neutral event", provider("  message.read:\n    sms:      {unsupported", "  message.raed:\n    sms:      {unsupported")},
		{"events: unknown event type", provider(sent, "{type: sms.statos, where: {/events/0/status: SENT}}")},
		{"events: unknown event type as a text", provider("sms:      opt-out", "sms:      optout")},
		{"events: unknown event type in a list", provider("sms:      opt-out", "sms:      [opt-out, opt-in]")},
		{"events: a number", provider("sms:      opt-out", "sms:      5")},
		{"events: no event", provider(sent, "{where: {/events/0/status: SENT}}")},
		{"events: unknown key", provider(sent, "{type: sms.status, were: {/events/0/status: SENT}}")},
		{"events: unknown route", provider("    sms:      {unsupported: an SMS has", "    smss:     {unsupported: an SMS has")},
		{"events: none is no text", provider("{unsupported: the first event of a message is sent}", "{unsupported: true}")},
		{"events: where is no mapping", provider("where: {/events/0/status: SENT}", "where: SENT")},
		{"events: where is no pointer", provider("where: {/events/0/status: SENT}", "where: {events/0/status: SENT}")},
		{"errors: bad reason name", provider("handset-off:", "Handset_Off:")},
		{"errors: unknown key", provider("code: 27,", "kode: 27,")},
		{"errors: code is a list", provider("code: 27,", "code: [27],")},
		{"errors: reason is a number", provider("reason: Absent subscriber", "reason: 7")},
		{"errors: unknown stage", provider("status: UNDELIVERED, stage: async", "status: UNDELIVERED, stage: asink")},
		{"errors: unknown stage in a list", provider("[sync, async]", "[sync, later]")},
		{"errors: an entry is a number", provider("number-invalid: {code: 11, reason: The number is no phone number, stage: [sync, async]}", "number-invalid: 11")},
		{"ids: unknown value", provider("  event.id:", "  event.ide:")},
		{"ids: bad template, unknown value", provider(`"wa-{{app.client|digits 6}}-`, `"wa-{{app.clint|digits 6}}-`)},
		{"ids: bad template, never closed", provider(`"{{random|uuid}}"`, `"{{random|uuid"`)},
		{"ids: bad template, unknown spelling", provider(`"{{random|uuid}}"`, `"{{random|guid}}"`)},
		{"ids: bad template, nothing made", provider(`"{{random|uuid}}"`, `"{{random}}"`)},
		{"ids: template of a time", provider("  event.id:", "  event.at:")},
		{"ids: unknown route", provider(`    sms: "sms-{{random|hex 16}}"`, `    smss: "sms-{{random|hex 16}}"`)},
		{"ids: template is a number", provider(`"{{random|uuid}}"`, "5")},
		{"contract: a list", write("acme/provider.yaml", minimal+"contract: [POST]\n")},
		{"contract: unknown key", provider("time_allowed:", "time_alowed:")},
		{"contract: unknown method", provider("contract:\n  method: POST", "contract:\n  method: post")},
		{"contract: method is a number", provider("contract:\n  method: POST", "contract:\n  method: 1")},
		{"contract: content_type is a list", provider("content_type: application/json; charset=utf-8", "content_type: [application/json]")},
		{"contract: headers are a list", provider("headers:\n    X-Acme-Account: \"{{app.client}}\"", "headers: [X-Acme-Account]")},
		{"contract: bad header template", provider(`"{{app.client}}"`, `"{{app.client|e164}}"`)},
		{"contract: bearer is a word", provider("bearer: false", "bearer: no")},
		{"contract: method that isn't supported", provider("contract:\n  method: POST", "contract:\n  method: PATCH")},
		{"contract: GET with a content_type", provider("contract:\n  method: POST", "contract:\n  method: GET")},
		{"contract: content_type of a part", provider("content_type: application/json; charset=utf-8", "content_type: multipart/form-data")},
		{"contract: json_fields of JSON", provider("content_type: application/json; charset=utf-8", "content_type: application/json\n  json_fields: [response]")},
		{"contract: a URL variable that is no pointer", provider("content_type: application/json; charset=utf-8", "content_type: application/json\n  url_variables: {\"%0\": id}")},
		{"contract: signature is a number", provider("\n    algorithm: sha256\n    encoding: hex\n    signs: \"{{body}}\"\n    headers:\n      - {name: X-Acme-Signature, each: \"{{signature}}\"}\n", " 5\n")},
		{"contract: unknown signature scheme", provider("\n    algorithm: sha256\n    encoding: hex\n    signs: \"{{body}}\"\n    headers:\n      - {name: X-Acme-Signature, each: \"{{signature}}\"}\n", " standart\n")},
		{"contract: signature signs an unknown value", provider(`signs: "{{body}}"`, `signs: "{{bodi}}"`)},
		{"contract: signature with a key that has no effect", provider("    algorithm: sha256\n", "    algorithm: sha256\n    scheme: standard\n")},
		{"contract: signature without a signature", provider(`each: "{{signature}}"`, `value: "{{id}}"`)},
		{"contract: signature with a header of the connection", provider("name: X-Acme-Signature", "name: Content-Length")},
		{"contract: unknown algorithm", provider("algorithm: sha256", "algorithm: md5")},
		{"contract: unknown encoding", provider("encoding: hex", "encoding: HEX")},
		{"contract: signature header is a list", provider("name: X-Acme-Signature", "name: [X-Acme-Signature]")},
		{"contract: handshake is unknown", provider(handshake, "handshake: validation-kay")},
		{"contract: handshake without a method", provider("method: GET, query", "query")},
		{"contract: unknown method of handshake", provider("{method: GET, query", "{method: get, query")},
		{"contract: handshake with a key that has no effect", provider(handshake, "handshake: {name: head, method: GET}")},
		{"contract: handshake by an unknown event", provider(handshake, "handshake: {type: optout}")},
		{"contract: guard that is in no template", provider(`expect: "{{challenge}}"}`, `expect: "{{challenge}}", guard: token}`)},
		{"contract: guard without a challenge", provider(`{method: GET, query: "challenge={{challenge}}", expect: "{{challenge}}"}`, `{method: GET, query: "token={{token}}", expect: "ok", guard: token}`)},
		{"contract: handshake without expect", provider(`, expect: "{{challenge}}"`, "")},
		{"contract: expect of HEAD", provider("method: GET, query", "method: HEAD, query")},
		{"contract: unknown stage of a handshake", provider(`expect: "{{challenge}}"}`, `expect: "{{challenge}}", stage: later}`)},
		{"contract: stage without a handshake", provider(handshake, "handshake: {name: none, stage: async}")},
		{"contract: handshake query is a list", provider(`query: "challenge={{challenge}}"`, "query: [challenge]")},
		{"contract: success is a number", provider("success: [2xx]", "success: 200")},
		{"contract: success is empty", provider("success: [2xx]", "success: []")},
		{"contract: bad success code", provider("success: [200, 202]", "success: [200, 20x]")},
		{"contract: bad duration", provider("time_allowed: 5s", "time_allowed: 5")},
		{"contract: negative duration", provider("time_allowed: 5s", "time_allowed: -5s")},
		{"contract: retry is a number", provider("{attempts: 4, delays: [10s, 60s, 600s]}", "4")},
		{"contract: unknown retry profile", provider("{attempts: 4, delays: [10s, 60s, 600s]}", "svx")},
		{"contract: retry with a key that has no effect", provider("{attempts: 4, delays", "{profile: svix, delays")},
		{"contract: retry with a key of the contract", provider("{attempts: 4, delays", "{success: [200], delays")},
		{"contract: a delay of more than a year", provider("delays: [10s, 60s, 600s]", "delays: [9000h]")},
		{"contract: attempts are a text", provider("attempts: 4", `attempts: "4"`)},
		{"contract: attempts are a fraction", provider("attempts: 4", "attempts: 4.5")},
		{"contract: delays are no list", provider("delays: [10s, 60s, 600s]", "delays: 10s")},
		{"contract: bad delay", provider("delays: [10s, 60s, 600s]", "delays: [10s, 1 minute]")},
		{"contract: unknown ordering", provider("ordering: none", "ordering: fifo")},
		{"contract: unknown slow_ack", provider("slow_ack: delays-later-events", "slow_ack: delays-later-event")},
		{"contract: batching is a number", provider("batching: {max_items: 100}", "batching: 100")},
		{"contract: batching without number", provider("batching: {max_items: 100}", "batching: {max_items: many}")},
		{"contract: endpoints are no list", provider("    - {kind: events, limit: 2}", "    {kind: events, limit: 2}")},
		{"contract: an endpoint is a text", provider("{kind: events, limit: 2}", "events")},
		{"contract: endpoint without kind", provider("{kind: events, limit: 2", "{limit: 2")},
		{"contract: endpoints have no modes", provider("{kind: events, limit: 2}", "{kind: events, limit: 2, modes: [STATUS]}")},
		{"contract: subscription is a list", provider(`{not_required: [inbound.text, opt-out]}`, "[opt-out]")},
		{"contract: subscription to a text", provider(`not_required: [inbound.text, opt-out]`, `not_required: "*.status"`)},
		{"contract: subscription to an unknown event type", provider("not_required: [inbound.text, opt-out]", "not_required: [inbound.txt, opt-out]")},
		{"contract: unknown route", provider("    whatsapp:\n      success", "    watsapp:\n      success")},
		{"contract: unknown key of a route", provider("batching: {max_items: 1}", "batch: {max_items: 1}")},
		{"contract: a route's subscription to an unknown event type", provider("batching: {max_items: 1}", "subscription: {not_required: [whatsapp.state]}")},
		{"contract: routes within routes", provider("batching: {max_items: 1}", "routes: {sms: {ordering: none}}")},
		{"timing: a list", write("acme/provider.yaml", minimal+"timing: [1s]\n")},
		{"schema: an older draft", sms(`"type": "object",
  "properties"`, `"$schema": "http://json-schema.org/draft-07/schema#", "type": "object",
  "properties"`)},
		{"types: bodies without a schema", write("acme/new.event/examples/a.json", "{}")},
		{"schema: a property without a name", own(`"type": "object", "properties": {"": {"type": "string"}}`)},
		{"events: where at no place", provider("/events/0/status: SENT", "/events/0/statuss: SENT")},
		{"events: where of an unlisted value", provider("/events/0/status: SENT", "/events/0/status: SENNT")},
		{"timing: unknown neutral event", provider("message.read: {after", "message.reed: {after")},
		{"timing: a text", provider(soon, "message.sent: 1s")},
		{"timing: after what", provider(soon, "message.sent: {fixed: 1s}")},
		{"timing: after an unknown event", provider(soon, "message.sent: {after: message.submited, fixed: 1s}")},
		{"timing: without distribution", provider(soon, "message.sent: {after: message.submitted}")},
		{"timing: two distributions", provider("message.submitted, fixed: 1s}", "message.submitted, fixed: 1s, uniform: {min: 1s, max: 2s}}")},
		{"timing: unknown distribution", provider("message.submitted, fixed: 1s}", "message.submitted, normal: 1s}")},
		{"timing: bad duration", provider("message.submitted, fixed: 1s}", "message.submitted, fixed: 1 second}")},
		{"timing: uniform is a text", provider("uniform: {min: 2s, max: 30s}", "uniform: 2s-30s")},
		{"timing: uniform without max", provider("uniform: {min: 2s, max: 30s}", "uniform: {min: 2s}")},
		{"timing: lognormal without sigma", provider("{median: 90s, sigma: 1.0}", "{median: 90s}")},
		{"coverage_exclusions: a mapping", write("acme/provider.yaml", minimal+"coverage_exclusions: {opt-out: [/id absent]}\n")},
		{"coverage_exclusions: without a reason", write("acme/provider.yaml", minimal+"coverage_exclusions: [{points: {opt-out: [/id absent]}}]\n")},
		{"coverage_exclusions: an empty reason", write("acme/provider.yaml", minimal+"coverage_exclusions: [{note: '', points: {opt-out: [/id absent]}}]\n")},
		{"coverage_exclusions: without marks", write("acme/provider.yaml", minimal+"coverage_exclusions: [{note: because}]\n")},
		{"coverage_exclusions: one mark without a list", write("acme/provider.yaml", minimal+"coverage_exclusions: [{note: because, points: {opt-out: /id absent}}]\n")},
		{"coverage_exclusions: unknown key", write("acme/provider.yaml", minimal+"coverage_exclusions: [{note: because, point: {opt-out: [/id absent]}}]\n")},
		{"timing: sigma is a text", provider("{median: 90s, sigma: 1.0}", "{median: 90s, sigma: wide}")},

		// Files and folders.
		{"load: no provider at all", move("acme/provider.yaml", "acme/provider.yml")},
		{"load: empty tree", move("")},
		{"load: the provider's own folder", move("acme/", "")},
		{"load: folder renamed", move("acme/", "bolt/")},
		{"load: schema beside provider.yaml", move("acme/opt-out/schema.json", "acme/schema.json")},
		{"load: schema is missing", move("acme/opt-out/schema.json")},
		{"load: type without a route", provider(`"inbound.*", opt-out]}`, `"inbound.*"]}`)},
		{"load: two types alike", move("acme/opt-out/", "acme/sms.opt-out/", "acme/opt-out/")},
		{"load: several slips at once", all(provider("method: POST", "method: post"), sms(status, `"type": "text"`), optOut(`"type": "object"`, `"typ": "object"`))},
	}
}

// userTree is the folder of examples as a tree that can be changed.
func userTree(t *testing.T) fstest.MapFS {
	t.Helper()
	tree := fstest.MapFS{}
	disk := os.DirFS(userProviders)
	require.NoError(t, fs.WalkDir(disk, "acme", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(disk, name)
		tree[name] = &fstest.MapFile{Data: data}
		return err
	}))
	return tree
}

// renamedTree is the folder of examples under another name.
func renamedTree(t *testing.T) fstest.MapFS {
	t.Helper()
	other := fstest.MapFS{}
	for name, file := range userTree(t) {
		text := strings.NewReplacer("acme/sms:", "other/sms:", "acme/whatsapp:", "other/whatsapp:", "default: acme", "default: other", "provider: acme", "provider: other").Replace(string(file.Data))
		other["other"+strings.TrimPrefix(name, "acme")] = &fstest.MapFile{Data: []byte(text)}
	}
	return other
}

var (
	placed   = regexp.MustCompile(`^load [^ :]+:[1-9][0-9]*:[1-9][0-9]*: .`)
	unplaced = regexp.MustCompile(`^load providers: .`)
)

func TestLoad_RejectsInvalidProviderFiles(t *testing.T) {
	t.Parallel()
	complaints := map[string]string{}
	var names []string
	complain := func(name string, trees ...fs.FS) {
		_, err := schemas.Load(trees...)
		require.Error(t, err, name)
		require.NotContains(t, complaints, name)
		names, complaints[name] = append(names, name), err.Error()+"\n"
	}
	for _, row := range brokenRows() {
		tree := userTree(t)
		row.slip(t, tree)
		complain(row.name, tree)
	}
	complain("load: two providers of one name", userTree(t), userTree(t))
	complain("load: two providers at one host", userTree(t), renamedTree(t))

	if *update {
		var golden strings.Builder
		for _, name := range names {
			fmt.Fprintf(&golden, "== %s\n%s", name, complaints[name])
		}
		require.NoError(t, os.WriteFile(brokenGolden, []byte(golden.String()), 0o644))
	}
	source, err := os.ReadFile(brokenGolden)
	require.NoError(t, err)
	var listed []string
	for section := range strings.SplitSeq(strings.TrimPrefix(string(source), "== "), "\n== ") {
		name, want, _ := strings.Cut(section, "\n")
		listed = append(listed, name)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, strings.TrimSuffix(want, "\n"), strings.TrimSuffix(complaints[name], "\n"))
			for line := range strings.Lines(want) {
				require.True(t, placed.MatchString(line) || unplaced.MatchString(line), line)
			}
		})
	}
	require.Equal(t, names, listed)
}

func validateBody(t *testing.T, catalog *schemas.Catalog, scope schemas.Scope, body []byte) []webhook.Item {
	t.Helper()
	validator, err := catalog.Validator(scope)
	require.NoError(t, err)
	items := validator.Body(body, time.Time{})
	return items
}
