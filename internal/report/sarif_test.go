package report_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// validated is a report of judged traffic, with results that stand in a file, on
// stdin and outside of the repository.
func validated() report.Report {
	r := report.Report{Title: "validate", Complete: true, Items: report.Items{}, Repository: report.Repository{Root: "/src/app", Folder: "/src/app/tests", Default: "ringback.yaml"}}
	finding := func(rule, file string, line int, o webhook.Outcome, l webhook.Level) webhook.Result {
		return webhook.Result{
			ID: rule, Name: "/id", Group: "acme/sent", Description: "what the contract of acme/sent says", Outcome: o, Level: l, Reason: rule + " at /id; in 5 of 9 items (56 %)",
			References: []string{"acme.md: 1.2"}, File: file, Line: line, Count: 5, Share: 5. / 9,
		}
	}
	r.Results = []webhook.Result{
		finding("required", "a.ndjson", 3, webhook.OutcomeFailed, webhook.LevelError), finding("unknown-field", "", 0, webhook.OutcomePassed, webhook.LevelDrift),
		finding("type", "/tmp/b.ndjson", 7, webhook.OutcomeFailed, webhook.LevelError), finding("limit", "../c.ndjson", 0, webhook.OutcomeInconclusive, webhook.LevelInconclusive),
		finding("maxLength", "../../d.ndjson", 1, webhook.OutcomeFailed, webhook.LevelError), {ID: "ok", Name: "acme/read", Group: "acme/read", Outcome: webhook.OutcomePassed, Reason: "3 as the contract says"},
	}
	for _, one := range r.Results {
		r.Items.Add(one.Group, one.Outcome)
	}
	return r
}

func sarifReports() map[string]report.Report {
	unfinished := graded()
	unfinished.Complete = false
	all := map[string]report.Report{
		"a grade": graded(), "a grade that was killed": unfinished, "traffic": validated(), "nothing": {}, "one failure": {Title: "x", Results: graded().Results[:1]},
		"no texts": {Complete: true, Results: []webhook.Result{{ID: "P1", Outcome: webhook.OutcomeFailed}}},
	}
	for name, r := range all {
		r.Repository.Default = "ringback.yaml"
		all[name] = r
	}
	return all
}

func TestSARIF_Schema(t *testing.T) {
	t.Parallel()
	schema, err := jsonschema.Compile("testdata/sarif-schema-2.1.0.json")
	require.NoError(t, err)
	reports := sarifReports()
	for name, r := range sarifReports() {
		r.Repository.Default = ""
		reports[name+", without a file"] = r
	}
	for _, r := range reports {
		var value any
		require.NoError(t, json.Unmarshal([]byte(written(t, "sarif", r)), &value))
		require.NoError(t, schema.Validate(value))
	}
	var broken any
	require.NoError(t, json.Unmarshal([]byte(strings.Replace(written(t, "sarif", graded()), `"level": "error"`, `"level": "bad"`, 1)), &broken))
	require.Error(t, schema.Validate(broken), "the schema is not asleep")
}

