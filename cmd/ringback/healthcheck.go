package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func newHealthcheck(s streams) *cobra.Command {
	var addr string
	c := &cobra.Command{
		Use:   "healthcheck",
		Short: "Ask a server whether it is ready, for containers that have no curl",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return healthcheck(c.Context(), s.out, addr)
		},
	}
	c.Flags().StringVar(&addr, "listen", "127.0.0.1:8080", "the provider side's `ADDR`")
	return c
}

const healthPatience = 3 * time.Second

func healthcheck(ctx context.Context, out io.Writer, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("read --listen: %q is no HOST:PORT, such as 127.0.0.1:8080", addr)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1" // who listens everywhere listens here
	}
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(request)
	if err != nil {
		var failed *net.OpError
		if errors.As(err, &failed) {
			err = failed.Err
		}
		return exit{exitEnvironment, fmt.Errorf("ask %s: %w", net.JoinHostPort(host, port), err)}
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return exit{exitEnvironment, fmt.Errorf("ask %s: it answers %d, and is not ready", net.JoinHostPort(host, port), answer.StatusCode)}
	}
	_, err = fmt.Fprintln(out, "ready")
	return written(err)
}
