package root

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

const sample = "../../../examples/captures/sample.ndjson"

// run runs a command line of a build without a version.
func run(ctx context.Context, args []string, s cli.Streams) int { return Run(ctx, args, s, "") }

// ringback runs one command line in this process.
func ringback(t *testing.T, out io.Writer, args ...string) (code int, errs string) {
	t.Helper()
	var failed bytes.Buffer
	code = run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: out, Err: &failed})
	return code, failed.String()
}

// A file may have any name; what a terminal would obey is not printed.
func TestPrintError_EscapesControlCharacters(t *testing.T) {
	t.Parallel()
	code, errs := ringback(t, io.Discard, "validate", "no\x1b[31m\u202efile", sample)
	require.Equal(t, cli.ExitEnvironment, code)
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
func TestValidate_ReportOfFailedRunIsIncomplete(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"pretty", "ndjson", "json"} {
		path := filepath.Join(t.TempDir(), "report.json")
		code, errs := ringback(t, &fullDisk{left: 10}, "validate", "--format", format, "--report", "json="+path, sample)
		require.Equal(t, cli.ExitEnvironment, code, errs)
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		require.Contains(t, string(text), `"complete": false`, format)
		require.Contains(t, string(text), `"good": false`, format)
	}
}

func TestRun_ReportsWriteFailureOnce(t *testing.T) {
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
		{"provider", "lint", "../../../examples/providers"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			t.Parallel()
			for _, room := range []int{0, 100} {
				code, errs := ringback(t, &fullDisk{left: room}, args...)
				if args[1] == "lint" && room > 0 {
					continue // its table fits
				}
				require.Equal(t, cli.ExitEnvironment, code)
				require.Equal(t, "ringback: write the results: no space left on device\n", errs)
			}
		})
	}
}

// What fails early is not judged to its end, where a path is missing.
func TestValidate_EndsOnWriteFailure(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"ndjson", "json"} {
		args := []string{"validate", "--format", format}
		for range 100 {
			args = append(args, sample)
		}
		code, errs := ringback(t, &fullDisk{}, append(args, "missing.json")...)
		require.Equal(t, cli.ExitEnvironment, code)
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

func TestValidate_Interrupt(t *testing.T) {
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
				code <- run(ctx, []string{"validate", "--format", format, "-"}, cli.Streams{In: in, Out: &out, Err: &errs})
			}()
			<-in.blocked
			cancel()
			require.Equal(t, cli.ExitInterrupted, <-code)
			require.Equal(t, "ringback: interrupted; the results are incomplete\n", errs.String())
			require.NoError(t, writer.Close()) // lets the read end, and the goroutine in it
		})
	}
}

// A pipe that brings nothing more does not hold up a run that has failed.
func TestValidate_WriteFailureWithPipe(t *testing.T) {
	t.Parallel()
	reader, writer := io.Pipe()
	var errs bytes.Buffer
	code := make(chan int)
	go func() {
		code <- run(t.Context(), []string{"validate", "--format", "ndjson", "-"}, cli.Streams{In: reader, Out: &fullDisk{}, Err: &errs})
	}()
	_, err := io.WriteString(writer, "{}\n{}\n")
	require.NoError(t, err)
	require.Equal(t, cli.ExitEnvironment, <-code)
	require.Equal(t, "ringback: write the results: no space left on device\n", errs.String())
	require.NoError(t, writer.Close()) // lets the goroutine in the read end
}

func TestValidate_InterruptBeforeStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out, errs bytes.Buffer
	require.Equal(t, cli.ExitInterrupted, run(ctx, []string{"validate", sample, sample}, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs}))
	require.Equal(t, "ringback: interrupted; the results are incomplete\n", errs.String())
}