// githubProblems are the requirements of GitHub code scanning that a SARIF file
// doesn't meet ("SARIF support for code scanning", its required properties and
// limits); the schema alone allows more.
func githubProblems(text string) []string {
	var problems []string
	require := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	var log sarifLog
	if err := json.Unmarshal([]byte(text), &log); err != nil {
		return []string{err.Error()}
	}
	require(log.Schema != "" && log.Version == "2.1.0", "$schema and version")
	require(len(log.Runs) == 1, "one run")
	for _, run := range log.Runs {
		rules := run.Tool.Driver.Rules
		require(run.Tool.Driver.Name != "", "tool.driver.name")
		require(rules != nil && run.Results != nil, "rules and results are lists")
		require(len(rules) <= 25_000 && len(run.Results) <= 25_000, "at most 25000 rules and results")
		for i, rule := range rules {
			require(rule.ID != "" && slices.IndexFunc(rules, func(r sarifRule) bool { return r.ID == rule.ID }) == i, "rule %d: an id of its own", i)
			require(len([]rune(rule.Name)) <= 255, "rule %s: name", rule.ID)
			for _, text := range []string{rule.ShortDescription.Text, rule.FullDescription.Text} {
				require(text != "" && len([]rune(text)) <= 1024, "rule %s: a description of at most 1024 characters", rule.ID)
			}
			require(rule.Help.Text != "", "rule %s: help", rule.ID)
			require(slices.Contains([]string{"error", "warning", "note"}, rule.DefaultConfiguration.Level), "rule %s: level", rule.ID)
			require(len(rule.Properties.Tags) <= 10, "rule %s: at most 10 tags", rule.ID)
			require(slices.Contains([]string{"error", "warning", "recommendation"}, rule.Properties.Severity), "rule %s: severity", rule.ID)
			require(slices.Contains([]string{"very-high", "high", "medium", "low"}, rule.Properties.Precision), "rule %s: precision", rule.ID)
		}
		prints := map[string]bool{}
		for i, result := range run.Results {
			require(result.RuleIndex >= 0 && result.RuleIndex < len(rules) && rules[max(0, min(result.RuleIndex, len(rules)-1))].ID == result.RuleID, "result %d: rule", i)
			require(slices.Contains([]string{"error", "warning", "note"}, result.Level), "result %d: level", i)
			require(result.Message.Text != "", "result %d: message", i)
			print := result.PartialFingerprints["primaryLocationLineHash"]
			require(print != "" && !prints[print], "result %d: a fingerprint of its own", i)
			prints[print] = true
			require(len(result.Locations) > 0 && len(result.Locations) <= 10, "result %d: 1 to 10 locations", i)
			for _, l := range result.Locations {
				u, err := url.Parse(l.PhysicalLocation.ArtifactLocation.URI)
				require(err == nil && l.PhysicalLocation.ArtifactLocation.URI != "", "result %d: a uri", i)
				require(err == nil && !u.IsAbs() && u.Host == "" && filepath.IsLocal(u.Path), "result %d: a uri from the root of the repository", i)
				region := l.PhysicalLocation.Region
				require(region.StartLine > 0 && region.StartColumn > 0 && region.EndLine >= region.StartLine && (region.EndLine > region.StartLine || region.EndColumn > region.StartColumn), "result %d: a region", i)
			}
		}
	}
	return problems
}

type sarifLog struct {
	Schema  string `json:"$schema"`
	Version string
	Runs    []struct {
		Tool struct {
			Driver struct {
				Name  string
				Rules []sarifRule
			}
		}
		Results    []sarifResult
		ColumnKind string
	}
}

type sarifText struct{ Text, Markdown string }

type sarifRule struct {
	ID, Name                                string
	ShortDescription, FullDescription, Help sarifText
	DefaultConfiguration                    struct{ Level string }
	Properties                              struct {
		Tags      []string
		Precision string
		Severity  string `json:"problem.severity"`
	}
}

type sarifResult struct {
	RuleID              string
	RuleIndex           int
	Level               string
	Message             sarifText
	OccurrenceCount     int
	PartialFingerprints map[string]string
	Locations           []struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI string }
			Region           struct{ StartLine, StartColumn, EndLine, EndColumn int }
		}
		LogicalLocations []struct{ FullyQualifiedName string }
	}
}

