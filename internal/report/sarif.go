package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/webhook"
)

type object = map[string]any

// asSARIF is a report as SARIF 2.1.0, which code scanning reads. What failed, is
// inconclusive or is drift is a result; every check is a rule.
func asSARIF(r Report) ([]byte, error) {
	var rules, results []object
	var known []string
	seen := map[string]int{}
	for _, one := range r.Results {
		id := one.ID
		if !slices.Contains(known, id) {
			known = append(known, id)
			rules = append(rules, sarifRule(one))
		}
		if one.Outcome == webhook.Failed || one.Outcome == webhook.Undecided || one.Level == webhook.Drift {
			result := sarifResult(r, one, slices.Index(known, id))
			result["partialFingerprints"] = object{"ringback/v1": fingerprint(r, one, seen)}
			results = append(results, result)
		}
	}
	driver := object{"name": "Ringback", "rules": orNone(rules)}
	if r.Version != "" {
		driver["version"] = r.Version
	}
	text, err := json.MarshalIndent(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs": []object{{
			"tool": object{"driver": driver}, "invocations": []object{sarifInvocation(r)}, "results": orNone(results), "columnKind": "unicodeCodePoints",
		}},
	}, "", "  ")
	return append(text, '\n'), err
}

func sarifInvocation(r Report) object {
	doubt := r.doubt()
	invocation := object{"executionSuccessful": doubt == ""}
	var told []object
	if doubt != "" {
		invocation["exitCodeDescription"] = doubt
		told = append(told, object{"level": "error", "message": object{"text": doubt}})
	}
	for _, notice := range r.Notices {
		told = append(told, object{"level": "note", "message": object{"text": notice}})
	}
	if len(told) > 0 {
		invocation["toolExecutionNotifications"] = told
	}
	if !r.Began.IsZero() {
		invocation["startTimeUtc"] = r.Began.UTC().Format("2006-01-02T15:04:05.000Z")
		invocation["endTimeUtc"] = r.Began.Add(r.Took).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return invocation
}

func orNone(all []object) []object {
	if all == nil {
		return []object{}
	}
	return all
}

func sarifRule(one webhook.Result) object {
	if one.File != "" { // a rule of the contract, which many events share
		return object{"id": one.ID, "shortDescription": object{"text": "the contract's rule " + one.ID}}
	}
	rule := object{"id": one.ID, "shortDescription": object{"text": orWord(one.About, one.Name)}}
	if one.Name != "" && one.Name != one.ID {
		rule["name"] = one.Name
	}
	if len(one.References) > 0 {
		rule["help"] = object{"text": "see " + strings.Join(one.References, ", ")}
	}
	return rule
}

func sarifResult(r Report, one webhook.Result, index int) object {
	level := "error"
	switch one.Outcome {
	case webhook.Undecided:
		level = "warning"
	case webhook.Passed: // it is allowed, and new
		level = "note"
	}
	location := object{"logicalLocations": []object{{"fullyQualifiedName": strings.Trim(r.Route+"/"+one.Name, "/"), "kind": "member"}}}
	if one.File != "" {
		region := object{}
		if one.Line > 0 {
			region["startLine"] = one.Line
		}
		if one.Line > 0 && one.Column > 0 {
			region["startColumn"] = one.Column
		}
		physical := object{"artifactLocation": object{"uri": uriOf(one.File)}}
		if len(region) > 0 {
			physical["region"] = region
		}
		location = object{"physicalLocation": physical}
	}
	return object{
		"ruleId": one.ID, "ruleIndex": index, "level": level, "message": object{"text": orWord(one.Reason, one.About)},
		"locations": []object{location},
	}
}

// fingerprint is the same for the same result of every run. The reason of a probe may
// hold times, so only a finding's counts; findings that are alike are numbered.
func fingerprint(r Report, one webhook.Result, seen map[string]int) string {
	parts := []string{r.Route, one.ID, one.Name}
	if one.File != "" {
		parts = append(parts, one.File, one.Reason)
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	print := hex.EncodeToString(sum[:16])
	seen[print]++
	return fmt.Sprintf("%s:%d", print, seen[print])
}

// uriOf is a file's path as a reference that a viewer can resolve.
func uriOf(file string) string {
	u := url.URL{Path: filepath.ToSlash(file)}
	if filepath.IsAbs(file) {
		u.Scheme = "file"
	}
	return u.String()
}

func orWord(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
