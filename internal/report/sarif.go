package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/webhook"
)

type object = map[string]any

const (
	project = "https://github.com/ringback-dev/ringback"
	docs    = project + "/blob/main/docs/"
)

// asSARIF formats a report as SARIF 2.1.0 with everything that GitHub code scanning
// requires. Failures, inconclusive results and drift are results. Every check is a rule;
// of traffic, only those with a result.
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
			// Code scanning reads the first one. Without it, it would compute a fingerprint
			// of the line, which other results share and other captures don't have.
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

// inSARIF reports whether a result is also a result in SARIF.
func inSARIF(one webhook.Result) bool {
	return one.Outcome == webhook.OutcomeFailed || one.Outcome == webhook.OutcomeInconclusive || one.Level == webhook.LevelDrift || isWhole(one)
}

// isWhole reports whether a result is a finding about a capture as a whole.
func isWhole(one webhook.Result) bool { return one.ID == sequence.Name && one.Count > 0 }

func sarifInvocation(r Report) object {
	reason := r.inconclusiveReason()
	invocation := object{"executionSuccessful": reason == ""}
	var notifications []object
	if reason != "" {
		invocation["exitCodeDescription"] = reason
		notifications = append(notifications, object{"level": "error", "message": object{"text": reason}})
	}
	for _, text := range r.Warnings {
		notifications = append(notifications, object{"level": "note", "message": object{"text": text}})
	}
	if len(notifications) > 0 {
		invocation["toolExecutionNotifications"] = notifications
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

// The limits of code scanning for a rule's name and descriptions, in characters.
const (
	maxRuleName        = 255
	maxRuleDescription = 1024
)

// sarifRule describes a check: a probe, or a rule of the contract, which many events
// share.
func sarifRule(r Report, one webhook.Result) object {
	text, page, tag := cmp.Or(one.Description, one.Name, one.ID), "grading.md", "consumer"
	if r.isFinding(one) {
		text, page, tag = ruleText(one.ID), "recognition.md#findings", "contract"
	}
	help := object{"text": text}
	if len(one.References) > 0 && !r.isFinding(one) {
		help["text"] = text + "\n\nSee " + strings.Join(one.References, ", ") + "."
		help["markdown"] = cell(text) + "\n\nSee " + markdownReferences(one.References) + "."
	}
	level := "error" // of a probe, whatever its outcome: rules are the same in every run
	if r.isFinding(one) {
		level = sarifLevel(one)
	}
	rule := object{
		"id": one.ID, "shortDescription": object{"text": Middle(text, maxRuleDescription)}, "fullDescription": object{"text": Middle(text, maxRuleDescription)},
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

// isFinding reports whether a result comes from traffic, not from a probe.
func (r Report) isFinding(one webhook.Result) bool { return r.Items != nil || one.File != "" }

func sarifLevel(one webhook.Result) string {
	switch statusOf(one) {
	case inconclusive, warning:
		return "warning"
	case passed, accepted: // drift, or a known failure
		return "note"
	}
	return "error"
}

// locate returns the location of a result in the repository. inside is false if the
// result has no file there; path is then the default file, "" if there is none.
func (r Report) locate(one webhook.Result) (path string, line, column int, inside bool) {
	if path, inside = r.Repository.PathOf(one.File); inside {
		return path, max(one.Line, 1), max(one.Column, 1), true
	}
	if path, inside = r.Repository.PathOf(r.Repository.Files[one.Name]); inside && !r.isFinding(one) {
		return path, 1, 1, true
	}
	return r.Repository.Default, 1, 1, false
}

// unplaced returns the number of results in SARIF without a file.
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
	text := cmp.Or(reasonOf(one), one.Description, one.ID)
	path, line, column, inside := r.locate(one)
	if !inside && r.isFinding(one) {
		text += " (in " + cmp.Or(one.File, "stdin") + ", which is not a file of the repository)"
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

// fingerprint returns the same text for the same result of every run. It covers neither
// the reason of a probe, which may contain times, nor the first location of a finding.
// Equal results are numbered.
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
