package cli

import (
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// Progress shows how far a long run is, on a terminal that can redraw a line.
type Progress struct {
	Out       io.Writer // nil off a terminal
	total     int64     // bytes, 0 if unknown
	bytes     atomic.Int64
	items     int
	startedAt time.Time
	Shown     time.Time
}

func NewProgress(out io.Writer, paths []string) *Progress {
	now := time.Now()
	p := &Progress{startedAt: now, Shown: now}
	if !IsTerminal(out) || isDumb() {
		return p
	}
	p.Out = out
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

// Read counts bytes; it is called by the reader, on its own goroutine.
func (p *Progress) Read(n int64) { p.bytes.Add(n) }

// Validated counts items, and shows a line five times a second.
func (p *Progress) Validated(n int) {
	p.items += n
	p.Show(func() string { return progressLine(p.items, p.bytes.Load(), p.total, p.Shown.Sub(p.startedAt)) })
}

// Show puts a line in place of the one before, five times a second.
func (p *Progress) Show(line func() string) {
	if p.Out == nil || time.Since(p.Shown) < 200*time.Millisecond {
		return
	}
	p.Shown = time.Now()
	fmt.Fprint(p.Out, "\r\x1b[K"+line())
}

func (p *Progress) Clear() {
	if p.Out != nil && p.Shown.After(p.startedAt) {
		fmt.Fprint(p.Out, "\r\x1b[K")
	}
}

// progressLine is the progress of a run: items, bytes of all, and the rate.
func progressLine(items int, bytes, total int64, elapsed time.Duration) string {
	line := fmt.Sprintf("%d validated, %s", items, Size(bytes))
	if total > 0 {
		line += fmt.Sprintf(" of %s (%d %%)", Size(total), 100*min(bytes, total)/total)
	}
	if seconds := elapsed.Seconds(); seconds >= 1 {
		line += fmt.Sprintf(", %.0f/s", float64(items)/seconds)
	}
	return line
}

// Size formats a number of bytes.
func Size(bytes int64) string {
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
