package validate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/pipeline"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/internal/wire/inbox"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// ListenOptions are the flags of listen.
type ListenOptions struct {
	*cli.Factory
	addr, route, eventType, format, failOn, tape, verifyToken, scheme string
	template                                                          string
	secrets                                                           []string

	status, count int
	delay         time.Duration
	now           cli.Now
}

// NewListenCommand makes listen. Without run, it listens.
func NewListenCommand(f *cli.Factory, run func(context.Context, *ListenOptions) error) *cobra.Command {
	if run == nil {
		run = listen
	}
	o := &ListenOptions{Factory: f}
	c := &cobra.Command{
		Use:   "listen [flags]",
		Short: "Receive webhooks over HTTP, and validate them",
		Long: "Be a consumer: respond to each request at once with an empty body, then print which\n" +
			"event type it is and check it against the provider's contract. A webhook has any\n" +
			"method, and JSON, a form or a query. The levels are those of `ringback validate`.\n" +
			"\n" +
			"The address is printed to stderr. Listen until --count or an interrupt (Ctrl-C), and\n" +
			"then print a summary. Exit with 1 if a webhook is as bad as --fail-on, with 3 if the\n" +
			"port is taken, and with 130 if interrupted.",
		Example: "  ringback listen\n" +
			"  ringback listen --listen 127.0.0.1:0 --count 10 --fail-on drift\n" +
			"  ringback listen --provider gupshup --tape received.tape\n" +
			"  ringback listen --status 503 --delay 11s",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("read the command line: %s takes no argument, got %q", c.CommandPath(), args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.addr, "listen", "127.0.0.1:8080", "listen on this `HOST:PORT`; port 0 is any free port")
	flags.StringVar(&o.route, "provider", "", "consider only this `PROVIDER` or route, for example gupshup/v3")
	flags.StringVar(&o.eventType, "type", "", "validate every body as this event `TYPE`")
	cli.Enum(flags, &o.format, "format", "output `FORMAT`: pretty or ndjson", "pretty", "ndjson")
	cli.Enum(flags, &o.failOn, "fail-on", "exit with 1 at this `LEVEL` or worse: error, drift or none", "error", "drift", "none")
	cli.TemplateFlag(flags, &o.template)
	o.now.Flag(flags, "compare the times of bodies with this `TIME`, for example 2026-03-01T10:00:00Z (default: when they arrive)")
	flags.IntVar(&o.status, "status", 200, "respond with this HTTP `CODE`")
	flags.DurationVar(&o.delay, "delay", 0, "respond after this `DURATION`, for example 11s")
	flags.IntVar(&o.count, "count", 0, "stop after `N` webhooks, and those in progress (0: never)")
	flags.StringVar(&o.tape, "tape", "", "append each received webhook to this `FILE`, as a tape")
	flags.StringVar(&o.verifyToken, "verify-token", "", "respond to the challenge of a GET with this `TOKEN`")
	flags.StringArrayVar(&o.secrets, "secret", nil, "verify signatures with this `SECRET`; the response stays the same (repeatable)")
	flags.StringVar(&o.scheme, "signature", "", "verify by this `SCHEME` instead of the provider's: "+strings.Join(signature.Names(), ", "))
	for _, name := range []string{"verify-token", "secret"} {
		flags.Lookup(name).Annotations = map[string][]string{cli.SecretFlag: {}}
	}
	return c
}

// check rejects invalid values of flags.
func (o *ListenOptions) check() error {
	switch {
	case o.status < 200 || o.status > 599:
		return fmt.Errorf("read --status: %d is not a final status; use 200 to 599", o.status)
	case o.delay < 0:
		return fmt.Errorf("read --delay: %s is negative", o.delay)
	case o.count < 0:
		return fmt.Errorf("read --count: %d is negative; use 0 to listen until interrupted", o.count)
	case o.tape == "-":
		return errors.New("read --tape: the results go to stdout; name a file")
	}
	return nil
}

func listen(ctx context.Context, o *ListenOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	now := time.Time{}
	if o.now.Set() {
		if now, err = o.now.Time(); err != nil {
			return err
		}
	}
	asked := schemas.Scope{Route: o.route, Type: o.eventType}
	if asked.Composed, err = cli.RequestTemplate(catalog, o.template); err != nil {
		return err
	}
	if _, err := catalog.Validator(asked); err != nil {
		return err
	}
	types, err := catalog.TypesOf(o.route)
	if err != nil {
		return err
	}
	verify, err := o.verifier(catalog)
	if err != nil {
		return err
	}
	tape, err := cli.AppendTape(o.tape)
	if err != nil {
		return err
	}
	defer tape.Close()
	l, err := cli.ListenHere(ctx, o.addr)
	if err != nil {
		return err
	}
	serving, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	seen := &received{
		catalog: catalog, asked: asked, now: now, verify: verify, tape: tape, count: o.count, stop: stop,
		printer: arrivalPrinterOf(o.format, o.Out, columnsOf(types, cli.StyleOf(o.Out).Width)),
	}
	log := cli.NewLogger(o.Err)
	fmt.Fprintln(o.Err, "listening on", cli.URLOf(l))
	failed := cli.Serve(serving, l, &inbox.Consumer{
		Status: o.status, Delay: o.delay, VerifyToken: o.verifyToken, Handshakes: catalog.Challenges(o.route), Timeout: deadline.Default().Body, OnReceived: seen.add, Log: log,
	}, log)
	return cmp.Or(failed, seen.end(o.failOn))
}

// verifier verifies what comes; nil if no secret is given. An unsigned route has none.
func (o *ListenOptions) verifier(catalog *schemas.Catalog) (engine.Verifier, error) {
	switch {
	case len(o.secrets) == 0 && o.scheme != "":
		return nil, errors.New("read --signature: no secret; set --secret")
	case len(o.secrets) == 0:
		return nil, nil
	case o.route == "" && o.scheme == "":
		return nil, errors.New("read --secret: no signature scheme; set --provider ROUTE or --signature SCHEME")
	}
	route, err := catalog.Route(cmp.Or(o.route, catalog.Default().Name))
	if err != nil {
		return nil, err
	}
	return engine.VerifierOf(route, o.scheme, o.secrets)
}

// A received validates received webhooks, prints them and writes them to the tape.
type received struct {
	catalog *schemas.Catalog
	asked   schemas.Scope
	now     time.Time       // zero: when a webhook arrives
	verify  engine.Verifier // nil: signatures are not verified
	stop    context.CancelCauseFunc

	mu      sync.Mutex // guards what follows: the summary need not wait for a client that was cut off
	printer arrivalPrinter
	tape    io.Writer
	seen    int
	count   int
	failed  error
}

// add takes a received webhook. It stops the listener when enough has come, and when the
// results cannot be written.
func (l *received) add(a inbox.Received) {
	body := capture.Body{}
	if content, err := request.Content(a.Event); err != nil {
		body.Problem = err.Error()
	} else {
		body.Bytes = content
	}
	if a.TooLarge() {
		body.Size = a.Size
	}
	now := l.now
	if now.IsZero() {
		now = a.Event.At
	}
	items, err := pipeline.Validate(l.catalog, l.asked, now, body)
	l.authenticate(a, items)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return
	}
	l.seen++
	body.Source = fmt.Sprintf("request %d", l.seen)
	a.Event.Route = l.asked.Route
	if err == nil {
		err = l.keep(a)
	}
	if err == nil {
		err = cmp.Or(l.printer.received(a, body, items), l.printer.flush())
	}
	if l.failed = err; err != nil || l.seen == l.count {
		l.stop(err)
	}
}

