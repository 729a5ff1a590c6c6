package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

const sample = "../../examples/captures/sample.ndjson"

// ringback runs one command line in this process.
func ringback(t *testing.T, out io.Writer, args ...string) (code int, errs string) {
	t.Helper()
	var failed bytes.Buffer
	code = run(t.Context(), args, streams{strings.NewReader(""), out, &failed})
	return code, failed.String()
}

// A file may have any name; what a terminal would obey is not printed.
func TestComplaintsAreHarmless(t *testing.T) {
	t.Parallel()
	code, errs := ringback(t, io.Discard, "validate", "no\x1b[31m\u202efile", sample)
	require.Equal(t, exitEnvironment, code)
	require.Equal(t, "ringback: read no·[31m·file: no such file or directory\n", errs)
}

// A fullDisk takes some bytes, and then none.
type fullDisk struct{ left int }

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.left -= len(p); d.left < 0 {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

// What was not printed to its end was not done, and no report says that it was.
func TestAReportOfAFailedRunIsNotComplete(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"pretty", "ndjson", "json"} {
		path := filepath.Join(t.TempDir(), "report.json")
		code, errs := ringback(t, &fullDisk{left: 10}, "validate", "--format", format, "--report", "json="+path, sample)
		require.Equal(t, exitEnvironment, code, errs)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(text), `"complete": false`, format)
		require.Contains(t, string(text), `"good": false`, format)
	}
}

func TestAFailureToWriteIsSaidOnce(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"validate", sample},
		{"validate", "--format", "ndjson", sample},
		{"validate", "--format", "json", sample},
		{"catalog", "list"},
		{"catalog", "list", "--format", "ndjson"},
		{"catalog", "show", "netcore/event.sent"},
		{"catalog", "schema", "netcore/event.sent"},
		{"catalog", "example", "netcore/event.sent"},
		{"provider", "show", "gupshup"},
		{"provider", "show", "gupshup", "--format", "ndjson"},
		{"provider", "lint", "../../examples/providers"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			for _, room := range []int{0, 100} {
				code, errs := ringback(t, &fullDisk{left: room}, args...)
				if args[1] == "lint" && room > 0 {
					continue // its table fits
				}
				require.Equal(t, exitEnvironment, code)
				require.Equal(t, "ringback: write the results: no space left on device\n", errs)
			}
		})
	}
}

// What fails early is not judged to its end, where a path is missing.
func TestAFailureToWriteEndsTheJudging(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"ndjson", "json"} {
		args := []string{"validate", "--format", format}
		for range 100 {
			args = append(args, sample)
		}
		code, errs := ringback(t, &fullDisk{}, append(args, "missing.json")...)
		require.Equal(t, exitEnvironment, code)
		require.Equal(t, "ringback: write the results: no space left on device\n", errs)
	}
}

// A blocked stdin gives some bytes and then nothing, until it is closed.
type blockedStdin struct {
	*io.PipeReader
	blocked chan struct{}
}

func (b *blockedStdin) Read(p []byte) (int, error) {
	close(b.blocked) // twice would panic: nobody reads on after an interrupt
	return b.PipeReader.Read(p)
}

func TestAnInterruptEndsTheRun(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"pretty", "ndjson", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			reader, writer := io.Pipe()
			in := &blockedStdin{reader, make(chan struct{})}
			var out, errs bytes.Buffer
			code := make(chan int)
			go func() {
				code <- run(ctx, []string{"validate", "--format", format, "-"}, streams{in, &out, &errs})
			}()
			<-in.blocked
			cancel()
			require.Equal(t, exitInterrupted, <-code)
			require.Equal(t, "ringback: interrupted; what is shown is not all\n", errs.String())
			require.NoError(t, writer.Close()) // lets the read end, and the goroutine in it
		})
	}
}

// A pipe that brings nothing more does not hold up a run that has failed.
func TestAFailureToWriteEndsTheRunOfAPipe(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	var errs bytes.Buffer
	code := make(chan int)
	go func() {
		code <- run(t.Context(), []string{"validate", "--format", "ndjson", "-"}, streams{reader, &fullDisk{}, &errs})
	}()
	_, err := io.WriteString(writer, "{}\n{}\n")
	require.NoError(t, err)
	require.Equal(t, exitEnvironment, <-code)
	require.Equal(t, "ringback: write the results: no space left on device\n", errs.String())
	require.NoError(t, writer.Close()) // lets the goroutine in the read end
}

