package root

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/script"
	"github.com/ringback-dev/ringback/internal/shipped"
)

const tool = "ringback "

// What these pages write and run is done here in their order, in a folder of its
// own, and prints what they show; with -update they are made so. Before a block
// stands `<!-- write: PATH -->` if it is a file.
func TestPages_ShowOutputOfCommands(t *testing.T) {
	for _, name := range []string{"adding-a-provider.md", "validating.md", "faq.md"} {
		t.Run(name, func(t *testing.T) {
			path, err := filepath.Abs("../../../docs/" + name)
			require.NoError(t, err)
			examples, err := filepath.Abs("../../../examples")
			require.NoError(t, err)
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			t.Chdir(t.TempDir())
			require.NoError(t, os.Symlink(examples, "examples"))
			made := shownBlock.ReplaceAllStringFunc(string(text), func(block string) string { return walked(t, block) })
			require.Equal(t, strings.Count(made, "```console"), strings.Count(made, "```console\n$ "+tool), "each console block begins with one command of ringback")
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(made), 0o644))
				return
			}
			require.Equal(t, string(text), made, "run the test with -update")
		})
	}
}

var shownBlock = regexp.MustCompile("(?s)(?:<!-- write: \\S+ -->\n```\\w+|```console)\n.*?```\n")

// walked does what a block of a page says, and returns it with what was printed.
func walked(t *testing.T, block string) string {
	t.Helper()
	head, rest, _ := strings.Cut(block, "\n")
	if file, found := strings.CutPrefix(head, "<!-- write: "); found {
		file = strings.TrimSuffix(file, " -->")
		require.True(t, filepath.IsLocal(file), file)
		_, content, _ := strings.Cut(rest, "\n")
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(strings.TrimSuffix(content, "```\n")), 0o644))
		return block
	}
	line, _, _ := strings.Cut(rest, "\n")
	command, found := strings.CutPrefix(line, "$ "+tool)
	require.True(t, found, line)
	var out, errs bytes.Buffer
	run(t.Context(), shellWords(command), cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	return "```console\n" + line + "\n" + out.String() + errs.String() + "```\n"
}

// docs/magic.md is made of scenarios/magic.yaml and of the words of each provider.
func TestDocs_ListMagicRecipients(t *testing.T) {
	t.Parallel()
	magic, err := shipped.Magic()
	require.NoError(t, err)
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	made(t, "../../../docs/magic.md", "recipients", magicTable(magic))
	made(t, "../../../docs/magic.md", "errors", errorTable(t, magic, catalog))
}

// made holds the part of a page between two marks to what it is made of.
func made(t *testing.T, path, part, want string) {
	t.Helper()
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	begin, end := "<!-- made by "+t.Name()+": "+part+" -->\n", "<!-- end of "+part+" -->\n"
	before, rest, found := strings.Cut(string(page), begin)
	require.True(t, found, "%s has no %s", path, begin)
	_, after, found := strings.Cut(rest, end)
	require.True(t, found, "%s has no %s", path, end)
	whole := before + begin + "\n" + want + "\n" + end + after
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(whole), 0o644))
		return
	}
	require.Equal(t, whole, string(page), "run the test with -update")
}

func magicTable(magic *scenarios.Magic) string {
	var b strings.Builder
	b.WriteString("| ends in | what happens | scenario |\n|---|---|---|\n")
	for _, one := range append(slices.Clone(magic.Recipients), magic.Others) {
		digits := "`" + one.Digits + "`"
		if one.Digits == "" {
			digits = "anything else"
		}
		fmt.Fprintf(&b, "| %s | %s | `%s` |\n", digits, one.Description, strings.Join(one.Scenarios, "`, else `"))
	}
	return b.String()
}

