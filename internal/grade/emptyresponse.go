package grade

import (
	"context"
	"fmt"

	"github.com/ringback-dev/ringback/webhook"
)

// emptyResponses checks that responses have no body. If the grade is strict, a webhook with a body
// in its response is sent again, as the provider's documentation specifies.
func (g *grader) emptyResponses(ctx context.Context, p *Probe) (finding, error) {
	r, err := g.play(ctx, p.scenario, playing{retry: g.strict})
	if err != nil {
		return finding{}, err
	}
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		a := d.last()
		if len(a.ResponseBody) == 0 || a.Failure != "" || a.Status/100 != 2 {
			continue
		}
		what := fmt.Sprintf("a body of %d bytes", len(a.ResponseBody))
		if isHTML(a) {
			what = "an HTML page"
		}
		f := failed(r, "%s: the response has %s; want it empty", d.Label(), what)
		f.evidence = []webhook.Evidence{{Title: "the response", Text: responseText(a)}}
		if len(d.Attempts) > 1 {
			f.reason += fmt.Sprintf("; the webhook was sent %s, and the consumer called %s", times(len(d.Attempts)), times(len(r.Calls)))
			f.evidence = append(f.evidence, r.callEvidence(r.Calls)...)
		}
		f.highlights = highlights{delivery: d, calls: r.Calls[min(1, len(r.Calls)):]}
		return f, nil
	}
	if found, bad := checkResponses(r, "accepted"); bad {
		return inconclusive("%s", found.reason), nil
	}
	return passed("every response is empty"), nil
}
