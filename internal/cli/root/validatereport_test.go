package root

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// driftAt is a body with an unlisted field of a name, and refusedBody one that
// lacks a key.
func driftAt(name string) string {
	return `{"app":"DemoApp","timestamp":1710940462137,"version":2,"type":"message-event","payload":{"id":"a","gsId":"b","type":"delivered","destination":"919000000001","payload":{"ts":1710940461},"` + name + `":"red"}}` + "\n"
}

const rejectedBody = `{"app":"DemoApp","timestamp":1710940462137,"version":2,"type":"message-event","payload":{"id":"a","gsId":"b","type":"delivered","payload":{"ts":1710940461}}}` + "\n"

// A reportOf is what tests read of a report for programs.
type reportOf struct {
	Good     bool
	Score    map[string]int
	Warnings []string
	Results  []struct {
		ID, Name, Group, Outcome, Reason, File string
		Line, Count                            int
		Share                                  float64
		Evidence                               []webhook.Evidence
	}
}

// reportsOf validates a text, and returns the reports of some kinds, by kind.
func reportsOf(t *testing.T, text string, code int, kinds ...string) map[string]string {
	t.Helper()
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.ndjson", []byte(text), 0o600))
	args := []string{"validate", "a.ndjson"}
	for _, kind := range kinds {
		args = append(args, "--report", kind+"=report."+kind)
	}
	got, errs := ringback(t, io.Discard, args...)
	require.Equal(t, code, got, errs)
	all := map[string]string{}
	for _, kind := range kinds {
		text, err := os.ReadFile("report." + kind)
		require.NoError(t, err)
		all[kind] = string(text)
	}
	return all
}

// A report is bounded, and what is left out is never the only failure.
func TestValidateReport_KeepsFailures(t *testing.T) {
	var text strings.Builder
	for i := range 5002 {
		text.WriteString(driftAt(fmt.Sprint("key", i)))
	}
	text.WriteString(driftAt("key0") + rejectedBody)
	var got reportOf
	require.NoError(t, json.Unmarshal([]byte(reportsOf(t, text.String(), cli.ExitFindings, "json")["json"]), &got))
	require.False(t, got.Good)
	require.Len(t, got.Results, 5002)
	require.Equal(t, []string{"sequence", "counts"}, []string{got.Results[5001].Group, got.Results[5001].Name})
	require.Equal(t, map[string]int{"pass": 5003, "fail": 1, "warning": 0, "accepted": 0, "inconclusive": 0, "not_applicable": 0}, got.Score)
	require.Equal(t, []string{"2 further findings are left out"}, got.Warnings)
}

// Findings of one kind are one result of every report, and the score counts items.
func TestValidateReport_MergesFindings(t *testing.T) {
	text := strings.Repeat(driftAt("colour"), 3) + rejectedBody + driftAt("size") + strings.Repeat(rejectedBody, 4)
	all := reportsOf(t, text, cli.ExitFindings, report.Kinds()...)
	var got reportOf
	require.NoError(t, json.Unmarshal([]byte(all["json"]), &got))
	require.Equal(t, map[string]int{"pass": 4, "fail": 5, "warning": 0, "accepted": 0, "inconclusive": 0, "not_applicable": 0}, got.Score)
	require.Len(t, got.Results, 4)
	require.Equal(t, []string{"sequence", "counts"}, []string{got.Results[3].Group, got.Results[3].Name}, "the same body again is counted")
	missing := got.Results[1]
	require.Equal(t, []any{"required", "/payload/destination", "gupshup/v2/message-event.delivered", "fail"}, []any{missing.ID, missing.Name, missing.Group, missing.Outcome})
	require.Equal(t, []any{5, "a.ndjson", 4}, []any{missing.Count, missing.File, missing.Line}, "its place is the first")
	require.InDelta(t, 5./9, missing.Share, 1e-9)
	require.Equal(t, `required at /payload/destination: expected the key "destination", found nothing; in 5 of 9 items (56 %)`, missing.Reason)
	require.Equal(t, "first seen in a.ndjson, line 4", missing.Evidence[0].Title)
	require.Equal(t, "seen in a.ndjson, line 5", got.Results[2].Evidence[0].Title)

	require.Contains(t, all["html"], ">5 of 9 items failed</p>")
	require.Contains(t, all["html"], "<b>9</b>all")
	require.Contains(t, all["summary"], "9 items: 4 passed, 5 failed")
	require.Contains(t, all["pretty"], "9 items: 4 passed, 5 failed")
	require.Contains(t, all["junit"], `tests="4" failures="1"`)
	require.Contains(t, all["sarif"], `"occurrenceCount": 5`)
	for kind, once := range map[string]string{
		"html": `<span class="id">required</span>`, "junit": `<failure `, "github": "::error ", "sarif": `"ruleId": "required"`, "summary": "| required |",
	} {
		require.Equal(t, 1, strings.Count(all[kind], once), kind)
		require.Contains(t, all[kind], "in 5 of 9 items (56 %", kind)
	}
}

