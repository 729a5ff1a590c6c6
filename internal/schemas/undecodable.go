package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

// Oversized is the verdict on a body that was too large to be kept: it has
// bytes bytes in all.
func Oversized(bytes int64) webhook.Item {
	return webhook.Item{Verdict: limitVerdict(fmt.Sprintf("body has %d bytes; the limit is %d", bytes, document.BodyLimits().Bytes), 0, 0)}
}

// Unreadable is the verdict on something that isn't a body, for example a record of a tape that
// can't be read.
func Unreadable(message string) webhook.Item {
	return webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelError, Candidates: []string{}, Findings: []webhook.Finding{{
		Level: webhook.LevelError, Rule: webhook.RuleSyntax, Line: 1, Column: 1, Found: MaskPhones(message), Expected: "a captured body",
	}}}}
}

// undecodable is the verdict on a body that isn't JSON or exceeds a limit.
func undecodable(body []byte, err error) webhook.Verdict {
	if limit, ok := errors.AsType[*document.LimitError](err); ok {
		line, column := document.Position(body, limit.Offset)
		return limitVerdict(limit.Message, line, column)
	}
	if mismatch, ok := errors.AsType[*request.MismatchError](err); ok {
		finding := webhook.Finding{Level: webhook.LevelError, Rule: "required", Pointer: document.Pointer(mismatch.Place...), Found: MaskPhones(mismatch.Found), Expected: mismatch.Expected}
		finding.Line, finding.Column = document.Position(body, mismatch.Offset)
		return webhook.Verdict{Level: webhook.LevelError, Candidates: []string{}, Findings: []webhook.Finding{finding}}
	}
	finding := webhook.Finding{Level: webhook.LevelError, Rule: webhook.RuleSyntax, Found: MaskPhones(err.Error()), Expected: "JSON", Document: "RFC 8259"}
	if document.IsForm(bytes.TrimSpace(body)) {
		finding.Expected, finding.Document = "a form (application/x-www-form-urlencoded) in UTF-8", "WHATWG URL"
	}
	if syntax, ok := errors.AsType[*document.SyntaxError](err); ok {
		finding.Line, finding.Column = document.Position(body, syntax.Offset)
	}
	finding.Hint = syntaxHint(body)
	return webhook.Verdict{Level: webhook.LevelError, Candidates: []string{}, Findings: []webhook.Finding{finding}}
}

// syntaxHint guesses the format of a body that isn't JSON.
func syntaxHint(body []byte) string {
	text := strings.TrimSpace(string(body[:min(len(body), 200)]))
	switch {
	case text == "":
		return "the body is empty"
	case strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff") || len(text) > 1 && text[1] == 0:
		return "it looks like UTF-16; webhooks are UTF-8"
	case strings.HasPrefix(text, "<"):
		return "it looks like HTML or XML"
	case strings.HasPrefix(text, "\x1f\x8b"):
		return "it looks like gzip; decompress it first"
	}
	return ""
}

func limitVerdict(message string, line, column int) webhook.Verdict {
	return webhook.Verdict{Level: webhook.LevelInconclusive, Candidates: []string{}, Findings: []webhook.Finding{{
		Level: webhook.LevelInconclusive, Rule: webhook.RuleLimit, Line: line, Column: column, Found: message,
		Expected: "a body that can be validated in bounded time and memory",
	}}}
}

// maxMatched limits, in bytes, the strings of a body that are matched with a pattern.
const maxMatched = 64 << 10

// maxText is the length of the longest string, in bytes.
func maxText(n *document.Node) int {
	longest := len(n.Text)
	for i := range n.Items {
		longest = max(longest, maxText(&n.Items[i]))
	}
	for i := range n.Members {
		longest = max(longest, maxText(&n.Members[i].Value))
	}
	return longest
}
