package settings

import (
	"reflect"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/cli"
)

// Schema describes ringback.yaml as far as a schema can: it takes all
// that the file may contain, and rejects unknown names and wrong kinds.
func Schema(root *cobra.Command) map[string]any {
	schema := commandSchema(root)
	schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	schema["title"] = "ringback.yaml"
	schema["description"] = "Settings of Ringback: docs/config.md."
	schema["$defs"] = textSchemas()
	return schema
}

// commandSchema describes the mapping under a command's name. A name that has
// several meanings there may be any of them.
func commandSchema(c *cobra.Command) map[string]any {
	meanings := map[string][]any{}
	add := func(name string, meaning map[string]any) {
		for _, known := range meanings[name] {
			if reflect.DeepEqual(known, meaning) {
				return
			}
		}
		meanings[name] = append(meanings[name], meaning)
	}
	for _, s := range Of(c) {
		add(s.Flag.Name, flagSchema(s.Flag))
	}
	for _, b := range Below(c) {
		add(b.Name(), commandSchema(b))
	}
	properties := map[string]any{}
	for name, several := range meanings {
		if properties[name] = several[0]; len(several) > 1 {
			properties[name] = map[string]any{"anyOf": several}
		}
	}
	return map[string]any{"description": c.Short, "type": "object", "additionalProperties": false, "properties": properties}
}

func flagSchema(f *pflag.Flag) map[string]any {
	schema := map[string]any{"description": strings.ReplaceAll(f.Usage, "`", "")}
	switch few, ok := f.Value.(*cli.EnumFlag); {
	case ok:
		schema["enum"] = few.Words
	case repeatable(f):
		schema["$ref"] = "#/$defs/texts"
	case f.Value.Type() == "bool":
		schema["type"] = "boolean"
	case f.Value.Type() == "int":
		schema["type"] = "integer"
	default:
		schema["$ref"] = "#/$defs/text"
	}
	return schema
}

// textSchemas are the kinds of texts that flagSchema refers to: one may be
// written as a number, and a repeatable flag takes one or a list.
func textSchemas() map[string]any {
	text := map[string]any{"$ref": "#/$defs/text"}
	return map[string]any{
		"text":  map[string]any{"type": []string{"string", "number"}},
		"texts": map[string]any{"anyOf": []any{text, map[string]any{"type": "array", "items": text}}},
	}
}
