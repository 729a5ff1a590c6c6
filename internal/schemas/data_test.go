package schemas_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/webhook"
)

// The tests of this file walk the data: a new provider or event type is born tested.

func embedded(t testing.TB) *schemas.Catalog {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	return catalog
}

func validatorOf(t testing.TB, c *schemas.Catalog, scope schemas.Scope) *schemas.Validator {
	t.Helper()
	validator, err := c.Validator(scope)
	require.NoError(t, err)
	return validator
}

func verdictsOn(t testing.TB, validator *schemas.Validator, body []byte) []webhook.Item {
	t.Helper()
	items := validator.Body(body, time.Time{})
	require.NotEmpty(t, items)
	return items
}

func worst(items []webhook.Item) webhook.Level {
	level := webhook.LevelOK
	for _, item := range items {
		if item.Verdict.Level.Rank() > level.Rank() {
			level = item.Verdict.Level
		}
	}
	return level
}

// Lint is the one place that says what data must fulfil: a source for each
// value, examples that are ok and recognised as themselves and nothing else,
// at least two invalid bodies, all of them refused.
func TestLint_ShippedProvidersHaveNoProblems(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for _, p := range catalog.Providers {
		t.Run(p.Name, func(t *testing.T) {
			t.Parallel()
			require.Empty(t, catalog.Lint(p))
		})
	}
}

// Where nobody names a provider, one is meant, whatever stands beside it.
func TestCatalog_DefaultProvider(t *testing.T) {
	t.Parallel()
	require.True(t, embedded(t).Default().Default)
	catalog, err := shipped.Catalog(schemas.Dir(userProviders))
	require.NoError(t, err)
	require.Equal(t, embedded(t).Default().Name, catalog.Default().Name)

	tree := userTree(t)
	alone, err := schemas.Load(tree)
	require.NoError(t, err)
	require.Equal(t, alone.Providers[0], alone.Default(), "of those of which none says so, the first")

	provider("default: acme/whatsapp", "default: acme/whatsapp\ndefault_provider: true")(t, tree)
	_, err = shipped.Catalog(tree)
	require.ErrorContains(t, err, "gupshup is already the default provider")
}

func TestEmbeddedData_IsComplete(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("../../schemas")
	require.NoError(t, err)
	var folders, providers []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "testdata" { // where a fuzz test leaves what it found
			folders = append(folders, e.Name())
		}
	}
	for _, p := range embedded(t).Providers {
		providers = append(providers, p.Name)
	}
	require.Equal(t, folders, providers, "everything in a folder here is embedded; nothing but providers belongs there")
}

// documented.tsv lists the payloads of the five documents, and the examples
// are these payloads to the byte.
func TestExamples_EqualDocumentedPayloads(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("../../schemas/documented.tsv")
	require.NoError(t, err)
	rows := strings.Split(strings.TrimSpace(string(list)), "\n")
	catalog := embedded(t)
	events := map[string]bool{}
	for _, line := range rows[1:] {
		row := strings.Split(line, "\t")
		example, event, sum := row[0], row[1], row[5]
		require.Equal(t, event, path.Dir(path.Dir(example)))
		events[event] = true
		body, err := os.ReadFile("../../schemas/" + example)
		require.NoError(t, err)
		got := sha256.Sum256(body)
		require.Equal(t, sum, hex.EncodeToString(got[:]), "%s is no longer what the document says", example)
		eventType, err := catalog.Type(event)
		require.NoError(t, err)
		examples, err := eventType.Examples()
		require.NoError(t, err)
		name := strings.TrimSuffix(path.Base(example), ".json")
		require.True(t, slices.ContainsFunc(examples, func(e schemas.Example) bool { return e.Name == name }))
	}
	require.Len(t, rows[1:], 111)
	require.Len(t, events, 64)
}

// What the providers are known to send beyond the documents.
func TestCatalog_ListsObservedValues(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	for folder, names := range map[string]string{
		"gupshup/v2": `message.text message.quick_reply message.button_reply message.list_reply message.image message.video message.audio
			message.file message.sticker message.location message.contact message.reaction billing-event referral
			preference-event.user_preferences platform-event.connectivity-check template-event.quality-update account-event.pndn-event`,
		"gupshup/v3": `message.text message.image message.audio message.video message.document message.sticker message.location message.contacts
			message.interactive message.button message.reaction message.order message.system message.unsupported message.revoke message.edit
			errors account_update message_template_status_update template_category_update message_template_quality_update
			user_preferences smb_message_echoes platform-event status.played status.deleted`,
		"tata-omni": "message.button status.failed",
	} {
		for name := range strings.FieldsSeq(names) {
			_, err := catalog.Type(folder + "/" + name)
			require.NoError(t, err)
		}
	}
}

