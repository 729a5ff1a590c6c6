package capture_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
)

const mebi = 1 << 20

// swelling is a text with a generated middle of any size. It samples the size of the heap.
type swelling struct {
	head, fill, tail string
	size             int
	read, looked     int
	top              int
}

func (s *swelling) Read(p []byte) (int, error) {
	if s.read >= s.looked {
		s.top = max(s.top, heap())
		s.looked += s.size / 8
	}
	var n int
	switch at := s.read - len(s.head); {
	case at < 0:
		n = copy(p, s.head[s.read:])
	case at < s.size:
		n = copy(p, s.fill[at%len(s.fill):][:min(len(s.fill)-at%len(s.fill), s.size-at)])
	case at-s.size < len(s.tail):
		n = copy(p, s.tail[at-s.size:])
	default:
		return 0, io.EOF
	}
	s.read += n
	return n, nil
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// These tests measure the memory of the process, so they aren't parallel.

func TestRead_LongLineBoundedMemory(t *testing.T) {
	bounded(t, 64*mebi, []swollen{
		{"a line", `{"a":"`, x, `"}`, 1, 1},
		{"a line between others", "{\"a\":1}\n{\"a\":\"", x, "\"}\n{\"b\":2}\n", 3, 1},
		{"a line of spaces", "{\"a\":1}\n", " ", "\n{\"b\":2}\n", 3, 1},
		{"a garbage line", "", x, "\n{\"b\":2}\n", 2, 1},
		{"many lines", "", object + "\n", "", 64 * mebi / 32, 0},
	})
}

func TestRead_LargeValuesBoundedMemory(t *testing.T) {
	bounded(t, 4*mebi, []swollen{
		{"a printed value", "{\n\"a\":\"", x, "\"}\n{\"b\":2}", 2, 1},
		{"a body of a list", `[{"a":1},{"a":"`, x, `"},{"b":2}]`, 3, 1},
		{"the first body of a list", `[{"a":"`, x, `"},{"b":2}]`, 2, 1},
		{"a scalar of a list", `[{"a":1},"`, x, `",{"b":2}]`, 3, 1},
		{"a list", "[", object + ",", "{}]", 4*mebi/32 + 1, 0},
		{"spaces in a list", `[`, " ", `{"a":1},{"b":2}]`, 2, 0},
		{"one array", `[{"item":1},"`, x, `"]`, 1, 1},
		{"spaces before a value", "", "\n", `{"a":1}`, 1, 0},
		{"garbage after a value", "{\n\"a\":1}", x, "", 1, 1},
		{"brackets", "{\n\"a\":", "[", "", 1, 1},
	})
}

const (
	x      = "x"
	object = `{"a":"thirty-one bytes in all"}`
)

// A swollen text, with its number of bodies and of too large ones.
type swollen struct {
	name, head, fill, tail string
	bodies, tooLarge       int
}

// bounded reads texts of some size with a limit of a sixteenth of it, and requires that the
// heap grows by less than half of it.
func bounded(t *testing.T, size int, rows []swollen) {
	t.Helper()
	for _, c := range rows {
		if len(c.fill) == 1 {
			c.fill = strings.Repeat(c.fill, 64<<10)
		}
		in := &swelling{head: c.head, fill: c.fill, tail: c.tail, size: size}
		o := options()
		o.Limit, o.Stdin = size/16, in
		bodies, tooLarge, kept, before := 0, 0, 0, heap()
		for b, err := range capture.Read([]string{"-"}, o) {
			require.NoError(t, err, c.name)
			bodies++
			kept = max(kept, cap(b.Bytes))
			if b.Size > 0 {
				tooLarge++
				require.InDelta(t, size, b.Size, 32, c.name)
			}
		}
		require.Equal(t, c.bodies, bodies, c.name)
		require.Equal(t, c.tooLarge, tooLarge, c.name)
		require.LessOrEqual(t, kept, 2*o.Limit, c.name)
		require.Less(t, in.top-before, size/2, c.name)
	}
}
