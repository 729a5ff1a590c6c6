package root

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// A listening is a process of a script that was begun and not yet ended.
type listening struct {
	command *exec.Cmd
	url     string
	errs    *awaited
	done    chan struct{}
}

type listeningKey struct{}

// The words after which a server says where it is, by its command.
var announced = map[string]string{"listen": "listening on ", "serve": "control API at "}

// begin starts ringback listen or serve and waits until it says where it is.
func begin(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2 || announced[args[1]] == "", "begin ringback listen|serve ARG…")
	path, err := exec.LookPath(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], args[0]))
	ts.Check(err)
	out, err := os.Create(ts.MkAbs(args[1] + ".out"))
	ts.Check(err)
	defer out.Close()
	p := &listening{command: exec.Command(path, args[1:]...), errs: newAwaited(announced[args[1]]), done: make(chan struct{})}
	p.command.Dir, p.command.Stdout, p.command.Stderr = ts.MkAbs("."), out, p.errs
	for _, name := range []string{"PATH", "HOME", "GORACE", "RINGBACK_FAIL_ON", "RINGBACK_SPEED", "RINGBACK_CONTROL_TOKEN"} {
		if value := ts.Getenv(name); value != "" {
			p.command.Env = append(p.command.Env, name+"="+value)
		}
	}
	ts.Check(p.command.Start())
	go func() {
		_ = p.command.Wait() // the script asks how it ended
		close(p.done)
	}()
	ts.Defer(func() {
		_ = p.command.Process.Kill() // fails if it has ended, as it should have
		<-p.done
	})
	select {
	case p.url = <-p.errs.line:
	case <-p.done:
		ts.Fatalf("%s ended before it listened:\n%s", strings.Join(args, " "), p.errs)
	}
	scriptOf(ts).processes[args[1]] = p
	if args[1] == "listen" {
		ts.Setenv("URL", p.url)
		return
	}
	p.url, _, _ = strings.Cut(p.url, ",")
	ts.Setenv("CONTROL", p.url)
	_, provider, _ := strings.Cut(p.errs.String(), "provider API at ")
	provider, _, _ = strings.Cut(provider, "\n")
	ts.Setenv("PROVIDER", provider)
	ts.Setenv("PROVIDER_ADDR", strings.TrimPrefix(provider, "http://"))
	ts.Setenv("CONTROL_ADDR", strings.TrimPrefix(p.url, "http://"))
}

// A scriptState is what a script has under way, by command, and the last answer
// that it got.
type scriptState struct {
	processes map[string]*listening
	response  []byte
}

func scriptOf(ts *testscript.TestScript) *scriptState { return ts.Value(listeningKey{}).(*scriptState) }

// post posts files, one after the other, and wants a status of each.
func post(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) < 2, "post STATUS FILE…")
	for _, name := range args[1:] {
		body, err := os.ReadFile(ts.MkAbs(name))
		ts.Check(err)
		response, err := http.Post(scriptOf(ts).processes["listen"].url, "application/json", bytes.NewReader(body))
		ts.Check(err)
		wantResponse(ts, response, args[0], "")
	}
}

// get asks with a query and wants a status and a body.
func get(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg || len(args) != 3, "get STATUS QUERY BODY")
	response, err := http.Get(scriptOf(ts).processes["listen"].url + "/" + args[1])
	ts.Check(err)
	wantResponse(ts, response, args[0], args[2])
}

func wantResponse(ts *testscript.TestScript, response *http.Response, status, body string) {
	got, err := io.ReadAll(response.Body)
	ts.Check(errors.Join(err, response.Body.Close()))
	http.DefaultClient.CloseIdleConnections()
	if strconv.Itoa(response.StatusCode) != status || strings.TrimSpace(string(got)) != body {
		ts.Fatalf("the answer is %d %q, not %s %q", response.StatusCode, got, status, body)
	}
}

// ended waits for what was begun, after a signal if one is asked for, and
// puts its streams into listen.out and listen.err, or serve.out and serve.err.
func ended(ts *testscript.TestScript, neg bool, args []string) {
	name := "listen"
	if slices.Contains(args, "serve") {
		name = "serve"
	}
	p := scriptOf(ts).processes[name]
	usage(ts, neg || len(args) < 1 || p == nil, "ended CODE [serve] [interrupted|terminated]")
	for word, signal := range map[string]os.Signal{"interrupted": os.Interrupt, "terminated": syscall.SIGTERM} {
		if slices.Contains(args, word) {
			ts.Check(p.command.Process.Signal(signal))
		}
	}
	<-p.done
	ts.Check(os.WriteFile(ts.MkAbs(name+".err"), []byte(p.errs.String()), 0o644))
	if code := p.command.ProcessState.ExitCode(); strconv.Itoa(code) != args[0] {
		ts.Fatalf("it ended with %d, not %s\n%s", code, args[0], p.errs)
	}
}

// An awaited stream tells what follows a word in its first line that has it.
type awaited struct {
	word string
	line chan string
	buf  safeBuffer
}

func newAwaited(word string) *awaited { return &awaited{word: word, line: make(chan string, 1)} }

func (a *awaited) Write(p []byte) (int, error) {
	n, err := a.buf.Write(p)
	if _, rest, found := strings.Cut(a.buf.String(), a.word); found {
		if line, _, whole := strings.Cut(rest, "\n"); whole {
			select {
			case a.line <- line:
			default: // it is told already
			}
		}
	}
	return n, err
}

func (a *awaited) String() string { return a.buf.String() }

