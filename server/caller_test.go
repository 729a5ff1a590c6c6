package server_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
)

// asCaller makes the test binary an application in a process of its own, which
// calls the URL that is its value.
const asCaller = "RINGBACK_TEST_CALLER"

// startCaller returns what lets the application make so many calls, and waits
// for their answers, each of which is a success.
func startCaller(tb testing.TB, to string) (call func(n int)) {
	tb.Helper()
	in, lines := testconsumer.Process(tb, asCaller, to)
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
	r := httptest.NewRequest(http.MethodPost, to+"/wa/api/v1/msg", strings.NewReader(body))
	r.RequestURI = "" // it is a client's
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("apikey", "k")
	return r
}
