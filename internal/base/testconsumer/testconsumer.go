// Package testconsumer is a consumer in a process of its own, for tests and benchmarks: so
// what a sender costs can be told from what the consumer does. The process is the
// test binary itself; its TestMain asks [Asked] first.
package testconsumer

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// asSink is set in the other process. Its value is how many requests to /slow it
// holds before it says so.
const asSink = "RINGBACK_TEST_SINK"

// Asked reports whether this process is to be a consumer, after it was one.
func Asked() bool {
	slow, err := strconv.Atoi(os.Getenv(asSink))
	if err != nil {
		return false
	}
	serve(slow)
	return true
}

// A Consumer is such a process. It responds to each request at once with an empty
// 200, but those to /slow never.
type Consumer struct {
	// URL has no path.
	URL string
	// Held waits until as many requests are held as were asked for.
	Held func()
}

// Start returns a consumer that ends with the test.
func Start(tb testing.TB, slow int) Consumer {
	tb.Helper()
	_, lines := Process(tb, asSink, strconv.Itoa(slow))
	address, err := lines.ReadString('\n')
	require.NoError(tb, err)
	return Consumer{"http://" + strings.TrimSpace(address), func() {
		line, err := lines.ReadString('\n')
		require.NoError(tb, err)
		require.Equal(tb, "held\n", line)
	}}
}

// Process starts the test binary again with a variable set. It has to end with its
// standard input, which is closed with the test.
func Process(tb testing.TB, variable, value string) (in io.Writer, out *bufio.Reader) {
	tb.Helper()
	command := exec.Command(os.Args[0]) //nolint:noctx // it ends with its standard input, and a watching goroutine would count as a leak
	command.Env = append(os.Environ(), variable+"="+value)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	require.NoError(tb, err)
	stdout, err := command.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, command.Start())
	tb.Cleanup(func() {
		_ = stdin.Close()
		_ = command.Wait() // it says nothing that is to be known
	})
	return stdin, bufio.NewReader(stdout)
}

// serve is the other process, which ends with its standard input.
func serve(slow int) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "start sink:", err)
		os.Exit(3)
	}
	fmt.Println(listener.Addr())
	var held atomic.Int64
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go responseAll(c, func() {
				if held.Add(1) == int64(slow) {
					fmt.Println("held")
				}
			})
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func responseAll(c net.Conn, hold func()) {
	defer c.Close()
	buffer, filled := make([]byte, 16<<10), 0
	for {
		n, err := c.Read(buffer[filled:])
		if err != nil {
			return
		}
		filled += n
		if end := bytes.Index(buffer[:filled], []byte("\r\n\r\n")); end < 0 || filled < end+4+lengthIn(buffer[:end]) {
			continue
		}
		filled = 0
		if bytes.HasPrefix(buffer, []byte("POST /slow")) {
			hold()
			continue
		}
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
