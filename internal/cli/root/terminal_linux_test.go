package root

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/journal"
)

// A screen is what was written to a terminal so far.
type screen struct {
	mu      sync.Mutex
	changed *sync.Cond
	text    string
}

// await waits until the screen shows what fits a pattern, and returns its first group.
func (s *screen) await(pattern string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(s.text); found != nil {
			return found[len(found)-1]
		}
		s.changed.Wait()
	}
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text
}

// terminalOf opens a pseudo-terminal of 80 columns.
func terminalOf(t *testing.T) (tty *os.File, shown *screen) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	ioctl := func(request uintptr, arg unsafe.Pointer) {
		_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(arg))
		require.Zero(t, failed)
	}
	unlocked, number, size := int32(0), uint32(0), [4]uint16{24, 80}
	ioctl(syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	ioctl(syscall.TIOCGPTN, unsafe.Pointer(&number))
	ioctl(syscall.TIOCSWINSZ, unsafe.Pointer(&size))
	tty, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	require.True(t, cli.IsTerminal(tty))
	shown = &screen{}
	shown.changed = sync.NewCond(&shown.mu)
	read := make(chan struct{})
	go func() {
		defer close(read)
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			shown.mu.Lock()
			shown.text = strings.ReplaceAll(shown.text+string(buffer[:n]), "\r\n", "\n")
			shown.changed.Broadcast()
			shown.mu.Unlock()
			if err != nil { // no process has the terminal any more
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = tty.Close()
		<-read
		_ = master.Close()
	})
	return tty, shown
}

// Colors and moves of the cursor are for terminals that know them.
func TestStyleOf_ColorIsForTerminalsThatHaveIt(t *testing.T) {
	tty, _ := terminalOf(t)
	for _, c := range []struct {
		term, noColor  string
		color, redrawn bool
	}{
		{"xterm-256color", "", true, true}, {"", "", true, true}, {"dumb", "", false, false}, {"xterm", "1", false, true}, {"dumb", "1", false, false},
	} {
		t.Setenv("TERM", c.term)
		t.Setenv("NO_COLOR", c.noColor)
		style := cli.StyleOf(tty)
		require.Equal(t, c.color, style.Color, c)
		require.Equal(t, 80, style.Width, c)
		require.Equal(t, c.redrawn, cli.NewProgress(tty, nil).Out != nil, c)
	}
	require.False(t, cli.StyleOf(&strings.Builder{}).Color)
}

// On a terminal serve shows each call and each delivery, within 80 columns.
func TestServe_LinesOnATerminal(t *testing.T) {
	t.Parallel()
	tty, shown := terminalOf(t)
	end := serving(t, tty)
	sendVia(t, shown.await(`provider API at (http://\S+)\n[^\n]+token`))
	shown.await(`message\.read +\S*` + journal.StateDropped)
	require.Equal(t, cli.ExitOK, end())
	plain := regexp.MustCompile("\x1b\\[[0-9]*m").ReplaceAllString(shown.String(), "")
	require.Regexp(t, `(?m)^[0-9:]{8}  call      gupshup/v2           send                    202$`, plain)
	require.Regexp(t, `(?m)^[0-9:]{8}  delivery  gupshup/v2           message.enqueued        `+journal.StateDropped+`$`, plain)
	require.Contains(t, plain, "    no subscription matches, and --to has no URL for gupshup/v2; subscribe with\n    POST /wa/app/{app}/subscription, or set --to URL\n")
	require.Equal(t, 1, strings.Count(plain, "POST /wa/app"), "what to do is said once")
	for line := range strings.Lines(plain) {
		require.LessOrEqual(t, len([]rune(strings.TrimRight(line, "\n"))), 80, line)
	}
}

// With --quiet it does not: what it prints at its end comes right after its beginning.
func TestServe_QuietOnATerminal(t *testing.T) {
	t.Parallel()
	tty, shown := terminalOf(t)
	end := serving(t, tty, "--quiet")
	sendVia(t, shown.await(`provider API at (http://\S+)\n[^\n]+token`))
	require.Equal(t, cli.ExitOK, end())
	_, _ = tty.WriteString("ended\n")
	shown.await("ended\n")
	require.Regexp(t, `token [A-Z2-7]+\n(ringback: .*\n)?ended\n$`, shown.String())
}

// A run that takes long says on a terminal how far it is, and leaves nothing of that there.
func TestCoverage_ShowsProgressOnATerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	tty, shown := terminalOf(t)
	var out strings.Builder
	code := run(t.Context(), []string{"coverage", "--provider", "gupshup/v2"}, cli.Streams{In: strings.NewReader(""), Out: &out, Err: tty})
	require.Equal(t, cli.ExitOK, code)
	require.NotContains(t, out.String(), "event types emitted")
	_, _ = tty.WriteString("ended\n")
	shown.await("ended\n")
	require.Regexp(t, `^(\r\x1b\[K[0-9]+ of [0-9]+ event types emitted \([0-9]+ %\))+\r\x1b\[Kended\n$`, shown.String())
}
