package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// A browser drops a style that is not the one of the policy, and the page with it.
func TestHTML_PolicyAllowsOnlyItsStyle(t *testing.T) {
	t.Parallel()
	page := html.UnescapeString(written(t, "html", graded()))
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(page)
	require.Len(t, style, 2)
	sum := sha256.Sum256([]byte(style[1]))
	require.Contains(t, page, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	require.Contains(t, page, "default-src 'none'")
	require.NotRegexp(t, `(?i)\sstyle=|\son[a-z]+=|<(script|link|img|iframe)|url\(|@import`, written(t, "html", graded()))
}

// drawn returns the position and width of the plain marks of a timeline, and the number of
// highlighted ones.
func drawn(t *testing.T, moments ...webhook.Moment) (bars [][3]int, highlighted int) {
	t.Helper()
	page := written(t, "html", report.Report{Complete: true, Results: []webhook.Result{{ID: "P1", Outcome: webhook.OutcomeFailed, Timeline: moments}}})
	for _, m := range regexp.MustCompile(`<rect class="lane-\d" x="(\d+)" y="(\d+)" width="(\d+)"`).FindAllStringSubmatch(page, -1) {
		var bar [3]int
		for i := range bar {
			n, err := strconv.Atoi(m[i+1])
			require.NoError(t, err)
			bar[i] = n
		}
		bars = append(bars, bar)
	}
	return bars, len(regexp.MustCompile(`<polygon class="highlighted"`).FindAllString(page, -1))
}

// Moments that overlap are in rows below each other, each at its time.
func TestTimeline_Overlap(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	bars, highlighted := drawn(t,
		webhook.Moment{At: 0, Duration: 50 * ms, Lane: "delivery"}, webhook.Moment{At: 0, Duration: 100 * ms, Lane: "delivery"},
		webhook.Moment{At: 75 * ms, Duration: 25 * ms, Lane: "delivery"}, webhook.Moment{At: 50 * ms, Duration: 10 * ms, Lane: "call"}, webhook.Moment{At: 60 * ms, Lane: "call", Highlighted: true})
	require.Len(t, bars, 4)
	require.Equal(t, 1, highlighted)
	first, second, third, call := bars[0], bars[1], bars[2], bars[3]
	require.Equal(t, first[0], second[0], "they started together")
	require.Less(t, first[1], second[1], "they are in different rows")
	require.InDelta(t, 2*first[2], second[2], 2, "the second lasted twice as long")
	require.Equal(t, first[1], third[1], "a free row is used again")
	require.InDelta(t, first[0]+first[2], call[0], 1, "a call in another lane is at its time")
	require.Greater(t, call[1], second[1])
}

func TestTimeline_ManyMoments(t *testing.T) {
	t.Parallel()
	moments := []webhook.Moment{{At: -time.Second, Lane: "delivery"}}
	for range 300 {
		moments = append(moments, webhook.Moment{At: time.Hour, Duration: time.Hour, Lane: "delivery"})
	}
	bars, _ := drawn(t, moments...)
	require.Len(t, bars, 301)
	for _, bar := range bars {
		require.GreaterOrEqual(t, bar[0], 84)
		require.LessOrEqual(t, bar[0]+bar[2], 880)
		require.LessOrEqual(t, bar[1], 300)
	}
	bars, _ = drawn(t, webhook.Moment{Lane: "call"})
	require.Len(t, bars, 1, "a moment without a duration is visible")
}

func TestHTML_Verdict(t *testing.T) {
	t.Parallel()
	all := graded().Results
	for want, results := range map[string][]webhook.Result{
		"2 of 3 failed": all, "all 1 passed": all[1:2], "1 inconclusive (not counted as passed)": all[1:4], "not passed": all[3:4],
	} {
		page := written(t, "html", report.Report{Complete: true, Results: results})
		require.Regexp(t, `<p class="verdict (pass|fail)">`+regexp.QuoteMeta(want)+`</p>`, page)
	}
}

// References become links only for known kinds of sources.
func TestHTML_ReferencesAreLinks(t *testing.T) {
	t.Parallel()
	const issue, rfc = "https://github.com/chatwoot/chatwoot/issues/5433", "https://www.rfc-editor.org/rfc/rfc8259"
	for reference, want := range map[string]string{
		"chatwoot/chatwoot#5433":                          `<a href="` + issue + `" rel="noreferrer noopener">chatwoot/chatwoot#5433</a>`,
		"public code: chatwoot/chatwoot#5433":             `public code: <a href="` + issue + `" rel="noreferrer noopener">chatwoot/chatwoot#5433</a>`,
		"RFC 8259":                                        `<a href="` + rfc + `" rel="noreferrer noopener">RFC 8259</a>`,
		"Acme docs: https://example.com/a?b=c#d, page 2.": `Acme docs: <a href="https://example.com/a?b=c#d" rel="noreferrer noopener">https://example.com/a?b=c#d</a>, page 2.`,
		"(see https://example.com/a/b#12).":               `(see <a href="https://example.com/a/b#12" rel="noreferrer noopener">https://example.com/a/b#12</a>).`,
		"Gupshup docs: message-events":                    "Gupshup docs: message-events",
		"gupshup-webhooks.md: 4. V3 Events":               "gupshup-webhooks.md: 4. V3 Events",
		"a/b/c#1":                                         "a/b/c#1",
		"javascript:alert(1)":                             "javascript:alert(1)",
		"javascript://example.com/%0aalert(1)":            "javascript://example.com/%0aalert(1)",
		`https://example.com/"onclick="x`:                 `<a href="https://example.com/" rel="noreferrer noopener">https://example.com/</a>&#34;onclick=&#34;x`,
		"<b>a/b#1</b>":                                    "&lt;b&gt;a/b#1&lt;/b&gt;",
	} {
		page := written(t, "html", report.Report{Complete: true, Results: []webhook.Result{{ID: "P1", Outcome: webhook.OutcomeFailed, References: []string{reference}}}})
		_, see, found := strings.Cut(page, "<h3>see</h3>\n<p>")
		require.True(t, found)
		see, _, _ = strings.Cut(see, "</p>")
		require.Equal(t, want, see, reference)
	}
	page := written(t, "html", graded())
	require.Contains(t, page, `<a href="`+issue+`" rel="noreferrer noopener">`)
	require.Contains(t, page, "default-src 'none'", "the links load nothing")
}
