package validate

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// A printer writes verdicts as they come, and a summary at the end.
type printer interface {
	body(capture.Body, []webhook.Item) error
	// flush shows what was written so far.
	flush() error
	end() error
	tally() *report.Counts
}

func printerOf(format string, out io.Writer) printer {
	counter := counter{report.NewCounts()}
	buffered := bufio.NewWriter(out)
	switch format {
	case "ndjson":
		return &lineWriter{counter, buffered, cli.NewEncoder(buffered)}
	case "json":
		return &jsonWriter{counter, buffered, cli.NewEncoder(buffered)}
	}
	return &prettyWriter{counter: counter, out: buffered, style: cli.StyleOf(out), shown: map[report.Kind]int{}}
}

type counter struct{ counts *report.Counts }

func (c counter) tally() *report.Counts { return c.counts }

func (c counter) count(b capture.Body, items []webhook.Item) {
	c.counts.Bodies++
	for _, item := range items {
		c.counts.Add(b.Source, item)
	}
}

// A line is a validated item in machine formats.
type line struct {
	Source     string            `json:"source"`
	Item       string            `json:"item"`
	Provider   string            `json:"provider"`
	Type       string            `json:"type"`
	Candidates []string          `json:"candidates"`
	Variant    string            `json:"variant"`
	Verdict    webhook.Level     `json:"verdict"`
	Findings   []webhook.Finding `json:"findings"`
}

func lineOf(b capture.Body, item webhook.Item) line {
	v := item.Verdict
	findings := make([]webhook.Finding, 0, len(v.Findings))
	for _, f := range v.Findings {
		f.Line, f.Column = inFile(b, f)
		findings = append(findings, f)
	}
	return line{b.Source, item.Pointer, v.Provider, v.Type, v.Candidates, v.Variant, v.Level, findings}
}

// inFile turns a position in a body into a position in its file. In a tape the position
// stays that in the body.
func inFile(b capture.Body, f webhook.Finding) (lineNumber, column int) {
	switch {
	case b.Line == 0 || f.Line == 0:
		return f.Line, f.Column
	case f.Line == 1:
		return b.Line, b.Column + f.Column - 1
	}
	return b.Line + f.Line - 1, f.Column
}

type lineWriter struct {
	counter
	out     *bufio.Writer
	encoder *json.Encoder
}

func (w *lineWriter) body(b capture.Body, items []webhook.Item) error {
	w.count(b, items)
	for _, item := range items {
		if err := w.encoder.Encode(lineOf(b, item)); err != nil {
			return cli.WriteError(err)
		}
	}
	return nil
}

func (w *lineWriter) flush() error { return cli.WriteError(w.out.Flush()) }

// A countsLine is the last line: what was counted, as at the end of the json
// format.
type countsLine struct {
	Summary report.Summary `json:"summary"`
}

func (w *lineWriter) end() error {
	return cli.WriteError(w.encoder.Encode(countsLine{w.counts.Summary()}))
}

// jsonWriter writes one JSON document, streaming its items.
type jsonWriter struct {
	counter
	out     *bufio.Writer
	encoder *json.Encoder
}

func (w *jsonWriter) body(b capture.Body, items []webhook.Item) error {
	for _, item := range items {
		w.open()
		if err := w.encoder.Encode(lineOf(b, item)); err != nil {
			return cli.WriteError(err)
		}
		w.counts.Add(b.Source, item)
	}
	w.counts.Bodies++
	return nil
}

// open writes the separator before an item: the beginning of the list or a comma.
func (w *jsonWriter) open() {
	if w.counts.Items == 0 {
		w.out.WriteString("{\"items\": [\n")
	} else {
		w.out.WriteString(",")
	}
}

func (w *jsonWriter) flush() error { return cli.WriteError(w.out.Flush()) }

func (w *jsonWriter) end() error {
	if w.counts.Items == 0 {
		w.open()
	}
	w.out.WriteString("],\n\"summary\": ")
	if err := w.encoder.Encode(w.counts.Summary()); err != nil {
		return cli.WriteError(err)
	}
	w.out.WriteString("}\n")
	return nil
}

// How often a finding of one kind is shown, and how many kinds are; the rest is counted.
const (
	maxShown = 3
	maxKinds = 1000
)

type prettyWriter struct {
	counter
	out    *bufio.Writer
	style  report.Style
	shown  map[report.Kind]int
	hidden int
}

func (w *prettyWriter) body(b capture.Body, items []webhook.Item) error {
	w.count(b, items)
	for _, item := range items {
		fresh := slices.DeleteFunc(slices.Clone(item.Verdict.Findings), func(f webhook.Finding) bool { return !w.show(report.KindOf(item, f)) })
		if len(fresh) == 0 {
			continue
		}
		if _, err := w.out.WriteString(report.Findings(w.style, b.Source, b.Bytes, b.Line, item, fresh, schemas.MaskPhones)); err != nil {
			return cli.WriteError(err)
		}
	}
	return nil
}

func (w *prettyWriter) flush() error { return cli.WriteError(w.out.Flush()) }

// show reports whether a finding is shown, or counted as hidden.
func (w *prettyWriter) show(kind report.Kind) bool {
	n := w.shown[kind]
	if n == maxShown || n == 0 && len(w.shown) == maxKinds {
		w.hidden++
		return false
	}
	w.shown[kind]++
	return true
}

func (w *prettyWriter) end() error {
	if w.hidden > 0 {
		fmt.Fprintf(w.out, "… and %d more findings, most of the kinds above; --format ndjson shows all\n\n", w.hidden)
	}
	if w.counts.Items > 0 {
		w.out.WriteString(w.counts.Text(w.style))
	}
	return nil
}
