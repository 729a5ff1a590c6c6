package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// asSink makes the test binary a consumer in a process of its own, so that what
// the server costs can be told from what the consumer does. Its value is how many
// requests to /slow it holds before it says so.
const asSink = "RINGBACK_TEST_SINK"

// A consumer is such a process. It answers each request at once with an empty
// 200, but those to /slow never.
type consumer struct {
	url string
	// held waits until as many requests are held as were asked for.
	held func()
}

// startConsumer returns a consumer that ends with the test.
func startConsumer(tb testing.TB, slow int) consumer {
	tb.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asSink+"="+strconv.Itoa(slow))
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	require.NoError(tb, err)
	out, err := command.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, command.Start())
	tb.Cleanup(func() {
		_ = in.Close()
		_ = command.Wait() // it says nothing that is to be known
	})
	lines := bufio.NewReader(out)
	address, err := lines.ReadString('\n')
	require.NoError(tb, err)
	return consumer{"http://" + strings.TrimSpace(address), func() {
		line, err := lines.ReadString('\n')
		require.NoError(tb, err)
		require.Equal(tb, "held\n", line)
	}}
}

// sink is the other process, which ends with its standard input.
func sink() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "start sink:", err)
		os.Exit(3)
	}
	fmt.Println(listener.Addr())
	slow, _ := strconv.Atoi(os.Getenv(asSink))
	var held atomic.Int64
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go answerAll(c, func() {
				if held.Add(1) == int64(slow) {
					fmt.Println("held")
				}
			})
		}
	}()
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func answerAll(c net.Conn, hold func()) {
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

// asCaller makes the test binary an application in a process of its own, which
// calls the URL that is its value.
const asCaller = "RINGBACK_TEST_CALLER"

// startCaller returns what lets the application make so many calls, and waits
// for their answers, each of which is a success.
func startCaller(tb testing.TB, to string) (call func(n int)) {
	tb.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), asCaller+"="+to)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	require.NoError(tb, err)
	out, err := command.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, command.Start())
	tb.Cleanup(func() {
		_ = in.Close()
		_ = command.Wait() // it says nothing that is to be known
	})
	lines := bufio.NewReader(out)
	return func(n int) {
		_, err := fmt.Fprintln(in, n)
		require.NoError(tb, err)
		line, err := lines.ReadString('\n')
		require.NoError(tb, err)
		require.Equal(tb, "0 failed\n", line)
	}
}

// caller is the other process, which ends with its standard input.
func caller() {
	const atOnce = 4
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	var n int
	for {
		if _, err := fmt.Scanln(&n); err != nil {
			return
		}
		var failed atomic.Int64
		var calls sync.WaitGroup
		for range atOnce {
			calls.Go(func() {
				for range n / atOnce {
					response, err := client.Do(sendCall(os.Getenv(asCaller)))
					if err != nil {
						failed.Add(1)
						continue
					}
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
					if response.StatusCode != http.StatusAccepted {
						failed.Add(1)
					}
				}
			})
		}
		calls.Wait()
		fmt.Println(failed.Load(), "failed")
	}
}

// sendCall is the call to a send API that is measured.
func sendCall(to string) *http.Request {
	body := url.Values{
		"channel": {"whatsapp"}, "source": {appPhone}, "destination": {userPhone}, "src.name": {"DemoApp"}, "message": {`{"type":"text","text":"hi"}`},
	}.Encode()
	r := httptest.NewRequest("POST", to+"/wa/api/v1/msg", strings.NewReader(body))
	r.RequestURI = "" // it is a client's
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("apikey", "k")
	return r
}
