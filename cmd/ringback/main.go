// Command ringback plays the provider: it sends your application the webhooks
// that messaging providers would send, and judges those that real ones sent.
//
// internal/cli/root has the tree of the commands, and internal/cli/<command> each command.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// largestHeap is the soft limit of memory in bytes: input of any size is judged
// within 128 MiB.
const largestHeap = 100 << 20

// stamp is the version that a build was given, by -ldflags "-X main.stamp=v1.2.3".
var stamp string

func main() {
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), largestHeap))
	os.Exit(mainWithSignals(stamp))
}

func mainWithSignals(stamp string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return runCommand(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}, stamp)
}
