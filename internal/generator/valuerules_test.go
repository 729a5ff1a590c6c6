package generator_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// generated makes a body of a type; its stage depends on the seed.
func generated(t *testing.T, g *generator.Generator, e *schemas.EventType, seed uint64) webhook.Event {
	t.Helper()
	one := item(e.Name)
	one.Stage = []string{"", "sync", "async"}[seed%3]
	event, err := g.Event(request(routeOf(t, e), seed, one))
	require.NoError(t, err)
	return event
}

// No generated body has a value that can't be right. The validator has no memory of what the generator
// has proven.
func TestValidate_GeneratedValuesAreOK(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	typical, full := maker(t, catalog, generator.Options{}), maker(t, catalog, generator.Options{Fill: generator.Full})
	for _, e := range catalog.Types() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			validator, err := catalog.Validator(schemas.Scope{Type: e.Name})
			require.NoError(t, err)
			for seed := range uint64(200) {
				g := typical
				if seed%4 == 0 {
					g = full
				}
				event := generated(t, g, e, seed)
				for _, one := range validator.Body(event.Body, event.At) {
					require.Equal(t, webhook.LevelOK, one.Verdict.Level, "%s\n%v", event.Body, one.Verdict.Findings)
				}
			}
		})
	}
}

// A broken is a value that can't be right, and the rule of its finding.
type broken struct {
	value any
	rule  string
	hint  string // a part of the hint; "" for any
}

// brokenValues are values that no field of this kind can have, written by hand: they share nothing
// with the check.
func brokenValues(s *jsonschema.Schema, at time.Time) []broken {
	const format, implausible, leftover = webhook.RuleFormat, webhook.RuleImplausible, webhook.RuleLeftover
	kind, _ := value.KindOf(s.Value)
	seconds, millis := strconv.FormatInt(at.Unix(), 10), strconv.FormatInt(at.UnixMilli(), 10)
	number := func(text string) json.Number { return json.Number(text) }
	empty, null, braces, word := broken{"", leftover, ""}, broken{"null", leftover, ""}, broken{"{{value}}", leftover, ""}, broken{"undefined", leftover, ""}
	switch {
	case kind == value.Time && strings.HasPrefix(s.Format.String(), "unix_s"):
		return []broken{{number(millis), implausible, "Unix milliseconds"}, {millis, implausible, "Unix milliseconds"}, {millis + "000", implausible, "Unix microseconds"},
			{at.Format(time.RFC3339), format, "RFC 3339"}, {at.Format(time.DateTime), format, "date and time"}, {"TIMESTAMP", leftover, ""}, empty, word, {number("0"), implausible, ""},
			{number("99999999999"), implausible, ""}, {"29/11/2026 12:36", format, ""}}
	case kind == value.Time && strings.HasPrefix(s.Format.String(), "unix_ms"):
		return []broken{{number(seconds), implausible, "Unix seconds"}, {seconds, implausible, "Unix seconds"}, {at.Format(time.RFC3339), format, "RFC 3339"}, {"TIMESTAMP", leftover, ""}, empty,
			{number("-1"), implausible, ""}}
	case kind == value.Time:
		return []broken{{seconds, format, "Unix seconds"}, {millis, format, "Unix milliseconds"}, {"29/11/2026 12:36", format, ""}, {"TIMESTAMP", leftover, ""}, empty,
			{at.AddDate(40, 0, 0).Format(layoutOf(s)), implausible, ""}, {time.Unix(at.Unix()/1000, 0).UTC().Format(layoutOf(s)), implausible, ""}}
	case kind == value.Phone:
		return []broken{empty, word, null, braces, {"CUSTOMER_PHONE_NUMBER", leftover, ""}, {"918x98xx21x4", leftover, "masked"}, {"91", implausible, "2 digits"},
			{"9190000000011234567890", implausible, "22 digits"}, {number("12"), implausible, ""}, {"a@b.example", format, "e-mail"}, {at.Format(time.RFC3339), format, "RFC 3339"}}
	case kind == value.ID:
		return []broken{empty, word, null, braces, {"<id>", leftover, ""}, {"MESSAGE_ID", leftover, ""}, {"[object Object]", leftover, ""}, {number("-7"), format, ""}}
	case slices.Contains([]string{"media.url", "media.thumbnail_url", "fake.url", "error.href", "call.recording_url", "referral.image_url"}, s.Value):
		return []broken{empty, word, null, {"https://example.com/{{id}}", leftover, ""}, {"<url>", leftover, ""}, {"IMAGE_URL", leftover, ""}}
	case slices.Contains([]string{"app.name", "recipient.name", "template.name"}, s.Value):
		return []broken{empty, word, null, braces, {"<appname>", leftover, ""}, {"APP_NAME", leftover, ""}}
	case s.Value == "fake.latitude":
		return []broken{{number("912.1"), implausible, ""}, {"912.1", implausible, ""}, {"LATITUDE", leftover, ""}, {"12,97", format, ""}, empty}
	case s.Value == "fake.longitude":
		return []broken{{number("-180.5"), implausible, ""}, {"180.5", implausible, ""}, empty}
	case kind == value.Duration:
		return []broken{{number("-1"), implausible, ""}, {"23000000", implausible, "milliseconds"}, {"23s", format, ""}}
	case kind == value.Money:
		return []broken{{"-1.0000", implausible, ""}, {"2 INR", format, ""}}
	case s.Value == "media.size" || s.Value == "media.thumbnail_size" || s.Value == "message.units":
		return []broken{{number("-1"), implausible, ""}}
	}
	return nil
}

