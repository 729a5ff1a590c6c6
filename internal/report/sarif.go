package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

type object = map[string]any

const (
	project = "https://github.com/ringback-dev/ringback"
	docs    = project + "/blob/main/docs/"
)

// asSARIF is a report as SARIF 2.1.0, with all that code scanning of GitHub asks
// for. What failed, is inconclusive or is drift is a result; every check is a rule.
// Of traffic only what was found is.
func asSARIF(r Report) ([]byte, error) {
	var rules, results []object
	var known []string
	seen := map[string]int{}
	for _, one := range r.Results {
		found := inSARIF(one)
		if !found && r.Items != nil {
			continue
		}
		id := one.ID
		if !slices.Contains(known, id) {
			known = append(known, id)
			rules = append(rules, sarifRule(r, one))
		}
		if found {
			result := sarifResult(r, one, slices.Index(known, id))
			print := fingerprint(r, one, seen)
			// Of these code scanning reads the first; it would compute it from the line,
			// which other results may share, and another capture has not.
			result["partialFingerprints"] = object{"primaryLocationLineHash": print, "ringback/v1": print}
			results = append(results, result)
		}
	}
	driver := object{"name": "Ringback", "informationUri": project, "rules": orEmpty(rules)}
	if r.Version != "" {
		driver["version"] = r.Version
	}
	text, err := json.MarshalIndent(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []object{{
			"tool": object{"driver": driver}, "invocations": []object{sarifInvocation(r)}, "results": orEmpty(results), "columnKind": "unicodeCodePoints",
		}},
	}, "", "  ")
	return append(text, '\n'), err
}

// inSARIF reports whether a result is one of SARIF, too.
func inSARIF(one webhook.Result) bool {
	return one.Outcome == webhook.Failed || one.Outcome == webhook.OutcomeInconclusive || one.Level == webhook.Drift
}

func sarifInvocation(r Report) object {
	doubt := r.inconclusiveReason()
	invocation := object{"executionSuccessful": doubt == ""}
	var told []object
	if doubt != "" {
		invocation["exitCodeDescription"] = doubt
		told = append(told, object{"level": "error", "message": object{"text": doubt}})
	}
	for _, notice := range r.Warnings {
		told = append(told, object{"level": "note", "message": object{"text": notice}})
	}
	if len(told) > 0 {
		invocation["toolExecutionNotifications"] = told
	}
	if !r.StartedAt.IsZero() {
		invocation["startTimeUtc"] = r.StartedAt.UTC().Format("2006-01-02T15:04:05.000Z")
		invocation["endTimeUtc"] = r.StartedAt.Add(r.Duration).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return invocation
}

func orEmpty(all []object) []object {
	if all == nil {
		return []object{}
	}
	return all
}

// The most characters that code scanning takes of a rule's name and descriptions.
const (
	maxRuleName        = 255
	maxRuleDescription = 1024
)

// sarifRule describes a check: a rule of the contract, which many events share, or
// a probe.
func sarifRule(r Report, one webhook.Result) object {
	about, page, tag := orWord(one.Description, orWord(one.Name, one.ID)), "grading.md", "consumer"
	if r.isFinding(one) {
		about, page, tag = ruleText(one.ID), "recognition.md#findings", "contract"
	}
	help := object{"text": about}
	if len(one.References) > 0 && !r.isFinding(one) {
		help["text"] = about + "\n\nSee " + strings.Join(one.References, ", ") + "."
		help["markdown"] = cell(about) + "\n\nSee " + markdownReferences(one.References) + "."
	}
	level := "error" // of a probe, however it ended: rules are the same in every run
	if r.isFinding(one) {
		level = sarifLevel(one)
	}
	rule := object{
		"id": one.ID, "shortDescription": object{"text": Middle(about, maxRuleDescription)}, "fullDescription": object{"text": Middle(about, maxRuleDescription)},
		"help": help, "helpUri": docs + page, "defaultConfiguration": object{"level": level},
		"properties": object{"tags": []string{"webhooks", tag}, "precision": "high", "problem.severity": severity(level)},
	}
	if one.Name != "" && one.Name != one.ID && !r.isFinding(one) {
		rule["name"] = Middle(one.Name, maxRuleName)
	}
	return rule
}

func severity(level string) string {
	if level == "note" {
		return "recommendation"
	}
	return level
}

// isFinding tells what was found in traffic from a probe.
func (r Report) isFinding(one webhook.Result) bool { return r.Items != nil || one.File != "" }

func sarifLevel(one webhook.Result) string {
	switch statusOf(one) {
	case inconclusive, warning:
		return "warning"
	case passed, accepted: // it is allowed, and new; or it is known
		return "note"
	}
	return "error"
}

// locate is where a result is in the repository; false if it stands in no file of it,
// and the path is that of the file that it points to all the same, "" if there is none.
func (r Report) locate(one webhook.Result) (path string, line, column int, inside bool) {
	if path, inside = r.Repository.PathOf(one.File); inside {
		return path, max(one.Line, 1), max(one.Column, 1), true
	}
	if path, inside = r.Repository.PathOf(r.Repository.Files[one.Name]); inside && !r.isFinding(one) {
		return path, 1, 1, true
	}
	return r.Repository.Default, 1, 1, false
}

// unplaced is how many results of SARIF point to no file.
func (r Report) unplaced() int {
	n := 0
	for _, one := range r.Results {
		if path, _, _, _ := r.locate(one); path == "" && inSARIF(one) {
			n++
		}
	}
	return n
}

func sarifResult(r Report, one webhook.Result, index int) object {
	text := orWord(reasonOf(one), orWord(one.Description, one.ID))
	path, line, column, inside := r.locate(one)
	if !inside && r.isFinding(one) {
		text += " (in " + orWord(one.File, "stdin") + ", which is not a file of the repository)"
	}
	location := object{}
	if path != "" {
		location["physicalLocation"] = object{
			"artifactLocation": object{"uri": uriOf(path)},
			"region":           object{"startLine": line, "startColumn": column, "endLine": line, "endColumn": column + 1},
		}
	}
	if !r.isFinding(one) {
		location["logicalLocations"] = []object{{"fullyQualifiedName": strings.Trim(r.Route+"/"+one.Name, "/"), "kind": "member"}}
	}
	result := object{
		"ruleId": one.ID, "ruleIndex": index, "level": sarifLevel(one), "message": object{"text": text}, "locations": []object{location},
	}
	if one.Count > 0 {
		result["occurrenceCount"] = one.Count
	}
	if one.Location != "" {
		result["properties"] = object{"location": one.Location}
	}
	if one.Accepted() {
		result["suppressions"] = []object{{"kind": "external", "status": "accepted", "justification": one.Acceptance.Reason}}
	}
	return result
}

// fingerprint is the same for the same result of every run. Neither the reason of
// a probe, which may hold times, nor where a finding was seen first counts. Results
// that are alike are numbered.
func fingerprint(r Report, one webhook.Result, seen map[string]int) string {
	parts := []string{r.Route, one.ID, one.Name}
	if r.isFinding(one) {
		parts = append(parts, one.Group, one.Key)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	print := hex.EncodeToString(sum[:16])
	seen[print]++
	return fmt.Sprintf("%s:%d", print, seen[print])
}

func orWord(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
