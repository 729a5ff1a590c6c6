// Command ringback plays the provider: it sends your application the webhooks
// that messaging providers would send, and judges those that real ones sent.
//
// Each subcommand stands in a file of its own; run in root.go is where to
// start reading.
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

func main() {
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), largestHeap))
	os.Exit(mainWithSignals())
}

func mainWithSignals() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
}
