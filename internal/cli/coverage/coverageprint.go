package coverage

import (
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/report"
)

// coverageText is a line for each route, or for each event of the only one; on request
// what is missing; and what would raise the shares.
func coverageText(s report.Style, routes []coverage.Summary, missing bool) string {
	var b strings.Builder
	b.WriteString(routesTable(routes).Text(s, nil))
	if len(routes) == 1 {
		b.WriteString("\n" + eventsTable(routes[0]).Text(s, nil))
	}
	excluded := 0
	for _, r := range routes {
		excluded += len(r.Excluded)
	}
	if missing {
		for _, r := range routes {
			for _, e := range r.Types {
				b.WriteString(missingText(s, r, e))
			}
		}
	}
	var notes []string
	if excluded > 0 && !missing {
		notes = append(notes, fmt.Sprintf("%d points are never emitted and do not count; --missing lists the reasons.", excluded))
	}
	for _, d := range coverage.Directions() {
		if advice := advice(d, routes); advice != "" {
			notes = append(notes, advice)
		}
	}
	if len(notes) > 0 {
		b.WriteString("\n")
	}
	for _, note := range notes {
		b.WriteString(s.Dim(report.Indent(s, 0, note)) + "\n")
	}
	return b.String()
}

func routesTable(routes []coverage.Summary) report.Table {
	table := report.Table{Head: []string{"route", ">types", ">points", ">emitted", ">accepted", ">seen"}}
	for _, r := range routes {
		table.Rows = append(table.Rows, append([]string{r.Name, fmt.Sprint(len(r.Types)), fmt.Sprint(r.Points)}, percents(r)...))
	}
	return table
}

func eventsTable(route coverage.Summary) report.Table {
	table := report.Table{Head: []string{"type", ">points", ">emitted", ">accepted", ">seen"}}
	for _, e := range route.Types {
		table.Rows = append(table.Rows, append([]string{e.Name, fmt.Sprint(e.Points)}, percents(e)...))
	}
	return table
}

// percents are the shares; a dash where nothing was shown.
func percents(s coverage.Summary) []string {
	var all []string
	for _, d := range coverage.Directions() {
		if s.Shown[d] == 0 {
			all = append(all, "-")
		} else {
			all = append(all, fmt.Sprintf("%d %%", s.Total[d].Percent()))
		}
	}
	return all
}

// missingText lists the points of an event type that were not covered, in the directions in
// which its route has bodies, and those that are never emitted.
func missingText(s report.Style, route, e coverage.Summary) string {
	var b strings.Builder
	title := func(text string) { b.WriteString("\n" + s.Bold(e.Name) + "  " + text + "\n") }
	for _, d := range coverage.Directions() {
		switch {
		case route.Shown[d] == 0 || len(e.Missing[d]) == 0:
			continue
		case e.Shown[d] == 0:
			title(fmt.Sprintf("never %s", d))
			continue
		}
		title(fmt.Sprintf("not %s: %d of %d", d, len(e.Missing[d]), e.Total[d].All))
		for _, line := range grouped(e.Missing[d]) {
			b.WriteString(report.Indent(s, 2, report.Clean(line)) + "\n")
		}
	}
	if len(e.Excluded) > 0 {
		title("never emitted, and why")
		for _, x := range e.Excluded {
			b.WriteString(report.Indent(s, 2, report.Clean(x.Point.String()+": "+x.Note)) + "\n")
		}
	}
	return b.String()
}

// grouped formats points, the values of one JSON Pointer in one line.
func grouped(points []coverage.Point) []string {
	var lines []string
	pointer := ""
	for _, m := range points {
		if m.Kind == coverage.Value && m.Pointer == pointer {
			lines[len(lines)-1] += ", " + m.Value
			continue
		}
		pointer = ""
		if m.Kind == coverage.Value {
			pointer = m.Pointer
		}
		lines = append(lines, m.String())
	}
	return lines
}

// advice is a hint that raises the shares of a direction; "" without need.
func advice(d coverage.Direction, routes []coverage.Summary) string {
	shown, low, event := 0, coverage.Summary{}, ""
	for _, r := range routes {
		if shown += r.Shown[d]; r.Shown[d] == 0 || r.Total[d].Percent() == 100 || low.Name != "" {
			continue
		}
		low = r
		for _, e := range r.Types {
			if event == "" && len(e.Missing[d]) > 0 && (e.Shown[d] == 0 || e.Total[d].Percent() < 100) {
				event = e.Name
			}
		}
	}
	switch {
	case d == coverage.Emitted && low.Name != "":
		return "To raise emitted: more --seeds, an example in the type's examples/ that shows what is missing, or an x-value in its schema."
	case d == coverage.Accepted && shown == 0:
		return "To see what a consumer accepts: ringback play SCENARIO --to URL --tape run.tape, then --accepted run.tape."
	case d == coverage.Accepted && low.Name != "":
		return fmt.Sprintf("To raise accepted: ringback emit %s --provider %s --fill full --to URL --tape more.tape, then --accepted more.tape.", event, low.Name)
	case d == coverage.Seen && shown == 0:
		return "To see what really arrives: ringback listen --tape seen.tape, or any file that ringback validate reads."
	case d == coverage.Seen && low.Name != "":
		return "To raise seen: more captures; what stays missing there may be no more than documented."
	}
	return ""
}