// authenticate adds a finding about the signature to the first item.
func (l *received) authenticate(a inbox.Received, items []webhook.Item) {
	if l.verify == nil || a.TooLarge() || len(items) == 0 {
		return
	}
	err := l.verify(signature.Received{URL: a.URL, Header: a.Event.Headers, Body: a.Event.Body}, a.Event.At)
	if err == nil {
		return
	}
	v := &items[0].Verdict
	v.Level = webhook.LevelError
	v.Findings = append(v.Findings, webhook.Finding{
		Level: webhook.LevelError, Rule: webhook.RuleSignature, Found: strings.TrimPrefix(err.Error(), "verify signature: "),
		Expected: "the signature of who has the secret", Hint: "the bytes that are signed are those of the body as it came",
	})
}

// keep writes a received webhook to the tape, without a body that was discarded.
func (l *received) keep(a inbox.Received) error {
	if a.TooLarge() {
		return nil
	}
	d := webhook.Delivery{ID: fmt.Sprint(l.seen), Event: a.Event, Attempts: []webhook.Attempt{{
		At: a.Event.At, Status: a.Status, Timing: webhook.Timing{Total: a.Duration},
	}}}
	if err := capture.WriteDelivery(l.tape, d); err != nil {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the tape: %w", cli.Cause(err)))
	}
	return nil
}

