package contracttest

import (
	"context"
	"fmt"

	"github.com/ringback-dev/ringback/webhook"
)

// emptyAnswers wants no response to have a body. One that has is sent again where the
// grade is strict, as the provider's documentation says.
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
			what = "a page of HTML"
		}
		f := failed(r, "%s: the response has %s; want it empty", d.word(), what)
		f.evidence = []webhook.Evidence{{Title: "the response", Text: responseText(a)}}
		if len(d.Attempts) > 1 {
			f.reason += fmt.Sprintf("; the webhook was sent %s, and the consumer called %s", times(len(d.Attempts)), times(len(r.Calls)))
			f.evidence = append(f.evidence, r.callEvidence(r.Calls)...)
		}
		f.wrong = highlights{delivery: d, calls: r.Calls[min(1, len(r.Calls)):]}
		return f, nil
	}
	if found, bad := judgeResponses(r, "accepted"); bad {
		return inconclusive("%s", found.reason), nil
	}
	return passed("every response is empty"), nil
}
