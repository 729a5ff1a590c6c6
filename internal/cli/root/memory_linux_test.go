package root

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkServeMemory makes 20,000 send calls to `ringback serve`, which delivers their
// webhooks, and reports the memory of its process: before the calls (MiB-idle), at most
// (MiB-peak) and after the last delivery (MiB-after). CPU time is that of the process.
func BenchmarkServeMemory(b *testing.B) {
	const calls = 20_000
	path := binary(b)
	for name, args := range map[string][]string{"default": nil, "64MiB": {"--memory", "64MiB"}} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				consumer := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
				s := serveProcess(b, path, append(args, "--to", consumer.URL)...)
				time.Sleep(2 * time.Second) // what loading took is given back
				b.ReportMetric(s.memory(b, "VmRSS"), "MiB-idle")
				b.ReportMetric(s.memory(b, "RssFile"), "MiB-code")
				s.send(b, calls)
				s.idle(b)
				b.ReportMetric(s.memory(b, "VmHWM"), "MiB-peak")
				b.ReportMetric(s.memory(b, "VmRSS"), "MiB-after")
				usage := s.stop(b)
				b.ReportMetric(float64(usage.Utime.Nano()+usage.Stime.Nano())/calls/1000, "µs-cpu/call")
				b.ReportMetric(float64(s.rejected.Load())/calls, "503/call")
				b.ReportMetric(0, "ns/op")
				consumer.Close()
			}
		})
	}
}

// A served process is `ringback serve` in a process of its own.
type served struct {
	command           *exec.Cmd
	provider, control string
	rejected          atomic.Int64
}

func serveProcess(b *testing.B, path string, args ...string) *served {
	b.Helper()
	all := append([]string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--no-control-token", "--speed", "max"}, args...)
	s := &served{command: exec.Command(path, all...)}
	errs, err := s.command.StderrPipe()
	require.NoError(b, err)
	require.NoError(b, s.command.Start())
	lines := bufio.NewScanner(errs)
	for s.control == "" && lines.Scan() {
		if _, u, ok := strings.Cut(lines.Text(), "provider API at "); ok {
			s.provider = u
		}
		if _, u, ok := strings.Cut(lines.Text(), "control API at "); ok {
			s.control, _, _ = strings.Cut(u, ",")
		}
	}
	require.NotEmpty(b, s.control)
	go func() { _, _ = io.Copy(os.Stderr, errs) }()
	return s
}

// memory is a line of /proc/PID/status in MiB.
func (s *served) memory(b *testing.B, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.command.Process.Pid))
	require.NoError(b, err)
	_, rest, found := strings.Cut(string(text), name+":")
	require.True(b, found)
	kib, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(b, err)
	return float64(kib) / (1 << 10)
}

// send makes n calls to a send API, some at a time.
func (s *served) send(b *testing.B, n int) {
	b.Helper()
	const atOnce = 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce}}
	defer client.CloseIdleConnections()
	body := url.Values{
		"channel": {"whatsapp"}, "source": {"919000000001"}, "destination": {"919000000002"}, "src.name": {"Demo"}, "message": {`{"type":"text","text":"hi"}`},
	}.Encode()
	one := func() error {
		for {
			r, err := http.NewRequest(http.MethodPost, s.provider+"/wa/api/v1/msg", strings.NewReader(body))
			if err != nil {
				return err
			}
			r.Header = http.Header{"Apikey": {"any"}, "Content-Type": {"application/x-www-form-urlencoded"}}
			response, err := client.Do(r)
			if err != nil {
				return err
			}
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			switch response.StatusCode {
			case http.StatusAccepted:
				return nil
			case http.StatusServiceUnavailable: // too much hasn't ended
				s.rejected.Add(1)
				time.Sleep(10 * time.Millisecond)
			default:
				return fmt.Errorf("status %d", response.StatusCode)
			}
		}
	}
	var callers sync.WaitGroup
	for range atOnce {
		callers.Go(func() {
			for range n / atOnce {
				if err := one(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
}

// idle waits until all runs and deliveries have ended.
func (s *served) idle(b *testing.B) {
	b.Helper()
	for {
		response, err := http.Get(s.control + "/api/v1/runs")
		require.NoError(b, err)
		var runs struct{ Data []struct{ State string } }
		require.NoError(b, json.NewDecoder(response.Body).Decode(&runs))
		require.NoError(b, response.Body.Close())
		if !slices.ContainsFunc(runs.Data, func(r struct{ State string }) bool { return r.State == "running" }) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (s *served) stop(b *testing.B) *syscall.Rusage {
	b.Helper()
	require.NoError(b, s.command.Process.Signal(os.Interrupt))
	require.NoError(b, s.command.Wait())
	return s.command.ProcessState.SysUsage().(*syscall.Rusage)
}
