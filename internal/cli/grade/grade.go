// Package grade has the command that grades a consumer.
package grade

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/base/process"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/internal/grade/acceptance"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

// Options are the flags of grade.
type Options struct {
	*cli.Factory
	cli.EndpointOptions
	provider, seed, state, budget, listen, server, token, save, tape, start, accept, failOn string
	only, skip, reports, with                                                               []string
	wait                                                                                    time.Duration
	firstUser                                                                               int
	sarif                                                                                   cli.SARIFOptions
	saved                                                                                   map[string]string // the scenarios that were written for probes

	flags *pflag.FlagSet
}

// NewCommand makes grade. Without run, it grades.
func NewCommand(f *cli.Factory, run func(context.Context, *Options) error) *cobra.Command {
	if run == nil {
		run = gradeConsumer
	}
	o := &Options{Factory: f}
	c := &cobra.Command{
		Use:   "grade --to URL",
		Short: "Probe a consumer with faults, and compare what it does",
		Long: "Play the provider to a consumer: respond to its calls on --listen, send it webhooks\n" +
			"with faults, and compare what it does with what it does without faults (the\n" +
			"baseline). docs/grading.md lists the probes.\n" +
			"\n" +
			"Exit with 1 if a probe failed or is inconclusive, with 2 if no probe ran, and with\n" +
			"3 if the consumer can't be reached. A warning fails only with --fail-on warning, and\n" +
			"what --accept lists doesn't fail.",
		Example: "  ringback grade --to http://127.0.0.1:3000/webhooks \\\n" +
			"    --state-url http://127.0.0.1:3000/state\n" +
			"  ringback grade --to http://127.0.0.1:3000/webhooks --provider netcore \\\n" +
			"    --only order,batch\n" +
			"  ringback grade --to http://app:3000/webhooks --report junit=grade.xml\n" +
			"  ringback grade --to http://127.0.0.1:3000/webhooks \\\n" +
			"    --start 'PROVIDER_URL=http://127.0.0.1:8080 node app.mjs'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return run(c.Context(), o) },
	}
	o.ReachFlags(c)
	flags := c.Flags()
	flags.StringVar(&o.provider, "provider", "", "play this `ROUTE`, or the default route of a provider (default: gupshup/v2)")
	flags.StringVar(&o.seed, "seed", "1", "random seed, a `NUMBER`")
	flags.IntVar(&o.firstUser, "first-user", 0, "`NUMBER` of the first end user; 0 is random, for a consumer that remembers")
	flags.StringVar(&o.state, "state-url", "", "read the state of the consumer, as JSON, at this `URL`")
	flags.StringArrayVar(&o.only, "only", nil, "run only these `PROBES`: names, IDs or groups, separated by commas (repeatable)")
	flags.StringArrayVar(&o.skip, "skip", nil, "leave these `PROBES` out (repeatable)")
	flags.DurationVar(&o.wait, "wait", 10*time.Second, "wait up to this `DURATION` for the consumer to listen")
	flags.StringVar(&o.budget, "budget", defaultBudget, "stop a probe after PROBE and the grade after TOTAL, `PROBE/TOTAL` or TOTAL: a duration, none or, in total, a number of webhooks, for example 60s/10m or 500")
	flags.StringVar(&o.start, "start", "", "start the consumer with this shell `COMMAND`, restart it when it stops responding, and stop it at the end")
	cli.Enum(flags, &o.failOn, "fail-on", "exit with 1 at this `SEVERITY`: error, or warning for warnings too", "error", "warning")
	flags.StringVar(&o.accept, "accept", "", "accept the findings that this `FILE` lists: probe, location, reason, until")
	flags.StringArrayVar(&o.with, "with", nil, "set a value of the application's identity, `NAME=VALUE`, for example app.phone=919000000001 (repeatable)")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "serve the provider API on this `HOST:PORT`, for the calls of the consumer")
	flags.StringVar(&o.server, "server", "", "use the server whose control API is at this `URL`, instead of --listen")
	flags.StringVar(&o.token, "control-token", "", "`TOKEN` of that control API")
	flags.StringArrayVar(&o.reports, "report", nil, "write a report, `KIND=FILE`: "+strings.Join(report.Kinds(), ", ")+" (repeatable)")
	flags.StringVar(&o.save, "save", "", "write each failing order of events to this `DIR`, as scenario, Go test and curl script")
	flags.StringVar(&o.tape, "tape", "", "append each delivery and its attempts to this `FILE`, as a tape")
	o.sarif.Flags(flags)
	cli.CheckTexts(flags.Lookup("with"), func(text string) error { _, err := identityOf([]string{text}); return err })
	o.flags = flags
	for _, name := range []string{"secret", "bearer", "header", "handshake-value", "control-token"} {
		flags.Lookup(name).Annotations = map[string][]string{cli.SecretFlag: {}}
	}
	flags.Lookup("start").Annotations = map[string][]string{cli.CommandLineFlag: {}}
	return c
}

