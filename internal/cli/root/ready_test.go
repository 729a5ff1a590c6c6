//go:build unix

package root

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// BenchmarkReady starts the server as a process, reads where it listens and asks
// whether it is ready, until it is. ms/ready is from the start of the process to
// that answer; ms/help is a process that only prints its help.
func BenchmarkReady(b *testing.B) {
	path := binary(b)
	var ready, help time.Duration
	rounds := 0
	for b.Loop() {
		rounds++
		begin := time.Now()
		require.NoError(b, exec.Command(path, "-h").Run())
		between := time.Now()
		command := exec.Command(path, "serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0")
		errs, err := command.StderrPipe()
		require.NoError(b, err)
		require.NoError(b, command.Start())
		url := ""
		for lines := bufio.NewScanner(errs); url == "" && lines.Scan(); {
			_, url, _ = strings.Cut(lines.Text(), "provider API at ")
		}
		require.NotEmpty(b, url, "the server says where it listens")
		for !isReady(url) {
			require.Less(b, time.Since(between), time.Minute, "the server is never ready")
		}
		ready, help = ready+time.Since(between), help+between.Sub(begin)
		require.NoError(b, command.Process.Signal(os.Interrupt))
		require.NoError(b, command.Wait())
	}
	http.DefaultClient.CloseIdleConnections()
	b.ReportMetric(float64(ready.Milliseconds())/float64(rounds), "ms/ready")
	b.ReportMetric(float64(help.Milliseconds())/float64(rounds), "ms/help")
	b.ReportMetric(0, "ns/op")
}

func isReady(url string) bool {
	response, err := http.Get(url + "/readyz")
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}
