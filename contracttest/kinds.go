package contracttest

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/chance"
	"github.com/ringback-dev/ringback/internal/play"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// kinds are the ways in which probes are run.
func (g *grader) kinds() map[string]func(context.Context, *Probe) (finding, error) {
	return map[string]func(context.Context, *Probe) (finding, error){
		"plain": g.plainRun, "compare": g.compare, "garbage": g.garbage, "prompt": g.prompt, "lifecycle": g.lifecycle,
		"documented": g.documented, "handshake": g.handshake, "load": g.load, "empty": g.emptyAnswers,
	}
}

// plainRun wants a webhook to be accepted that has nothing wrong.
func (g *grader) plainRun(ctx context.Context, _ *Probe) (finding, error) {
	one, err := g.greeting()
	if err != nil {
		return finding{}, err
	}
	r, err := g.play(ctx, one, playing{})
	if err != nil {
		return finding{}, err
	}
	if found, bad := judgeAnswers(r, "accepted"); bad {
		return found, nil
	}
	return passed("accepted"), nil
}

// compare wants the consumer to do with the scenario what it does with the plain one.
func (g *grader) compare(ctx context.Context, p *Probe) (finding, error) {
	var b *baseline
	if p.effects == "same" {
		var err error
		if b, err = g.baseline(ctx, p); err != nil {
			return finding{}, err
		}
		if b.reason != "" {
			return undecided("%s", b.reason), nil
		}
		if why, err := g.blindness(ctx, p, b); why != "" || err != nil {
			return undecided("%s", why), err
		}
	}
	variants, err := g.variants(p)
	if err != nil {
		return finding{}, err
	}
	if len(variants) == 0 {
		return finding{outcome: webhook.NotApplicable, reason: g.route.Name + " has no such place in these events"}, nil
	}
	var playings []playing
	for _, v := range variants {
		playings = append(playings, v.playing)
	}
	records, err := g.playAll(ctx, p.scenario, playings)
	if err != nil {
		return finding{}, err
	}
	return g.judge(ctx, p, b, variants, records)
}

// judge finds the first variant that did harm; what could not be told comes after
// what could.
func (g *grader) judge(ctx context.Context, p *Probe, b *baseline, variants []variant, records []*Record) (finding, error) {
	var open finding
	for i, r := range records {
		found, bad := judgeAnswers(r, p.answers)
		if !bad && p.effects != "any" && !variants[i].telling {
			differences, err := g.settleOn(ctx, r, b)
			if err != nil {
				return finding{}, err
			}
			if len(differences) > 0 {
				found, bad = r.differing(differences, b), true
			}
		}
		if !bad {
			continue
		}
		if found.outcome == webhook.Undecided {
			open = found
			continue
		}
		if variants[i].about != "" {
			found.reason = variants[i].about + ": " + found.reason
		}
		return found, nil
	}
	if open.reason != "" {
		return open, nil
	}
	return passed("%s", p.praise(len(records))), nil
}

func (p *Probe) praise(n int) string {
	text := "accepted"
	if p.effects == "same" {
		text = "the consumer did what it does without it"
	}
	if n > 1 {
		text += fmt.Sprintf(", in all %d ways", n)
	}
	return text
}

// A variant is one way to play a probe's scenario.
type variant struct {
	playing
	// about says what is wrong in it; "" if there is one variant only.
	about string
	// telling: what is wrong changes what the event tells, so that another effect is
	// no harm.
	telling bool
}

// variants are the ways in which a probe's scenario is played: one, or one for each
// place that can be spoilt.
func (g *grader) variants(p *Probe) ([]variant, error) {
	one := playing{longest: p.gap, freshHeader: p.fresh}
	if !p.each {
		return []variant{{playing: one}}, nil
	}
	return g.eachPlace(p, one)
}

// judgeAnswers finds an answer that is not as it should be.
func judgeAnswers(r *Record, want string) (finding, bool) {
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		a := d.last()
		limited := a.Status == 429 || a.Status == 503 && headerOf(a, "Retry-After") != ""
		why := ""
		switch {
		case len(d.Attempts) == 0 || want == "any":
		case limited:
			f := undecided("the consumer limits the rate (status %d), so nothing can be told", a.Status)
			f.record = r
			return f, true
		case want == "accepted" && !d.Accepted:
			why = spokenAnswer(a, d.Why)
		case want == "refused" && a.Status >= 200 && a.Status < 300:
			why = fmt.Sprintf("status %d; want 4xx: it is taken for received, and lost without a trace", a.Status)
		case want != "accepted" && a.Class == webhook.ErrorReset:
			why = "the connection broke: " + a.Error
		case want != "accepted" && a.Class != "":
			why = spokenAnswer(a, "")
		case want != "accepted" && a.Status >= 500:
			why = fmt.Sprintf("status %d; want 4xx", a.Status)
		}
		if why != "" {
			f := failed(r, "%s: %s", d.word(), why)
			f.evidence = []webhook.Evidence{deliveryEvidence(d)}
			f.wrong = culprits{delivery: d}
			return f, true
		}
	}
	return finding{}, false
}

