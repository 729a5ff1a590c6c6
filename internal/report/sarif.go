package report

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	for _, one := range r.Results {
		id := one.ID
		if !slices.Contains(known, id) {
			known = append(known, id)
			rules = append(rules, sarifRule(one))
		}
		if one.Outcome == webhook.Failed || one.Outcome == webhook.Undecided || one.Level == webhook.Drift {
			results = append(results, sarifResult(r, one, slices.Index(known, id)))
		}
	}
	invocation := object{"executionSuccessful": r.Complete}
	if !r.Complete {
		invocation["exitCodeDescription"] = incomplete
	}
	if !r.Began.IsZero() {
		invocation["startTimeUtc"] = r.Began.UTC().Format("2006-01-02T15:04:05.000Z")
		invocation["endTimeUtc"] = r.Began.Add(r.Took).UTC().Format("2006-01-02T15:04:05.000Z")
	}
	driver := object{"name": "Ringback", "rules": orNone(rules)}
	if r.Version != "" {
		driver["version"] = r.Version
	}
	text, err := json.MarshalIndent(object{
		"$schema": "https://json.schemastore.org/sarif-2.1.0.json",
		"version": "2.1.0",
		"runs":    []object{{"tool": object{"driver": driver}, "invocations": []object{invocation}, "results": orNone(results)}},
	}, "", "  ")
	return append(text, '\n'), err
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
	print := sha256.Sum256([]byte(strings.Join([]string{r.Route, one.ID, one.Name, one.File, one.Reason}, "\x00")))
	location := object{"logicalLocations": []object{{"fullyQualifiedName": strings.Trim(r.Route+"/"+one.Name, "/"), "kind": "member"}}}
	if one.File != "" {
		region := object{}
		if one.Line > 0 {
			region["startLine"] = one.Line
		}
		if one.Line > 0 && one.Column > 0 {
			region["startColumn"] = one.Column
		}
		physical := object{"artifactLocation": object{"uri": filepath.ToSlash(one.File)}}
		if len(region) > 0 {
			physical["region"] = region
		}
		location = object{"physicalLocation": physical}
	}
	return object{
		"ruleId": one.ID, "ruleIndex": index, "level": level, "message": object{"text": orWord(one.Reason, one.About)},
		"locations": []object{location}, "partialFingerprints": object{"ringback/v1": hex.EncodeToString(print[:16])},
	}
}

func orWord(text, other string) string {
	if text == "" {
		return other
	}
	return text
}
