package delivery_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// sink responds to each request of known length with an empty 200, as cheaply as
// possible, so that the benchmarks measure the sender.
func sink(b *testing.B, size int) string {
	b.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	b.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go responseAll(c, size)
		}
	}()
	return "http://" + listener.Addr().String() + "/hook"
}

func responseAll(c net.Conn, size int) {
	defer c.Close()
	buffer, held := make([]byte, 64<<10), 0
	for {
		n, err := c.Read(buffer[held:])
		if err != nil {
			return
		}
		held += n
		if end := bytes.Index(buffer[:held], []byte("\r\n\r\n")); end < 0 || held < end+4+size {
			continue
		}
		held = 0
		if _, err := io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"); err != nil {
			return
		}
	}
}

var header = []webhook.Header{{Name: "Content-Type", Value: "application/json"}, {Name: "User-Agent", Value: "Acme"}, {Name: "X-Signature", Value: "sha256=00"}}

func BenchmarkAttempt(b *testing.B) {
	body := bytes.Repeat([]byte("a"), 800)
	client := newClient(b, delivery.Config{})
	r := delivery.Request{Method: "POST", URL: sink(b, len(body)), Header: header, Body: body}
	b.ReportAllocs()
	for b.Loop() {
		if a := client.Attempt(b.Context(), r); a.Status != 200 {
			b.Fatal(a.Error)
		}
	}
}

// BenchmarkBareLoop is the reference: the cost of a tuned loop of net/http.
func BenchmarkBareLoop(b *testing.B) {
	body := bytes.Repeat([]byte("a"), 800)
	to := sink(b, len(body))
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}}
	b.Cleanup(client.CloseIdleConnections)
	b.ReportAllocs()
	for b.Loop() {
		request, err := http.NewRequest(http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		for _, f := range header {
			request.Header.Set(f.Name, f.Value)
		}
		response, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
}
