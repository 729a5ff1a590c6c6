package play

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// PlanOptions are the arguments and flags of plan.
type PlanOptions struct {
	*cli.Factory
	cli.ScriptOptions
	scenario, format string
}

// NewPlanCommand makes plan. Without run, it prints the plan.
func NewPlanCommand(f *cli.Factory, run func(context.Context, *PlanOptions) error) *cobra.Command {
	if run == nil {
		run = plan
	}
	o := &PlanOptions{Factory: f}
	c := cli.TakeScenario(&cobra.Command{
		Use:   "plan SCENARIO",
		Short: "Print what a scenario would send, and when",
		Long: "Print the plan of a scenario: the events, their times, and the faults. Nothing is\n" +
			"sent. The same seed gives the same plan.",
		Example: "  ringback plan message-delivered --provider netcore --seed 7",
		RunE: func(c *cobra.Command, args []string) error {
			o.scenario = args[0]
			return run(c.Context(), o)
		},
	})
	o.ScriptOptions.Flags(c)
	cli.Enum(c.Flags(), &o.format, "format", "output `FORMAT`: pretty or ndjson", "pretty", "ndjson")
	return c
}

func plan(_ context.Context, o *PlanOptions) error {
	script, err := o.Script(o.Factory, o.scenario)
	if err != nil {
		return err
	}
	notices(o.Err, script.Plan)
	return printPlan(o.Out, script.Plan, o.format)
}

// A cueLine is a planned event in the machine format.
type cueLine struct {
	At           float64  `json:"at_s"`
	Conversation int      `json:"conversation"`
	Step         string   `json:"step"`
	Events       []string `json:"events"`
	Message      string   `json:"message"`
	Copy         int      `json:"copy"`
	Dropped      bool     `json:"dropped"`
	Faults       []string `json:"faults"`
}

func cueLineOf(c scenarios.PlannedEvent) cueLine {
	l := cueLine{At: c.At.Seconds(), Conversation: c.Conversation, Step: c.Step, Copy: c.Copy, Dropped: c.Dropped, Events: []string{}, Faults: []string{}}
	for i, item := range c.Items {
		l.Events = append(l.Events, item.Event)
		if i == 0 {
			l.Message = item.Message.Name
		}
	}
	l.Faults = append(l.Faults, c.Notes...)
	for _, b := range c.Faults {
		l.Faults = append(l.Faults, b.Fault.Name())
	}
	return l
}

func printPlan(out io.Writer, plan *scenarios.Plan, format string) error {
	w := bufio.NewWriter(out)
	encoder, style := cli.NewEncoder(w), cli.StyleOf(out)
	if format == "pretty" {
		fmt.Fprintln(w, style.Dim(fmt.Sprintf("%12s  %-6s  %-10s  %-4s  %s", "time", "conv", "step", "msg", "event")))
	}
	for planned := range plan.PlannedEvents {
		l := cueLineOf(planned)
		if format == "ndjson" {
			if err := encoder.Encode(l); err != nil {
				return cli.WriteError(err)
			}
			continue
		}
		text := strings.Join(l.Events, " + ")
		if l.Faults != nil {
			text = strings.TrimRight(text+"  "+strings.Join(l.Faults, ", "), " ")
		}
		if _, err := fmt.Fprintf(w, "%12s  %-6d  %-10s  %-4s  %s\n", offset(planned.At), l.Conversation, l.Step, l.Message, report.Clean(text)); err != nil {
			return cli.WriteError(err)
		}
	}
	return cli.WriteError(w.Flush())
}

// offset formats a time of a plan: 4.25s, 1h02m, 7d00h.
func offset(d time.Duration) string {
	const day = 24 * time.Hour
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	switch {
	case d < time.Minute:
		return sign + strconv.FormatFloat(d.Seconds(), 'f', 3, 64) + "s"
	case d < time.Hour:
		return fmt.Sprintf("%s%dm%06.3fs", sign, d/time.Minute, (d % time.Minute).Seconds())
	case d < day:
		return fmt.Sprintf("%s%dh%02dm%02ds", sign, d/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%s%dd%02dh%02dm%02ds", sign, d/day, d%day/time.Hour, d%time.Hour/time.Minute, d%time.Minute/time.Second)
}

// notices prints what matters before planning: which steps
// are left out, and the seed.
func notices(w io.Writer, plan *scenarios.Plan) {
	leftOut(w, plan)
	fmt.Fprintf(w, "ringback: %s on %s, seed %d\n", plan.Scenario.Name, plan.Route.Name(), plan.Options.Seed)
}

// announce prints what is about to be sent and how fast, and then what notices prints
// and what is not signed.
func announce(w io.Writer, plan *scenarios.Plan, target *engine.Target, pace engine.Speed) {
	fmt.Fprintf(w, "ringback: %s on %s at %s\n", plan.Scenario.Name, plan.Route.Name(), speedText(pace, lengthOf(plan)))
	leftOut(w, plan)
	for _, notice := range target.Notices {
		fmt.Fprintln(w, "ringback:", report.Clean(notice))
	}
	fmt.Fprintf(w, "ringback: seed %d\n", plan.Options.Seed)
}

func leftOut(w io.Writer, plan *scenarios.Plan) {
	for _, skip := range plan.Skipped {
		fmt.Fprintf(w, "ringback: step %s is skipped: %s: %s\n", skip.Step, skip.Event, report.Clean(skip.Cause))
	}
}