// begun runs listen in this process; end interrupts it and returns its code.
func begun(t *testing.T, out io.Writer, args ...string) (url string, end func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	errs, code := newAwaited("listening on "), make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"listen", "--listen", "127.0.0.1:0"}, args...), cli.Streams{In: strings.NewReader(""), Out: out, Err: errs})
	}()
	t.Cleanup(cancel)
	select {
	case url = <-errs.line:
	case early := <-code:
		require.FailNow(t, "listen ended early", "code %d: %s", early, errs)
	}
	return url, func() int {
		cancel()
		return <-code
	}
}

func readExample(t *testing.T) []byte {
	t.Helper()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	sent, err := catalog.Type("netcore/event.sent")
	require.NoError(t, err)
	examples, err := sent.Examples()
	require.NoError(t, err)
	return examples[0].Body
}

// What is under way when the listener is interrupted is answered, judged and
// printed, however long its delay is.
func TestListen_InterruptFinishesRequests(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	url, end := begun(t, &out, "--delay", "1h", "--format", "ndjson")
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	require.NoError(t, err)
	defer connection.Close()
	body := readExample(t)
	_, err = fmt.Fprintf(connection, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", len(body))
	require.NoError(t, err)
	reader := bufio.NewReader(connection)
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusContinue, response.StatusCode) // it reads the body from now on
	code := make(chan int)
	go func() { code <- end() }()
	_, err = connection.Write(body)
	require.NoError(t, err)
	response, err = http.ReadResponse(reader, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Equal(t, cli.ExitInterrupted, <-code)
	require.Contains(t, out.String(), `"type":"netcore/event.sent"`)
}

// A failure to write ends the listener; nobody else would.
func TestListen_EndsOnWriteFailure(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"pretty", "ndjson"} {
		var errs = newAwaited("listening on ")
		code := make(chan int, 1)
		go func() {
			code <- run(t.Context(), []string{"listen", "--listen", "127.0.0.1:0", "--format", format}, cli.Streams{In: strings.NewReader(""), Out: &fullDisk{}, Err: errs})
		}()
		response, err := http.Post(<-errs.line, "application/json", bytes.NewReader(readExample(t)))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		require.Equal(t, cli.ExitEnvironment, <-code)
		require.Contains(t, errs.String(), "ringback: write the results: no space left on device\n")
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestListen_RejectsInvalidFlags(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--status", "100"}, cli.ExitUsage, "read --status: 100 is not a final status; use 200 to 599"},
		{[]string{"--status", "600"}, cli.ExitUsage, "read --status: 600 is not a final status"},
		{[]string{"--delay", "-1s"}, cli.ExitUsage, "read --delay: -1s is negative"},
		{[]string{"--count", "-1"}, cli.ExitUsage, "read --count: -1 is negative"},
		{[]string{"--tape", "-"}, cli.ExitUsage, "read --tape: the results go to stdout; name a file"},
		{[]string{"--tape", "no/such/folder/a.tape"}, cli.ExitEnvironment, "open the tape no/such/folder/a.tape: no such file or directory"},
		{[]string{"--listen", "8080"}, cli.ExitUsage, `read --listen: "8080" is not HOST:PORT (for example 127.0.0.1:8080)`},
		{[]string{"--listen", "127.0.0.1:99999"}, cli.ExitEnvironment, "listen on 127.0.0.1:99999: "},
		{[]string{"--provider", "gupshop"}, cli.ExitUsage, `no provider or route is named "gupshop"`},
		{[]string{"--format", "json"}, cli.ExitUsage, `"json" is not one of pretty, ndjson`},
		{[]string{"8080"}, cli.ExitUsage, `ringback listen takes no argument, got "8080"`},
	} {
		code, errs := ringback(t, io.Discard, append([]string{"listen"}, c.args...)...)
		require.Equal(t, c.code, code, errs)
		require.Contains(t, errs, c.want)
	}
}

func TestListen_PortInUse(t *testing.T) {
	t.Parallel()
	url, end := begun(t, io.Discard)
	code, errs := ringback(t, io.Discard, "listen", "--listen", strings.TrimPrefix(url, "http://"))
	require.Equal(t, cli.ExitEnvironment, code)
	require.Contains(t, errs, "address already in use; choose another --listen, or port 0")
	require.Equal(t, cli.ExitInterrupted, end())
}

// A tape is added to, never written over, and holds bodies and headers as they came.
func TestListen_AppendsToTape(t *testing.T) {
	t.Parallel()
	tape := filepath.Join(t.TempDir(), "a.tape")
	garbage := []byte("\xff{\x00}")
	for _, body := range [][]byte{readExample(t), garbage} {
		url, end := begun(t, io.Discard, "--tape", tape, "--provider", "netcore")
		request, err := http.NewRequest(http.MethodPost, url, bytes.NewReader(body))
		require.NoError(t, err)
		request.Header["X-Two"] = []string{"b", "a"}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		http.DefaultClient.CloseIdleConnections()
		require.Equal(t, cli.ExitInterrupted, end())
	}
	kept, err := os.ReadFile(tape)
	require.NoError(t, err)
	lines := bytes.Split(bytes.TrimSpace(kept), []byte("\n"))
	require.Len(t, lines, 2)
	for i, want := range [][]byte{readExample(t), garbage} {
		d, err := capture.ReadDelivery(lines[i])
		require.NoError(t, err)
		require.Equal(t, want, d.Event.Body)
		require.Equal(t, "netcore", d.Event.Route)
		require.Subset(t, d.Event.Headers, []webhook.Header{{Name: "X-Two", Value: "b"}, {Name: "X-Two", Value: "a"}})
		require.Equal(t, http.StatusOK, d.Attempts[0].Status)
	}
}
