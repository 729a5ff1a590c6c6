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

// showVersion gives the root --version, which says what an issue report has to.
func showVersion(root *cobra.Command) {
	root.Version = cmp.Or(version(), "without a version")
	root.SetVersionTemplate(fmt.Sprintf("ringback {{.Version}}, %s, %s/%s\n", runtime.Version(), runtime.GOOS, runtime.GOARCH))
	root.InitDefaultVersionFlag()
	root.Flags().Lookup("version").Usage = "show the version of this build"
}
