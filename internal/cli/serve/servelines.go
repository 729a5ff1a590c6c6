package serve

import (
	"cmp"
	"context"
	"io"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/server"
)

// watch prints a line for each call and each delivery of a server, until end is called.
// It prints no lines with --quiet, or if stderr is not a terminal.
func (o *Options) watch(ctx context.Context, mock *server.Server) (end func()) {
	if o.quiet || !cli.IsTerminal(o.Err) {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	entries := mock.Follow(ctx)
	var printing sync.WaitGroup
	printing.Go(func() {
		lines := &serveLines{style: cli.StyleOf(o.Err), hinted: map[string]bool{}}
		for e := range entries {
			_, _ = io.WriteString(o.Err, lines.of(e)) // a closed terminal does not end the server
		}
	})
	return func() {
		cancel()
		printing.Wait()
	}
}

// A serveLines formats entries of the journal.
type serveLines struct {
	style report.Style
	// hinted are the printed hints: each is printed once.
	hinted map[string]bool
}

// of is the line of an entry, and below it what there is to know; "" for an entry that
// is no news.
func (w *serveLines) of(e server.Entry) string {
	if e.Kind == string(journal.KindReceived) || e.State == journal.StateScheduled {
		return ""
	}
	line := tailed{Kind: e.Kind, At: e.At, Route: e.Route, Event: e.Event, Type: e.Type, Status: e.Status, State: e.State}
	if e.Call != nil {
		line.API = cmp.Or(e.Call.Operation, e.Call.Method+" "+schemas.MaskPhones(e.Call.Path))
	}
	text := strings.TrimRight(line.row(w.style, "15:04:05"), " ") + "\n"
	if below := w.below(e); below != "" {
		text += w.style.Dim(report.Indent(w.style, 4, below)) + "\n"
	}
	return text
}

// below is the text below a line: the cause of a failure, and the session.
func (w *serveLines) below(e server.Entry) string {
	why := report.Clean(schemas.MaskPhones(e.Text))
	if e.State == journal.StateDropped {
		if w.hinted[why] {
			why, _, _ = strings.Cut(why, "; ")
		} else if len(w.hinted) < maxHints {
			w.hinted[why] = true
		}
	}
	if e.Session != "" && e.Session != "default" {
		why = strings.TrimSuffix("session "+e.Session+": "+why, ": ")
	}
	return why
}

// maxHints bounds what is remembered of hints that were given.
const maxHints = 100