func headerOf(a webhook.Attempt, name string) string {
	for _, f := range a.Header {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func isHTML(a webhook.Attempt) bool {
	start := strings.ToLower(string(bytes.TrimSpace(a.Body[:min(len(a.Body), 200)])))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html") || strings.HasPrefix(headerOf(a, "Content-Type"), "text/html")
}

// prompt wants the webhook to be answered while the consumer's own call waits.
func (g *grader) prompt(ctx context.Context, p *Probe) (finding, error) {
	b, err := g.baseline(ctx, p)
	switch {
	case err != nil:
		return finding{}, err
	case b.reason != "":
		return undecided("%s", b.reason), nil
	case len(b.effects.calls) == 0:
		return undecided("the consumer makes no call that could be slow"), nil
	}
	r, err := g.play(ctx, p.scenario, playing{allowed: promptly, patience: 3 * promptly})
	if err != nil {
		return finding{}, err
	}
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		if len(d.Attempts) < 2 && d.Accepted {
			continue
		}
		if d.Attempts[0].Class != webhook.ErrorTimeout {
			found, _ := judgeAnswers(r, "accepted")
			return found, nil
		}
		found := failed(r, "the webhook is answered only when the call of the API is: not within %s, so the provider sends it again, and the consumer called %s",
			promptly, times(len(r.Calls)))
		found.evidence = slices.Concat([]webhook.Evidence{deliveryEvidence(d)}, r.callEvidence(r.Calls))
		found.wrong = culprits{delivery: d}
		return found, nil
	}
	return passed("the webhook is answered while the call of the API waits"), nil
}

// promptly is within what a webhook is to be answered while a call waits. The
// providers allow more; a consumer that waits for the call would wait as long as that.
const promptly = 1500 * time.Millisecond

// documented wants all bodies of the documents to be accepted.
func (g *grader) documented(ctx context.Context, p *Probe) (finding, error) {
	var bodies []schemas.Example
	var types []string
	seen := map[string]bool{}
	for _, t := range g.route.Types() {
		examples, err := t.Examples()
		if err != nil {
			return finding{}, err
		}
		for _, e := range examples {
			if !seen[string(e.Body)] {
				bodies, types = append(bodies, e), append(types, t.Name)
			}
			seen[string(e.Body)] = true
		}
	}
	records, err := together(len(bodies), mostAtOnce, func(i int) (*Record, error) {
		return g.post(ctx, webhook.Event{Route: g.route.Name, Type: types[i], Body: bodies[i].Body, Header: []webhook.Field{
			{Name: "Content-Type", Value: cmp.Or(g.route.Contract.ContentType, "application/json")},
		}}, uint64(i+1))
	})
	if err != nil {
		return finding{}, err
	}
	for i, r := range records {
		if found, bad := judgeAnswers(r, "accepted"); bad {
			found.reason = fmt.Sprintf("the documented body %s: %s", bodies[i].Name, found.reason)
			return found, nil
		}
	}
	return passed("all %d documented bodies are accepted", len(bodies)), nil
}

// post delivers a body as it is.
func (g *grader) post(ctx context.Context, e webhook.Event, luck uint64) (*Record, error) {
	jobs := play.Replay{Deliveries: func(yield func(webhook.Delivery, error) bool) {
		yield(webhook.Delivery{Event: e}, nil)
	}, Seed: chance.Seed(g.seed, luck)}.Jobs()
	r := &Record{Began: time.Now(), names: newNames()}
	for result, err := range play.Run(ctx, jobs, []play.Target{g.targetFor(playing{})}, g.bench, play.AtOnce()) {
		if err != nil {
			return nil, err
		}
		g.finished(result)
		r.Deliveries = append(r.Deliveries, Delivered{Result: result, answered: time.Now()})
	}
	return r, nil
}

// handshake wants the URL to be good for the provider.
func (g *grader) handshake(ctx context.Context, _ *Probe) (finding, error) {
	h := play.Handshake{Route: g.route, Generator: g.generator, Seed: chance.Seed(g.seed, chance.SeedOf("handshake")), Values: g.options.Handshake}
	if needed := h.Needed(); len(needed) > 0 {
		return undecided("the handshake asks for %s; give --handshake-value %s=…", strings.Join(needed, ", "), needed[0]), nil
	}
	target := g.targetFor(playing{})
	result, err := h.Shake(ctx, &target, g.bench)
	switch {
	case err != nil:
		return finding{}, err
	case result.OK:
		return passed("answered as it should be"), nil
	}
	found := failed(nil, "%s", result.Why)
	for _, a := range result.Attempts {
		found.evidence = append(found.evidence, webhook.Evidence{Title: "the answer", Text: answerText(a)})
	}
	return found, nil
}

// load sends many conversations at once, and wants their answers in time, or at
// least what follows to be handled as usual.
func (g *grader) load(ctx context.Context, p *Probe) (finding, error) {
	hello, err := g.hello(ctx)
	if err != nil {
		return finding{}, err
	}
	if hello.base.reason != "" {
		return undecided("%s", hello.base.reason), nil
	}
	bounded, cancel := context.WithTimeout(ctx, longestLoad)
	defer cancel()
	var mu sync.Mutex
	var slow []*Record
	var working sync.WaitGroup
	next := make(chan int)
	refused := 0
	for range p.parallel {
		working.Go(func() {
			for i := range next {
				r, err := g.play(bounded, p.scenario, playing{luck: uint64(1000 + i), hasty: true})
				mu.Lock()
				switch {
				case err != nil: // the time was up
				case !r.Deliveries[0].Accepted:
					refused++
					fallthrough
				default:
					slow = append(slow, r)
				}
				mu.Unlock()
			}
		})
	}
	for i := range p.count {
		select {
		case next <- i:
		case <-bounded.Done():
		}
	}
	close(next)
	working.Wait()
	if ctx.Err() != nil {
		return finding{}, ctx.Err()
	}
	if p.budget > 0 {
		return g.inTime(p, slow), nil
	}
	if err := sleep(ctx, mostQuiet/2); err != nil { // a burst is over some time after its last request
		return finding{}, err
	}
	found, bad, err := g.goesOn(ctx, hello)
	if err != nil || bad {
		return found, err
	}
	return passed("it recovered; of %d in the burst it refused %d and left %d unanswered", p.count, refused, p.count-len(slow)), nil
}

// longestLoad bounds how long a load lasts.
const longestLoad = 10 * time.Second

// inTime wants 95 of 100 answers within the budget.
func (g *grader) inTime(p *Probe, records []*Record) finding {
	took := func(r *Record) time.Duration { return r.Deliveries[0].last().Timing.Total }
	if len(records) == 0 {
		return failed(nil, "no answer came within %s", longestLoad)
	}
	slices.SortFunc(records, func(a, b *Record) int { return cmp.Compare(took(a), took(b)) })
	at := records[(len(records)*95-1)/100]
	found, bad := judgeAnswers(at, "accepted")
	switch {
	case took(at) > p.budget:
		f := failed(at, "95 of 100 answers took up to %s; want %s, with %d at the same time", took(at).Round(time.Millisecond), p.budget, p.parallel)
		f.evidence = []webhook.Evidence{deliveryEvidence(&at.Deliveries[0])}
		return f
	case bad:
		return found
	case len(records) < p.count:
		return failed(at, "within %s only %d of %d were answered", longestLoad, len(records), p.count)
	}
	return passed("95 of 100 answers took up to %s, with %d at the same time", took(at).Round(time.Millisecond), p.parallel)
}

// emptyAnswers wants no answer to have a body.
func (g *grader) emptyAnswers(ctx context.Context, p *Probe) (finding, error) {
	r, err := g.play(ctx, p.scenario, playing{})
	if err != nil {
		return finding{}, err
	}
	if found, bad := judgeAnswers(r, "accepted"); bad {
		return undecided("%s", found.reason), nil
	}
	for i := range r.Deliveries {
		d := &r.Deliveries[i]
		if a := d.last(); len(a.Body) > 0 {
			what := fmt.Sprintf("a body of %d bytes", len(a.Body))
			if isHTML(a) {
				what = "a page of HTML"
			}
			f := failed(r, "%s: the answer has %s; want it empty", d.word(), what)
			f.evidence = []webhook.Evidence{{Title: "the answer", Text: answerText(a)}}
			f.wrong = culprits{delivery: d}
			return f, nil
		}
	}
	return passed("every answer is empty"), nil
}

// onlyNth leaves all cues out but the n-th sending.
func onlyNth(n int) func([]scenarios.Cue) []scenarios.Cue {
	return func(cues []scenarios.Cue) []scenarios.Cue {
		cues = slices.DeleteFunc(cues, func(c scenarios.Cue) bool { return c.Act != nil })
		if n >= len(cues) {
			return nil
		}
		return cues[n : n+1]
	}
}
