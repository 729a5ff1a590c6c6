package schemas

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/suggest"
	"github.com/ringback-dev/ringback/webhook"
)

// An explainer turns v5's tree of errors into findings for people. Of
// alternatives it explains the closest one, not all.
type explainer struct {
	// schemas are those of the type's file, by pointer.
	schemas map[string]*schema
	// complaints are the leaves of the tree that explain the refusal.
	complaints []schemaError
	// failed are the branches that were explained, with the place they were tried at.
	failed []failedBranch
}

// A complaint is one thing that v5 refused.
type schemaError struct {
	// path is the place in the body, keyword what refused it, in which schema.
	path    []string
	keyword string
	schema  *schema
	message string
	// start is where the place begins in the body.
	start int
}

type failedBranch struct {
	place  string
	branch *schema
}

// explain returns what a refusal comes to, in the order of the body.
func explain(schemas map[string]*schema, body *document.Node, rejection *jsonschema.ValidationError) []schemaError {
	e := &explainer{schemas: schemas}
	e.visit(rejection)
	complaints := e.rootCauses()
	starts := starts{}
	for i := range complaints {
		complaints[i].start = starts.of(body, complaints[i].path)
	}
	slices.SortFunc(complaints, func(a, b schemaError) int {
		return cmp.Or(cmp.Compare(a.start, b.start), slices.Compare(a.path, b.path), cmp.Compare(a.keyword, b.keyword), cmp.Compare(a.message, b.message))
	})
	return complaints
}

// starts remembers where the members of an object begin, once it was asked for
// one of them: an object may be wrong in each of fifty thousand members.
type starts map[*document.Node]map[string]int

func (s starts) of(body *document.Node, path []string) int {
	if len(path) == 0 {
		return body.Start
	}
	around, _ := body.Nearest(path[:len(path)-1])
	if around.Kind != document.Object {
		n, _ := around.Nearest(path[len(path)-1:])
		return n.Start
	}
	if s[around] == nil {
		s[around] = make(map[string]int, len(around.Members))
		for _, m := range around.Members {
			s[around][m.Key] = m.Value.Start
		}
	}
	if start, ok := s[around][path[len(path)-1]]; ok {
		return start
	}
	return around.Start
}

// visit walks down to the leaves, and at alternatives down the closest branch.
func (e *explainer) visit(failure *jsonschema.ValidationError) {
	s, keyword := e.origin(failure)
	if keyword == "" && s != nil && s.parent != nil && s.parent.not == s {
		s, keyword = s.parent, "not"
	}
	if len(failure.Causes) == 0 {
		e.complaints = append(e.complaints, schemaError{path: tokensOf(failure.InstanceLocation), keyword: keyword, schema: s, message: failure.Message})
		return
	}
	causes := failure.Causes
	if keyword == "anyOf" || keyword == "oneOf" {
		if e.discriminate(failure, s, keyword) {
			return
		}
		causes = closest(causes)
	}
	if branch := branchOf(s, keyword, failure, causes[0]); branch != nil {
		e.failed = append(e.failed, failedBranch{failure.InstanceLocation, branch})
	}
	for _, cause := range causes {
		e.visit(cause)
	}
}

// branchOf returns the schema for the same place whose failure a failure
// reports: an alternative, a part of allOf, the target of $ref, then or else.
func branchOf(s *schema, keyword string, failure, cause *jsonschema.ValidationError) *schema {
	if s == nil {
		return nil
	}
	switch keyword {
	case "anyOf", "oneOf":
		// The cause may be a leaf far below, or in $defs; but the way to it
		// begins with the number of the branch.
		way := strings.TrimPrefix(cause.KeywordLocation, failure.KeywordLocation+"/")
		number, _, _ := strings.Cut(way, "/")
		list := s.anyOf
		if keyword == "oneOf" {
			list = s.oneOf
		}
		if i, ok := document.Index(number); ok && i < len(list) {
			return list[i]
		}
	case "$ref":
		return s.target
	case "then":
		return s.then
	case "else":
		return s.otherwise
	case "":
		if s.parent != nil && slices.Contains(s.parent.allOf, s) {
			return s
		}
	}
	return nil
}