// The ten places where Gupshup's webhook document and the wire disagree. In
// each both forms are ok, and the verdict says which it is.
func TestValidate_DocumentedAndObservedVariantsAreOK(t *testing.T) {
	t.Parallel()
	validator := validatorOf(t, embedded(t), schemas.Scope{})
	for _, c := range []struct {
		place string
		// example → form
		forms map[string]string
	}{
		{"sent: where conversation and pricing stand", map[string]string{"message-event.sent/documented": "documented", "message-event.sent/observed": "observed"}},
		{"sent, delivered, read: where ts stands", map[string]string{"message-event.read/documented": "documented", "message-event.read/observed": "observed"}},
		{"read: with or without an inner payload", map[string]string{"message-event.read/documented": "documented", "message-event.read/observed": "observed"}},
		{"delivered: what the inner payload holds", map[string]string{"message-event.delivered/documented": "documented", "message-event.delivered/observed": "observed"}},
		{"sent: the case of conversation.type", map[string]string{"message-event.sent/documented": "documented", "message-event.sent/old-category": "observed"}},
		{"failed later: gsId alone, or id and gsId", map[string]string{"message-event.failed/async": "documented", "message-event.failed/observed": "observed", "message-event.failed/sync": "sync"}},
		{"sent: pricing.policy PMP", map[string]string{"message-event.sent/documented": "documented", "message-event.sent/pmp": "observed"}},
		{"account restricted: restrictions or restrictionInfo", map[string]string{"account-event.status-event/status-ACCOUNT_RESTRICTED": "documented", "account-event.status-event/observed-restricted": "observed"}},
		{"tier: the names and the case", map[string]string{"account-event.tier-event/event-UPGRADE": "documented", "account-event.tier-event/observed": "observed", "account-event.tier-event/observed-upper-case": "observed"}},
		{"referral: in the envelope or bare", map[string]string{"message-event.referral/documented": "", "referral/observed": ""}},
	} {
		for example, form := range c.forms {
			name, file := path.Split(example)
			body, err := os.ReadFile("../../schemas/gupshup/v2/" + name + "examples/" + file + ".json")
			require.NoError(t, err, c.place)
			items := verdictsOn(t, validator, body)
			requireNoStructure(t, items, c.place+": "+example)
			require.Equal(t, form, items[0].Verdict.Variant, "%s: %s", c.place, example)
			require.Equal(t, "gupshup/v2/"+strings.TrimSuffix(name, "/"), items[0].Verdict.Type, c.place)
		}
	}
}

// Each type with forms has an example of each, so no form is only talk.
func TestVariants_HaveExamples(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	validator := validatorOf(t, catalog, schemas.Scope{})
	for _, eventType := range catalog.Types() {
		seen := map[string]bool{}
		examples, err := eventType.Examples()
		require.NoError(t, err)
		for _, e := range examples {
			for _, item := range verdictsOn(t, validator, e.Body) {
				seen[item.Verdict.Variant] = true
			}
		}
		for _, form := range eventType.Variants() {
			if !seen[form.Name] {
				t.Errorf("%s: no example has the form %q alone", eventType.Name, form.Name)
			}
		}
	}
}

// requireNoStructure accepts the placeholders of the documentation.
func requireNoStructure(t *testing.T, items []webhook.Item, message string) {
	t.Helper()
	for _, item := range items {
		for _, f := range item.Verdict.Findings {
			require.Equal(t, webhook.RuleLeftover, f.Rule, message)
		}
	}
}

// An unknown key anywhere is drift, found at its place and nothing else: the
// closed schemas close every object that has a known set of keys.
func TestValidate_UnknownKeyIsOneDrift(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	eachExample(t, catalog, func(t *testing.T, eventType *schemas.EventType, e schemas.Example) {
		validator := validatorOf(t, catalog, schemas.Scope{Type: eventType.Name})
		fields := eventType.Fields()
		root, _, err := document.JSON(e.Body, document.BodyLimits())
		require.NoError(t, err)
		if _, coherent := eventType.Coherent(&root); !coherent {
			return // only as it is, a sample of the documentation may break a rule
		}
		for _, place := range placesOf(t, e.Body) {
			object, isObject := place.value.(map[string]any)
			if !isObject || !hasKnownKeys(fields, place.pointer) {
				continue
			}
			object["ringback_new"] = "x"
			items := verdictsOn(t, validator, place.encode(t))
			if len(items) != len(verdictsOn(t, validator, e.Body)) {
				continue // with another key, what stood beside an item has become one
			}
			require.Equal(t, webhook.LevelDrift, worst(items), "%s %s: a new key in %q", eventType.Name, e.Name, place.pointer)
			for _, item := range items {
				for _, f := range item.Verdict.Findings {
					if f.Rule == webhook.RuleLeftover && e.Documented {
						continue
					}
					require.Equal(t, place.pointer+"/ringback_new", f.Pointer)
					require.Equal(t, "unknown-field", f.Rule)
				}
			}
		}
	})
}

