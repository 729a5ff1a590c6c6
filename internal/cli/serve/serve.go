// Package serve has the commands that run a mock server, and follow one: serve and tail.
package serve

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/internal/wire/proxy"
	"github.com/ringback-dev/ringback/server"
)

// Options are the flags of serve.
type Options struct {
	*cli.Factory
	listen, control, token, secret, seed, speed, verifyToken string
	proxy, caDir                                             string
	to, keys, allow, hosts                                   []string
	window, memory                                           string
	concurrency, inboxStatus, maxConnections                 int
	noToken, tls, quiet, strict                              bool
	// seedOrigin is where the seed is from: "flag", "RINGBACK_SEED", "ringback.yaml:3".
	seedOrigin string
}

// NewCommand makes serve. Without run, it serves.
func NewCommand(f *cli.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = runServer
	}
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Be the provider: send APIs, webhooks, an inbox, and a control API",
		Long: "Play the provider over HTTP. The consumer calls the provider API, with only its base\n" +
			"URL changed, and gets the webhooks that belong to each call. People and tests use\n" +
			"the control API to watch, wait and inject faults. Everything is kept in memory,\n" +
			"but uploaded media in temporary files.",
		Example: "  ringback serve --to http://127.0.0.1:3000/webhooks --speed 60x\n" +
			"  ringback serve --to netcore=http://127.0.0.1:3000/netcore --no-control-token",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.seedOrigin = settings.Origin(c.Flags().Lookup("seed"))
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "serve the provider API, for the consumer, on this `HOST:PORT`")
	flags.StringVar(&o.control, "control-listen", "127.0.0.1:8081", "serve the control API, for people and tests, on this `HOST:PORT`; empty turns it off")
	flags.StringArrayVar(&o.to, "to", nil, "send webhooks to this `URL`, or ROUTE=URL, without a subscription (repeatable)")
	flags.StringArrayVar(&o.keys, "api-key", nil, "accept only this API `KEY` (default: any that is not empty) (repeatable)")
	flags.StringVar(&o.secret, "secret", "", "sign webhooks to --to with this `SECRET`, where the provider signs")
	flags.StringVar(&o.seed, "seed", "", "random seed, a `NUMBER`; a restart with it repeats all IDs (default: 128 random bits, printed)")
	flags.StringVar(&o.speed, "speed", "1x", "scenario time per real time, a `SPEED`: 1x, 60x, or max to send at once")
	flags.StringVar(&o.memory, "memory", "96MiB", "limit the memory of the process to `SIZE`, at least 56MiB; the journal gets a part of it")
	cli.Enum(flags, &o.window, "service-window", "customer service `WINDOW`: open, or tracked (open for 24 hours after the end user wrote)", "open", "tracked")
	flags.StringArrayVar(&o.allow, "allow", nil, "allow addresses: local, public, a network or a `HOST` (default: local) (repeatable)")
	cli.StrictFlag(flags, &o.strict)
	flags.IntVar(&o.concurrency, "concurrency", 16, "make at most `N` attempts to one URL at the same time")
	flags.IntVar(&o.maxConnections, "max-connections", deadline.DefaultConnections, "accept at most `N` connections to each API, and to the proxy, at the same time")
	flags.StringVar(&o.token, "control-token", "", "`TOKEN` of the control API (default: random, printed to stderr)")
	flags.BoolVar(&o.noToken, "no-control-token", false, "turn off authentication on the control API")
	flags.StringArrayVar(&o.hosts, "control-host", nil, "accept this host `NAME` in calls of the control API (repeatable)")
	flags.BoolVar(&o.tls, "tls", false, "serve the provider API over TLS, at the hosts of the providers too, by a CA for tests")
	flags.StringVar(&o.proxy, "proxy", "", "serve a forward proxy on this `HOST:PORT`, which leads the hosts of the providers here")
	flags.StringVar(&o.caDir, "ca-dir", "", "keep the CA of --tls and --proxy in `DIR` (default: a new one for each start)")
	flags.IntVar(&o.inboxStatus, "inbox-status", 200, "respond with this HTTP `CODE` in the inbox")
	flags.StringVar(&o.verifyToken, "verify-token", "", "respond to the challenge of a GET with this `TOKEN` in the inbox")
	flags.BoolVar(&o.quiet, "quiet", false, "print no line for each call and each delivery on a terminal")
	for _, name := range []string{"secret", "control-token", "verify-token", "api-key"} {
		flags.Lookup(name).Annotations = map[string][]string{cli.SecretFlag: {}}
	}
	return c
}