func TestAnInterruptBeforeTheBeginningEndsTheRun(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, exitInterrupted, run(ctx, []string{"validate", sample, sample}, streams{strings.NewReader(""), &out, &errs}))
	require.Equal(t, "ringback: interrupted; what is shown is not all\n", errs.String())
}

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, variable, value string
		args                  []string
		want, problem         string
	}{
		{name: "the default", want: "error"},
		{name: "the environment", variable: "RINGBACK_FAIL_ON", value: "drift", want: "drift"},
		{name: "the flag first", variable: "RINGBACK_FAIL_ON", value: "drift", args: []string{"--fail-on", "none"}, want: "none"},
		{name: "the flag's default, given", variable: "RINGBACK_FAIL_ON", value: "drift", args: []string{"--fail-on=error"}, want: "error"},
		{name: "a flag saves from a wrong variable", variable: "RINGBACK_FAIL_ON", value: "never", args: []string{"--fail-on", "none"}, want: "none"},
		{name: "another's variable", variable: "FAIL_ON", value: "drift", want: "error"},
		{name: "a wrong value", variable: "RINGBACK_FAIL_ON", value: "never", want: "error",
			problem: `read RINGBACK_FAIL_ON: "never" is not one of error, drift, none`},
		{name: "an empty value", variable: "RINGBACK_FAIL_ON", want: "error", problem: `read RINGBACK_FAIL_ON: "" is not one of error, drift, none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got string
			flags := pflag.NewFlagSet("validate", pflag.ContinueOnError)
			choose(flags, &got, "fail-on", "", "error", "drift", "none")
			require.NoError(t, flags.Parse(c.args))
			err := fromEnvironment(flags, nil, func(name string) (string, bool) { return c.value, name == c.variable })
			if c.problem == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.problem)
			}
			require.Equal(t, c.want, got)
		})
	}
}

// Several wrong variables are named at once.
func TestFromEnvironmentNamesAll(t *testing.T) {
	t.Parallel()
	var format, failOn string
	flags := pflag.NewFlagSet("validate", pflag.ContinueOnError)
	choose(flags, &format, "format", "", "pretty", "json")
	choose(flags, &failOn, "fail-on", "", "error", "drift")
	err := fromEnvironment(flags, nil, func(string) (string, bool) { return "x", true })
	require.EqualError(t, err, "read RINGBACK_FAIL_ON: \"x\" is not one of error, drift\nread RINGBACK_FORMAT: \"x\" is not one of pretty, json")
}

func TestOutcome(t *testing.T) {
	t.Parallel()
	of := func(levels ...webhook.Level) *report.Counts {
		tally := report.NewCounts()
		for _, level := range levels {
			tally.Add("a", webhook.Item{Verdict: webhook.Verdict{Level: level}})
		}
		return tally
	}
	for _, c := range []struct {
		name   string
		tally  *report.Counts
		failOn string
		unread bool
		code   int
	}{
		{"fine", of(webhook.LevelOK), "drift", false, exitFine},
		{"drift is fine", of(webhook.LevelOK, webhook.LevelDrift), "error", false, exitFine},
		{"drift is not", of(webhook.LevelOK, webhook.LevelDrift), "drift", false, exitFindings},
		{"an error", of(webhook.LevelError, webhook.LevelOK), "error", false, exitFindings},
		{"unknown is no pass", of(webhook.LevelUnknown), "error", false, exitFindings},
		{"inconclusive is no pass", of(webhook.LevelInconclusive), "error", false, exitFindings},
		{"nothing fails", of(webhook.LevelError), "none", false, exitFine},
		{"unread weighs more", of(webhook.LevelError), "none", true, exitEnvironment},
		{"unread, and nothing judged", of(), "none", true, exitEnvironment},
		{"nothing judged", of(), "none", false, exitUsage},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := outcome(c.tally, c.failOn, c.unread)
			if c.code == exitFine {
				require.NoError(t, err)
				return
			}
			var e exit
			require.ErrorAs(t, err, &e)
			require.Equal(t, c.code, e.code)
		})
	}
}
