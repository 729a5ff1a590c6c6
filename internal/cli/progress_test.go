package cli

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func Example_progressLine() {
	fmt.Println(progressLine(24000, 61<<20, 1<<30, 2*time.Second))
	// Output: 24000 validated, 61.0 MiB of 1.0 GiB (5 %), 12000/s
}

func TestProgress_LineShowsShareAndRate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		items        int
		bytes, total int64
		elapsed      time.Duration
		want         string
	}{
		{0, 0, 0, 0, "0 validated, 0 B"},
		{12, 3 << 10, 0, 999 * time.Millisecond, "12 validated, 3.0 KiB"},
		{12, 3 << 10, 0, time.Second, "12 validated, 3.0 KiB, 12/s"},
		{3000, 512, 1024, 2 * time.Second, "3000 validated, 512 B of 1.0 KiB (50 %), 1500/s"},
		{1, 1024, 1024, 0, "1 validated, 1.0 KiB of 1.0 KiB (100 %)"},
		{1, 1024, 512, 0, "1 validated, 1.0 KiB of 512 B (100 %)"}, // the file grew
		{1, 1023, 1024, 0, "1 validated, 1023 B of 1.0 KiB (99 %)"},
		{5, 1 << 20, 5 << 30, 10 * time.Second, "5 validated, 1.0 MiB of 5.0 GiB (0 %), 0/s"},
	} {
		require.Equal(t, c.want, progressLine(c.items, c.bytes, c.total, c.elapsed))
	}
}

func TestSize_BinaryUnits(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB",
		1<<20 - 1: "1.0 MiB", 1 << 20: "1.0 MiB", 1 << 30: "1.0 GiB", 1 << 40: "1.0 TiB", 5000 << 40: "5000.0 TiB",
	} {
		require.Equal(t, want, Size(bytes), "%d bytes", bytes)
	}
}

// Off a terminal there is no progress at all.
func TestProgress_OnlyOnTerminals(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	p := NewProgress(&out, []string{"progress_test.go"})
	p.Read(5)
	p.Validated(1)
	p.Clear()
	require.Empty(t, out.String())
}