func TestSARIF_GitHubRequirements(t *testing.T) {
	t.Parallel()
	long := graded()
	long.Results[0].Name, long.Results[0].Description = strings.Repeat("n", 300), strings.Repeat("about ", 300)
	reports := sarifReports()
	reports["long texts"] = long
	for name, r := range reports {
		require.Empty(t, githubProblems(written(t, "sarif", r)), name)
	}
	nowhere := graded()
	nowhere.Repository.Default = ""
	require.Contains(t, githubProblems(written(t, "sarif", nowhere)), "result 0: a uri", "there is no file to point to")
	good := written(t, "sarif", validated())
	for old, bad := range map[string]string{
		`"version": "2.1.0"`: `"version": "2.0.0"`, `"level": "error"`: `"level": "none"`, `"uri": "tests/a.ndjson"`: `"uri": ""`, `"primaryLocationLineHash"`: `"other"`,
		`"startColumn": 1`: `"startColumn": 0`, `"endColumn": 2`: `"endColumn": 1`, `"ruleId": "type"`: `"ruleId": "gone"`, `"locations": [`: `"places": [`,
		`"fullDescription"`: `"description"`, `"help"`: `"aid"`, `"results": [`: `"found": [`, `"uri": "c.ndjson"`: `"uri": "file:///src/app/c.ndjson"`,
		`"precision": "high"`: `"precision": "much"`, `"problem.severity": "error"`: `"problem.severity": "bad"`,
	} {
		require.Contains(t, good, old)
		require.NotEmpty(t, githubProblems(strings.ReplaceAll(good, old, bad)), "%s instead of %s", bad, old)
	}
	require.NotEmpty(t, githubProblems(strings.ReplaceAll(good, "tests/a.ndjson", "../a.ndjson")))
	require.NotEmpty(t, githubProblems(strings.ReplaceAll(good, "tests/a.ndjson", "/src/a.ndjson")))
}

// sarifOf are the results of a report as SARIF.
func sarifOf(t *testing.T, r report.Report) []sarifResult {
	t.Helper()
	var log sarifLog
	require.NoError(t, json.Unmarshal([]byte(written(t, "sarif", r)), &log))
	require.Equal(t, "unicodeCodePoints", log.Runs[0].ColumnKind)
	return log.Runs[0].Results
}

func TestSARIF_Locations(t *testing.T) {
	t.Parallel()
	finding := func(file string, line, column int) webhook.Result {
		return webhook.Result{ID: "required", Name: file, Outcome: webhook.OutcomeFailed, Reason: "it is missing", File: file, Line: line, Column: column}
	}
	for _, c := range []struct {
		root, folder, fallback string
		result                 webhook.Result
		uri, message           string
		line, column           int
	}{
		{"", "", "", finding("captures/a b#1%.json", 3, 7), "captures/a%20b%231%25.json", "it is missing", 3, 7},
		{"", "", "", finding("./captures/a.json", 3, 0), "captures/a.json", "it is missing", 3, 1},
		{"", "", "", finding("a.json", 0, 0), "a.json", "it is missing", 1, 1},
		{"", "", "x.yaml", finding("/src/a.json", 3, 7), "x.yaml", "it is missing (in /src/a.json, which is not a file of the repository)", 1, 1},
		{"", "", "x.yaml", finding("../a.json", 3, 7), "x.yaml", "it is missing (in ../a.json, which is not a file of the repository)", 1, 1},
		{"/src", "/src", "x.yaml", finding("a.json", 3, 7), "a.json", "it is missing", 3, 7},
		{"/src", "/src/sub", "x.yaml", finding("a.json", 3, 7), "sub/a.json", "it is missing", 3, 7},
		{"/src", "/src/sub", "x.yaml", finding("../a.json", 3, 7), "a.json", "it is missing", 3, 7},
		{"/src", "/src/sub", "x.yaml", finding("/src/c/a.json", 3, 7), "c/a.json", "it is missing", 3, 7},
		{"/src", "/src/sub", "x.yaml", finding("/srcs/a.json", 3, 7), "x.yaml", "it is missing (in /srcs/a.json, which is not a file of the repository)", 1, 1},
		{"", "", "", finding("../a.json", 3, 7), "", "it is missing (in ../a.json, which is not a file of the repository)", 0, 0},
		{"/src", "/src/sub", "x.yaml", webhook.Result{ID: "P5", Name: "lifecycle", Outcome: webhook.OutcomeFailed, Reason: "late"}, "sub/found/lifecycle.yaml", "late", 1, 1},
		{"/src", "/src/sub", "x.yaml", webhook.Result{ID: "P6", Name: "terminal", Outcome: webhook.OutcomeFailed, Reason: "late"}, "x.yaml", "late", 1, 1},
		{"/src", "/src/sub", "", webhook.Result{ID: "P1", Name: "duplicate", Outcome: webhook.OutcomeFailed, Reason: "twice"}, "", "twice", 0, 0},
		{"/src", "/src/sub", "x.yaml", webhook.Result{ID: "P1", Name: "duplicate", Outcome: webhook.OutcomeFailed, Reason: "twice"}, "x.yaml", "twice", 1, 1},
	} {
		got := sarifOf(t, report.Report{Complete: true, Route: "gupshup/v2", Repository: report.Repository{
			Root: c.root, Folder: c.folder, Default: c.fallback, Files: map[string]string{"lifecycle": "found/lifecycle.yaml", "terminal": "../../elsewhere/terminal.yaml"},
		}, Results: []webhook.Result{c.result}})[0]
		place := got.Locations[0].PhysicalLocation
		require.Equal(t, c.uri, place.ArtifactLocation.URI)
		require.Equal(t, c.message, got.Message.Text)
		require.Equal(t, []int{c.line, c.column, c.line, c.column}, []int{place.Region.StartLine, place.Region.StartColumn, place.Region.EndLine, place.Region.EndColumn - min(1, place.Region.EndColumn)}, c.uri)
		if c.result.ID == "P1" {
			require.Equal(t, "gupshup/v2/duplicate", got.Locations[0].LogicalLocations[0].FullyQualifiedName)
		}
	}
	traffic := sarifOf(t, validated())
	require.Len(t, traffic, 5)
	require.Equal(t, 5, traffic[0].OccurrenceCount)
	require.Equal(t, "unknown-field at /id; in 5 of 9 items (56 %) (in stdin, which is not a file of the repository)", traffic[1].Message.Text)
}