func runServer(ctx context.Context, o *Options) error {
	memory, err := cli.ParseMemory(o.memory)
	if err != nil {
		return err
	}
	defer memory.Apply()()
	options, err := o.options()
	if err != nil {
		return err
	}
	options.JournalEntries, options.JournalBytes = memory.Entries(), memory.Journal()
	provider, err := cli.Listen(ctx, "--listen", o.listen)
	if err != nil {
		return err
	}
	defer provider.Close()
	var control net.Listener
	if o.control != "" {
		if control, err = cli.Listen(ctx, "--control-listen", o.control); err != nil {
			return err
		}
		defer control.Close()
	}
	var forward net.Listener
	if o.proxy != "" {
		if forward, err = cli.Listen(ctx, "--proxy", o.proxy); err != nil {
			return err
		}
		defer forward.Close()
	}
	ca, err := o.authority(provider)
	if err != nil {
		return err
	}
	defer ca.Close()
	options.Deny, options.ProviderAddrs = append(own(control), own(forward)...), own(provider)
	mock, err := server.New(options)
	if err != nil {
		return err
	}
	sides := o.sides(mock, options.Log, provider, control)
	scheme := "http"
	if o.tls {
		sides[0].listener, scheme = o.bound(options.Log, "provider", provider).Secure(ca.TLS()), "https"
	}
	fmt.Fprint(o.Err, o.seedText(prng.RunSeed{High: options.SeedHigh, Low: options.Seed}))
	fmt.Fprintf(o.Err, "provider API at %s://%s\n", scheme, provider.Addr())
	if forward != nil {
		sides = append(sides, o.proxySides(mock, ca, options.Log, forward)...)
		fmt.Fprintf(o.Err, "proxy at http://%s\n", forward.Addr())
	}
	if control != nil {
		fmt.Fprintf(o.Err, "control API at http://%s%s\n", control.Addr(), tokenText(options.Token))
	}
	return o.serve(ctx, mock, sides)
}

// A side is a server, and what it listens on.
type side struct {
	server   *http.Server
	listener net.Listener
}

// sides are the provider API and, unless control is nil, the control API.
func (o *Options) sides(mock *server.Server, log *slog.Logger, provider, control net.Listener) []side {
	all := []side{{httpServer(mock.Provider(), log), o.bound(log, "provider", provider)}}
	if control != nil {
		all = append(all, side{httpServer(mock.Control(), log), o.bound(log, "control", control)})
	}
	return all
}

// proxySides are the proxy and the connections with TLS that it opens: both lead to the provider API.
func (o *Options) proxySides(mock *server.Server, ca *trusted, log *slog.Logger, l net.Listener) []side {
	handler := mock.Provider()
	p := proxy.New(ca.Hosts(), ca.TLSFor, handler, log)
	return []side{{httpServer(p, log), o.bound(log, "proxy", l)}, {httpServer(handler, log), p.Tunnels()}}
}

// bound bounds the connections to one of the APIs.
func (o *Options) bound(log *slog.Logger, api string, l net.Listener) *deadline.Listener {
	return deadline.Bound(l, o.maxConnections, func(rejected int64) {
		log.Warn("reject connections: as many are open as --max-connections allows", "api", api, "max", o.maxConnections, "rejected", rejected)
	})
}

// seedText is the seed of the server, with a warning if it is fixed.
func (o *Options) seedText(seed prng.RunSeed) string {
	text := fmt.Sprintf("seed %s\n", seed)
	if o.seed == "" {
		return text
	}
	origin := o.seedOrigin
	if origin == "flag" {
		origin = "--seed"
	}
	return text + report.Indent(report.Style{}, 0, "ringback: warning: the seed is fixed ("+origin+"): after a restart the server issues the same IDs again, "+
		"and a consumer that ignores IDs that it has seen loses messages; leave the seed out to get new IDs") + "\n"
}

func tokenText(token string) string {
	if token == "" {
		return ", without a token"
	}
	return ", token " + token
}

