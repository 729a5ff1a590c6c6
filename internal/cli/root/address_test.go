package root

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

// atProviders starts serve and returns what it printed, when it is ready.
func atProviders(t *testing.T, args ...string) *awaited {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	errs, code := newAwaited("control API at "), make(chan int, 1)
	args = append([]string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--no-control-token"}, args...)
	go func() { code <- run(ctx, args, cli.Streams{In: strings.NewReader(""), Out: io.Discard, Err: errs}) }()
	t.Cleanup(func() {
		end()
		require.Equal(t, cli.ExitOK, <-code, errs)
	})
	<-errs.line
	return errs
}

// said is the rest of the line that begins with a text.
func said(t *testing.T, errs *awaited, start string) string {
	t.Helper()
	_, text, found := strings.Cut(errs.String(), start)
	require.True(t, found, errs)
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// trusting is a client that trusts a CA. It never resolves a name: all connections go to dialed.
func trusting(t *testing.T, file, dialed string, through *url.URL) *http.Client {
	t.Helper()
	ca, err := os.ReadFile(file)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(ca))
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}, Proxy: http.ProxyURL(through),
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, dialed)
		},
	}}
}

// sends sends a message with a client whose address of Gupshup is fixed.
func sends(t *testing.T, client *http.Client, base string) {
	t.Helper()
	form := url.Values{"channel": {"whatsapp"}, "source": {"919000000001"}, "destination": {"919000000002"}, "src.name": {"Demo"}, "message": {`{"type":"text","text":"hi"}`}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/wa/api/v1/msg", strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header.Set("apikey", "any")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := client.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusAccepted, response.StatusCode, string(text))
	require.Contains(t, string(text), `"messageId"`)
}

func TestServe_AtTheProvidersAddressByTLS(t *testing.T) {
	t.Parallel()
	errs := atProviders(t, "--tls")
	addr := strings.TrimPrefix(said(t, errs, "provider API at "), "https://")
	client := trusting(t, said(t, errs, "trust the CA in "), addr, nil)
	sends(t, client, "https://api.gupshup.io")
	_, err := client.Get("https://evil.example/")
	require.ErrorContains(t, err, "unrecognized name")
}

func TestServe_AtTheProvidersAddressByProxy(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ca")
	errs := atProviders(t, "--proxy", "127.0.0.1:0", "--ca-dir", dir)
	through, err := url.Parse(said(t, errs, "proxy at "))
	require.NoError(t, err)
	require.Equal(t, "there was none; applications must trust it again", said(t, errs, "made a new CA, because "))
	file := said(t, errs, "trust the CA in ")
	require.Equal(t, filepath.Join(dir, "ca.pem"), file)
	client := trusting(t, file, through.Host, through)
	sends(t, client, "https://api.gupshup.io")
	sends(t, client, "http://api.gupshup.io")

	// The proxy leads to neither of the server's own listeners, nor to anything else.
	control, provider := said(t, errs, "control API at "), said(t, errs, "provider API at ")
	control, _, _ = strings.Cut(control, ",")
	for _, to := range []string{control + "/api/v1/runs", provider + "/readyz", through.String(), "http://169.254.169.254/", "http://example.com/"} {
		response, err := client.Get(to)
		require.NoError(t, err, to)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusForbidden, response.StatusCode, to)
	}
	_, err = client.Get("https://example.com/")
	require.ErrorContains(t, err, "Forbidden")

	response, err := http.Get(control + "/api/v1/calls?full=true")
	require.NoError(t, err)
	defer response.Body.Close()
	calls, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(calls), `"path":"/wa/api/v1/msg"`), string(calls))
	require.NotContains(t, string(calls), "Proxy-")

	again := atProviders(t, "--tls", "--ca-dir", dir)
	require.NotContains(t, again.String(), "made a new CA")
	sends(t, trusting(t, file, strings.TrimPrefix(said(t, again, "provider API at "), "https://"), nil), "https://api.gupshup.io")
}

func TestServe_CADirErrors(t *testing.T) {
	t.Parallel()
	code, complaint := ringback(t, io.Discard, "serve", "--listen", "127.0.0.1:0", "--control-listen", "", "--ca-dir", t.TempDir())
	require.Equal(t, cli.ExitUsage, code)
	require.Contains(t, complaint, "--ca-dir has no effect without --tls or --proxy")
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "private"), 0o755))
	require.NoError(t, os.Chmod(filepath.Join(dir, "private"), 0o755))
	code, complaint = ringback(t, io.Discard, "serve", "--tls", "--listen", "127.0.0.1:0", "--control-listen", "", "--ca-dir", dir)
	require.Equal(t, cli.ExitEnvironment, code)
	require.Contains(t, complaint, "others can use its key")
}
