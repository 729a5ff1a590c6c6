package serve

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/control"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// TailOptions are the flags of tail; the filters are those of the control API.
type TailOptions struct {
	*cli.Factory
	server, token, session, format                          string
	kind, route, event, eventType, id, phone, status, state string
	count                                                   int
	all                                                     bool
}

// NewTailCommand makes tail. Without run, it follows a server.
func NewTailCommand(f *cli.Factory, run func(context.Context, *TailOptions) error) *cobra.Command {
	if run == nil {
		run = tail
	}
	o := &TailOptions{Factory: f}
	c := &cobra.Command{
		Use:   "tail",
		Short: "Follow the journal of a server",
		Long: "Print each delivery, call and received webhook of a server as it happens, until you\n" +
			"interrupt it or the server ends.",
		Example: "  RINGBACK_CONTROL_TOKEN=… ringback tail --kind delivery\n" +
			"  RINGBACK_CONTROL_TOKEN=… ringback tail --all --status 5xx",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	flags := c.Flags()
	flags.StringVar(&o.server, "server", "http://127.0.0.1:8081", "`URL` of the control API of the server")
	flags.StringVar(&o.token, "control-token", "", "`TOKEN` of the control API")
	flags.StringVar(&o.session, "session", "", "follow this `SESSION`")
	cli.Enum(flags, &o.kind, "kind", "show only this `KIND`: all, delivery, call, received or note", "all", string(journal.KindDelivery), string(journal.KindCall), string(journal.KindReceived), string(journal.KindNote))
	flags.StringVar(&o.route, "provider", "", "show only this `ROUTE` or provider")
	flags.StringVar(&o.event, "event", "", "show only this canonical `EVENT`, for example message.delivered")
	flags.StringVar(&o.eventType, "type", "", "show only this event `TYPE`")
	flags.StringVar(&o.id, "id", "", "show only entries with this `ID`")
	flags.StringVar(&o.phone, "phone", "", "show only entries with this phone `NUMBER`")
	flags.StringVar(&o.status, "status", "", "show only this HTTP `STATUS`, for example 503 or 5xx")
	flags.StringVar(&o.state, "state", "", "show only this `STATE` of a delivery, for example "+journal.StateFailed)
	flags.BoolVar(&o.all, "all", false, "start with every entry in the journal (default: with the next one)")
	flags.IntVar(&o.count, "count", 0, "stop after `N` entries (0: never)")
	cli.Enum(flags, &o.format, "format", "output `FORMAT`: pretty or ndjson", "pretty", "ndjson")
	flags.Lookup("control-token").Annotations = map[string][]string{cli.SecretFlag: {}}
	return c
}

// filters are the parameters of the stream.
func (o *TailOptions) filters() *control.StreamEntriesParams {
	p := &control.StreamEntriesParams{
		Route: o.route, Event: o.event, Type: o.eventType, ID: o.id, Phone: o.phone, Status: o.status, State: control.DeliveryState(o.state),
	}
	if o.kind != "all" {
		p.Kind = control.EntryKind(o.kind)
	}
	if o.all {
		p.After = new(uint64)
	}
	return p
}

func tail(ctx context.Context, o *TailOptions) error {
	base, err := cli.ServerURL(o.server)
	if err != nil {
		return err
	}
	if o.count < 0 {
		return fmt.Errorf("read --count: %d is negative", o.count)
	}
	client := control.New(base.String(), o.session, o.token, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: cli.NoRedirect})
	response, err := client.StreamEntries(ctx, o.filters())
	if rejected, ok := errors.AsType[*control.Error](err); ok {
		return rejectedBy(rejected)
	}
	if err != nil {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("follow %s: %w; is `ringback serve` running there?", base.Host, cli.NetworkCause(err)))
	}
	defer response.Body.Close()
	return o.follow(response.Body)
}

// rejectedBy is the error of a response with an error status.
func rejectedBy(response *control.Error) error {
	if response.Problem.Title != "" {
		return fmt.Errorf("follow: %s", report.Clean(response.Error()))
	}
	return cli.Exit(cli.ExitEnvironment, fmt.Errorf("follow: the server responded with status %d", response.Status))
}

// A tailed entry is what tail shows of an entry of the journal.
type tailed struct {
	Kind                    string
	At                      time.Time
	Route, Event, Type, API string
	Status                  int
	State, Text, Level      string
}

func tailedOf(e *control.Entry) tailed {
	return tailed{string(e.Kind), e.At, e.Route, e.Event, e.Type, e.Operation, e.Status, string(e.State), e.Text, string(e.Level)}
}

// follow prints the events of a stream until it ends.
func (o *TailOptions) follow(stream io.Reader) error {
	style := cli.StyleOf(o.Out)
	lines := bufio.NewScanner(stream)
	lines.Buffer(make([]byte, 0, 64<<10), cli.MaxRecord)
	for n := 0; lines.Scan(); {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		if !found {
			continue
		}
		line := data
		if o.format == "pretty" {
			var shown control.Entry
			if err := json.Unmarshal([]byte(data), &shown); err != nil {
				return fmt.Errorf("read the stream: %w", err)
			}
			e := tailedOf(&shown)
			line = e.row(style, "15:04:05.000")
			if e.Text != "" {
				line += "  " + style.Dim(report.Clean(e.Text))
			}
			line = strings.TrimRight(line, " ")
		}
		if _, err := io.WriteString(o.Out, line+"\n"); err != nil {
			return cli.WriteError(err)
		}
		if n++; n == o.count {
			return nil
		}
	}
	if err := lines.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("read the stream: %w", err))
	}
	return nil
}

// row is a line of an entry, without its text, filled up with spaces.
func (e tailed) row(style report.Style, clock string) string {
	what := cmp.Or(e.Event, e.Type, e.API, "-")
	state := cmp.Or(e.State, e.Level)
	if e.Status > 0 {
		state = strings.TrimSpace(fmt.Sprintf("%s %d", state, e.Status))
	}
	state = cmp.Or(state, "-")
	padding := strings.Repeat(" ", max(0, 14-len(state)))
	switch e.State {
	case journal.StateSucceeded:
		state = style.LevelText(webhook.LevelOK, state)
	case journal.StateRetrying:
		state = style.LevelText(webhook.LevelDrift, state)
	case journal.StateFailed, journal.StateDropped:
		state = style.LevelText(webhook.LevelError, state)
	}
	return fmt.Sprintf("%s  %-8s  %-19s  %-22s  %s", e.At.Local().Format(clock), e.Kind, report.Middle(report.Clean(cmp.Or(e.Route, "-")), 19), report.Middle(report.Clean(what), 22), state+padding)
}
