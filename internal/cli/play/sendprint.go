package play

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/webhook"
)

// A deliveryPrinter shows deliveries as they end, and the summary.
type deliveryPrinter interface {
	delivery(r engine.Result, unmet string) error
	end(*engine.Stats) error
}

func deliveryPrinterOf(o *runOptions, out io.Writer) deliveryPrinter {
	if o.format == "ndjson" {
		w := bufio.NewWriter(out)
		return &deliveryLines{w, cli.NewEncoder(w), o.quiet}
	}
	return &deliveryTable{out: out, style: cli.StyleOf(out), quiet: o.quiet}
}

// A deliveryLine is a delivery in the machine format.
type deliveryLine struct {
	ID           string     `json:"id"`
	At           *time.Time `json:"at"`
	Event        string     `json:"event"`
	Type         string     `json:"type"`
	Conversation int        `json:"conversation"`
	Step         string     `json:"step"`
	Copy         int        `json:"copy"`
	Dropped      bool       `json:"dropped"`
	Accepted     bool       `json:"accepted"`
	Reason       string     `json:"reason"`
	Warning      string     `json:"warning,omitempty"`
	Unmet        string     `json:"unmet"`
	Attempts     int        `json:"attempts"`
	Status       int        `json:"status"`
	// Responses are the status of each attempt, or why it has none; Response is the
	// first line of the last one's body, if it was a rejection.
	Responses []string        `json:"responses"`
	Response  string          `json:"response"`
	Failure   webhook.Failure `json:"failure"`
	Latency   float64         `json:"latency_ms"`
	Late      float64         `json:"late_ms"`
	Faults    []string        `json:"faults"`
}

func deliveryLineOf(r engine.Result, unmet string) deliveryLine {
	l := deliveryLine{
		ID: r.ID, Type: r.Event.Type, Dropped: r.Dropped, Accepted: r.Accepted, Reason: r.Failure, Warning: r.Warning, Unmet: unmet, Attempts: len(r.Attempts),
		Responses: responseWords(r), Response: rejectedLine(r), Faults: append([]string{}, r.Faults...),
	}
	l.Event, _ = cli.EventOf(r)
	if r.Cue != nil {
		l.Conversation, l.Step, l.Copy = r.Cue.Conversation, r.Cue.Step, r.Cue.Copy
	}
	if len(r.Attempts) == 0 {
		return l
	}
	last := r.Attempts[len(r.Attempts)-1]
	l.At, l.Status, l.Failure, l.Latency = &r.Attempts[0].At, last.Status, last.Failure, cli.Milliseconds(last.Timing.Total)
	if !r.Due.IsZero() {
		l.Late = cli.Milliseconds(r.Attempts[0].At.Sub(r.Due))
	}
	return l
}

type deliveryLines struct {
	out     *bufio.Writer
	encoder *json.Encoder
	quiet   bool
}

func (w *deliveryLines) delivery(r engine.Result, unmet string) error {
	if w.quiet {
		return nil
	}
	return cmp.Or(cli.WriteError(w.encoder.Encode(deliveryLineOf(r, unmet))), cli.WriteError(w.out.Flush()))
}

func (w *deliveryLines) end(t *engine.Stats) error {
	return cmp.Or(cli.WriteError(w.encoder.Encode(map[string]summaryLine{"summary": summaryOf(t)})), cli.WriteError(w.out.Flush()))
}

// A deliveryTable prints a row for each delivery, and below it the cause of a failure.
type deliveryTable struct {
	out   io.Writer
	style report.Style
	quiet bool
	begun bool
}

func (w *deliveryTable) delivery(r engine.Result, unmet string) error {
	if w.quiet {
		return nil
	}
	var b strings.Builder
	if !w.begun {
		w.begun = true
		b.WriteString(w.style.Dim(fmt.Sprintf("%-12s  %-22s  %-8s  %9s  %8s  %s", "time", "event", "response", "latency", "attempts", "faults")) + "\n")
	}
	b.WriteString(w.row(r) + "\n")
	if !r.Accepted && r.Failure != "" {
		b.WriteString(w.style.Dim(report.Indent(w.style, 4, report.Clean(r.Failure))) + "\n")
	}
	b.WriteString(responsesText(w.style, r))
	if unmet != "" && unmet != r.Failure {
		b.WriteString(w.style.Dim(report.Indent(w.style, 4, "expectation not met: "+report.Clean(unmet))) + "\n")
	}
	_, err := io.WriteString(w.out, b.String())
	return cli.WriteError(err)
}