// A value of a type that no form allows is refused, whatever the form.
func TestValidate_InvalidTypeIsErrorInEveryVariant(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	eachExample(t, catalog, func(t *testing.T, eventType *schemas.EventType, e schemas.Example) {
		validator := validatorOf(t, catalog, schemas.Scope{Type: eventType.Name})
		types := map[string][]string{}
		for _, f := range eventType.Fields() {
			types[f.Pointer] = f.Types
		}
		for _, place := range placesOf(t, e.Body) {
			allowed := types[starred(place.pointer)]
			wrong, ok := wrongValue(allowed)
			if !ok || place.parent == nil {
				continue
			}
			place.parent[place.key] = wrong
			items := verdictsOn(t, validator, place.encode(t))
			require.Equal(t, webhook.LevelError.Rank(), worst(items).Rank(), "%s %s: %v at %q, where %v is allowed", eventType.Name, e.Name, wrong, place.pointer, allowed)
		}
	})
}

func wrongValue(allowed []string) (any, bool) {
	if len(allowed) == 0 {
		return nil, false
	}
	for kind, v := range map[string]any{"boolean": true, "string": "ringback", "object": map[string]any{"ringback": 1}} {
		if !slices.Contains(allowed, kind) {
			return v, true
		}
	}
	return nil, false
}

// eachExample runs a test for the examples of each type.
func eachExample(t *testing.T, catalog *schemas.Catalog, test func(*testing.T, *schemas.EventType, schemas.Example)) {
	t.Helper()
	for _, eventType := range catalog.Types() {
		t.Run(eventType.Name, func(t *testing.T) {
			t.Parallel()
			examples, err := eventType.Examples()
			require.NoError(t, err)
			for _, e := range examples {
				test(t, eventType, e)
			}
		})
	}
}

// A place is one value in a copy of a body of its own.
type place struct {
	pointer string
	value   any
	parent  map[string]any // nil unless it stands under a key
	key     string
	root    any
}

func (p place) encode(t *testing.T) []byte {
	t.Helper()
	body, err := json.Marshal(p.root)
	require.NoError(t, err)
	return body
}

// placesOf returns every place of a body, each in a fresh copy, so that a test
// can change one without the others.
func placesOf(t *testing.T, body []byte) []place {
	t.Helper()
	root, _, err := document.JSON(body, document.BodyLimits())
	require.NoError(t, err)
	var pointers [][]string
	var walk func(n *document.Node, tokens []string)
	walk = func(n *document.Node, tokens []string) {
		pointers = append(pointers, tokens)
		for i := range n.Members {
			walk(&n.Members[i].Value, append(slices.Clip(tokens), n.Members[i].Key))
		}
		for i := range n.Items {
			walk(&n.Items[i], append(slices.Clip(tokens), fmt.Sprint(i)))
		}
	}
	walk(&root, nil)
	places := make([]place, 0, len(pointers))
	for _, tokens := range pointers {
		p := place{pointer: document.Pointer(tokens...), root: root.Any()}
		p.value = p.root
		for _, token := range tokens {
			p.parent, p.key = nil, token
			switch v := p.value.(type) {
			case map[string]any:
				p.parent, p.value = v, v[token]
			case []any:
				i, _ := document.Index(token)
				p.value = v[i]
			}
		}
		places = append(places, p)
	}
	return places
}

func starred(pointer string) string {
	tokens := document.Tokens(pointer)
	for i, token := range tokens {
		if _, ok := document.Index(token); ok {
			tokens[i] = "*"
		}
	}
	return document.Pointer(tokens...)
}

// hasKnownKeys reports whether the object at a place has listed keys, and is
// no free-form map.
func hasKnownKeys(fields []schemas.Field, pointer string) bool {
	at := starred(pointer)
	return slices.ContainsFunc(fields, func(f schemas.Field) bool {
		return path.Dir(f.Pointer) == at || at == "" && path.Dir(f.Pointer) == "/"
	})
}