// origin returns the schema that an error came from, and the keyword in it.
func (e *explainer) origin(failure *jsonschema.ValidationError) (*schema, string) {
	_, fragment, _ := strings.Cut(failure.AbsoluteKeywordLocation, "#")
	pointer := unescapeFragment(strings.TrimSuffix(fragment, "/"))
	if s := e.schemas[pointer]; s != nil {
		return s, ""
	}
	parent, keyword := cutLast(pointer)
	if s := e.schemas[parent]; s != nil {
		return s, keyword
	}
	// allOf/0 and the like stand two steps below their schema.
	parent, keyword = cutLast(parent)
	return e.schemas[parent], keyword
}

func cutLast(pointer string) (before, last string) {
	i := strings.LastIndexByte(pointer, '/')
	if i < 0 {
		return "", pointer
	}
	return pointer[:i], pointer[i+1:]
}

// discriminate complains once where every branch expects another word at the
// same place, instead of once for each branch.
func (e *explainer) discriminate(failure *jsonschema.ValidationError, s *schema, keyword string) bool {
	var merged *schemaError
	values := &schema{parent: s}
	for _, cause := range failure.Causes {
		leaf := cause
		for len(leaf.Causes) > 0 {
			leaf = closest(leaf.Causes)[0]
			for _, other := range cause.Causes {
				if at, word := e.origin(other); at != nil && (word == "const" || word == "enum") && len(at.discriminators) > 0 {
					leaf = other
				}
			}
		}
		at, word := e.origin(leaf)
		if at == nil || word != "const" && word != "enum" || len(at.discriminators) == 0 {
			return false
		}
		path := tokensOf(leaf.InstanceLocation)
		if merged != nil && !slices.Equal(merged.path, path) {
			return false
		}
		merged = &schemaError{path: path, keyword: "enum", schema: values}
		values.discriminators = append(values.discriminators, at.discriminators...)
	}
	if merged == nil || keyword == "anyOf" && len(failure.Causes) < 2 {
		return false
	}
	for _, branch := range slices.Concat(s.anyOf, s.oneOf) {
		e.failed = append(e.failed, failedBranch{failure.InstanceLocation, branch})
	}
	e.complaints = append(e.complaints, *merged)
	return true
}

// closest returns the causes of the branch that nearly fits: the one that
// fails at no discriminator, and of those the one with the fewest leaves.
func closest(causes []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	bestCause, bestScore := causes[0], int(^uint(0)>>1)
	for _, cause := range sortedCauses(causes) {
		const foreign = 1000 // a branch for another kind
		score := 0
		walkLeaves(cause, func(leaf *jsonschema.ValidationError) {
			score += weight(leaf)
			if strings.HasSuffix(leaf.AbsoluteKeywordLocation, "/const") || strings.HasSuffix(leaf.AbsoluteKeywordLocation, "/enum") {
				score += foreign
			}
		})
		if score < bestScore {
			bestCause, bestScore = cause, score
		}
	}
	return []*jsonschema.ValidationError{bestCause}
}

// weight is how many things a leaf complains about: v5 names all missing keys
// of an object at once.
func weight(leaf *jsonschema.ValidationError) int {
	if strings.HasSuffix(leaf.AbsoluteKeywordLocation, "/required") {
		return strings.Count(leaf.Message, ", ") + 1
	}
	return 1
}

// sortedCauses orders causes by place in the schema; v5's order is random.
func sortedCauses(causes []*jsonschema.ValidationError) []*jsonschema.ValidationError {
	return slices.SortedFunc(slices.Values(causes), func(a, b *jsonschema.ValidationError) int {
		return strings.Compare(a.AbsoluteKeywordLocation, b.AbsoluteKeywordLocation)
	})
}

func walkLeaves(failure *jsonschema.ValidationError, visit func(*jsonschema.ValidationError)) {
	if len(failure.Causes) == 0 {
		visit(failure)
	}
	for _, cause := range failure.Causes {
		walkLeaves(cause, visit)
	}
}

// rootCauses drops the complaints that only follow from another. What has the
// wrong type has none of the keys that tell forms apart; and v5 takes no key as
// evaluated by a branch that failed, so every key of such a branch comes back
// as unknown.
func (e *explainer) rootCauses() []schemaError {
	branches := map[string][]*schema{}
	for _, f := range e.failed {
		place := document.Pointer(tokensOf(f.place)...)
		branches[place] = append(branches[place], f.branch)
	}
	mistyped := map[string]bool{}
	for _, c := range e.complaints {
		mistyped[document.Pointer(c.path...)] = mistyped[document.Pointer(c.path...)] || c.keyword == "type"
	}
	return slices.DeleteFunc(e.complaints, func(c schemaError) bool {
		if c.keyword == "not" && mistyped[document.Pointer(c.path...)] {
			return true
		}
		if c.keyword != "unevaluatedProperties" || len(c.path) == 0 {
			return false
		}
		place, key := document.Pointer(c.path[:len(c.path)-1]...), c.path[len(c.path)-1]
		return slices.ContainsFunc(branches[place], func(branch *schema) bool { return len(branch.property(key)) > 0 })
	})
}

