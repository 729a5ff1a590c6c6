package root

import (
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

const repository = "../../.."

// readPages reads the documents of the repository: those at its root, all of
// docs, and what the folders of examples say of themselves.
func readPages(t *testing.T) map[string]docsPage {
	t.Helper()
	pages := map[string]docsPage{}
	for _, folder := range []string{".", "docs", "examples"} {
		require.NoError(t, fs.WalkDir(os.DirFS(repository), folder, func(name string, entry fs.DirEntry, err error) error {
			base := path.Base(name)
			switch {
			case err != nil:
				return err
			case entry.IsDir() && name != folder && (folder == "." || base == "node_modules" || strings.HasPrefix(base, ".")):
				return fs.SkipDir
			case entry.IsDir() || path.Ext(name) != ".md" || folder == "examples" && base != "README.md":
				return nil
			}
			text, err := os.ReadFile(filepath.Join(repository, name))
			pages[name] = readPage(name, string(text))
			return err
		}))
	}
	require.Contains(t, pages, "README.md")
	require.Contains(t, pages, "docs/serve.md")
	require.Contains(t, pages, "examples/providers/README.md")
	return pages
}

// commandTree is the command with everything that cobra adds to it when it runs.
func commandTree() *cobra.Command {
	root := NewCommand(&cli.Factory{Streams: cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: io.Discard}})
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	return root
}

// Every link of the documents leads somewhere, and every command line names a
// command and flags that there are.
func TestDocs_NameCommandsAndFlagsThatExist(t *testing.T) {
	t.Parallel()
	pages := readPages(t)
	root := commandTree()
	exists := func(name string) bool {
		_, err := os.Stat(filepath.Join(repository, name))
		return err == nil && filepath.IsLocal(name)
	}
	var bad []string
	for _, page := range pages {
		bad = append(bad, page.badLinks(pages, exists)...)
		bad = append(bad, page.badCommands(root)...)
	}
	require.Empty(t, strings.Join(bad, "\n"))
}

func TestDocs_READMELinksEveryPage(t *testing.T) {
	t.Parallel()
	pages := readPages(t)
	for name := range pages {
		if !strings.HasPrefix(name, "docs/") && name != "README.md" {
			delete(pages, name)
		}
	}
	require.Empty(t, unreached(pages, "README.md"))
}

func TestDocs_FindBadLink(t *testing.T) {
	t.Parallel()
	pages := map[string]docsPage{
		"docs/there.md": readPage("docs/there.md", "# The page\n\n## `a/b` and [more](x)\n## Twice\n## Twice\n\n```sh\n# no heading\n```\n"),
	}
	exists := func(name string) bool { return name == "docs/there.md" || name == "docs" || name == "README.md" }
	for link, why := range map[string]string{
		"[a](docs/there.md)":               "",
		"[a](docs)":                        "",
		"[a](docs/)":                       "",
		"[a\nb](docs/there.md#the-page)":   "",
		"[`a`](docs/there.md#ab-and-more)": "",
		"[a](docs/there.md#twice)":         "",
		"[a](docs/there.md#twice-1)":       "",
		"[a](#here)":                       "",
		"`[a](not/there.md)`":              "",
		"```\n[a](not/there.md)\n```":      "",
		"https://github.com/a/b":           "",
		"<http://127.0.0.1:3000/>":         "",
		"[a](http://localhost:8080)":       "",
		"[a](http://example.com/a)":        "",
		"[a](http://shop.example)":         "",
		"[a](not/there.md)":                "leads to no file",
		"[a](../there.md)":                 "leads to no file",
		"![a](picture.png)":                "leads to no file",
		"<a href=\"not/there.md\">a</a>":   "leads to no file",
		"[a]: not/there.md":                "leads to no file",
		"[a](docs/there.md#the-pge)":       `leads to no heading; did you mean "the-page"?`,
		"[a](docs/there.md#no-heading)":    "leads to no heading; known: ab-and-more, the-page, twice, twice-1",
		"[a](docs/there.md#twice-2)":       `leads to no heading; did you mean "twice-1"?`,
		"[a](#there)":                      `leads to no heading; did you mean "here"?`,
		"[a](docs#a)":                      "leads into what is no page",
		"[a](http://github.com/a/b)":       "is not https, nor to this machine or an example",
		"see http://github.com/a/b":        "is not https, nor to this machine or an example",
		"[a](https://)":                    "is not https, nor to this machine or an example",
		"[a](mailto:me@example.com)":       "is not https, nor to this machine or an example",
		"[a](https://%zz)":                 "is no URL",
	} {
		page := readPage("README.md", "## Here\n\n"+link+"\n")
		pages["README.md"] = page
		got := page.badLinks(map[string]docsPage{"README.md": page, "docs/there.md": pages["docs/there.md"]}, exists)
		if why == "" {
			require.Empty(t, got, link)
			continue
		}
		require.Len(t, got, 1, link)
		require.Regexp(t, `^README\.md:3: the link to \S+ `+regexp.QuoteMeta(why)+`$`, got[0])
	}
}