// Unknown events are told apart by what they look like, in every report.
func TestValidateReport_MergesUnknownEvents(t *testing.T) {
	text := strings.Repeat(`{"type":"wallet"}`+"\n", 2) + `{"type":"ledger"}` + "\n"
	all := reportsOf(t, text, cli.ExitFindings, report.Kinds()...)
	for kind := range all {
		require.Contains(t, all[kind], "in 2 of 3 items (67 %", kind)
		require.Contains(t, all[kind], "in 1 of 3 items (33 %", kind)
	}
	require.Contains(t, all["junit"], `name="unrecognized /: object with type &#34;wallet&#34;"`)
	require.Contains(t, all["junit"], `name="unrecognized /: object with type &#34;ledger&#34;"`)
}

// rcs is a status of a message of Netcore.
func rcs(status string, at int) string {
	return fmt.Sprintf(`[{"callbackdata":"","channel":"RCS","click_data":[],"event_time":%d,"last_channel":"","message_id":"api-1","mobile":"919000000011","remarks":"",`+
		`"requestid":"0d94c1f7be35428aa1c7e64f25b8093d","status":%q,"tags":[],"type":"Template"}]`+"\n", at, status)
}

// What is found in the capture as a whole has a section of its own in every report. Drift fails only with
// --fail-on drift.
func TestValidateReport_Sequence(t *testing.T) {
	sent := rcs("Sent", 1731580201)
	bad := sent + sent + rcs("Delivered", 1731580199)
	section := map[string]string{
		"pretty": "\nsequence  ", "json": `"group": "sequence"`, "junit": `<testsuite name="sequence"`, "sarif": `"ruleId": "sequence"`,
		"github": "title=sequence D13::", "summary": "### sequence: ", "html": "<h2>sequence</h2>",
	}
	all := reportsOf(t, bad, cli.ExitOK, report.Kinds()...)
	for kind := range all {
		require.Contains(t, all[kind], section[kind], kind)
		text := strings.Join(strings.Fields(all[kind]), " ") // the scorecard breaks lines
		require.Contains(t, text, "message.sent is 2s later than message.delivered", kind)
		require.Contains(t, text, "a.ndjson:3 /0 (item 3)", kind)
	}
	require.Contains(t, all["github"], "::notice file=a.ndjson,line=3,")
	require.Contains(t, all["summary"], "D01 the same item again: a duplicate: 1")
	var got reportOf
	require.NoError(t, json.Unmarshal([]byte(all["json"]), &got))
	require.True(t, got.Good)
	found := got.Results[len(got.Results)-2]
	require.Equal(t, []any{"sequence", "D13", "sequence", "pass", "a.ndjson", 3, 1}, []any{found.ID, found.Name, found.Group, found.Outcome, found.File, found.Line, found.Count})

	good := sent + rcs("Delivered", 1731580203)
	control := reportsOf(t, good, cli.ExitOK, report.Kinds()...)
	for kind := range control {
		require.NotContains(t, control[kind], section[kind], kind)
	}
}

func TestValidateReport_SequenceFailsOnDrift(t *testing.T) {
	t.Chdir(t.TempDir())
	require.NoError(t, os.WriteFile("a.ndjson", []byte(rcs("Sent", 1731580201)+rcs("Delivered", 1731580199)), 0o600))
	code, errs := ringback(t, io.Discard, "validate", "a.ndjson", "--fail-on", "drift", "--report", "json=a.json", "--report", "junit=a.xml", "--report", "github=a.txt", "--report", "html=a.html")
	require.Equal(t, cli.ExitFindings, code, errs)
	for file, want := range map[string]string{
		"a.json": `"fail": 1`, "a.xml": "<failure ", "a.txt": "::error file=a.ndjson,line=2,title=sequence D13::", "a.html": "1 of 3 failed",
	} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.Contains(t, string(text), want, file)
	}
}