// end prints the summary and returns the error that ends the process.
func (l *received) end(failOn string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return l.failed
	}
	// A client that was cut off may still be in its handler; nothing of it
	// follows the summary.
	l.failed = errors.New("receive a webhook: the listener has ended")
	return cmp.Or(l.printer.end(), l.printer.flush(), outcome(l.printer.tally(), failOn, false))
}

// An arrivalPrinter is a printer that also prints time, size and duration of a request.
type arrivalPrinter interface {
	printer
	received(inbox.Received, capture.Body, []webhook.Item) error
}

func arrivalPrinterOf(format string, out io.Writer, c columns) arrivalPrinter {
	switch p := printerOf(format, out).(type) {
	case *lineWriter:
		return arrivalLines{p}
	case *prettyWriter:
		return arrivalTable{p, c}
	default:
		panic(fmt.Sprintf("listen has a --format %q and no printer for it", format))
	}
}

// An arrivalLine is a line with how the item came.
type arrivalLine struct {
	At       time.Time `json:"at"`
	Size     int64     `json:"size"`
	Status   int       `json:"status"`
	Duration float64   `json:"duration_ms"`
	line
}

// arrivalLines are lines of received webhooks only, without a summary.
type arrivalLines struct{ *lineWriter }

func (arrivalLines) end() error { return nil }

func (w arrivalLines) received(a inbox.Received, b capture.Body, items []webhook.Item) error {
	w.count(b, items)
	for _, item := range items {
		if err := w.encoder.Encode(arrivalLine{a.Event.At, a.Size, a.Status, cli.Milliseconds(a.Duration), lineOf(b, item)}); err != nil {
			return cli.WriteError(err)
		}
	}
	return nil
}

// arrivalTable prints a row for each item, and below the rows of a body what is
// wrong with it.
type arrivalTable struct {
	*prettyWriter
	columns columns
}

func (w arrivalTable) received(a inbox.Received, b capture.Body, items []webhook.Item) error {
	for _, item := range items {
		writeRow(w.out, w.style, w.columns, a, item)
	}
	return w.body(b, items) // which reports a failure of the rows, too
}

// columns are the widths of those columns that depend on what may come.
type columns struct{ provider, event int }

// columnsOf makes room for the names of types, as far as a terminal has it.
func columnsOf(types []*schemas.EventType, terminal int) columns {
	var c columns
	for _, t := range types {
		provider := len(t.Provider.Name)
		c.provider = max(c.provider, provider)
		c.event = max(c.event, len(t.Name)-provider-len("/"))
	}
	const others, minCount = 12 + 12 + 9 + 8 + 5*2, 16
	if terminal > 0 {
		c.event = max(minCount, min(c.event, terminal-others-c.provider))
	}
	return c
}

// writeRow prints time, provider, event, verdict, size and duration, and which
// item it is about if the body can hold several.
func writeRow(out io.Writer, s report.Style, c columns, a inbox.Received, item webhook.Item) {
	v := item.Verdict
	provider, event := cmp.Or(v.Provider, "-"), strings.TrimLeft(strings.TrimPrefix(report.TypeName(v), v.Provider), "/ ")
	gap := strings.Repeat(" ", len(webhook.LevelInconclusive.String())-len(v.Level.String()))
	fmt.Fprintf(out, "%s  %-*s  %-*s  %s%s  %9s  %8s", a.Event.At.Local().Format("15:04:05.000"), c.provider, provider,
		c.event, report.Middle(event, c.event), s.Level(v.Level), gap, cli.Size(a.Size), cli.Duration(a.Duration))
	if item.Pointer != "" {
		fmt.Fprint(out, "  ", s.Dim(report.Clean(item.Pointer)))
	}
	fmt.Fprintln(out)
}
