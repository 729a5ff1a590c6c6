package main

import (
	"os"
	"runtime/debug"
)

// largestServer is the soft limit of a server's memory in bytes. Ten thousand
// consumers that do not answer fit in; within largestHeap, which is for commands
// that come to an end, they would not.
const largestServer = 360 << 20

// raiseMemoryLimit lets this process have the memory of a server, until undo. GOGC and
// GOMEMLIMIT have the last word.
func raiseMemoryLimit() (undo func()) {
	percent, limit := -1, int64(-1)
	if os.Getenv("GOGC") == "" {
		percent = debug.SetGCPercent(gcPercent)
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
