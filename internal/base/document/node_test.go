package document_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func TestKind_String(t *testing.T) {
	t.Parallel()
	var names []string
	for kind := document.Null; kind <= document.Object; kind++ {
		names = append(names, kind.String())
	}
	require.Equal(t, []string{"null", "boolean", "number", "string", "array", "object"}, names)
	require.Equal(t, "null", document.Node{}.Kind.String())
}

func TestGet_LastOfRepeatedKey(t *testing.T) {
	t.Parallel()
	root, _ := decode(t, `{"a":1,"":2,"a":3,"A":4}`)
	require.Equal(t, "3", root.Get("a").Text)
	require.Equal(t, "2", root.Get("").Text)
	require.Nil(t, root.Get("b"))
	require.Nil(t, root.Get("a").Get("a"))
	require.Nil(t, root.Get("b").Get("a"), "a missing node has no keys")
	require.Equal(t, []string{"a", "", "a", "A"}, root.Keys())
	require.Empty(t, root.Get("a").Keys())
}

func TestNode_AtAndNearest(t *testing.T) {
	t.Parallel()
	root, _ := decode(t, `{"a":[10,{"b/~":"x"},[]],"":{"":"empty"},"0":"zero"}`)
	for _, c := range []struct {
		pointer string
		nearest string // what Nearest reaches
		taken   int
	}{
		{"", root.Compact(200), 0},
		{"/a/0", `10`, 2},
		{"/a/1/b~1~0", `"x"`, 3},
		{"/a/2", `[]`, 2},
		{"/", `{"": "empty"}`, 1},
		{"//", `"empty"`, 2},
		{"/0", `"zero"`, 1},
		{"/b", root.Compact(200), 0},
		{"/a/3", `[10, {"b/~": "x"}, []]`, 1},
		{"/a/-", `[10, {"b/~": "x"}, []]`, 1},
		{"/a/00", `[10, {"b/~": "x"}, []]`, 1},
		{"/a/b", `[10, {"b/~": "x"}, []]`, 1},
		{"/a/", `[10, {"b/~": "x"}, []]`, 1},
		{"/a/2/0", `[]`, 2},
		{"/a/0/0", `10`, 2},
		{"/a/1/c/d", `{"b/~": "x"}`, 2},
	} {
		tokens := document.Tokens(c.pointer)
		near, taken := root.Nearest(tokens)
		require.Equal(t, c.taken, taken, c.pointer)
		require.Equal(t, c.nearest, near.Compact(200), c.pointer)
		if taken == len(tokens) {
			require.Same(t, near, root.At(tokens), c.pointer)
		} else {
			require.Nil(t, root.At(tokens), c.pointer)
		}
	}
}

func TestNode_KeyStart(t *testing.T) {
	t.Parallel()
	root, _ := decode(t, `{"é":{"a":[10,20],"a":{"b":1}}}`)
	for pointer, want := range map[string]int{"": 0, "/é": 1, "/é/a": 19, "/é/a/b": 24, "/é/a/0": 23, "/é/x": 6, "/x/y": 0, "/é/a/b/c": 28} {
		require.Equal(t, want, root.KeyStart(document.Tokens(pointer)), pointer)
	}
	root, _ = decode(t, ` [1,[2]]`)
	require.Equal(t, 4, root.KeyStart([]string{"1", "0"}))
}

func TestEqual_ComparesValues(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`null`, `null`, true},
		{`null`, `""`, false},
		{`true`, `"true"`, false},
		{`1`, `"1"`, false},
		{`1`, `1.0`, false},
		{`"é"`, `"\u00e9"`, true},
		{`[]`, `{}`, false},
		{`[1,2]`, ` [ 1, 2 ]`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[1]`, `[1,1]`, false},
		{`{"a":1,"b":[{}]}`, `{"b":[{}],"a":1}`, true},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1}`, `{"b":1}`, false},
		{`{"a":{"b":1}}`, `{"a":{"b":2}}`, false},
		{`{"a":1,"a":2}`, `{"a":1,"a":2}`, true},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{`{"a":1,"a":2}`, `{"a":1}`, false},
		{`{"a":1,"a":1}`, `{"a":1,"b":2}`, false},
	} {
		a, _ := decode(t, c.a)
		b, _ := decode(t, c.b)
		require.Equal(t, c.want, a.Equal(&b), "%s and %s", c.a, c.b)
		require.Equal(t, c.want, b.Equal(&a), "%s and %s", c.b, c.a)
		require.True(t, a.Equal(&a), c.a)
	}
}

