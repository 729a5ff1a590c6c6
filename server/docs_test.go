package server_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/shipped"
)

func TestDocs_RulesWork(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/serve.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)<!-- rules -->\n```json\n(.*?)\n```").FindStringSubmatch(string(page))
	require.NotNil(t, block)
	w := newWorld(t, nil)
	for rule := range strings.SplitSeq(block[1], "\n") {
		got := w.steer("POST", "/api/v1/rules", rule)
		require.Equal(t, http.StatusCreated, got.status, "%s\n%s", rule, got.body)
	}
	for _, want := range []int{http.StatusTooManyRequests, http.StatusTooManyRequests, http.StatusAccepted} {
		got := w.call(text(userPhone))
		assert.Equal(t, want, got.status)
		if want == http.StatusTooManyRequests {
			assert.Equal(t, "30", got.header.Get("Retry-After"))
		}
	}
}

func TestDocs_MagicRecipients(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/serve.md")
	require.NoError(t, err)
	magic, err := shipped.Magic()
	require.NoError(t, err)
	played := map[string][]string{}
	for _, one := range magic.Recipients {
		played[one.Digits] = one.Scenarios
	}
	for digits, scenario := range map[string]string{
		"0010": "message-failed-sync", "0020": "message-failed-async", "0060": "message-duplicated", "0070": "reply-stop",
	} {
		assert.Contains(t, string(page), "`…"+digits+"`")
		assert.Equal(t, []string{scenario}, played[digits])
	}
	assert.Equal(t, 4, strings.Count(string(page), "`…0"), "each is looked at here")
}