func layoutOf(s *jsonschema.Schema) string {
	switch s.Format.String() {
	case "datetime", "datetime_ist":
		return time.DateTime
	case "day_month_year":
		return "2 January 2006"
	case "month_day_year":
		return "January 2, 2006"
	case "month_ist":
		return "2006-01"
	case "iso_milli":
		return "2006-01-02T15:04:05.000"
	case "date":
		return time.DateOnly
	}
	return time.RFC3339
}

// fits reports whether the schema allows the JSON type of a value.
func fits(s *jsonschema.Schema, v any) bool {
	if _, isText := v.(string); isText {
		return slices.Contains(s.Types, "string")
	}
	if strings.Contains(fmt.Sprint(v), ".") {
		return slices.Contains(s.Types, "number")
	}
	return slices.Contains(s.Types, "integer") || slices.Contains(s.Types, "number")
}

// excepted reports whether the data has an exception for a value.
func excepted(s *jsonschema.Schema, v any) bool {
	return slices.ContainsFunc(s.Exceptions.Patterns, func(e *regexp.Regexp) bool { return e.MatchString(fmt.Sprint(v)) })
}

// A valuePlace is a string or number of a body, and how to replace it.
type valuePlace struct {
	tokens  []string
	replace func(any)
}

// valuePlaces lists the strings and numbers of a decoded body.
func valuePlaces(v any, tokens []string, replace func(any)) []valuePlace {
	var places []valuePlace
	switch v := v.(type) {
	case map[string]any:
		for key, below := range v {
			places = append(places, valuePlaces(below, append(slices.Clip(tokens), key), func(other any) { v[key] = other })...)
		}
	case []any:
		for i, below := range v {
			places = append(places, valuePlaces(below, append(slices.Clip(tokens), strconv.Itoa(i)), func(other any) { v[i] = other })...)
		}
	case string, json.Number:
		places = append(places, valuePlace{tokens, replace})
	}
	return places
}

// Each value that can't be right has a finding, in every place of every event type where the schema gives
// a format; what the data excepts has none.
func TestValidate_BrokenValuesHaveFindings(t *testing.T) {
	t.Parallel()
	catalog := embedded(t)
	full := maker(t, catalog, generator.Options{Fill: generator.Full})
	for _, e := range catalog.Types() {
		t.Run(e.Name, func(t *testing.T) {
			t.Parallel()
			validator, err := catalog.Validator(schemas.Scope{Type: e.Name})
			require.NoError(t, err)
			checked := map[string]bool{}
			for seed := range uint64(9) {
				event := generated(t, full, e, seed)
				for _, place := range valuePlaces(decoded(t, event.Body), nil, nil) {
					pointer := document.Pointer(place.tokens...)
					if checked[pointer] {
						continue
					}
					checked[pointer] = true
					for _, s := range e.Root().Describing(place.tokens) {
						breakValue(t, validator, event, pointer, s)
					}
				}
			}
			require.NotEmpty(t, checked)
		})
	}
}

// breakValue replaces one value of a body by each that its schema can't have.
func breakValue(t *testing.T, validator *schemas.Validator, event webhook.Event, pointer string, s *jsonschema.Schema) {
	t.Helper()
	for _, b := range brokenValues(s, event.At) {
		if !fits(s, b.value) {
			continue
		}
		root := decoded(t, event.Body)
		for _, place := range valuePlaces(root, nil, nil) {
			if document.Pointer(place.tokens...) == pointer {
				place.replace(b.value)
			}
		}
		body, err := json.Marshal(root)
		require.NoError(t, err)
		var found []webhook.Finding
		for _, one := range validator.Body(body, event.At) {
			for _, f := range one.Verdict.Findings {
				if f.Pointer == pointer && slices.Contains([]string{webhook.RuleFormat, webhook.RuleImplausible, webhook.RuleLeftover}, f.Rule) {
					require.NotEqual(t, webhook.LevelOK, one.Verdict.Level)
					found = append(found, f)
				}
			}
		}
		if excepted(s, b.value) {
			require.Empty(t, found, "%s %s: %v is an exception", event.Type, pointer, b.value)
			continue
		}
		require.Len(t, found, 1, "%s %s (%s): %v", event.Type, pointer, s.Value, b.value)
		require.Equal(t, b.rule, found[0].Rule, "%s %s (%s): %v", event.Type, pointer, s.Value, b.value)
		require.Contains(t, found[0].Hint, b.hint, "%s %s (%s): %v", event.Type, pointer, s.Value, b.value)
		require.Equal(t, b.rule == webhook.RuleFormat, found[0].Level == webhook.LevelError)
	}
}

func decoded(t *testing.T, body []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var root any
	require.NoError(t, decoder.Decode(&root))
	return root
}