func gradeConsumer(ctx context.Context, o *Options) error {
	if o.To == "" {
		return errors.New("grade: no endpoint; set --to URL")
	}
	files, err := report.ParseFiles(o.Out, o.reports)
	if err != nil {
		return err
	}
	if o.sarif.Repository, err = o.sarif.Find(o.flags, os.LookupEnv, o.accept); err != nil {
		return err
	}
	catalog, err := o.Catalog()
	if err != nil {
		return err
	}
	accepted, err := o.acceptances()
	if err != nil {
		return err
	}
	options, closing, err := o.options(catalog)
	if err != nil {
		return err
	}
	defer closing()
	if err := grade.Check(options); err != nil { // before anything listens, starts or is written
		return err
	}
	options.Accept = func(p *grade.Probe, location string) *webhook.Acceptance {
		return accepted.Match(p.ID, p.Name, location, time.Now())
	}
	r := report.Report{
		Title: "grade " + options.Provider.Route(), Version: o.Version, Route: options.Provider.Route(), Endpoint: cli.PublicURL(o.To),
		Seed: strconv.FormatUint(options.Seed, 10), StartedAt: time.Now().UTC(), Repository: o.sarif.Repository, FailOn: webhook.Severity(o.failOn),
	}
	if err := files.Begin(r); err != nil {
		return cli.Exit(cli.ExitEnvironment, err)
	}
	r.Results, err = o.probe(ctx, options)
	if e, ours := errors.AsType[cli.ExitError](err); ours {
		return e
	}
	for i := range r.Results {
		r.Results[i].Reproduce = again(o.flags, r.Route, r.Results[i].Name, r.Seed)
	}
	_, rejected := errors.AsType[*grade.Rejected](err)
	r.Repository = o.sarif.With(o.saved)
	r.Duration = time.Since(r.StartedAt)
	r.Complete = err == nil || rejected
	r.Warnings = accepted.Unused(r.Route, r.Results)
	return o.end(files, r, err)
}

// probe runs the probes, with everything around that they need. What is wrong with that
// is an [exit].
func (o *Options) probe(ctx context.Context, options grade.Options) ([]webhook.Result, error) {
	grading, lost := context.WithCancelCause(ctx)
	defer lost(nil)
	serving, stop := context.WithCancel(grading)
	var working sync.WaitGroup
	defer working.Wait()
	defer stop()
	if err := o.provide(serving, options.Provider, &working, lost); err != nil {
		return nil, exitOf(err)
	}
	tape, err := cli.AppendTape(o.tape)
	if err != nil {
		return nil, exitOf(err)
	}
	defer tape.Close()
	if o.start != "" {
		application, err := process.Start(o.start)
		if err != nil {
			return nil, cli.Exit(cli.ExitEnvironment, err)
		}
		defer application.Stop()
		options.Application = application
	}
	var untaped error
	options.Delivered = func(d webhook.Delivery) { untaped = cmp.Or(untaped, capture.WriteDelivery(tape, d)) }
	watch := newWatch(o.Err)
	options.Begin, options.Ended = watch.begin, watch.ended
	results, err := grade.Grade(grading, options)
	watch.Clear()
	switch {
	case ctx.Err() == nil && grading.Err() != nil:
		return nil, exitOf(context.Cause(grading))
	case untaped != nil:
		return nil, cli.Exit(cli.ExitEnvironment, fmt.Errorf("write the tape: %w", cli.Cause(untaped)))
	}
	if _, nobody := errors.AsType[*grade.Unreachable](err); nobody && options.Application != nil {
		printOutput(o.Err, options.Application.Output())
	}
	return results, err
}

// exitOf makes an error one that ends the process, with the code that it would have.
func exitOf(err error) error {
	if e, ours := errors.AsType[cli.ExitError](err); ours {
		return e
	}
	return cli.Exit(cli.ExitUsage, err)
}

// printOutput shows the end of what the application printed.
func printOutput(out io.Writer, text string) {
	for line := range strings.Lines(text) {
		fmt.Fprintf(out, "application: %s\n", report.Clean(strings.TrimSuffix(line, "\n")))
	}
}

// acceptances are those of --accept.
func (o *Options) acceptances() (*acceptance.List, error) {
	if o.accept == "" {
		return nil, nil
	}
	source, err := os.ReadFile(o.accept)
	if err != nil {
		return nil, cli.Exit(cli.ExitEnvironment, fmt.Errorf("read the accepted findings in %s: %w", o.accept, cli.Cause(err)))
	}
	probes, err := grade.Probes()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, p := range probes {
		names = append(names, p.ID, p.Name)
	}
	return acceptance.Read(o.accept, source, names)
}

