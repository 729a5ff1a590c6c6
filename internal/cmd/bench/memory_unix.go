//go:build unix

package main

import (
	"os"
	"runtime"
	"syscall"
)

// peakMemory is the peak resident memory of an ended process in MiB.
func peakMemory(s *os.ProcessState) float64 {
	usage, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return float64(usage.Maxrss) / (1 << 20)
	}
	return float64(usage.Maxrss) / (1 << 10)
}
