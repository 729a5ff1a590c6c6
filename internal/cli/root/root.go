// Package root has the tree of the commands, help and completion.
package root

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/catalog"
	"github.com/ringback-dev/ringback/internal/cli/config"
	"github.com/ringback-dev/ringback/internal/cli/coverage"
	"github.com/ringback-dev/ringback/internal/cli/demo"
	"github.com/ringback-dev/ringback/internal/cli/grade"
	"github.com/ringback-dev/ringback/internal/cli/healthcheck"
	"github.com/ringback-dev/ringback/internal/cli/magic"
	"github.com/ringback-dev/ringback/internal/cli/play"
	"github.com/ringback-dev/ringback/internal/cli/provider"
	"github.com/ringback-dev/ringback/internal/cli/scenario"
	"github.com/ringback-dev/ringback/internal/cli/serve"
	"github.com/ringback-dev/ringback/internal/cli/settings"
	"github.com/ringback-dev/ringback/internal/cli/validate"
)

// Run runs a command line and returns its exit code. The stamp is the version of
// the build; "" takes that of the module.
func Run(ctx context.Context, args []string, s cli.Streams, stamp string) int {
	root := NewCommand(&cli.Factory{Streams: s, Version: version(stamp)})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var e cli.ExitError
	served := errors.As(err, &e) && e == cli.ErrServed
	if ctx.Err() != nil && !served {
		return cli.ExitInterrupted
	}
	if err == nil || served {
		return cli.ExitOK
	}
	code := cli.ExitUsage
	if errors.As(err, &e) {
		code = e.Code
	}
	cli.PrintError(s.Err, err)
	return code
}

// NewCommand returns the command ringback with all its commands.
func NewCommand(set *cli.Factory) *cobra.Command {
	s := set.Streams
	root := cli.Group(&cobra.Command{
		Use:   "ringback",
		Short: "Play and validate the webhooks of messaging providers",
		Long: "Ringback plays the provider: a webhook mock server and contract-test harness\n" +
			"for messaging webhooks (WhatsApp, RCS, SMS, Viber, voice).",
		Example: "  ringback demo\n" +
			"  ringback grade --to http://127.0.0.1:3000/webhooks\n" +
			"  ringback serve --to http://127.0.0.1:3000/webhooks --speed 60x\n" +
			"  ringback validate captured.ndjson",
		SilenceUsage:  true,
		SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			return settings.Apply(c, os.LookupEnv)
		},
	}, demo.NewCommand(set, nil), play.NewPlayCommand(set, nil), play.NewEmitCommand(set, nil), play.NewReplayCommand(set, nil), play.NewPlanCommand(set, nil), scenario.NewCommand(set),
		grade.NewCommand(set, nil), coverage.NewCommand(set, nil), serve.NewCommand(set, nil), serve.NewTailCommand(set, nil), magic.NewCommand(set, nil), healthcheck.NewCommand(set, nil), validate.NewListenCommand(set, nil), validate.NewCommand(set, nil), catalog.NewCommand(set), provider.NewCommand(set),
		config.NewCommand(set), newVersion(set), newCompletion(s))
	root.SetHelpCommand(newHelp())
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { _ = helpPage(c.OutOrStdout(), c) }) // cobra ignores errors here
	root.SetUsageFunc(func(c *cobra.Command) error { return usagePage(c.OutOrStderr(), c) })
	showVersion(root, set)
	root.SetFlagErrorFunc(cli.FlagError)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.PersistentFlags().String("config", cli.DefaultConfig, "read settings from this `FILE`; empty turns it off")
	root.PersistentFlags().StringArrayVar(&set.Schemas, "schemas", nil,
		"load more providers from this `DIR` (repeatable)")
	complete(root, set, valuesOfFlags())
	return root
}
