package root

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/internal/wire/inbox"
)

// ran runs one command line in this process.
func ran(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, cli.Streams{In: strings.NewReader(""), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// A rude consumer speaks to each connection in its own way.
func rude(t *testing.T, speak func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var open sync.WaitGroup
	open.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					speak(c)
				}
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		open.Wait()
	})
	return "http://" + l.Addr().String() + "/"
}

// Whatever a consumer answers, the run ends with a line that says what was wrong.
func TestPlay_BadConsumers(t *testing.T) {
	t.Parallel()
	endless := func(c net.Conn, text string) {
		for {
			if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) { _, _ = io.WriteString(c, text) }
	}
	for name, c := range map[string]struct {
		speak func(net.Conn)
		code  int
		want  string
	}{
		"redirects":    {say("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), cli.ExitFindings, "status 307; redirects are not followed"},
		"informs":      {func(c net.Conn) { endless(c, "HTTP/1.1 103 Early Hints\r\n\r\n") }, cli.ExitEnvironment, "more than 5 informational responses"},
		"no HTTP":      {say("hello\r\n\r\n"), cli.ExitEnvironment, "malformed HTTP"},
		"hangs up":     {func(net.Conn) {}, cli.ExitEnvironment, "EOF"},
		"huge header":  {func(c net.Conn) { say("HTTP/1.1 200 OK\r\nA: ")(c); endless(c, strings.Repeat("a", 1000)) }, cli.ExitEnvironment, "header"},
		"endless body": {func(c net.Conn) { say("HTTP/1.1 200 OK\r\n\r\n")(c); endless(c, strings.Repeat("a", 1000)) }, cli.ExitOK, "warning: accepted responses with a body: 1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, out, _ := ran(t, "play", "message-failed-sync", "--to", rude(t, c.speak), "--speed", "1000000x", "--seed", "1")
			require.Equal(t, c.code, code, out)
			require.Contains(t, out, c.want)
		})
	}
}

// A body in a 2xx response is a warning, and delivers the webhook; only
// --strict-responses sends it again, as the provider's documentation says.
func TestPlay_WarnsOfABodyInTheResponse(t *testing.T) {
	t.Parallel()
	consumer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK") }))
	t.Cleanup(consumer.Close)
	for _, c := range []struct {
		provider string
		strict   bool
		code     int
		summary  string
	}{
		{"gupshup", false, cli.ExitOK, `"sent":1,"accepted":1,"rejected":0,"retried":0,"dropped":0,"warned":1,"unmet":0,"attempts":1`},
		{"gupshup", true, cli.ExitFindings, `"sent":1,"accepted":0,"rejected":1,"retried":1,"dropped":0,"unmet":0,"attempts":2`},
		{"netcore", true, cli.ExitOK, `"sent":1,"accepted":1,"rejected":0,"retried":0,"dropped":0,"unmet":0,"attempts":1`},
	} {
		args := []string{"emit", "message.sent", "--to", consumer.URL, "--provider", c.provider, "--speed", "max", "--seed", "1", "--format", "ndjson"}
		if c.strict {
			args = append(args, "--strict-responses")
		}
		code, out, errs := ran(t, args...)
		require.Equal(t, c.code, code, out+errs)
		require.Contains(t, out, c.summary)
	}
}

// certificate makes a certificate for 127.0.0.1 that ends at a time.
func certificate(t *testing.T, ends time.Time) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: ends.Add(-48 * time.Hour), NotAfter: ends, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func TestPlay_VerifiesCertificates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		ends  time.Time
		trust bool
		code  int
		want  string
	}{
		"trusted": {time.Now().Add(time.Hour), true, cli.ExitOK, " 200 "},
		"expired": {time.Now().Add(-time.Hour), true, cli.ExitEnvironment, "certificate has expired"},
		"unknown": {time.Now().Add(time.Hour), false, cli.ExitEnvironment, "unknown authority"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pair, authority := certificate(t, c.ends)
			l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}})
			require.NoError(t, err)
			serving, stop := context.WithCancel(t.Context())
			var done sync.WaitGroup
			log := cli.NewLogger(io.Discard)
			done.Go(func() {
				_ = cli.Serve(serving, l, &inbox.Consumer{Status: 200, Timeout: time.Minute, OnReceived: func(inbox.Received) {}, Log: log}, log)
			})
			defer done.Wait()
			defer stop()
			args := []string{"play", "message-failed-sync", "--to", "https://" + l.Addr().String(), "--speed", "1000000x", "--seed", "1"}
			if c.trust {
				file := filepath.Join(t.TempDir(), "ca.pem")
				require.NoError(t, os.WriteFile(file, authority, 0o600))
				args = append(args, "--ca", file)
			}
			code, out, _ := ran(t, args...)
			require.Equal(t, c.code, code, out)
			require.Contains(t, strings.Join(strings.Fields(out), " "), strings.TrimSpace(c.want))
		})
	}
}