func TestDocs_FindUnlinkedPage(t *testing.T) {
	t.Parallel()
	pages := map[string]docsPage{}
	for name, text := range map[string]string{
		"README.md":           "[a](docs/a.md) [b](docs/deep) [out](https://example.com/docs/lost.md)",
		"docs/a.md":           "[back](../README.md)",
		"docs/deep/README.md": "[c](c.md)",
		"docs/deep/c.md":      "[a](../a.md)",
		"docs/lost.md":        "[a](a.md)",
	} {
		pages[name] = readPage(name, text)
	}
	require.Equal(t, []string{"docs/lost.md"}, unreached(pages, "README.md"))
}

func TestDocs_FindBadCommand(t *testing.T) {
	t.Parallel()
	root := commandTree()
	for text, why := range map[string]string{
		"`ringback`":                                           "",
		"`ringback play SCENARIO --to URL`":                    "",
		"`ringback\nplay SCENARIO`":                            "",
		"`ringback play SCENARIO (--to URL | --out FILE) […]`": "",
		"`ringback COMMAND -h`":                                "",
		"`ringback […]`":                                       "",
		"`ringback completion bash`":                           "",
		"`ringback --config FILE serve --tls`":                 "",
		"`ringback config show --origin -- serve --speed 1x`":  "",
		"`ringback validate -`":                                "",
		"`--fail-on drift`":                                    "",
		"`--fail-on=drift`":                                    "",
		"`docker run --rm ringback`":                           "",
		"```sh\nRINGBACK_TO=x go run ./cmd/ringback listen --listen 127.0.0.1:0 &\n```": "",
		"```sh\ncurl a | ringback validate --format ndjson - # --not a flag\n```":       "",
		"```sh\nringback play x \\\n  --speed 60x --header 'X: --not'\n```":             "",
		"```console\n$ go run ./cmd/ringback demo\nit's --not read\n```":                "",
		"`ringback pley SCENARIO`":                                    `ringback has no command "pley"`,
		"`ringback catalog sow EVENT`":                                `ringback catalog has no command "sow"`,
		"`ringback play SCENARIO --speeed 60x`":                       "ringback play has no flag --speeed",
		"`ringback\nplay SCENARIO --speeed 60x`":                      "ringback play has no flag --speeed",
		"`ringback play SCENARIO [--speeed=60x]`":                     "ringback play has no flag --speeed=60x",
		"`ringback play -x`":                                          "ringback play has no flag -x",
		"`--speeed`":                                                  "no command has a flag --speeed",
		"```\n$ ringback healthcheck --speed 1x\n```":                 "ringback healthcheck has no flag --speed",
		"```sh\ngo run ./cmd/ringback play x \\\n  --speeed 60x\n```": "ringback play has no flag --speeed",
		"```sh\ncurl a | ringback validate --to b\n```":               "ringback validate has no flag --to",
		"```yaml\n- /ringback grade --state http://app\n```":          "ringback grade has no flag --state",
		"1. Let it read:\n\n       ringback provider lit examples\n":  `ringback provider has no command "lit"`,
	} {
		got := readPage("a.md", text+"\n").badCommands(root)
		if why == "" {
			require.Empty(t, got, text)
			continue
		}
		require.Len(t, got, 1, text)
		require.Regexp(t, `^a\.md:\d: `+regexp.QuoteMeta(why)+`, in: `, got[0])
	}
}
