// Package healthcheck has the command that checks whether a server is ready.
package healthcheck

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
)

// Options are the flags of healthcheck.
type Options struct {
	*cli.Factory
	server string
}

// NewCommand makes healthcheck. Without run, it checks the server.
func NewCommand(f *cli.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = check
	}
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:     "healthcheck",
		Short:   "Check whether a server is ready, in containers without curl",
		Example: "  ringback healthcheck --server http://127.0.0.1:8080",
		Long: "Request /readyz from the provider or control API of a server. Exit with 3 if it\n" +
			"isn't ready.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.server, "server", "http://127.0.0.1:8080", "`URL` of the server; the certificate of https:// is not verified")
	return c
}

const healthTimeout = 3 * time.Second

func check(ctx context.Context, o *Options) error {
	base, err := cli.ServerURL(o.server)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base.JoinPath("readyz").String(), http.NoBody)
	if err != nil {
		return fmt.Errorf("read --server: %w", err)
	}
	// The request carries no secret, and the certificate of serve --tls is of a new CA.
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, CheckRedirect: cli.NoRedirect,
	}
	response, err := client.Do(request)
	if err != nil {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("check %s: %w; is `ringback serve` running there?", base.Host, cli.NetworkCause(err)))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("check %s: not ready: status %d", base.Host, response.StatusCode))
	}
	_, err = fmt.Fprintln(o.Out, "ready")
	return cli.WriteError(err)
}
