package fault_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

func bodies() []string {
	return []string{
		gupshup, netcore, emoji, many,
		`{}`, `[]`, `[1,2,3]`, `[[[]],[]]`, `"é"`, `null`, `[null]`, `{"a":{"b":{"c":[{"d":"e"}]}}}`,
		" {\n\t\"a\" : [ 1 , \"\\u00e9\\\\\\\"\" , -0.5E+7 ] , \"ключ\" : \"значение\" }\r\n",
		`{"a":1,"a":{"a":2,"a":"ü"},"":"","a/b":[true],"a~":[false,null]}`,
	}
}

func bodyKinds() []string {
	var names []string
	for _, k := range fault.Kinds() {
		if k.Stage == fault.StageBody {
			names = append(names, k.Name)
		}
	}
	return names
}

func parsed(t *testing.T, body []byte) document.Node {
	t.Helper()
	root, _, err := document.JSON(body, document.BodyLimits())
	require.NoError(t, err, "%s", body)
	return root
}

// layout returns a layout in which everything is optional, an open enum and an item.
func layout(t *testing.T, body string) fault.Layout {
	t.Helper()
	root := parsed(t, []byte(body))
	a := fault.Layout{Items: []string{""}}
	var walk func(n document.Node, pointer string)
	walk = func(n document.Node, pointer string) {
		for i, key := range n.Keys() {
			below := pointer + document.Pointer(key)
			if a.Kind == "" && n.Members[i].Value.Kind == document.String {
				a.Kind = below
			}
			a.Optional, a.Known = append(a.Optional, below), append(a.Known, below)
			walk(n.Members[i].Value, below)
		}
	}
	walk(root, "")
	if root.Kind == document.Array {
		a.Items, a.Batch = nil, true
		for i := range root.Items {
			a.Items = append(a.Items, "/"+string(rune('0'+i)))
		}
	}
	return a
}

// eachFaulty calls check with the result of a fault for every body and many seeds.
func eachFaulty(t *testing.T, spec string, check func(body string, a fault.Layout, nth int, faulty []byte)) {
	t.Helper()
	fired := 0
	for _, body := range bodies() {
		a := layout(t, body)
		for seed := range 60 {
			got, ok := one(t, spec).Body([]byte(body), a, seed, prng.New(uint64(seed)))
			if ok {
				fired++
				require.True(t, strings.HasPrefix(got.Note, spec), got.Note)
				require.NotEqual(t, body, string(got.Body))
				check(body, a, seed, got.Body)
			}
		}
	}
	require.Positive(t, fired)
}

// Every body fault that changes one location keeps all bytes before and after it.
func TestBody_KeepsOtherBytes(t *testing.T) {
	t.Parallel()
	touched := map[string]int{ // how many bytes of the body a fault may replace or remove
		"invalid-utf8": 0, "bom": 0, "malformed-json": 1, "unknown-event": 0, "unknown-field": 0, "unlisted-value": 1, "poison-item": 0,
	}
	for spec, maxCount := range touched {
		eachFaulty(t, spec, func(body string, _ fault.Layout, _ int, faulty []byte) {
			before, after := common(body, string(faulty))
			require.LessOrEqual(t, len(body)-before-after, maxCount, "%s of %s: %s", spec, body, faulty)
		})
	}
	eachFaulty(t, "truncate", func(body string, _ fault.Layout, _ int, faulty []byte) {
		require.True(t, strings.HasPrefix(body, string(faulty)))
	})
	eachFaulty(t, "number-as-string", func(body string, _ fault.Layout, _ int, faulty []byte) {
		before, after := common(body, string(faulty))
		middle := string(faulty)[before : len(faulty)-after]
		require.Equal(t, `"`+body[before:len(body)-after]+`"`, middle)
	})
}

// common counts the bytes that two texts share at their start and end, each byte once.
func common(a, b string) (before, after int) {
	shorter := min(len(a), len(b))
	for before < shorter && a[before] == b[before] {
		before++
	}
	for after < shorter-before && a[len(a)-1-after] == b[len(b)-1-after] {
		after++
	}
	return before, after
}

func TestBody_MalformedIsNotJSON(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"truncate", "malformed-json"} {
		eachFaulty(t, spec, func(body string, _ fault.Layout, _ int, faulty []byte) {
			require.False(t, json.Valid(faulty), "%s of %s: %s", spec, body, faulty)
		})
	}
	for _, spec := range []string{"invalid-utf8"} {
		eachFaulty(t, spec, func(body string, _ fault.Layout, _ int, faulty []byte) {
			_, _, err := document.JSON(faulty, document.BodyLimits())
			require.ErrorContains(t, err, "byte 0xff is not UTF-8")
			require.True(t, json.Valid(faulty), "only the encoding is invalid")
		})
	}
}