func TestEqual_IsFastOnRepeatedKeys(t *testing.T) {
	t.Parallel()
	root, _ := decode(t, strings.Repeat(`{"a":1,"a":`, 100)+"1"+strings.Repeat("}", 100))
	require.True(t, root.Equal(&root))
}

func TestNode_CompactIsShortened(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source   string
		maxCount int
		want     string
	}{
		{`{"b":[1,-2.50,true,null],"a":{}}`, 100, `{"b": [1, -2.50, true, null], "a": {}}`},
		{`"<a href='x'>&\u2028\n\"é😀"`, 100, `"<a href='x'>&\u2028\n\"é😀"`},
		{`"sent"`, 6, `"sent"`},
		{`"sent"`, 5, `"sen…`},
		{`"😀😀😀😀"`, 6, `"😀😀😀😀"`},
		{`"😀😀😀😀"`, 4, `"😀😀…`},
		{`[[[[[]]]]]`, 4, `[[[…`},
		{`[1,2,3]`, 1, `…`},
	} {
		root, _ := decode(t, c.source)
		require.Equal(t, c.want, root.Compact(c.maxCount), c.source)
	}
}

func TestCompact_HonorsLimit(t *testing.T) {
	t.Parallel()
	for _, source := range []string{
		`["` + strings.Repeat("é", 10_000) + `"]`,
		`{"` + strings.Repeat("😀", 10_000) + `":1}`,
		"[" + strings.Repeat("[],", 10_000) + "[]]",
		strings.Repeat("[", 120) + strings.Repeat("]", 120),
	} {
		root, _ := decode(t, source)
		for _, maxCount := range []int{1, 2, 60, 200} {
			require.Equal(t, min(maxCount, 240), utf8.RuneCountInString(root.Compact(maxCount)))
		}
	}
}

func TestShorten_CountsCharacters(t *testing.T) {
	t.Parallel()
	require.Empty(t, document.Shorten("", 3))
	require.Equal(t, "abc", document.Shorten("abc", 3))
	require.Equal(t, "ab…", document.Shorten("abcd", 3))
	require.Equal(t, "éüß", document.Shorten("éüß", 3))
	require.Equal(t, "éü…", document.Shorten("éüßä", 3))
}

func TestNode_DescribeNamesKindAndText(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		`null`:                              `null`,
		`[]`:                                `an empty array`,
		`{}`:                                `an empty object`,
		`""`:                                `string ""`,
		`"sent"`:                            `string "sent"`,
		`17`:                                `number 17`,
		`false`:                             `boolean false`,
		`[null]`:                            `array [null]`,
		`{"a":[]}`:                          `object {"a": []}`,
		`"` + strings.Repeat("x", 99) + `"`: `string "` + strings.Repeat("x", 58) + `…`,
	} {
		root, _ := decode(t, source)
		require.Equal(t, want, root.Describe())
	}
}

func TestQuote_IsJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "a", `"\`, "<&>", "\x00\n\u2028", "é😀", "~/"} {
		var back string
		require.NoError(t, json.Unmarshal([]byte(document.Quote(text)), &back))
		require.Equal(t, text, back)
	}
	require.Equal(t, `"<&>"`, document.Quote("<&>"))
}

func TestPointer_RoundTrip(t *testing.T) {
	t.Parallel()
	for pointer, tokens := range map[string][]string{
		"":          nil,
		"/":         {""},
		"//":        {"", ""},
		"/a/b/0":    {"a", "b", "0"},
		"/a//":      {"a", "", ""},
		"/~0":       {"~"},
		"/~1":       {"/"},
		"/~01":      {"~1"},
		"/~00":      {"~0"},
		"/~0~1~1~0": {"~//~"},
		"/é😀/ /%2F": {"é😀", " ", "%2F"},
	} {
		require.Equal(t, pointer, document.Pointer(tokens...))
		require.Equal(t, tokens, document.Tokens(pointer), pointer)
		require.True(t, document.IsPointer(pointer), pointer)
	}
	require.False(t, document.IsPointer("a/b"))
	require.False(t, document.IsPointer("#/a"))
}

func TestIndex_CanonicalOnly(t *testing.T) {
	t.Parallel()
	for _, i := range []int{0, 1, 10, 999_999_999} {
		got, ok := document.Index(fmt.Sprint(i))
		require.True(t, ok, i)
		require.Equal(t, i, got)
	}
	for _, token := range []string{"", "-", "-1", "+1", "01", "00", "1e2", "1.0", " 1", "1_000", "0x1", "a", "١", "1000000000", strings.Repeat("9", 30)} {
		_, ok := document.Index(token)
		require.False(t, ok, token)
	}
}
