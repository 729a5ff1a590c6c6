package callspec_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/mock/callspec"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
)

const acme = `provider: acme
title: Acme
source: made up
routes:
  acme/sms: {channel: sms, types: ["*"]}
  acme/v3:  {channel: whatsapp, types: ["*"]}
default: acme/sms
errors:
  barred: {sms: {code: 5}, v3: {code: 5}}
  spam: {sms: {code: 7}}
`

const acmeAPIs = `source: made up
modes:
  READ: [message.read]
groups:
  usual:
    auth: bearer
    errors:
      - {when: auth.missing, response: {status: 401, text: who are you}}
      - {when: auth.invalid, response: {status: 401, empty: true}}
      - {when: request.invalid, response: {status: 400, json: {error: "{{error.reason}}"}}}
    failures:
      other: {status: 400, text: "{{error.reason}}"}
send:
  group: usual
  http: POST /v1/{channel}/send
  path: {channel: [sms, v3]}
  request: {codec: [json, form], json: [meta], schema: send.json}
  each: /to
  params:
    recipient.phone: each
    route: path.channel
    message.type: {from: /type, translate: {TXT: text}, default: text}
    message.foreign_id: [/ref, query.ref]
    event.at: {from: /at, format: unix_s}
  errors:
    - {when: {account.restricted: true}, response: {status: 403, text: no, headers: {Retry-After: 60}}}
    - {when: {request.pointer: /ref}, response: {status: 409, text: ref}}
  starts:
    - {when: {recipient.opted_out: true, message.type: [text, image]}, scenario: none, response_values: {message.status: no}}
    - {when: {message.foreign_id: absent}, scenario: message-failed-async, with: {error: [spam, barred]}}
    - {scenario: "{{recipient.magic}}", with: {message.units: 2}, response_values: {message.status: queued}}
  response:
    status: 202
    headers: {Content-Type: application/hal+json, X-Kind: acme}
    json:
      number: 1
      all: {$each: message, $as: {id: "{{message.id}}", status: "{{message.status}}"}}
      ref: {$or: ["{{message.foreign_id?}}", null]}
      text: "to {{recipient.phone|e164}}"
      type: {$translate: "{{message.type}}", $as: {text: TXT}}
      tags: {$split: "{{message.tags?}}"}
      channel: {$request: path.channel}
      echo: {$request: /extra}
      gone: "{{message.text?}}"
subscribe:
  group: usual
  http: [POST /v1/hooks, PUT /v1/hooks]
  request: {codec: form, schema: hook.json}
  params: {subscription.url: /url, subscription.modes: /modes}
  command: subscription.create
  failures: {tag-taken: {status: 409, empty: true}}
  response: {status: 200, json: {id: "{{subscription.id}}"}}
file:
  auth: none
  routes: all
  http: GET /v1/files/{id}
  params: {media.id: path.id}
  errors: [{when: request.invalid, response: {status: 400, empty: true}}]
  command: media.get
  failures: {unknown-id: {status: 404, empty: true}, expired: {status: 410, empty: true}}
  response: {status: 200, media: true}
consent:
  group: usual
  auth: {any: [{header: Api-Key}, {body: /key}]}
  routes: all
  http: POST /v1/consent
  request: {codec: [form, xml], text_or_json: [note], any_case: true, schema: consent.json}
  each: [/users/user, /user]
  params: {recipient.phone: {from: each, trim: "{}"}, object.body: body}
  errors:
    - {when: {request.missing: true, request.pointer: /users/user}, response: {status: 200, text: "error | 101"}}
    - {when: request.invalid, response: {status: 200, by: /format, text: "error | {{error.reason}}", cases: {xml: {xml: "<error>{{error.reason}}</error>"}}}}
  command: contact.opt-in
  response:
    status: 200
    by: /format
    text: ["ok", {$each: contact, $as: " | {{recipient.phone}}"}]
    cases:
      xml: {xml: ["<ok>", {$each: contact, $as: "<user>{{recipient.phone}}</user>"}, "</ok>"]}
      json: {json: {$merge: [{ok: 0, user: none}, {$parse: "{{object.body?}}"}, {ok: 1}, {text: {$stringify: [1, "{{recipient.phone}}"]}}]}}
withdraw:
  group: usual
  auth: {header: Api-Key}
  routes: all
  http: POST /v1/consent
  match: {/act: [out, stop], /format: text}
  request: {codec: form, schema: stop.json}
  response: {status: 200, empty: true}
`

