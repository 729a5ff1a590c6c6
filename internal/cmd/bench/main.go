// Command bench measures what ringback costs, and compares it with references: each work is done
// in pairs, by ringback and by a reference in turns, and what counts is the median ratio of their
// CPU time. It runs from the root of the repository: go run ./internal/cmd/bench
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

func main() {
	found, err := runMode(os.Args[1:])
	if !found {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		err = run(ctx, os.Args[1:], os.Stdout, os.Stderr)
		stop()
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	pairs             int
	only              string
	jsonFile, compare string
	update            bool
	tolerance         float64
}

func parse(args []string, messages io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(messages)
	flags.IntVar(&o.pairs, "pairs", 5, "measure each work so `often`; the median counts")
	flags.StringVar(&o.only, "run", "", "measure only works whose name matches this `REGEXP`")
	flags.StringVar(&o.jsonFile, "json", "", "write the figures to this `FILE`")
	flags.StringVar(&o.compare, "compare", "docs/benchmarks.json", "compare the ratios with those in this `FILE`")
	flags.BoolVar(&o.update, "update", false, "write the figures to the file of -compare instead")
	flags.Float64Var(&o.tolerance, "tolerance", 25, "accept ratios that are this `PERCENT` larger than the stored ones")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.pairs < 1 {
		return o, fmt.Errorf("read the command line: want flags only, and -pairs of 1 or more; got %s", strings.Join(args, " "))
	}
	return o, nil
}

// defaultSizes take less than four minutes on an idle machine with two cores.
func defaultSizes() sizes {
	return sizes{mib: 16, conversations: 3000, calls: 20_000, starts: 5}
}

func run(ctx context.Context, args []string, out, messages io.Writer) error {
	o, err := parse(args, messages)
	if err != nil {
		return err
	}
	stored, err := readReport(o.compare)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	repository, err := os.Getwd()
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	b := &bench{
		sizes:      defaultSizes(),
		repository: repository, folder: folder, self: self, progress: messages,
	}
	now, err := b.report(ctx, o)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%s, %s, load %s, median of %d pairs\n\n%s", now.Machine, now.Go, now.Load, now.Pairs, table(now.Figures, stored.Figures))
	return conclude(o, now, stored, out)
}

// report measures the works that are asked for.
func (b *bench) report(ctx context.Context, o options) (Report, error) {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return Report{}, fmt.Errorf("read -run: %w", err)
	}
	before := load()
	if err := b.prepare(ctx); err != nil {
		return Report{}, err
	}
	r := Report{Machine: machine(), Go: runtime.Version(), Pairs: o.pairs}
	for _, w := range b.works() {
		if !only.MatchString(w.name) {
			continue
		}
		figures, err := b.figures(ctx, w, o.pairs)
		if err != nil {
			return Report{}, err
		}
		r.Figures = append(r.Figures, figures...)
	}
	if len(r.Figures) == 0 {
		return Report{}, fmt.Errorf("find works: -run %s matches none that can be measured", o.only)
	}
	r.Load = before + " to " + load()
	return r, nil
}

// conclude writes the files that are asked for, or reports what has become worse.
func conclude(o options, now, stored Report, out io.Writer) error {
	if o.jsonFile != "" {
		if err := writeReport(o.jsonFile, now); err != nil {
			return err
		}
	}
	if o.update {
		now.Figures = merge(stored.Figures, now.Figures)
		fmt.Fprintf(out, "\nThe table of docs/benchmarks.md is now:\n\n%s", table(now.Figures, nil))
		return writeReport(o.compare, now)
	}
	worse := regressions(now.Figures, stored.Figures, o.tolerance/100)
	if len(worse) == 0 {
		return nil
	}
	fmt.Fprintf(out, "\n%s\n", strings.Join(worse, "\n"))
	return fmt.Errorf("compare with %s: %d of %d figures are worse; run again on an idle machine, find the cause, or accept them with -update",
		filepath.ToSlash(o.compare), len(worse), len(now.Figures))
}

// load is the average load of the last minute, where the system says it.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// machine is what the figures depend on.
func machine() string {
	model := ""
	text, _ := os.ReadFile("/proc/cpuinfo") // only Linux has it
	for line := range strings.Lines(string(text)) {
		if name, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(name) == "model name" {
			model = " " + strings.TrimSpace(value)
			break
		}
	}
	return fmt.Sprintf("%s/%s, %d cores%s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), model)
}
