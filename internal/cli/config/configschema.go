package config

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
)

// newSchemaCommand makes config schema, which has no flags.
func newSchemaCommand(f *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of ringback.yaml, for editors",
		Example: "  ringback config schema >ringback.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := json.MarshalIndent(settings.Schema(c.Root()), "", "  ")
			if err != nil {
				return err
			}
			_, err = f.Out.Write(append(text, '\n'))
			return cli.WriteError(err)
		},
	}
}
