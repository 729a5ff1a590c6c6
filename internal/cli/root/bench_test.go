//go:build unix

package root

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/shipped"
)

// binary builds the command once for a benchmark.
func binary(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "ringback")
	out, err := exec.Command("go", "build", "-o", path, "../../../cmd/ringback").CombinedOutput()
	require.NoError(b, err, string(out))
	return path
}

// maxMemory is the bound of a run of validate, whatever the size of its input.
const maxMemory = 128 << 20

// BenchmarkValidate validates NDJSON of every shipped example, over and over, in a
// process of its own: 64 MiB, or $RINGBACK_BENCH_MIB. It fails if the process
// takes more than 128 MiB of memory. "cores" is CPU time by time.
func BenchmarkValidate(b *testing.B) {
	mib := 64
	if text := os.Getenv("RINGBACK_BENCH_MIB"); text != "" {
		var err error
		mib, err = strconv.Atoi(text)
		require.NoError(b, err)
	}
	path, round := binary(b), everyExample(b)
	size := int64(mib) << 20
	b.SetBytes(size)
	for b.Loop() {
		command := exec.Command(path, "validate", "--format", "ndjson", "-")
		command.Stdin = io.LimitReader(&endless{text: round}, size/int64(len(round))*int64(len(round)))
		lines := &lineCounter{}
		command.Stdout = lines
		start := time.Now()
		require.NoError(b, command.Run())
		elapsed := time.Since(start)
		usage := command.ProcessState.SysUsage().(*syscall.Rusage)
		memory := usage.Maxrss << 10
		require.Less(b, memory, int64(maxMemory), "peak memory in bytes")
		b.ReportMetric(float64(memory)/(1<<20), "MiB-peak")
		b.ReportMetric(float64(lines.n)/elapsed.Seconds(), "items/s")
		b.ReportMetric(float64(command.ProcessState.UserTime()+command.ProcessState.SystemTime())/float64(elapsed), "cores")
	}
}

func everyExample(b *testing.B) []byte {
	b.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(b, err)
	var all bytes.Buffer
	for _, t := range catalog.Types() {
		examples, err := t.Examples()
		require.NoError(b, err)
		for _, e := range examples {
			require.NoError(b, json.Compact(&all, e.Body))
			all.WriteByte('\n')
		}
	}
	return all.Bytes()
}

// endless repeats a text.
type endless struct {
	text []byte
	at   int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.text[e.at:])
	e.at = (e.at + n) % len(e.text)
	return n, nil
}

type lineCounter struct{ n int }

func (c *lineCounter) Write(p []byte) (int, error) {
	c.n += bytes.Count(p, []byte{'\n'})
	return len(p), nil
}
