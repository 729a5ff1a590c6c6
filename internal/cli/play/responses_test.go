package play

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

func TestFirstLine_SaysWhatAConsumerSaid(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                                   "",
		" \r\n\t":                            "",
		"database is locked\nat line 3":      "database is locked",
		"\r\n  database\tis   locked \r\n x": "database is locked",
		`{"error":"no such field"}`:          `{"error":"no such field"}`,
		"{\n  \"error\": \"no such field\",\n  \"at\": 1\n}": `{ "error": "no such field", "at": 1 }`,
		"[\n 1\n]":                            "[ 1 ]",
		"unknown user 919000000001":           "unknown user 9190xxxxxx01",
		"\x1b[31mred\x1b[0m \u202eback\x00":   "·[31mred·[0m ·back·",
		"\x1f\x8b\x08\x00 gzip":               "9 B that are not text",
		strings.Repeat("a", 5000):             strings.Repeat("a", 199) + "…",
		strings.Repeat("ü", 5000):             strings.Repeat("ü", 199) + "…",
		"x" + strings.Repeat("ü", 5000):       "x" + strings.Repeat("ü", 198) + "…",
		strings.Repeat("\n", 5000) + "beyond": "",
		"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<title>Error</title>\n</head>\n<body>\n<pre>Error: it&#39;s closed<br> &nbsp; &nbsp;at app.js:3</pre>": "Error Error: it's closed at app.js:3",
		"<html><style>body { color: red }</style><script>alert(1)</script><h1>Bad Gateway</h1></html>":                                                       "Bad Gateway",
		"<title>Cut</title><style>body {": "Cut",
	} {
		require.Equal(t, want, firstLine([]byte(body)), "%.60q", body)
	}
}

func attempts(accepted bool, all ...webhook.Attempt) engine.Result {
	return engine.Result{Delivery: webhook.Delivery{Attempts: all}, Accepted: accepted}
}

func status(code int, body string) webhook.Attempt {
	return webhook.Attempt{Status: code, Body: []byte(body), Timing: webhook.Timing{Total: time.Millisecond}}
}

func TestResponsesText_ShowsAttemptsWhereTheyDiffer(t *testing.T) {
	t.Parallel()
	rejected := webhook.Attempt{Failure: webhook.ErrorRejected, Error: "connection refused"}
	long := strings.Repeat("a long reason ", 20)
	flips := make([]webhook.Attempt, 0, 20)
	for i := range 20 {
		flips = append(flips, status(500+i%2, ""))
	}
	for name, c := range map[string]struct {
		r    engine.Result
		want string
	}{
		"accepted":          {attempts(true, status(200, "ok")), ""},
		"no attempt":        {attempts(false), ""},
		"rejected, no body": {attempts(false, status(500, "")), ""},
		"rejected":          {attempts(false, status(500, "database is locked\n")), "    response: database is locked\n"},
		"always alike":      {attempts(false, status(500, "no"), status(500, "no")), "    response: no\n"},
		"then accepted":     {attempts(true, status(500, "no"), status(500, "no"), status(200, "ok")), "    attempts 1-2   500       no\n    attempt 3      200\n"},
		"other body":        {attempts(false, status(500, "no"), status(500, "never")), "    attempt 1      500       no\n    attempt 2      500       never\n"},
		"not there at last": {attempts(false, status(503, ""), rejected), "    attempt 1      503\n    attempt 2      unreachable\n"},
		"never there":       {attempts(false, rejected, rejected), ""},
		"long":              {attempts(false, status(500, long)), "    response: " + (long + long)[:65] + "…\n"},
		"many": {attempts(false, flips...), "    attempt 1      500\n    attempt 2      501\n    attempt 3      500\n    attempt 4      501\n    attempt 5      500\n" +
			"    … 14 more\n    attempt 20     501\n"},
	} {
		got := responsesText(report.Style{}, c.r)
		require.Equal(t, c.want, got, name)
		for line := range strings.Lines(got) {
			require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, name)
		}
	}
}

func TestDeliveryLine_HasTheResponses(t *testing.T) {
	t.Parallel()
	line := deliveryLineOf(attempts(false, status(500, "no"), webhook.Attempt{Failure: webhook.ErrorRejected}, status(503, "never")), "")
	require.Equal(t, []string{"500", "unreachable", "503"}, line.Responses)
	require.Equal(t, "never", line.Response)
	line = deliveryLineOf(attempts(true, status(500, "no"), status(200, "ok")), "")
	require.Equal(t, []string{"500", "200"}, line.Responses)
	require.Empty(t, line.Response)
	require.Equal(t, []string{}, deliveryLineOf(attempts(false), "").Responses)
}

func TestSpeedText_SaysHowLongItTakes(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	for _, c := range []struct {
		speed string
		l     length
		want  string
	}{
		{"1x", length{}, "1x (real time)"},
		{"1x", length{112 * time.Second, false}, "1x (real time), takes about 1m52s"},
		{"60x", length{112 * time.Second, false}, "60x (compressed), takes about 1.9s for 1m52s"},
		{"60x", length{7*day + 2*time.Hour, false}, "60x (compressed), takes about 2h50m for 7d2h"},
		{"0.5x", length{30 * time.Second, false}, "0.5x (stretched), takes about 1m00s for 30s"},
		{"max", length{112 * time.Second, false}, "max (without waiting), about 1m52s of the plan"},
		{"max", length{}, "max (without waiting)"},
		{"1x", length{time.Hour, true}, "1x (real time), takes more than 1h00m"},
		{"1x", length{59*time.Second + 800*time.Millisecond, false}, "1x (real time), takes about 1m00s"},
	} {
		pace, err := engine.ParseSpeed(c.speed)
		require.NoError(t, err)
		require.Equal(t, c.want, speedText(pace, c.l))
	}
}
