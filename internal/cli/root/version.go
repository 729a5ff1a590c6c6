package root

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
)

// version is the version of the build: its stamp, or that of its module; "" without both.
func version(stamp string) string {
	if info, ok := debug.ReadBuildInfo(); ok && stamp == "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return stamp
}

// showVersion gives the root --version.
func showVersion(root *cobra.Command, set *cli.Factory) {
	root.Version = cmp.Or(set.Version, unversioned)
	root.SetVersionTemplate(versionText(set) + "\n")
	root.InitDefaultVersionFlag()
	root.Flags().Lookup("version").Usage = "print the version"
}

// unversioned is printed for a build without a version.
const unversioned = "(devel)"

// versionText describes a build, for issue reports.
func versionText(set *cli.Factory) string {
	return fmt.Sprintf("ringback %s, %s, %s/%s", cmp.Or(set.Version, unversioned), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// newVersion does what --version does, and reads no settings, so that a wrong file
// hides no version.
func newVersion(set *cli.Factory) *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Example:           "  ringback version",
		Args:              cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(set.Out, versionText(set))
			return cli.WriteError(err)
		},
	}
}
