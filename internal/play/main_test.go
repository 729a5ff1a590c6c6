package play_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(asSink) != "" {
		sink()
		return
	}
	goleak.VerifyTestMain(m)
}

// asSink makes the test binary a consumer in a process of its own, so that what
// the sender costs can be told from what the consumer does.
const asSink = "RINGBACK_TEST_SINK"

// startSink returns the URL of a consumer in another process, which ends with
// its standard input.
func startSink(tb testing.TB) string {
	tb.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asSink+"=1")
	in, err := command.StdinPipe()
	require.NoError(tb, err)
	out, err := command.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, command.Start())
	tb.Cleanup(func() {
		_ = in.Close()
		_ = command.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(tb, err)
	return "http://" + strings.TrimSpace(address) + "/hook"
}

// sink answers each request with an empty 200, as cheaply as can be.
func sink() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "start sink:", err)
		os.Exit(3)
	}
	fmt.Println(listener.Addr())
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAll(c)
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func answerAll(c net.Conn) {
	defer c.Close()
	buffer, held := make([]byte, 64<<10), 0
	for {
		n, err := c.Read(buffer[held:])
		if err != nil {
			return
		}
		held += n
		if end := bytes.Index(buffer[:held], []byte("\r\n\r\n")); end < 0 || held < end+4+lengthIn(buffer[:end]) {
			continue
		}
		held = 0
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
			return
		}
	}
}

func lengthIn(header []byte) int {
	_, rest, _ := bytes.Cut(header, []byte("Content-Length: "))
	line, _, _ := bytes.Cut(rest, []byte("\r\n"))
	length, _ := strconv.Atoi(string(line))
	return length
}