// errorTable shows of each recipient whose message fails what each route says of
// it. Routes that say the same share a column; those that give no reason have none.
func errorTable(t *testing.T, magic *scenarios.Magic, catalog *schemas.Catalog) string {
	t.Helper()
	var failing []scenarios.Recipient
	for _, one := range magic.Recipients {
		if len(one.Reasons) > 0 {
			failing = append(failing, one)
		}
	}
	var heads []string
	var columns [][]string
	for _, route := range cli.Routes(catalog) {
		var column []string
		for _, one := range failing {
			column = append(column, reasonText(t, magic, route, one.Digits))
		}
		i := slices.IndexFunc(columns, func(other []string) bool { return slices.Equal(other, column) })
		switch {
		case strings.Trim(strings.Join(column, ""), "-") == "":
		case i >= 0:
			heads[i] += "<br>`" + route.Name + "`"
		default:
			heads, columns = append(heads, "`"+route.Name+"`"), append(columns, column)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "| ends in | %s |\n|---|%s\n", strings.Join(heads, " | "), strings.Repeat("---|", len(heads)))
	for n, one := range failing {
		fmt.Fprintf(&b, "| `%s`", one.Digits)
		for _, column := range columns {
			fmt.Fprintf(&b, " | %s", column[n])
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// reasonText is what a route says of a failure, in the provider's own words.
func reasonText(t *testing.T, magic *scenarios.Magic, route *schemas.Route, digits string) string {
	t.Helper()
	_, with, ok := magic.For("9190000"+digits, script.RouteOf(route))
	require.True(t, ok)
	for _, one := range with {
		if one.Name != "error" {
			continue
		}
		reason, err := route.Reason(one.Text)
		require.NoError(t, err)
		words := strings.Fields(strings.Join([]string{reason.Code, reason.Status}, " "))
		if len(words) == 0 {
			words = strings.Fields(reason.Text)
		}
		return document.Shorten(strings.Join(words, " "), 40)
	}
	return "-"
}

// docs/control-api.md lists every path of server/openapi.yaml.
func TestDocs_ControlPageListsEveryPath(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("../../../server/openapi.yaml")
	require.NoError(t, err)
	var b strings.Builder
	b.WriteString("| method and path | what |\n|---|---|\n")
	path, method := "", ""
	for line := range strings.Lines(string(source)) {
		line = strings.TrimRight(line, "\n")
		if line == "components:" {
			break
		}
		if match := regexp.MustCompile(`^  (/\S+):$`).FindStringSubmatch(line); match != nil {
			path = match[1]
		}
		if match := regexp.MustCompile(`^    (get|post|put|delete|patch):$`).FindStringSubmatch(line); match != nil {
			method = strings.ToUpper(match[1])
		}
		if summary, found := strings.CutPrefix(line, "      summary: "); found {
			fmt.Fprintf(&b, "| `%s %s` | %s |\n", method, path, summary)
		}
	}
	made(t, "../../../docs/control-api.md", "paths", b.String())
}

// What docs/control-api.md shows is called here, in its order, on one server: each
// call is answered with success, and what a line keeps of an answer is in it.
func TestControlPage_CallsWork(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/control-api.md")
	require.NoError(t, err)
	url, stop := begun(t, io.Discard)
	defer func() { require.Equal(t, cli.ExitInterrupted, stop()) }()
	errs, ended := newAwaited("control API at "), make(chan int, 1)
	go func() {
		args := []string{"serve", "--no-control-token", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--speed", "600x", "--to", url + "/"}
		ended <- run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs})
	}()
	t.Cleanup(func() { require.Equal(t, cli.ExitOK, <-ended) })
	control, _, _ := strings.Cut(<-errs.line, ",")
	_, provider, _ := strings.Cut(errs.String(), "provider API at ")
	provider, _, _ = strings.Cut(provider, "\n")
	replaced := []string{"http://127.0.0.1:3000", url, "http://127.0.0.1:8080", provider, "http://127.0.0.1:8081", control}
	keeping := regexp.MustCompile(`^(\w+)=\$\((curl .*) \| jq -r (\S+)\)$`)
	count := 0
	for _, block := range regexp.MustCompile("(?s)<!-- call -->\n```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		for line := range strings.SplitSeq(strings.TrimSpace(joined(block[1])), "\n") {
			kept := keeping.FindStringSubmatch(line)
			if kept != nil {
				line = kept[2]
			}
			words := shellWords(strings.NewReplacer(replaced...).Replace(line))
			require.Equal(t, "curl", words[0], line)
			request, err := curlRequest(words[1:])
			require.NoError(t, err)
			response, err := new(http.Client).Do(request)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			wanted := []int{2}
			if strings.Contains(line, "/wa/api/v1/msg") {
				wanted = []int{2, 4} // a rule may stand against it
			}
			require.Contains(t, wanted, response.StatusCode/100, "%s\n%s", line, body)
			if kept != nil {
				replaced = append(replaced, "$"+kept[1], textAt(t, body, kept[3]))
			}
			count++
		}
	}
	require.Greater(t, count, 15)
	http.DefaultClient.CloseIdleConnections()
}

// textAt is the text at a path of jq, of which it knows keys and places.
func textAt(t *testing.T, body []byte, path string) string {
	t.Helper()
	node, _, err := document.JSON(body, document.BodyLimits())
	require.NoError(t, err)
	at := &node
	for _, step := range regexp.MustCompile(`\.(\w+)|\[(\d+)\]`).FindAllStringSubmatch(path, -1) {
		if step[1] != "" {
			at = at.Get(step[1])
		} else {
			require.NotEmpty(t, at.Items, "%s of %s", path, body)
			at = &at.Items[0]
		}
		require.NotNil(t, at, "%s of %s", path, body)
	}
	return at.Text
}