func acmeTree() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"acme/provider.yaml":     file(acme),
		"acme/read/schema.json":  file(`{"type": "object", "x-source": "made up", "required": ["status"], "properties": {"status": {"const": "READ"}}}`),
		"acme/apis.yaml":         file(acmeAPIs),
		"acme/apis/send.json":    file(`{"type": "object", "x-source": "made up", "required": ["to"], "properties": {"to": {"minLength": 1}, "ref": {"type": "string"}, "meta": {"type": "object"}}}`),
		"acme/apis/hook.json":    file(`{"type": "object", "x-source": "made up", "required": ["url"], "properties": {"url": {"type": "string"}}}`),
		"acme/apis/stop.json":    file(`{"type": "object", "x-source": "made up", "required": ["act"], "properties": {"act": {"type": "string"}}}`),
		"acme/apis/consent.json": file(`{"type": "object", "x-source": "made up", "properties": {"users": {"type": "object"}, "user": {"minLength": 1}, "format": {"enum": ["xml", "XML", "json", "text"]}, "note": {"type": ["object", "string"]}}}`),
	}
}

func loadTree(t testing.TB, tree fstest.MapFS) (*callspec.Operations, error) {
	t.Helper()
	catalog, err := schemas.Load(tree)
	if err != nil {
		return nil, err
	}
	library, err := shipped.Library()
	require.NoError(t, err)
	return callspec.Load(catalog, library)
}

func acmeSet(t testing.TB) *callspec.Operations {
	t.Helper()
	set, err := loadTree(t, acmeTree())
	require.NoError(t, err)
	return set
}

