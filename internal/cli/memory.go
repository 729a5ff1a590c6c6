package cli

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// maxMemory is the soft limit of memory in bytes, within which a command validates input of any
// size in 128 MiB. A server has its own; see [Memory].
const maxMemory = 100 << 20

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

// LimitGarbage lets the heap grow by half as much before it is collected, until undo. It is for a
// command that reads input of any size: such a command collects garbage anyway, and takes a third
// less memory for nearly the same CPU time. GOGC takes precedence.
func LimitGarbage() (undo func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(gcPercent / 2)
	return func() { debug.SetGCPercent(before) }
}

// What a server's process takes without any load.
const (
	// code are the pages of the binary, which the limit of the runtime doesn't count.
	code = 20 << 20
	// loaded is the shipped catalog and what the server keeps of it.
	loaded = 16 << 20
	// minMemory leaves a small journal.
	minMemory = 56 << 20
)

// A Memory is a budget for the memory of a server's process, in bytes.
type Memory int64

// ParseMemory reads "64MiB" or "1GiB".
func ParseMemory(text string) (Memory, error) {
	for suffix, unit := range map[string]int64{"MiB": 1 << 20, "GiB": 1 << 30} {
		number, ok := strings.CutSuffix(text, suffix)
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
		switch {
		case !ok || err != nil || n < 0:
			continue
		case n*unit < minMemory:
			return 0, fmt.Errorf("read --memory: %s is too small; use %d MiB or more", text, minMemory>>20)
		}
		return Memory(n * unit), nil
	}
	return 0, fmt.Errorf("read --memory: %q is not a size; use a number of MiB or GiB (for example 128MiB)", text)
}

// limit is what the runtime may use.
func (m Memory) limit() int64 { return int64(m) - code }

// Journal is the part for the journal: a sixth of what load may take. Runs in progress and
// messages may take another, and the rest is garbage: with less of it, collecting it would
// take most of the CPU time.
func (m Memory) Journal() int64 { return (m.limit() - loaded) / 6 }

// Entries is how many entries the journal may have: one for each KiB of it, and at least 10,000.
func (m Memory) Entries() int { return max(10_000, int(m.Journal()>>10)) }

// Apply lets this process have the memory, until undo. GOGC and GOMEMLIMIT have the last
// word.
func (m Memory) Apply() (undo func()) {
	const percent = 100
	before, limit := -1, int64(-1)
	if os.Getenv("GOGC") == "" {
		before = debug.SetGCPercent(percent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limit = debug.SetMemoryLimit(m.limit())
	}
	return func() {
		if before >= 0 {
			debug.SetGCPercent(before)
		}
		debug.SetMemoryLimit(limit) // less than 0 changes nothing
	}
}
