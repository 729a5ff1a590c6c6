package grade

import (
	"fmt"
	"io"
	"time"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// A watch prints the current probe on a terminal, and elsewhere the result of each probe.
type watch struct {
	*cli.Progress
	log io.Writer // nil on a terminal
}

func newWatch(out io.Writer) watch {
	w := watch{Progress: cli.NewProgress(out, nil)}
	if w.Out == nil {
		w.log = out
	}
	return w
}

func (w watch) begin(p *grade.Probe) {
	if w.Out != nil {
		w.Shown = time.Now()
		fmt.Fprintf(w.Out, "\r\x1b[K%s %s: %s", p.ID, p.Name, p.Description)
	}
}

func (w watch) ended(r webhook.Result, n, of int) {
	if w.log != nil {
		fmt.Fprintln(w.log, probeLine(r, n, of))
	}
}

// probeLine is the result of a probe and the progress of the grade.
func probeLine(r webhook.Result, n, of int) string {
	return fmt.Sprintf("%2d/%d  %-3s  %-17s  %-14s  %6.1fs", n, of, r.ID, r.Name, report.Status(r), r.Duration.Seconds())
}