func TestBody_OtherFaultsKeepJSON(t *testing.T) {
	t.Parallel()
	no := []string{"truncate", "malformed-json", "invalid-utf8"}
	for _, spec := range bodyKinds() {
		if slices.Contains(no, spec) {
			continue
		}
		eachFaulty(t, spec, func(_ string, _ fault.Layout, _ int, faulty []byte) { parsed(t, faulty) })
	}
}

func TestBody_EscapesKeepTheMeaning(t *testing.T) {
	t.Parallel()
	eachFaulty(t, "escape-non-ascii", func(body string, _ fault.Layout, _ int, faulty []byte) {
		before, after := parsed(t, []byte(body)), parsed(t, faulty)
		require.Equal(t, before.Any(), after.Any())
		require.False(t, strings.ContainsFunc(string(faulty), func(r rune) bool { return r > '~' }))
	})
}

// A missing field changes nothing else.
func TestBody_MissingFieldRemovesOneKey(t *testing.T) {
	t.Parallel()
	for _, body := range bodies() {
		for _, pointer := range layout(t, body).Optional {
			got, ok := one(t, "missing-field:"+pointer).Body([]byte(body), fault.Layout{}, 0, nil)
			root := parsed(t, []byte(body))
			tokens := document.Tokens(pointer)
			if root.At(tokens) == nil {
				require.False(t, ok)
				continue
			}
			require.True(t, ok)
			whole := root.Any()
			around := whole
			for _, token := range tokens[:len(tokens)-1] {
				around = around.(map[string]any)[token]
			}
			members := around.(map[string]any)
			require.Contains(t, members, tokens[len(tokens)-1])
			delete(members, tokens[len(tokens)-1])
			after := parsed(t, got.Body)
			require.Equal(t, whole, after.Any(), "%s without %s: %s", body, pointer, got.Body)
		}
	}
}

// The nth firing removes the nth optional key, cyclically.
func TestBody_MissingFieldTakesTurns(t *testing.T) {
	t.Parallel()
	a := layout(t, gupshup)
	notes := map[string]bool{}
	for nth := range a.Optional {
		got, ok := one(t, "missing-field").Body([]byte(gupshup), a, nth, nil)
		require.True(t, ok)
		require.Equal(t, "missing-field "+a.Optional[nth], got.Note)
		notes[got.Note] = true
	}
	require.Len(t, slices.Collect(maps.Keys(notes)), len(a.Optional))
}

// The same seed gives the same bytes, and some seed reaches every value that fits.
func TestBody_RandomFaultReachesEveryValue(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]int{"null-value": 7, "number-as-string": 2, "invalid-utf8": 5} {
		notes := map[string]bool{}
		for seed := range uint64(300) {
			got, _ := one(t, spec).Body([]byte(gupshup), fault.Layout{}, 0, prng.New(seed))
			again, _ := one(t, spec).Body([]byte(gupshup), fault.Layout{}, 0, prng.New(seed))
			require.Equal(t, got, again)
			notes[got.Note] = true
		}
		require.Len(t, notes, want, spec)
	}
}

func TestBody_PoisonItemKeepsOtherItems(t *testing.T) {
	t.Parallel()
	eachFaulty(t, "poison-item", func(body string, a fault.Layout, _ int, faulty []byte) {
		before, after := parsed(t, []byte(body)), parsed(t, faulty)
		require.GreaterOrEqual(t, len(after.Items), 3)
		require.True(t, after.Items[0].Equal(&before.Items[0]))
		require.True(t, after.Items[len(after.Items)-1].Equal(&before.Items[len(before.Items)-1]))
	})
}

func FuzzBody(f *testing.F) {
	for i, body := range bodies() {
		f.Add(body, "/type", "/0/a", uint64(i), i)
	}
	f.Add("a=b&c=d", "", "x", uint64(1), -1)
	f.Fuzz(func(t *testing.T, body, kind, other string, seed uint64, nth int) {
		a := fault.Layout{
			Items: []string{other, kind, "/0", "/1"}, Batch: seed%2 == 0, Kind: kind,
			Optional: []string{other, kind, "/a"}, Known: []string{kind, other},
		}
		_, _, broken := document.JSON([]byte(body), document.BodyLimits())
		for _, spec := range bodyKinds() {
			given := []byte(body)
			got, ok := one(t, spec).Body(given, a, nth, prng.New(seed))
			require.Equal(t, body, string(given))
			if !ok {
				require.Zero(t, got)
				continue
			}
			require.NotEqual(t, body, string(got.Body))
			switch spec {
			case "truncate", "malformed-json":
				require.False(t, json.Valid(got.Body))
			case "bom":
			case "invalid-utf8":
				require.NoError(t, broken)
			default:
				require.NoError(t, broken)
				parsed(t, got.Body)
			}
		}
	})
}
