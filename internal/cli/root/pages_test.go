package root

import (
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/cli"
)

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
