package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// stamp is the version that a build was given, by -ldflags "-X main.stamp=v1.2.3".
var stamp string

// version is that of the build; "" of one that has none.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && stamp == "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return stamp
}

// showVersion gives the root --version.
func showVersion(root *cobra.Command) {
	root.Version = cmp.Or(version(), unversioned)
	root.SetVersionTemplate(versionText() + "\n")
	root.InitDefaultVersionFlag()
	root.Flags().Lookup("version").Usage = "print the version"
}

// unversioned stands for the version of a build that has none.
const unversioned = "(devel)"

// versionText is what an issue report has to say of a build.
func versionText() string {
	return fmt.Sprintf("ringback %s, %s, %s/%s", cmp.Or(version(), unversioned), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// newVersion does what --version does, and reads no settings, so that a wrong file
// hides no version.
func newVersion(s streams) *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Example:           "  ringback version",
		Args:              cobra.NoArgs,
		PersistentPreRunE: func(*cobra.Command, []string) error { return nil },
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.out, versionText())
			return written(err)
		},
	}
}
