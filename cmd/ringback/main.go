// Command ringback plays the provider: it sends your application the webhooks
// that messaging providers would send, and validates those that real ones sent.
//
// internal/cli/root has the tree of the commands, and internal/cli/<command> each command.
package main

import (
	"os"
	"runtime/debug"

	"github.com/ringback-dev/ringback/internal/cli/root"
)

// largestHeap is the soft limit of memory in bytes: input of any size is validated
// within 128 MiB.
const largestHeap = 100 << 20

// stamp is the version that a build was given, by -ldflags "-X main.stamp=v1.2.3".
var stamp string

func main() {
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), largestHeap))
	os.Exit(root.Main(stamp))
}