// Annotations name a file from the root of the repository, too.
func TestGitHub_AnnotationPaths(t *testing.T) {
	t.Parallel()
	r := validated()
	got := written(t, "github", r)
	require.Contains(t, got, "::error file=tests/a.ndjson,line=3,")
	require.Contains(t, got, "::error file=/tmp/b.ndjson,line=7,")
}

func TestSARIF_StableFingerprints(t *testing.T) {
	t.Parallel()
	probe := func(reason string) webhook.Result {
		return webhook.Result{ID: "P4", Name: "slow-api", Outcome: webhook.OutcomeFailed, Reason: reason}
	}
	finding := func(group, key, reason, file string, line int) webhook.Result {
		return webhook.Result{ID: "required", Name: "/id", Group: group, Key: key, Outcome: webhook.OutcomeFailed, Reason: reason, File: file, Line: line}
	}
	print := func(results ...webhook.Result) []string {
		var all []string
		for _, one := range sarifOf(t, report.Report{Complete: true, Route: "gupshup/v2", Results: results}) {
			require.Equal(t, one.PartialFingerprints["ringback/v1"], one.PartialFingerprints["primaryLocationLineHash"])
			all = append(all, one.PartialFingerprints["ringback/v1"])
		}
		return all
	}
	require.Equal(t, print(probe("not within 1.5s")), print(probe("not within 1.6s")))
	require.Equal(t, print(finding("acme/sent", "", "in 1 of 2 items", "a.json", 1)), print(finding("acme/sent", "", "in 3 of 9 items", "b.json", 7)), "counts and places move")
	all := print(finding("acme/sent", "", "", "a.json", 1), finding("acme/read", "", "", "a.json", 1), finding("acme/sent", `"x"`, "", "a.json", 1), probe(""))
	require.Len(t, slices.Compact(slices.Sorted(slices.Values(all))), 4)
}
