package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// A testingBenchmark is a benchmark of package testing that measures a reference too, in turns with
// ours, and reports the ratio.
type testingBenchmark struct {
	folder, pattern string
	// ratio and ours are the units of two metrics: the ratio, and what ours takes in nanoseconds.
	ratio, ours string
	// inverse: the ratio is reference by ours, and ours are events per second.
	inverse bool
}

// generateWork compares the generator with a plain walk of the schemas with gofakeit.
func (b *bench) generateWork() work {
	return b.testingWork("generate, against gofakeit", testingBenchmark{"internal/generator", "Generate", "naive/ours", "ours/s", true})
}

// testingWork runs a benchmark of package testing. Its binary is built once.
func (b *bench) testingWork(name string, t testingBenchmark) work {
	return work{name: name, unit: "µs", once: func(ctx context.Context) (measured, error) {
		binary := b.input(filepath.Base(t.folder) + ".test")
		folder := filepath.Join(b.repository, t.folder)
		if _, err := os.Stat(binary); err != nil {
			c := exec.CommandContext(ctx, "go", "test", "-c", "-o", binary, "./"+t.folder)
			c.Dir = b.repository
			if out, err := c.CombinedOutput(); err != nil {
				return measured{}, fmt.Errorf("build the tests of %s: %w: %s", t.folder, err, out)
			}
		}
		c := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.bench="+t.pattern, "-test.benchtime=2x")
		c.Dir = folder
		var out bytes.Buffer
		c.Stdout = &out
		if err := c.Run(); err != nil {
			return measured{}, fmt.Errorf("run %s: %w: %s", t.pattern, err, lastLine(out.String()))
		}
		p, err := t.read(out.String())
		return measured{pair: p}, err
	}}
}

// read reads what the benchmark printed, as microseconds.
func (t testingBenchmark) read(out string) (pair, error) {
	ratio, ours := metric(out, t.ratio), metric(out, t.ours)
	if ratio == 0 || ours == 0 {
		return pair{}, fmt.Errorf("read the output of %s: want the metrics %s and %s", t.pattern, t.ratio, t.ours)
	}
	if t.inverse {
		each := 1e6 / ours
		return pair{each, each * ratio}, nil
	}
	return pair{ours / 1e3, ours / 1e3 / ratio}, nil
}

// metric is the value before a unit, 0 if it isn't there.
func metric(out, unit string) float64 {
	words := strings.Fields(out)
	for i, word := range words {
		if word == unit && i > 0 {
			v, _ := strconv.ParseFloat(words[i-1], 64)
			return v
		}
	}
	return 0
}
