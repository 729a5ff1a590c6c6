package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// A sizes is how much of each work is done.
type sizes struct {
	mib           float64 // of each input of validate
	conversations int     // that play plays
	calls         int     // to serve
	starts        int     // of each command, for one measurement
}

// A bench has what the works need.
type bench struct {
	sizes
	repository string    // where the benchmarks of testing.B are
	folder     string    // for the binaries and the inputs; removed at the end
	ringback   string    // the command that is measured
	self       string    // this binary
	progress   io.Writer // for the user
}

// A work is what both sides do.
type work struct {
	name, unit string
	// once measures both sides, one right after the other.
	once func(context.Context) (measured, error)
	// memory is the name of an absolute figure in MiB that is measured too, with its limit.
	memory string
	limit  float64
	// skipped is why this work can't be done here.
	skipped string
}

// A measured is one measurement: a pair, and the memory of our side in MiB.
type measured struct {
	pair
	memory float64
}

// prepare builds what is measured and writes its input.
func (b *bench) prepare(ctx context.Context) error {
	fmt.Fprintln(b.progress, "building ringback, a hello world and the input")
	b.ringback = filepath.Join(b.folder, "ringback")
	if err := b.build(ctx, b.ringback, "./cmd/ringback"); err != nil {
		return err
	}
	hello := filepath.Join(b.folder, "hello.go")
	if err := os.WriteFile(hello, []byte("package main\n\nfunc main() { println(\"hello\") }\n"), 0o644); err != nil {
		return err
	}
	if err := b.build(ctx, b.hello(), hello); err != nil {
		return err
	}
	_, err := b.own("input", b.folder, fmt.Sprint(b.mib)).run(ctx)
	return err
}

func (b *bench) build(ctx context.Context, to, what string) error {
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, what)
	c.Dir = b.repository
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", what, err, out)
	}
	return nil
}

func (b *bench) hello() string { return filepath.Join(b.folder, "hello") }

// command is ringback with these arguments. It runs in a folder without settings.
func (b *bench) command(args ...string) program {
	return program{path: b.ringback, args: args, dir: b.folder}
}

// own is a mode of this binary.
func (b *bench) own(args ...string) program {
	return program{path: b.self, args: args, dir: b.folder}.reference()
}

// works are all works, in the order of the table.
func (b *bench) works() []work {
	all := b.validateWorks()
	all = append(all, b.generateWork())
	all = append(all, b.playWorks()...)
	all = append(all, b.serveWorks()...)
	return append(all, b.startWorks()...)
}

// figures measures a work as often as pairs says.
func (b *bench) figures(ctx context.Context, w work, pairs int) ([]Figure, error) {
	if w.skipped != "" {
		fmt.Fprintf(b.progress, "%s: skipped: %s\n", w.name, w.skipped)
		return nil, nil
	}
	fmt.Fprintf(b.progress, "%s ", w.name)
	begin := time.Now()
	defer func() { fmt.Fprintf(b.progress, " %.1f s\n", time.Since(begin).Seconds()) }()
	var all []pair
	var memory []float64
	for range pairs {
		m, err := w.once(ctx)
		if err != nil {
			return nil, fmt.Errorf("measure %s: %w", w.name, err)
		}
		fmt.Fprint(b.progress, ".")
		all, memory = append(all, m.pair), append(memory, m.memory)
	}
	figures := []Figure{figureOf(w.name, w.unit, all)}
	switch peak := median(memory); {
	case w.memory == "":
	case peak == 0:
		fmt.Fprintf(b.progress, "\n%s: skipped: this system doesn't report the memory of a process", w.memory)
	default:
		figures = append(figures, Figure{Work: w.memory, Unit: "MiB", Ours: peak, Limit: w.limit})
	}
	return figures, nil
}

// both measures two runs. A figure is the CPU time times scale.
func both(ctx context.Context, scale float64, ours, reference func(context.Context) (cost, error)) (measured, error) {
	o, err := ours(ctx)
	if err != nil {
		return measured{}, err
	}
	r, err := reference(ctx)
	return measured{pair{o.cpu * scale, r.cpu * scale}, o.memory}, err
}

const (
	milliseconds = 1e3
	microseconds = 1e6
)