// options are the options of the flags, all of them checked.
func (o *Options) options(catalog *schemas.Catalog) (grade.Options, func(), error) {
	options := grade.Options{URL: o.To, Wait: o.wait, FirstUser: o.firstUser, StateURL: o.state, Only: listed(o.only), Skip: listed(o.skip), StrictResponses: o.Strict}
	var err error
	if o.firstUser < 0 {
		return options, nil, fmt.Errorf("read --first-user: %d is negative; use 1 or more, or 0 for a random end user", o.firstUser)
	}
	if options.Seed, err = cli.Seed(o.seed); err != nil {
		return options, nil, err
	}
	limits, err := budgetOf(o.budget)
	if err != nil {
		return options, nil, err
	}
	options.ProbeTime, options.Time, options.Calls = limits.probe, limits.total, limits.webhooks
	if options.Identity, err = identityOf(o.with); err != nil {
		return options, nil, err
	}
	if options.Handshake, err = o.HandshakeValues(); err != nil {
		return options, nil, err
	}
	name := o.provider
	if name == "" {
		name = catalog.Default().Name
	}
	if options.Provider, err = grade.NewProviderOf(catalog, name, options.Seed); err != nil {
		return options, nil, err
	}
	route, err := catalog.Route(name)
	if err != nil {
		return options, nil, err
	}
	o.Concurrency = 64
	target, err := o.Target(catalog, route)
	if err != nil {
		return options, nil, err
	}
	options.Target = &target
	client, err := o.Client()
	if err != nil {
		return options, nil, err
	}
	options.Attempter = client
	if o.save != "" {
		options.Violation = o.keep
	}
	return options, client.Close, nil
}

// listed are the words of texts with commas between.
func listed(texts []string) []string {
	return strings.FieldsFunc(strings.Join(texts, ","), func(r rune) bool { return r == ',' || r == ' ' })
}

// provide responds to the consumer's calls, or watches the server that does.
func (o *Options) provide(ctx context.Context, provider *grade.Provider, working *sync.WaitGroup, lost context.CancelCauseFunc) error {
	if o.server != "" {
		return o.watchServer(ctx, provider, working, lost)
	}
	l, err := cli.Listen(ctx, "--listen", o.listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(o.Err, "the provider's API is at %s\n", cli.URLOf(l))
	log := cli.NewLogger(o.Err)
	working.Go(func() {
		if err := cli.Serve(ctx, l, http.Handler(provider), log); err != nil {
			log.Print(err)
		}
	})
	return nil
}

// end writes the reports and returns the error that ends the process.
func (o *Options) end(files *report.Files, r report.Report, graded error) error {
	if nobody, ok := errors.AsType[*grade.Unreachable](graded); ok {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("grade %s: %s", r.Endpoint, report.Clean(nobody.Cause)))
	}
	rejection, rejected := errors.AsType[*grade.Rejected](graded)
	if graded != nil && !rejected && !errors.Is(graded, context.Canceled) {
		return graded
	}
	if err := files.End(r); err != nil {
		return cli.Exit(cli.ExitEnvironment, err)
	}
	cli.WarnUnplaced(o.Err, files, r)
	if rejected {
		return cli.Exit(cli.ExitFindings, fmt.Errorf("grade %s: %s", r.Endpoint, report.Clean(rejection.Error())))
	}
	if !files.Stdout() {
		fmt.Fprint(o.Out, report.Scorecard(cli.StyleOf(o.Out), r))
	}
	score := r.Score()
	switch {
	case graded != nil:
		return graded
	case score.Decided()+score.Inconclusive == 0:
		return fmt.Errorf("grade: no probe ran; the selected probes do not apply to %s", r.Route)
	case !r.Good():
		return cli.Exit(cli.ExitFindings, nil)
	}
	return nil
}

// keep writes a violation into the folder of --save.
func (o *Options) keep(v grade.Violation) error {
	if err := os.MkdirAll(o.save, 0o755); err != nil {
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("make %s: %w", o.save, cli.Cause(err)))
	}
	for name, text := range map[string]string{v.Name + ".yaml": v.Scenario, v.Name + "_test.go": v.GoTest, v.Name + ".sh": v.Curl} {
		path := filepath.Join(o.save, name)
		mode := os.FileMode(0o644)
		if filepath.Ext(name) == ".sh" {
			mode = 0o755
		}
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			return cli.Exit(cli.ExitEnvironment, fmt.Errorf("write %s: %w", path, cli.Cause(err)))
		}
	}
	if o.saved == nil {
		o.saved = map[string]string{}
	}
	o.saved[v.Probe] = filepath.Join(o.save, v.Name+".yaml")
	return nil
}
