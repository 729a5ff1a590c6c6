package root

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/ringback-dev/ringback/internal/cli"
)

// Main runs the command line of this process, until an interrupt at the latest, and
// returns the exit code. The stamp is the version of the build; "" is that of the module.
func Main(stamp string) int {
	cli.LimitMemory()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return Run(ctx, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}, stamp)
}