// An interrupt ends a run at once, with what was done summed up.
func TestPlay_InterruptPrintsSummary(t *testing.T) {
	t.Parallel()
	startedAt := make(chan struct{}, 16)
	url := rude(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
		startedAt <- struct{}{}
	})
	ctx, interrupt := context.WithCancel(t.Context())
	tape := filepath.Join(t.TempDir(), "a.tape")
	var out, errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- run(ctx, []string{"play", "late-read-without-gsid", "--to", url, "--seed", "1", "--tape", tape}, cli.Streams{In: strings.NewReader(""), Out: &out, Err: &errs})
	}()
	<-startedAt // the first event; the last one is due in a week
	interrupt()
	require.Equal(t, cli.ExitInterrupted, <-ended)
	require.Regexp(t, `(?m)^ +[12] +[12] +0 +0 +0 +[12]$`, out.String())
	require.NoError(t, findings(tape))
}

// findings reads a tape to its end.
func findings(path string) error {
	for d, err := range cli.ReadTape(path) {
		if err != nil || len(d.Attempts) != 1 {
			return fmt.Errorf("read %s: %d attempts: %w", path, len(d.Attempts), err)
		}
	}
	return nil
}

// The second quick start of the README: a scenario with faults, to a small
// consumer in each language, which sees through all of them.
func TestPlay_ConsumersInThreeLanguages(t *testing.T) {
	t.Parallel()
	built := filepath.Join(t.TempDir(), "consumer")
	output, err := exec.Command("go", "build", "-ldflags=-s", "-o", built, "../../../examples/consumers/go").CombinedOutput()
	require.NoError(t, err, string(output))
	for name, command := range map[string][]string{
		"go": {built}, "node": {"node", "examples/consumers/node/consumer.mjs"}, "python": {"python3", "examples/consumers/python/consumer.py"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := exec.LookPath(command[0]); err != nil {
				t.Skipf("%s is not installed; it is where .ci/run runs", command[0])
			}
			url := consumerOf(t, command)
			code, out, errs := ran(t, append([]string{"play", "message-delivered", "--to", url, "--seed", "11"}, quickStart()...)...)
			require.Equal(t, cli.ExitOK, code, out+errs)
			_, plan, _ := ran(t, "plan", "message-delivered", "--seed", "11", "--count", "3", "--fault", "duplicate:probability=0.5", "--format", "ndjson")
			planned := strings.Count(plan, "\n")
			copies := strings.Count(plan, "duplicate 1 of 1")
			require.Positive(t, copies)
			state := stateOf(t, url)
			require.Equal(t, []any{float64(planned), float64(copies), map[string]any{"read": 3.0}}, []any{state["received"], state["duplicates"], state["by_status"]})
		})
	}
}

// quickStart are the flags that the README shows.
func quickStart() []string {
	return strings.Fields("--speed 60x --count 3 --fault duplicate:probability=0.5 --fault unknown-field:probability=0.3")
}

// consumerOf starts an example consumer and waits until it says where it listens.
func consumerOf(t *testing.T, command []string) string {
	t.Helper()
	listening := newAwaited("listening on ")
	c := exec.Command(command[0], command[1:]...)
	c.Dir = "../../.."
	c.Env = append(os.Environ(), "PORT=0")
	c.Stdout, c.Stderr = listening, listening
	require.NoError(t, c.Start())
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	t.Cleanup(func() {
		_ = c.Process.Kill() // fails if it has ended, which the test has said then
		<-ended
	})
	select {
	case url := <-listening.line:
		return strings.TrimSpace(url)
	case err := <-ended:
		ended <- err
		require.FailNow(t, "the consumer ended before it listened", "%v", err)
	}
	return ""
}

func stateOf(t *testing.T, url string) map[string]any {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(strings.TrimSuffix(url, "/") + "/state")
	require.NoError(t, err)
	defer response.Body.Close()
	var state map[string]any
	require.NoError(t, json.NewDecoder(response.Body).Decode(&state))
	return state
}

// A tape that play wrote holds what the consumer answered.
func TestPlay_TapeHasResponses(t *testing.T) {
	t.Parallel()
	url := rude(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 418 I'm a teapot\r\nX-Tea: green\r\nContent-Length: 5\r\n\r\nshort")
	})
	tape := filepath.Join(t.TempDir(), "a.tape")
	code, _, _ := ran(t, "play", "message-failed-sync", "--provider", "netcore", "--to", url, "--speed", "max", "--seed", "1", "--tape", tape)
	require.Equal(t, cli.ExitFindings, code)
	content, err := os.ReadFile(tape)
	require.NoError(t, err)
	d, err := capture.ReadDelivery(bytes.TrimSpace(content))
	require.NoError(t, err)
	require.Equal(t, "netcore/event.failed", d.Event.Type)
	require.Len(t, d.Attempts, 1)
	require.Equal(t, 418, d.Attempts[0].Status)
	require.Equal(t, "short", string(d.Attempts[0].ResponseBody))
	require.Positive(t, d.Attempts[0].Timing.Total)
}
