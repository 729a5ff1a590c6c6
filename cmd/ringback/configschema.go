package main

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newConfigSchema(s streams) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of ringback.yaml, for editors",
		Example: "  ringback config schema >ringback.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := json.MarshalIndent(configSchema(c.Root()), "", "  ")
			if err != nil {
				return err
			}
			_, err = s.out.Write(append(text, '\n'))
			return written(err)
		},
	}
}

// configSchema describes ringback.yaml as far as a schema can: it takes all
// that the file may say, and refuses unknown names and wrong kinds.
func configSchema(root *cobra.Command) map[string]any {
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
	for _, s := range settingsOf(c) {
		add(s.flag.Name, flagSchema(s.flag))
	}
	for _, b := range below(c) {
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
	switch few, ok := f.Value.(*enumFlag); {
	case ok:
		schema["enum"] = few.words
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