// Each row is what stands in the file, and what somebody wrote instead.
func TestLoad_RejectsInvalidFile(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, slip := range [][2]string{
		{"source: made up\n", "source: made up\nSend: {}\n"},
		{"source: made up\n", "source: made up\nsend2: 5\n"},
		{"source: made up\n", "source: made up\nassumed: false\n"},
		{"  READ: [message.read]", "  READ: message.read"},
		{"  READ: [message.read]", "  READ: [message.raed]"},
		{"    auth: bearer", "    auht: bearer"},
		{"    auth: bearer\n", ""},
		{"    auth: bearer", "    auth: baerer"},
		{"    auth: bearer", "    auth: {heeder: x}"},
		{"    auth: bearer", "    auth: {}"},
		{"    auth: bearer", "    auth: {any: bearer}"},
		{"    auth: bearer", "    auth: {header: 5}"},
		{"    auth: bearer", "    auth: 5"},
		{"      - {when: auth.missing, response: {status: 401, text: who are you}}\n", ""},
		{"when: auth.missing", "when: auth.mising"},
		{"when: auth.missing", "if: auth.missing"},
		{"{when: auth.missing, response: {status: 401, text: who are you}}", "no"},
		{"      - {when: request.invalid, response: {status: 400, json: {error: \"{{error.reason}}\"}}}\n", ""},
		{"      other: {status: 400", "      othr: {status: 400"},
		{"      other: {status: 400, text: \"{{error.reason}}\"}\n", "      unknown-id: {status: 404, empty: true}\n"},
		{"  group: usual\n  http: POST /v1/{channel}/send", "  group: usaul\n  http: POST /v1/{channel}/send"},
		{"  group: usual\n  http: POST /v1/{channel}/send", "  group: usual\n  routes: [acme/smss]\n  http: POST /v1/{channel}/send"},
		{"  group: usual\n  http: POST /v1/{channel}/send", "  group: usual\n  routes: []\n  http: POST /v1/{channel}/send"},
		{"  group: usual\n  http: POST /v1/{channel}/send", "  group: usual\n  routes: every\n  http: POST /v1/{channel}/send"},
		{"  http: POST /v1/{channel}/send\n", ""},
		{"  http: POST /v1/{channel}/send\n", "  htpt: POST /v1/{channel}/send\n"},
		{"POST /v1/{channel}/send", "SEND /v1/{channel}/send"},
		{"POST /v1/{channel}/send", "POST v1/{channel}/send"},
		{"POST /v1/{channel}/send", "POST /v1/{Channel}x/send"},
		{"path: {channel: [sms, v3]}", "path: {chanel: [sms, v3]}"},
		{"path: {channel: [sms, v3]}", "path: {channel: sms}"},
		{"[POST /v1/hooks, PUT /v1/hooks]", "[POST /v1/hooks, POST /v1/hooks]"},
		{"[POST /v1/hooks, PUT /v1/hooks]", "[POST /v1/hooks, POST /v1/v3/send]"},
		{"codec: [json, form]", "codec: [json, forms]"},
		{"codec: [json, form]", "codec: [json, none]"},
		{"codec: [json, form]", "codec: yaml"},
		{"codec: [json, form], json", "codecs: [json, form], json"},
		{"json: [meta], schema: send.json", "json: meta, schema: send.json"},
		{"json: [meta], schema: send.json", "json: [meta], schema: sent.json"},
		{"json: [meta], schema: send.json", "json: [meta]"},
		{"each: /to", "each: to"},
		{"  each: /to\n", ""},
		{"    recipient.phone: each\n", ""},
		{"    recipient.phone: each\n", "    recipient.fone: each\n"},
		{"    recipient.phone: each\n", "    recipient.phone: to\n"},
		{"    recipient.phone: each\n", "    recipient.phone: {form: each}\n"},
		{"    recipient.phone: each\n", "    recipient.phone: {format: e165, from: each}\n"},
		{"    recipient.phone: each\n", "    recipient.phone: {format: e164}\n"},
		{"    recipient.phone: each\n", "    recipient.phone: {from: each, default: nobody}\n"},
		{"route: path.channel", "route: path.chanel"},
		{"route: path.channel", "route: each"},
		{"translate: {TXT: text}, default: text", "words: [TXT]"},
		{"{when: {account.restricted: true}, response", "{when: {account.restrictd: true}, response"},
		{"{when: {account.restricted: true}, response", "{when: {account.restricted: {no: 1}}, response"},
		{"response: {status: 403, text: no", "response: {status: 99, text: no"},
		{"response: {status: 403, text: no", "response: {status: 403"},
		{"response: {status: 403, text: no", "response: {status: 403, empty: true, text: no"},
		{"response: {status: 403, text: no", "response: {text: no"},
		{"response: {status: 403, text: no", "response: {status: 403, empty: 1"},
		{"response: {status: 403, text: no", "response: {status: 403, text: 5"},
		{"response: {status: 403, text: no", "response: {status: 403, txt: no"},
		{"scenario: none, response_values", "response_values"},
		{"scenario: message-failed-async", "scenario: message-failed-asinc"},
		{"with: {error: [spam, barred]}", "with: {error: [spam]}"},
		{"with: {error: [spam, barred]}", "with: {error: bard}"},
		{"with: {message.units: 2}", "with: {message.units: two}"},
		{"with: {message.units: 2}", "with: {message.unit: 2}"},
		{"response_values: {message.status: queued}", "response_values: {message.stats: queued}"},
		{"    - {scenario: \"{{recipient.magic}}\"", "    - {when: {window.open: true}, scenario: \"{{recipient.magic}}\""},
		{"    - {when: {message.foreign_id: absent}, scenario", "    - {scenario"},
		{"  starts:\n", "  command: media.get\n  starts:\n"},
		{"command: subscription.create", "command: subscription.crate"},
		{"command: subscription.create\n  failures: {tag-taken", "command: subscription.create\n  failures: {expired"},
		{"command: subscription.create\n  failures: {tag-taken", "command: subscription.create\n  failures: {url-rejected"},
		{"failures: {unknown-id: {status: 404, empty: true}, expired: {status: 410, empty: true}}", "failures: {unknown-id: {status: 404, empty: true}}"},
		{"  response: {status: 200, media: true}\n", ""},
		{"\"{{message.id}}\"", "\"{{message.idd}}\""},
		{"\"{{message.id}}\"", "\"{{random|hex 8}}\""},
		{"\"{{message.id}}\"", "\"{{message.id|hexx}}\""},
		{"{$each: message, $as: {id", "{$each: messages, $as: {id"},
		{"{$each: message, $as: {id", "{$each: message, $as: {id: {$each: message, $as: 1}, also"},
		{"{$each: message, $as: {id: \"{{message.id}}\", status: \"{{message.status}}\"}}", "{$each: message}"},
		{"{$split: \"{{message.tags?}}\"}", "{$splt: \"{{message.tags?}}\"}"},
		{"{$split: \"{{message.tags?}}\"}", "{$split: \"{{message.tags?}}\", more: 1}"},
		{"{$request: path.channel}", "{$request: path.chanel}"},
		{"{$or: [\"{{message.foreign_id?}}\", null]}", "{$or: null}"},
		{"schema: hook.json", "schema: send.json"},
		{"    errors:\n      - {when: auth.missing, response: {status: 401, text: who are you}}", "    refuse:\n      - {when: auth.missing, reply: {status: 401, header: {X-A: b}, text: who are you}}"},
		{"  http: POST /v1/{channel}/send\n", "  route: POST /v1/{channel}/send\n"},
		{"  params:\n", "  take:\n"},
		{"  starts:\n", "  plays:\n"},
		{"  response:\n    status: 202\n    headers: {", "  response:\n    status: 202\n    header: {"},
		{"command: subscription.create", "do: subscription.create"},
		{"{from: /at, format: unix_s}", "{from: /at, as: unix_s}"},
		{"{from: /type, translate: {", "{from: /type, words: {"},
		{"{message.status: queued}}\n", "{message.status: queued}, says: {message.units: 1}}\n"},
		{"{$translate: \"{{message.type}}\"", "{$words: \"{{message.type}}\""},
		{"when: auth.invalid", "when: auth.wrong"},
		{"{body: /key}", "{body: key}"},
		{"{body: /key}", "{body: /key, header: x}"},
		{"text_or_json: [note]", "text_or_json: note"},
		{"any_case: true", "any_case: false"},
		{"  match: {/act: [out, stop], /format: text}\n", ""},
		{"  match: {/act: [out, stop], /format: text}\n", "  match: {}\n"},
		{"  http: POST /v1/consent\n  match", "  http: POST /v1/withdraw\n  match"},
		{"{/act: [out, stop], /format: text}", "{act: out}"},
		{"{/act: [out, stop], /format: text}", "{/act: Out}"},
		{"{/act: [out, stop], /format: text}", "{/act: 5}"},
		{"  match: {/act: [out, stop], /format: text}\n  request: {codec: form, schema: stop.json}\n", "  match: {/act: out}\n"},
		{"text_or_json: [note]", "json: [note], text_or_json: [note]"},
		{"each: [/users/user, /user]", "each: []"},
		{"each: [/users/user, /user]", "each: [/users/user, user]"},
		{"each: [/users/user, /user]", "each: {a: /user}"},
		{"command: contact.opt-in", "command: contact.list"},
		{"{from: each, trim: \"{}\"}", "{from: each, trim: \"\"}"},
		{"{from: each, trim: \"{}\"}", "{default: \"919000000001\", trim: \"{}\"}"},
		{"object.body: body}", "object.body: bodies}"},
		{"request.missing: true", "request.lacking: true"},
		{"    by: /format\n", ""},
		{"    by: /format\n", "    by: each\n"},
		{"by: /format, text: \"error | {{error.reason}}\", cases: {xml: {xml: \"<error>{{error.reason}}</error>\"}}", "by: /format, text: no"},
		{"by: /format, text: \"error | {{error.reason}}\", cases: {xml: {xml", "by: /format, text: no, cases: {XML: {xml"},
		{"by: /format, text: \"error | {{error.reason}}\", cases: {xml: {xml", "by: /format, text: no, cases: {xml: {html"},
		{"by: /format, text: \"error | {{error.reason}}\"", "by: /format, json: {}, text: no"},
		{"{$each: contact, $as: \" | {{recipient.phone}}\"}", "{$each: contacts, $as: x}"},
		{"{$each: contact, $as: \" | {{recipient.phone}}\"}", "{$each: contact}"},
		{"{$each: contact, $as: \" | {{recipient.phone}}\"}", "{$each: contact, $as: [x]}"},
		{"{$each: contact, $as: \" | {{recipient.phone}}\"}", "[x]"},
		{"{$parse: \"{{object.body?}}\"}", "{$parse: [x]}"},
		{"{$parse: \"{{object.body?}}\"}", "{$prase: x}"},
		{"$merge: [{ok: 0, user: none}", "$merge: {ok: 0}, $or: [{ok: 0, user: none}"},
	} {
		require.Equal(t, 1, strings.Count(acmeAPIs, slip[0]), "%q in the file", slip[0])
		tree := acmeTree()
		tree["acme/apis.yaml"].Data = []byte(strings.Replace(acmeAPIs, slip[0], slip[1], 1))
		_, err := loadTree(t, tree)
		require.Error(t, err, "%q instead of %q", slip[1], slip[0])
		fmt.Fprintf(&got, "%q instead of %q\n", slip[1], slip[0])
		for line := range strings.SplitSeq(err.Error(), "\n") {
			require.Regexp(t, `^load acme/apis\.yaml:\d+:\d+: `, line)
			fmt.Fprintf(&got, "  %s\n", strings.TrimPrefix(line, "load acme/apis.yaml:"))
		}
	}
	golden(t, "testdata/broken.golden", got.String())
}

func TestLoad_RejectsInvalidRequestSchema(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`{"type": "object", "x-source": "x", "propertys": {}}`: `unknown key "propertys"`,
		`{"type": "object"}`: "x-source is missing",
		`{"type": "object", "x-source": "x", "properties": {"a": {"x-extensible-enum": ["a"]}}}`: "x-extensible-enum has no effect",
		`{"type": "object", "x-source": "x", "properties": {"a": {"x-value": "app.id"}}}`:        "x-value has no effect",
		`{"type": "object", "x-source": "x", "maxProperties": "a"}`:                              "expected a whole number",
		`{`: "read JSON",
	} {
		tree := acmeTree()
		tree["acme/apis/hook.json"].Data = []byte(source)
		_, err := loadTree(t, tree)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "acme/apis/hook.json:1:")
	}
}
