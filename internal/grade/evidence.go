package grade

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// Limits of the evidence.
const (
	maxShownBytes = 2 << 10
	maxShown      = 8
)

// differing is the finding that an observation differs from the baseline.
func (r *Observation) differing(all []difference, b *baseline) finding {
	lines := differenceLines(all)
	f := failed(r, "%s", r.names.render(lines[0]))
	if len(lines) > 1 {
		f.reason += fmt.Sprintf("; and %d more", len(lines)-1)
	}
	calls := map[int]bool{}
	for _, d := range all {
		if d.call >= 0 {
			key := b.noise.key(r.effects().calls[d.call])
			for i, c := range r.effects().calls {
				calls[i] = calls[i] || b.noise.key(c) == key
			}
		}
	}
	var shown []Call
	for i, c := range r.Calls {
		if calls[i] {
			shown = append(shown, c)
		}
	}
	missing := r.StateError == nil && slices.ContainsFunc(all, difference.isMissingCall)
	if missing && len(shown) == 0 && len(r.rejectedCalls) > 0 {
		f.reason += fmt.Sprintf("; the provider rejected a call with %d: %s", r.rejectedCalls[0].Status, document.Shorten(strings.TrimSpace(string(r.rejectedCalls[0].Response)), 120))
		f.evidence = r.callEvidence(r.rejectedCalls)
	} else {
		f.evidence = r.callEvidence(shown)
	}
	for i := range r.Deliveries {
		if len(f.evidence) < maxShown {
			f.evidence = append(f.evidence, r.repeated(i))
		}
	}
	if len(lines) > 1 {
		f.evidence = append(f.evidence, webhook.Evidence{Title: "all differences", Text: r.names.render(strings.Join(lines, "\n"))})
	}
	f.highlights = highlights{calls: shown[min(1, len(shown)):]}
	return f
}

// differenceLines are the texts of the differences, without duplicates.
func differenceLines(all []difference) []string {
	var lines []string
	for _, d := range all {
		if !slices.Contains(lines, d.text) {
			lines = append(lines, d.text)
		}
	}
	return lines
}

// acted is the finding that the consumer did what it must not do.
func (r *Observation) acted(e effects) finding {
	if len(e.calls) > 0 {
		f := failed(r, "the consumer acted on it: it called %s", describeCall(e.calls[0]))
		f.evidence = append(r.callEvidence(r.Calls[:1]), deliveryEvidence(&r.Deliveries[0]))
		f.highlights = highlights{calls: r.Calls}
		return f
	}
	places := slices.Sorted(maps.Keys(e.state))
	f := failed(r, "the consumer accepted it: its state shows %s", places[0])
	f.evidence = []webhook.Evidence{deliveryEvidence(&r.Deliveries[0])}
	return f
}

// callEvidence shows calls with their bodies, number and time.
func (r *Observation) callEvidence(calls []Call) []webhook.Evidence {
	var all []webhook.Evidence
	for i, c := range calls {
		if i == maxShown {
			break
		}
		title := "the call"
		if len(calls) > 1 {
			title = fmt.Sprintf("call %d of %d", i+1, len(calls))
		}
		all = append(all, webhook.Evidence{
			Title: fmt.Sprintf("%s, %s after the start", title, formatTime(c.At.Sub(r.StartedAt))),
			Text:  shown(fmt.Sprintf("%s %s → %d\n", c.Method, c.Path, c.Status), readable(c)),
		})
	}
	return all
}

// readable is the body of a call; for a form, a line for each field.
func readable(c Call) []byte {
	for _, f := range c.Header {
		form, err := url.ParseQuery(string(c.Body))
		if !strings.EqualFold(f.Name, "Content-Type") || !strings.HasPrefix(f.Value, "application/x-www-form-urlencoded") || err != nil {
			continue
		}
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(form)) {
			for _, value := range form[name] {
				lines = append(lines, name+" = "+value)
			}
		}
		return []byte(strings.Join(lines, "\n"))
	}
	return c.Body
}

// repeated shows a webhook; a body that was shown already is not shown again.
func (r *Observation) repeated(i int) webhook.Evidence {
	d := &r.Deliveries[i]
	e := deliveryEvidence(d)
	for j := range i {
		if bytes.Equal(r.Deliveries[j].Event.Body, d.Event.Body) {
			e.Text = "the same bytes\n→ " + responseText(d.last())
		}
	}
	return e
}

// deliveryEvidence shows a webhook and its last response.
func deliveryEvidence(d *Delivered) webhook.Evidence {
	title := "the webhook " + d.Label()
	if len(d.Faults) > 0 {
		title += " (" + strings.Join(d.Faults, ", ") + ")"
	}
	return webhook.Evidence{Title: title, Text: shown("", d.Event.Body) + "\n→ " + responseText(d.last())}
}

// responseText is a response, or why there is none.
func responseText(a webhook.Attempt) string {
	if a.Failure != "" {
		return string(a.Failure) + ": " + a.Error
	}
	text := fmt.Sprintf("%d in %s", a.Status, formatTime(a.Timing.Total))
	if len(a.ResponseBody) > 0 {
		text += "\n" + shown("", a.ResponseBody)
	}
	return text
}

// shown is a body as text, truncated if it is too long. The report masks phone numbers.
func shown(before string, body []byte) string {
	if !utf8.Valid(body) {
		return before + fmt.Sprintf("%q", body[:min(len(body), maxShownBytes)])
	}
	text := string(body)
	if len(text) > maxShownBytes {
		cut := maxShownBytes
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		text = text[:cut] + fmt.Sprintf("… (%d bytes)", len(body))
	}
	return before + text
}

func formatTime(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return d.Round(time.Microsecond).String()
	case d < time.Second:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(time.Millisecond).String()
}

// faultText describes the faults of a delivery.
func (d *Delivered) faultText(p *Probe) string {
	return cmp.Or(strings.Join(d.Faults, ", "), p.Name)
}

// highlights are the causes of a finding in a timeline: a delivery, or calls.
type highlights struct {
	delivery *Delivered
	calls    []Call
}

// timeline is what happened, in the order of time.
func (r *Observation) timeline(wrong highlights) []webhook.Moment {
	var all []webhook.Moment
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		for n, a := range d.Attempts {
			label := d.Label()
			if n > 0 {
				label += fmt.Sprintf(", attempt %d", n+1)
			}
			response := string(a.Failure)
			if a.Status > 0 {
				response = fmt.Sprint(a.Status)
			}
			all = append(all, webhook.Moment{
				At: max(0, a.At.Sub(r.StartedAt)), Duration: a.Timing.Total, Lane: "delivery", Label: label + " → " + response, Highlighted: d == wrong.delivery,
			})
		}
	}
	for i := range r.Calls {
		c := &r.Calls[i]
		duration := time.Duration(0)
		if !c.Responded.IsZero() {
			duration = c.Responded.Sub(c.At)
		}
		all = append(all, webhook.Moment{
			At: max(0, c.At.Sub(r.StartedAt)), Duration: duration, Lane: "call", Label: fmt.Sprintf("%s → %d", cmp.Or(c.Operation, c.Path), c.Status),
			Highlighted: slices.ContainsFunc(wrong.calls, func(one Call) bool { return one.number == c.number }),
		})
	}
	slices.SortStableFunc(all, func(a, b webhook.Moment) int { return cmp.Compare(a.At, b.At) })
	return all
}
