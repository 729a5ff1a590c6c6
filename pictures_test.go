package ringback_test

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A drawn is what the tests want of an element of a picture.
type drawn struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Inner   []drawn    `xml:",any"`
}

// all is an element and whatever is in it.
func (d drawn) all() []drawn {
	list := []drawn{d}
	for _, inner := range d.Inner {
		list = append(list, inner.all()...)
	}
	return list
}

func picture(t *testing.T, path string) drawn {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var root drawn
	require.NoError(t, xml.Unmarshal(text, &root), path)
	return root
}

// The pictures say what they show to those who cannot see them, and bring nothing
// with them that runs or is fetched.
func TestPictures_SafeAndDescribed(t *testing.T) {
	t.Parallel()
	known := []string{"svg", "title", "desc", "defs", "marker", "g", "rect", "path", "text"}
	for _, file := range []string{"docs/pictures/concepts.svg", "docs/pictures/floors.svg"} {
		root := picture(t, file)
		require.Equal(t, "svg", root.XMLName.Local)
		require.Equal(t, "title", root.Inner[0].XMLName.Local, file)
		require.Equal(t, "desc", root.Inner[1].XMLName.Local, file)
		for _, one := range root.all() {
			require.Contains(t, known, one.XMLName.Local, file)
			for _, a := range one.Attrs {
				if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
					continue
				}
				require.False(t, strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Value, "//") || a.Name.Local == "href", "%s: %s=%q", file, a.Name.Local, a.Value)
			}
		}
	}
}

// The commands of docs/benchmarks.md run benchmarks that there are.
func TestDocs_BenchmarksExist(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("docs/benchmarks.md")
	require.NoError(t, err)
	commands := regexp.MustCompile(`-bench (\w+)[^\n]* \./(\S+)`).FindAllStringSubmatch(string(page), -1)
	require.Greater(t, len(commands), 5)
	for _, command := range commands {
		files, err := filepath.Glob(command[2] + "/*_test.go")
		require.NoError(t, err)
		require.True(t, slices.ContainsFunc(files, func(file string) bool {
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			return strings.Contains(string(source), "func Benchmark"+command[1]+"(")
		}), "%s has no Benchmark%s", command[2], command[1])
	}
}
