// Command ringback plays the provider: it sends your application the webhooks
// that messaging providers would send, and validates those that real ones sent.
//
// internal/cli/root has the tree of the commands, and internal/cli/<command> each command.
package main

import (
	"os"

	"github.com/ringback-dev/ringback/internal/cli/root"
)

// stamp is the version that a build was given, by -ldflags "-X main.stamp=v1.2.3".
var stamp string

func main() { os.Exit(root.Main(stamp)) }