// findings words the complaints: one finding for each, and one for each key
// that is missing.
func (c schemaError) findings(body *document.Node, pass webhook.Level) []webhook.Finding {
	f := webhook.Finding{Level: webhook.LevelError, Rule: c.keyword, Pointer: document.Pointer(c.path...), Expected: MaskPhones(c.message)}
	if c.schema != nil {
		f.Document = c.schema.provenance()
	}
	found := body.At(c.path)
	if found != nil {
		f.Found = describe(found)
	}
	switch {
	case c.keyword == "unevaluatedProperties":
		c.unknownField(&f)
	case pass == webhook.LevelDrift && c.keyword == "enum" && c.schema != nil && len(c.schema.discriminators) == 0:
		f.Level, f.Rule = webhook.LevelDrift, webhook.RuleUnlistedValue
		f.Expected, f.Hint = c.expectWords(c.schema.known, found)
	case c.keyword == "const" || c.keyword == "enum":
		f.Expected, f.Hint = c.expectWords(c.schema.discriminators, found)
	case c.keyword == webhook.RulePlaceholder:
		f.Rule, f.Hint = webhook.RulePlaceholder, "this is the document's notation, not a value"
		f.Expected, _ = c.expectWords(slices.Concat(c.schema.discriminators, c.schema.known), found)
	case c.keyword == "type":
		f.Expected = strings.Join(c.schema.types, " or ")
	case c.keyword == "required":
		return c.missing(f, found)
	case c.keyword == "not":
		f.Expected = "something else"
		if keys := c.schema.notKeys(); len(keys) > 0 {
			f.Expected = "no key " + strings.Join(keys, " or ")
		}
	}
	return []webhook.Finding{f}
}

func (c schemaError) expectWords(values []document.Node, found *document.Node) (expected, hint string) {
	words := wordsOf(values)
	if found != nil && found.Kind == document.String {
		hint = suggest.Hint(found.Text, words)
	}
	return oneOfWords(words), hint
}

func (c schemaError) unknownField(f *webhook.Finding) {
	f.Level, f.Rule = webhook.LevelDrift, webhook.RuleUnknownField
	f.Expected = "no such key"
	if c.schema != nil && len(c.path) > 0 {
		key := c.path[len(c.path)-1]
		f.Hint = suggest.Hint(key, slices.DeleteFunc(c.schema.keys(), func(known string) bool { return known == key }))
	}
}

// missing makes a finding for each required key that is not there.
func (c schemaError) missing(f webhook.Finding, object *document.Node) []webhook.Finding {
	var findings []webhook.Finding
	for _, key := range c.schema.required {
		if object.Get(key) != nil {
			continue
		}
		one := f
		one.Pointer = document.Pointer(append(slices.Clip(c.path), key)...)
		one.Found, one.Expected = "nothing", "the key "+document.Quote(key)
		if object != nil {
			known := c.schema.keys()
			strangers := slices.DeleteFunc(object.Keys(), func(k string) bool { return slices.Contains(known, k) })
			if near := suggest.Word(key, strangers); near != "" {
				one.Hint = "the body has " + document.Quote(near)
			}
		}
		if c.schema.variant != "" && one.Hint == "" {
			one.Hint = "as in the form " + document.Quote(c.schema.variant)
		}
		findings = append(findings, one)
	}
	return findings
}

// notKeys lists the keys that the schema's not forbids.
func (s *schema) notKeys() []string {
	var keys []string
	s.not.sometimes(func(a *schema) {
		for _, key := range a.required {
			keys = append(keys, document.Quote(key))
		}
	})
	return keys
}

// tokensOf splits a location of v5, which escapes tokens for URLs.
func tokensOf(location string) []string {
	tokens := document.Tokens(unescapeFragment(location))
	for i, token := range tokens {
		if token == emptyKey {
			tokens[i] = ""
		}
	}
	return tokens
}

func unescapeFragment(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}
