//go:build !unix

package main

import "os"

// peakMemory isn't known here.
func peakMemory(*os.ProcessState) float64 { return 0 }
