package cli

import (
	"os"
	"runtime/debug"
)

// largestServer is the soft limit of a server's memory in bytes. Ten thousand
// consumers that do not respond fit in; within largestHeap, which is for commands
// that come to an end, they would not.
const largestServer = 360 << 20

// RaiseMemoryLimit lets this process have the memory of a server, until undo. GOGC and
// GOMEMLIMIT have the last word.
func RaiseMemoryLimit() (undo func()) {
	percent, limit := -1, int64(-1)
	if os.Getenv("GOGC") == "" {
		percent = debug.SetGCPercent(GCPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limit = debug.SetMemoryLimit(largestServer)
	}
	return func() {
		if percent >= 0 {
			debug.SetGCPercent(percent)
		}
		debug.SetMemoryLimit(limit) // less than 0 changes nothing
	}
}

// GCPercent lets the heap of a run grow to so many percent before it is
// collected, within largestHeap: most of what lives is the catalog, which need
// not be looked through at every few thousand webhooks. GOGC has the last word.
const GCPercent = 400
