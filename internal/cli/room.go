package cli

import (
	"os"
	"runtime/debug"
)

// Soft limits of memory in bytes. Within maxMemory, a command validates input of any size in
// 128 MiB. A server may use maxServerMemory: ten thousand consumers that don't respond fit in.
const (
	maxMemory       = 100 << 20
	maxServerMemory = 360 << 20
)

// gcPercent lets the heap grow by this percentage before it is collected, within the limit of
// memory: most of what stays is the catalog, which needn't be scanned at every few thousand
// webhooks. A short command ends before its first collection.
const gcPercent = 400

// LimitMemory sets how much memory this process uses. GOGC and GOMEMLIMIT take precedence.
func LimitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	debug.SetMemoryLimit(min(debug.SetMemoryLimit(-1), maxMemory))
}

// RaiseMemoryLimit allows this process the memory of a server, until undo. GOMEMLIMIT takes
// precedence.
func RaiseMemoryLimit() (undo func()) {
	if os.Getenv("GOMEMLIMIT") != "" {
		return func() {}
	}
	limit := debug.SetMemoryLimit(maxServerMemory)
	return func() { debug.SetMemoryLimit(limit) }
}
