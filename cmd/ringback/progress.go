package main

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// Progress shows how far a long run is, on a terminal that can redraw a line.
type progress struct {
	out       io.Writer // nil off a terminal
	total     int64     // bytes, 0 if unknown
	bytes     atomic.Int64
	items     int
	startedAt time.Time
	shown     time.Time
}

func newProgress(out io.Writer, paths []string) *progress {
	now := time.Now()
	p := &progress{startedAt: now, shown: now}
	if !isTerminal(out) || isDumb() {
		return p
	}
	p.out = out
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			p.total = 0
			break
		}
		p.total += info.Size()
	}
	return p
}

// read counts bytes; it is called by the reader, on its own goroutine.
func (p *progress) read(n int64) { p.bytes.Add(n) }

// judged counts items, and shows a line five times a second.
func (p *progress) validated(n int) {
	p.items += n
	p.show(func() string { return progressLine(p.items, p.bytes.Load(), p.total, p.shown.Sub(p.startedAt)) })
}

// show puts a line in place of the one before, five times a second.
func (p *progress) show(line func() string) {
	if p.out == nil || time.Since(p.shown) < 200*time.Millisecond {
		return
	}
	p.shown = time.Now()
	fmt.Fprint(p.out, "\r\x1b[K"+line())
}

func (p *progress) clear() {
	if p.out != nil && p.shown.After(p.startedAt) {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// progressLine words how far a run is: items, bytes of all, and the rate.
func progressLine(items int, bytes, total int64, elapsed time.Duration) string {
	line := fmt.Sprintf("%d judged, %s", items, size(bytes))
	if total > 0 {
		line += fmt.Sprintf(" of %s (%d %%)", size(total), 100*min(bytes, total)/total)
	}
	if seconds := elapsed.Seconds(); seconds >= 1 {
		line += fmt.Sprintf(", %.0f/s", float64(items)/seconds)
	}
	return line
}

// size words a number of bytes.
func size(bytes int64) string {
	const unit = 1024
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	value, prefix := float64(bytes), 0
	for value >= unit-0.05 && prefix < 4 { // what would be printed as 1024.0
		value, prefix = value/unit, prefix+1
	}
	return fmt.Sprintf("%.1f %ciB", value, "?KMGT"[prefix])
}
