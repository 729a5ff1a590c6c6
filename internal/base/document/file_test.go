package document_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
)

func TestPosition_CountsCharacters(t *testing.T) {
	t.Parallel()
	source := []byte("😀é{\n\t\"ü\": 1}\r\nx\n")
	for _, c := range []struct{ offset, line, column int }{
		{-1, 1, 1},
		{0, 1, 1},
		{4, 1, 2},
		{6, 1, 3},
		{7, 1, 4}, // the line break itself
		{8, 2, 1},
		{9, 2, 2},
		{13, 2, 5},
		{15, 2, 7},
		{18, 2, 10},
		{19, 3, 1},
		{21, 4, 1},
		{99, 4, 1},
	} {
		line, column := document.Position(source, c.offset)
		require.Equal(t, []int{c.line, c.column}, []int{line, column}, c.offset)
	}
	line, column := document.Position(nil, 0)
	require.Equal(t, []int{1, 1}, []int{line, column})
}

func TestPosition_IgnoresByteOrderMark(t *testing.T) {
	t.Parallel()
	source := []byte("\ufeffab\ncd")
	for offset, want := range map[int][]int{0: {1, 1}, 3: {1, 1}, 4: {1, 2}, 7: {2, 2}} {
		line, column := document.Position(source, offset)
		require.Equal(t, want, []int{line, column}, offset)
	}
}

func TestLocator_AgreesWithPosition(t *testing.T) {
	t.Parallel()
	source := "\ufeff😀é{\n\t\"ü\": 1}\r\n\nx"
	offsets := []int{0, len(source), -1, 99, 3, 3}
	for i := range source {
		offsets = append(offsets, i, len(source)-1, i)
	}
	locator := document.NewLocator([]byte(source))
	for _, offset := range offsets {
		line, column := document.Position([]byte(source), offset)
		gotLine, gotColumn := locator.Position(offset)
		require.Equal(t, []int{line, column}, []int{gotLine, gotColumn}, offset)
	}
}

func TestReadJSON_RejectsDefects(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"":                                       "f.json:1:1: read JSON: the JSON ends where a value should begin",
		"{\n  \"é\": 1,\n}":                      "f.json:3:1: read JSON: comma before the closing '}' of an object",
		"[\"😀\", x]":                             "f.json:1:7: read JSON: unexpected 'x' where a value should begin",
		"\ufeff{}":                               "f.json:1:1: read JSON: byte order mark before the JSON",
		"{\"a\":1,\n\"a\":2}":                    "f.json:2:1: read JSON: duplicate key \"a\" in one object",
		"[\"\\ud83d\"]":                          "f.json:1:3: read JSON: \\ud83d has no partner; parsers read it differently",
		"[1e5000000]":                            "f.json:1:2: read JSON: number 1e5000000 is too large or too long to hold",
		strings.Repeat("[", 129):                 "f.json:1:129: read JSON: the JSON is nested more than 128 levels deep",
		`"` + strings.Repeat("x", 256<<10) + `"`: "f.json:1:262145: read JSON: the JSON has 262146 bytes; the limit is 262144",
	} {
		f, err := document.ReadJSON("f.json", []byte(source))
		require.Nil(t, f)
		require.EqualError(t, err, want)
		var place *document.Error
		require.ErrorAs(t, err, &place)
		require.Equal(t, "f.json", place.File)
	}
}

func TestReadJSON_KeepsNameAndSource(t *testing.T) {
	t.Parallel()
	f, err := document.ReadJSON("dir/f.json", []byte(` {"a": 1}`))
	require.NoError(t, err)
	require.Equal(t, "dir/f.json", f.Name)
	require.Equal(t, ` {"a": 1}`, string(f.Source))
	require.Equal(t, `{"a": 1}`, f.Root.Compact(50))
}

func TestErrorf_PointsAtNode(t *testing.T) {
	t.Parallel()
	f, err := document.ReadJSON("f.json", []byte("{\n \"😀\": [1, 2]}"))
	require.NoError(t, err)
	err = f.Errorf(f.Root.At([]string{"😀", "1"}), "expected %s", "a string")
	require.Equal(t, &document.Error{File: "f.json", Line: 2, Column: 11, Message: "expected a string"}, err)
	require.EqualError(t, err, "f.json:2:11: expected a string")
}

func TestKnown_NamesEveryUnknownKey(t *testing.T) {
	t.Parallel()
	f, err := document.ReadYAML("f.yaml", []byte("titel: x\nroutes: {}\n\"🙂\": {titel: 1}\n"))
	require.NoError(t, err)
	require.NoError(t, f.Known(&f.Root, "titel", "routes", "🙂", "more"))
	require.EqualError(t, f.Known(&f.Root, "title", "routes"),
		"f.yaml:1:1: unknown key \"titel\"; did you mean \"title\"?\n"+
			"f.yaml:3:1: unknown key \"🙂\"; known: routes, title")
	require.EqualError(t, f.Known(f.Root.Get("titel"), "title"), `f.yaml:1:8: expected a mapping, found string "x"`)
	require.EqualError(t, f.Known(f.Root.Get("🙂")), `f.yaml:3:7: unknown key "titel"; none is defined`)
	require.NoError(t, f.Known(f.Root.Get("routes")))
}

func TestKnown_StopsAtTwentyErrors(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&b, "k%d: 1, ", i)
	}
	f, err := document.ReadYAML("f.yaml", []byte("{"+b.String()+"}"))
	require.NoError(t, err)
	require.Len(t, strings.Split(f.Known(&f.Root, "title").Error(), "\n"), 20)
}

func TestOneOf_HintsOrLists(t *testing.T) {
	t.Parallel()
	require.Equal(t, `did you mean "sent"?`, document.OneOf("snet", []string{"read", "sent"}))
	require.Equal(t, "known: read, sent", document.OneOf("banana", []string{"sent", "read"}))
	require.Equal(t, "known: order, plain", document.OneOf("banana", []string{"order", "plain", "order"}))
	require.Equal(t, "none is defined", document.OneOf("x", nil))
}
