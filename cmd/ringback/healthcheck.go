package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

func newHealthcheck(s streams) *cobra.Command {
	var addr string
	var secure bool
	c := &cobra.Command{
		Use:     "healthcheck",
		Short:   "Check whether a server is ready, in containers without curl",
		Example: "  ringback healthcheck --listen 127.0.0.1:8080",
		Long:    "Ask a server for /readyz. Exit with 3 if it isn't ready.",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return healthcheck(c.Context(), s.out, addr, secure)
		},
	}
	c.Flags().StringVar(&addr, "listen", "127.0.0.1:8080", "`ADDR` of the provider API")
	c.Flags().BoolVar(&secure, "tls", false, "use TLS, without verifying the certificate")
	return c
}

const healthTimeout = 3 * time.Second

func healthcheck(ctx context.Context, out io.Writer, addr string, secure bool) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("read --listen: %q is no HOST:PORT, such as 127.0.0.1:8080", addr)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // who listens everywhere listens here
	}
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	ready := url.URL{Scheme: "http", Host: net.JoinHostPort(host, port), Path: "/readyz"}
	if secure {
		ready.Scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, ready.String(), http.NoBody)
	if err != nil {
		return fmt.Errorf("read --listen: %q is no HOST:PORT, such as 127.0.0.1:8080", addr)
	}
	// Nothing secret is sent, and what is asked is whether it answers, not who it is.
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, CheckRedirect: noRedirect,
	}
	response, err := client.Do(request)
	if err != nil {
		return exit{exitEnvironment, fmt.Errorf("ask %s: %w; is `ringback serve` running there?", ready.Host, networkReason(err))}
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return exit{exitEnvironment, fmt.Errorf("ask %s: it answers %d, and is not ready", ready.Host, response.StatusCode)}
	}
	_, err = fmt.Fprintln(out, "ready")
	return written(err)
}
