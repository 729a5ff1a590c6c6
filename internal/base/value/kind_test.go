package value_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/value"
)

var allKinds = []value.Kind{
	value.ID, value.Phone, value.Time, value.Duration, value.Money, value.Number, value.Text, value.Bool,
}

func TestNames_Golden(t *testing.T) {
	t.Parallel()
	var got strings.Builder
	for _, name := range value.Names() {
		kind, known := value.KindOf(name)
		require.True(t, known, name)
		fmt.Fprintln(&got, name, kind)
	}
	golden, err := os.ReadFile("testdata/names.golden")
	require.NoError(t, err)
	require.Equal(t, string(golden), got.String())
}

func TestNames_AreSorted(t *testing.T) {
	t.Parallel()
	require.True(t, slices.IsSorted(value.Names()))
}

func TestKindOf_UnknownName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "random", "message", "message.", "Message.id", "message.id ", "fake.age"} {
		kind, known := value.KindOf(name)
		require.False(t, known, name)
		require.Zero(t, kind, name)
	}
}

func TestKind_String(t *testing.T) {
	t.Parallel()
	var words []string
	for _, kind := range allKinds {
		words = append(words, kind.String())
	}
	require.Equal(t, []string{"id", "phone", "time", "duration", "money", "number", "text", "bool"}, words)
	require.Equal(t, "Kind(0)", value.Kind(0).String())
	require.Equal(t, "Kind(99)", value.Kind(99).String())
}

func TestFormats_ReturnsCopy(t *testing.T) {
	t.Parallel()
	value.Bool.Formats()[0] = "changed"
	require.Equal(t, []string{"bool", "string"}, value.Bool.Formats())
	require.Nil(t, value.Kind(0).Formats())
}

// docs/data.md is the law: what it lists and what the code knows must be the same.
func TestDocs_ListNamesAndFormats(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/data.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "\n## Values\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	kinds, scopes, found := strings.Cut(section, "| scope |")
	require.True(t, found)

	quoted := regexp.MustCompile("`([^`]+)`")
	for _, kind := range allKinds {
		row := regexp.MustCompile(`(?m)^\| ` + kind.String() + ` \|.*$`).FindString(kinds)
		var formats []string
		for _, match := range quoted.FindAllStringSubmatch(row, -1) {
			formats = append(formats, match[1])
		}
		require.Equal(t, formats, kind.Formats(), kind)
	}

	scopes, _, _ = strings.Cut(scopes, "\n\n")
	var names []string
	for _, match := range regexp.MustCompile("`([^`]+)`(?: ([a-z]+))?").FindAllStringSubmatch(scopes, -1) {
		for _, name := range unbrace(match[1]) {
			names = append(names, name)
			kind, known := value.KindOf(name)
			require.True(t, known, name)
			if !strings.HasPrefix(name, "fake.") {
				require.Equal(t, match[2], kind.String(), name)
			}
		}
	}
	slices.Sort(names)
	require.Equal(t, names, value.Names())
}

// unbrace turns a.{b,c}_d into a.b_d and a.c_d.
func unbrace(text string) []string {
	before, rest, found := strings.Cut(text, "{")
	if !found {
		return []string{text}
	}
	list, after, _ := strings.Cut(rest, "}")
	var all []string
	for part := range strings.SplitSeq(list, ",") {
		all = append(all, before+part+after)
	}
	return all
}