func (w *deliveryTable) row(r engine.Result) string {
	when, response, latency, tries := "-", "dropped", "-", "-"
	if n := len(r.Attempts); n > 0 {
		last := r.Attempts[n-1]
		when, latency, tries = r.Attempts[0].At.Local().Format("15:04:05.000"), cli.Duration(last.Timing.Total), fmt.Sprint(n)
		response = fmt.Sprint(last.Status)
		if last.Failure != "" {
			response = string(last.Failure)
		}
	} else if !r.Dropped {
		response = "canceled"
	}
	dressed := response + strings.Repeat(" ", max(0, 8-len(response)))
	if r.Accepted {
		dressed = w.style.LevelText(webhook.LevelOK, dressed)
	} else if !r.Dropped {
		dressed = w.style.LevelText(webhook.LevelError, dressed)
	}
	event, more := cli.EventOf(r)
	if more > 0 {
		event += fmt.Sprintf(" + %d", more)
	}
	row := fmt.Sprintf("%-12s  %-22s  %s  %9s  %8s  %s", when, report.Middle(event, 22), dressed, latency, tries, report.Clean(strings.Join(r.Faults, ", ")))
	return strings.TrimRight(row, " ")
}

func (w *deliveryTable) end(t *engine.Stats) error {
	text := summaryText(w.style, t)
	if w.begun {
		text = "\n" + text
	}
	_, err := io.WriteString(w.out, text)
	return cli.WriteError(err)
}

// A summaryLine is the summary in the machine format.
type summaryLine struct {
	Sent      int            `json:"sent"`
	Accepted  int            `json:"accepted"`
	Rejected  int            `json:"rejected"`
	Retried   int            `json:"retried"`
	Dropped   int            `json:"dropped"`
	Warned    int            `json:"warned,omitempty"`
	Unmet     int            `json:"unmet"`
	Attempts  int            `json:"attempts"`
	Responses map[string]int `json:"responses"`
	Faults    map[string]int `json:"faults"`
	Latency   quantiles      `json:"latency_ms"`
	Lateness  quantiles      `json:"lateness_ms"`
}

type quantiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func summaryOf(t *engine.Stats) summaryLine {
	return summaryLine{
		t.Sent, t.Accepted, t.Rejected, t.Retried, t.Lost, t.Warned, t.UnmetExpectations, t.Attempts, t.Responses, t.Faults,
		quantilesOf(&t.Latency), quantilesOf(&t.Lateness),
	}
}

func quantilesOf(h *engine.Histogram) quantiles {
	return quantiles{cli.Milliseconds(h.Percentile(500)), cli.Milliseconds(h.Percentile(950)), cli.Milliseconds(h.Percentile(990)), cli.Milliseconds(h.Max())}
}

func summaryText(s report.Style, t *engine.Stats) string {
	counts := report.Table{Head: []string{">sent", ">accepted", ">rejected", ">retried", ">dropped", ">attempts"}}
	counts.Rows = [][]string{{fmt.Sprint(t.Sent), fmt.Sprint(t.Accepted), fmt.Sprint(t.Rejected), fmt.Sprint(t.Retried), fmt.Sprint(t.Lost), fmt.Sprint(t.Attempts)}}
	var b strings.Builder
	b.WriteString(counts.Text(s, nil))
	if t.UnmetExpectations > 0 {
		fmt.Fprintf(&b, "%d did not meet the expectations of the scenario\n", t.UnmetExpectations)
	}
	if t.Warned > 0 {
		fmt.Fprintf(&b, "warning: accepted responses with a body: %d; the provider asks for an empty one\n  (--strict-responses sends these webhooks again)\n", t.Warned)
	}
	if len(t.Faults) > 0 {
		fmt.Fprintf(&b, "faults: %s\n", counted(t.Faults))
	}
	if t.Attempts > t.Responses["2xx"] {
		fmt.Fprintf(&b, "responses: %s\n", counted(t.Responses))
	}
	if t.Latency.Count() == 0 {
		return b.String()
	}
	times := report.Table{Head: []string{"", ">p50", ">p95", ">p99", ">max"}}
	for _, h := range []struct {
		name string
		of   *engine.Histogram
	}{{"latency", &t.Latency}, {"lateness", &t.Lateness}} {
		if h.of.Count() > 0 {
			times.Rows = append(times.Rows, []string{h.name, cli.Duration(h.of.Percentile(500)), cli.Duration(h.of.Percentile(950)), cli.Duration(h.of.Percentile(990)), cli.Duration(h.of.Max())})
		}
	}
	b.WriteString("\n" + times.Text(s, nil))
	b.WriteString("\n" + bars(s, &t.Latency))
	return b.String()
}

// counted words counts by name, the names in order.
func counted(counts map[string]int) string {
	var words []string
	for name, n := range counts {
		words = append(words, fmt.Sprintf("%s %d", name, n))
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// bars draws how the latency is distributed.
func bars(s report.Style, h *engine.Histogram) string {
	const widest = 50
	var b strings.Builder
	maxCount := 1
	for _, bar := range h.Bars() {
		maxCount = max(maxCount, bar.Count)
	}
	for _, bar := range h.Bars() {
		length := (bar.Count*widest + maxCount - 1) / maxCount
		line := fmt.Sprintf("%9s  %s %d", "≤ "+rounded(bar.UpTo), s.Dim(strings.Repeat("▇", length)), bar.Count)
		b.WriteString(strings.Replace(line, "   0", "  0", 1) + "\n")
	}
	return b.String()
}

// rounded formats 1, 2 or 5 of a unit.
func rounded(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return fmt.Sprintf("%d ns", d)
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
