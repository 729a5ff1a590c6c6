package schemas

import (
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/ringback-dev/ringback/webhook"
)

// isPlaceholder reports whether a text is the document's notation come back as
// a value: a choice ("sent|delivered") or one of its placeholder words.
func isPlaceholder(text string, words []string) bool {
	return strings.Contains(text, "|") || slices.Contains(words, text)
}

// placeholderCompiler makes v5 refuse placeholders at discriminators and at
// fields with known values, in the same pass as everything else.
type placeholderCompiler struct{ words []string }

// Compile implements jsonschema.ExtCompiler.
func (c placeholderCompiler) Compile(_ jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	for _, key := range []string{"x-extensible-enum", "const", "enum"} {
		if _, ok := m[key]; ok {
			return placeholderCheck(c), nil
		}
	}
	return nil, nil
}

type placeholderCheck struct{ words []string }

// Validate implements jsonschema.ExtSchema.
func (c placeholderCheck) Validate(ctx jsonschema.ValidationContext, v any) error {
	if text, ok := v.(string); ok && isPlaceholder(text, c.words) {
		return ctx.Error(webhook.RulePlaceholder, "placeholder of the document")
	}
	return nil
}
