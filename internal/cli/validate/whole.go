package validate

import (
	"time"

	"github.com/ringback-dev/ringback/internal/cli/pipeline"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/sequence"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// A whole validates a capture as a whole, unless it is off.
type whole struct {
	analyzer *sequence.Analyzer // nil: off
	number   int
}

func newWhole(mode string) *whole {
	if mode == "off" {
		return &whole{}
	}
	return &whole{analyzer: sequence.New(sequence.Options{Strict: mode == "strict", Mask: schemas.MaskPhones})}
}

// validator is what validates a body on some core.
func (w *whole) validator(catalog *schemas.Catalog, asked schemas.Scope, now time.Time) func(capture.Body) ([]webhook.Item, []sequence.Item, error) {
	if w.analyzer == nil {
		return func(b capture.Body) ([]webhook.Item, []sequence.Item, error) {
			items, err := pipeline.Validate(catalog, asked, now, b)
			return items, nil, err
		}
	}
	return func(b capture.Body) ([]webhook.Item, []sequence.Item, error) {
		return pipeline.Read(catalog, asked, now, b)
	}
}

// add takes the items of a body, in the order of the capture.
func (w *whole) add(one pipeline.Result) {
	if w.analyzer == nil {
		return
	}
	file, line := placeOfSource(one.Body)
	for _, item := range one.Sequence {
		w.number++
		if item.Type == "" {
			continue
		}
		item.Place.Number, item.Place.File, item.Place.Line = w.number, file, line
		w.analyzer.Add(item)
	}
}

// end adds what was found to the output and the report, unless the rules are off.
func (w *whole) end(counts *report.Counts, traffic *trafficReport) {
	if w.analyzer == nil {
		return
	}
	s := w.analyzer.End()
	counts.Sequence, traffic.whole = &s, &s
}
