package contracttest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/contracttest"
)

func TestOrder_IsConfirmedOnce(t *testing.T) {
	provider := contracttest.ProviderFor(t, "gupshup")
	shop := newShop(provider.URL(), provider.Client())
	contracttest.Test(t, shop, `
steps:
  - {send: inbound.text, message: order, with: {message.text: "Two of those"}, faults: duplicate}
  - {await: {call: send, message: m}}
  - {send: message.delivered}
expect:
  calls: {call: send, count: 1, reply_to: order}
`, contracttest.WithProvider(provider))
}

// README.md shows a test of this file.
func TestREADME_ShowsATestOfThisFile(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)<!-- contracttest -->\n```go\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, shown)
	require.Equal(t, 12, strings.Count(string(shown[1]), "\n"), "it is short")
	here, err := os.ReadFile("readme_test.go")
	require.NoError(t, err)
	require.Contains(t, string(here), string(shown[1]))
}

// docs/quickstart.md shows the file quickstart_test.go.
func TestQuickstart_ShowsATestOfThisPackage(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/quickstart.md")
	require.NoError(t, err)
	shown := regexp.MustCompile("(?s)<!-- gotest -->\n```go\npackage shop\n(.*?)```").FindSubmatch(page)
	require.NotNil(t, shown)
	here, err := os.ReadFile("quickstart_test.go")
	require.NoError(t, err)
	require.Equal(t, "package contracttest_test\n"+string(shown[1]), string(here))
}

// A shop that replies twice fails the test of README.md.
func TestREADME_TestFindsADuplicate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		provider, err := contracttest.NewProvider("gupshup")
		require.NoError(t, err)
		s := newShop(provider.URL(), provider.Client())
		s.Careless = true
		n := &recorder{T: t}
		contracttest.Test(n, s, "steps:\n  - {send: inbound.text, faults: duplicate}\nexpect:\n  calls: {call: send, count: 1}", contracttest.WithProvider(provider))
		s.Wait()
		require.Len(t, n.errors, 1)
		require.Contains(t, n.errors[0], "the consumer called send twice; want once")
	})
}
