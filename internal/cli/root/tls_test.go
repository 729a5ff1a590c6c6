package root

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

func TestServe_TLSNeedsItsCA(t *testing.T) {
	t.Parallel()
	ctx, end := context.WithCancel(t.Context())
	errs, code := newAwaited("control API at "), make(chan int, 1)
	go func() {
		args := []string{"serve", "--tls", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--no-control-token"}
		code <- run(ctx, args, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs})
	}()
	t.Cleanup(end)
	<-errs.line
	after := func(word string) string {
		_, text, found := strings.Cut(errs.String(), word)
		require.True(t, found, errs)
		line, _, _ := strings.Cut(text, "\n")
		return line
	}
	url, file := after("provider API at "), after("trust the CA in ")
	ca, err := os.ReadFile(file)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(ca))
	require.NotContains(t, string(ca), "PRIVATE KEY")

	client := func(trusted *x509.CertPool) *http.Client {
		return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: trusted}}}
	}
	names := []string{url, strings.Replace(url, "127.0.0.1", "localhost", 1)}
	for _, name := range names {
		response, err := client(pool).Post(name+"/in/netcore", "application/json", strings.NewReader("{}"))
		require.NoError(t, err, name)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	}
	_, err = client(x509.NewCertPool()).Get(url + "/readyz")
	require.ErrorContains(t, err, "certificate signed by unknown authority")

	addr := strings.TrimPrefix(url, "https://")
	got, _ := ringback(t, io.Discard, "healthcheck", "--server", url)
	require.Equal(t, cli.ExitOK, got)
	got, complaint := ringback(t, io.Discard, "healthcheck", "--server", "http://"+addr)
	require.Equal(t, cli.ExitEnvironment, got)
	require.Contains(t, complaint, "not ready: status 400")

	end()
	require.Equal(t, cli.ExitOK, <-code)
	require.NoFileExists(t, file)
}