func (o *Options) options() (server.Options, error) {
	options := server.Options{
		Allow: o.allow, Keys: o.keys, Secret: o.secret, TrackWindow: o.window == "tracked", StrictResponses: o.strict, Concurrency: o.concurrency, Hosts: named(o.hosts, o.control), Token: o.token,
		Inbox: server.InboxOptions{Status: o.inboxStatus, VerifyToken: o.verifyToken}, Log: loggerFor(o.Streams),
	}
	var err error
	if options.Schemas, err = o.Trees(); err != nil {
		return options, err
	}
	if options.Speed, err = server.ParseSpeed(o.speed); err != nil {
		return options, err
	}
	seed, err := cli.RunSeed(o.seed)
	if err != nil {
		return options, err
	}
	options.SeedHigh, options.Seed = seed.High, seed.Low
	if _, err = delivery.ParsePolicy(o.allow...); err != nil {
		return options, err
	}
	if o.concurrency < 1 || o.concurrency > 4096 {
		return options, fmt.Errorf("read --concurrency: %d is not from 1 to 4096", o.concurrency)
	}
	if o.maxConnections < 1 || o.maxConnections > 1_000_000 {
		return options, fmt.Errorf("read --max-connections: %d is not from 1 to 1000000", o.maxConnections)
	}
	if o.inboxStatus < 200 || o.inboxStatus > 599 {
		return options, fmt.Errorf("read --inbox-status: %d is not a final status; use 200 to 599", o.inboxStatus)
	}
	for _, text := range o.to {
		d := server.Destination{URL: text}
		if route, url, found := strings.Cut(text, "="); found && !strings.Contains(route, ":") {
			d = server.Destination{Route: route, URL: url}
		}
		options.To = append(options.To, d)
	}
	switch {
	case o.noToken && o.token != "":
		return options, errors.New("serve: --control-token and --no-control-token exclude each other; set one")
	case !o.noToken && o.token == "":
		options.Token = rand.Text()
	}
	return options, nil
}

// loggerFor logs for people on a terminal, and as JSON elsewhere.
func loggerFor(s cli.Streams) *slog.Logger {
	if cli.IsTerminal(s.Err) {
		return slog.New(slog.NewTextHandler(s.Err, nil))
	}
	return slog.New(slog.NewJSONHandler(s.Err, nil))
}

// own are the addresses of a listener: of one on all addresses, those of this
// machine too.
func own(l net.Listener) []netip.AddrPort {
	if l == nil {
		return nil
	}
	addr, err := netip.ParseAddrPort(l.Addr().String())
	if err != nil {
		return nil
	}
	all := []netip.AddrPort{addr}
	if !addr.Addr().IsUnspecified() {
		return all
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return all
	}
	for _, one := range interfaces {
		if prefix, err := netip.ParsePrefix(one.String()); err == nil {
			all = append(all, netip.AddrPortFrom(prefix.Addr(), addr.Port()))
		}
	}
	return all
}

// named adds the host by which a listener was asked for to those of the control
// side, unless it is every host.
func named(hosts []string, control string) []string {
	host, _, err := net.SplitHostPort(control)
	if addr, failed := netip.ParseAddr(host); err != nil || host == "" || failed == nil && addr.IsUnspecified() {
		return hosts
	}
	return append(slices.Clip(hosts), host)
}

// maxEnd is how long requests under way may take when the server ends.
const maxEnd = 5 * time.Second

// serve serves all sides until an interrupt.
func (o *Options) serve(ctx context.Context, mock *server.Server, sides []side) error {
	release := time.AfterFunc(time.Second, debug.FreeOSMemory) // loading took more than what stays; the first calls come first
	defer release.Stop()
	endLines := o.watch(ctx, mock)
	defer endLines()
	failed := make(chan error, len(sides))
	for _, one := range sides {
		go func() { failed <- one.server.Serve(one.listener) }()
	}
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxEnd)
	defer cancel()
	unsent := mock.Close()
	var ends sync.WaitGroup
	for _, one := range sides {
		ends.Go(func() {
			if one.server.Shutdown(ending) != nil {
				_ = one.server.Close() // what it closes is given up anyway
			}
		})
	}
	ends.Wait()
	if unsent != "" {
		fmt.Fprintf(o.Err, "ringback: stopped: %s\n", unsent)
	}
	if err != nil {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("serve: %w", err))
	}
	return cli.ErrServed
}

// httpServer serves a side, whose handler has the limits of requests.
func httpServer(h http.Handler, log *slog.Logger) *http.Server {
	return deadline.Default().Server(h, slog.NewLogLogger(log.Handler(), slog.LevelWarn))
}
