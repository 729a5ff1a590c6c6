package root

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/ringback-dev/ringback/internal/fault"
)

// docs/faults.md is made of what the faults say of themselves: run the test
// with -update when they change.
func TestFaultsAreDocumented(t *testing.T) {
	t.Parallel()
	requirePage(t, "../../../docs/faults.md", faultsPage())
}

func faultsPage() string {
	var b strings.Builder
	b.WriteString(`# Faults

A fault spoils an event or its transport as production does. On the command line it is ` + "`--fault NAME:setting=value,…`" + `; the name of the
first setting may be left out (` + "`truncate:10`" + `). In a scenario it is ` + "`faults:`" + ` of a step ([scenarios](scenarios.md#faults)). Every firing stands in the delivery, and in what is
printed: where and how it struck. Faults can be combined; those of one event strike in the order in which they are given.

<!-- This page is made by TestFaultsAreDocumented. -->

`)
	stages := []struct {
		stage fault.Stage
		about string
	}{
		{fault.StagePlan, "The plan: whether, when and how often an event is sent"},
		{fault.StageBody, "The body: every byte that the fault is not about stays as it is"},
		{fault.StageSignature, "The signature: only where the provider, or `--signature`, signs"},
		{fault.StageTransport, "The transport"},
	}
	for _, s := range stages {
		fmt.Fprintf(&b, "## %s\n\n| fault | what it does | settings |\n|---|---|---|\n", s.about)
		for _, k := range fault.Kinds() {
			if k.Stage == s.stage {
				fmt.Fprintf(&b, "| `%s` | %s | %s |\n", k.Name, k.Description, parameters(k.Parameters))
			}
		}
		b.WriteString("\n")
	}
	b.WriteString("## Conditions: settings of every fault\n\n| setting | type | usual | what it says |\n|---|---|---|---|\n")
	for _, p := range fault.Conditions() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type, cmp.Or(p.Default, "-"), p.Description)
	}
	return b.String()
}

func parameters(all []fault.Parameter) string {
	var texts []string
	for _, p := range all {
		text := fmt.Sprintf("`%s` (%s", p.Name, p.Type)
		if p.Default != "" {
			text += ", usually " + p.Default
		}
		texts = append(texts, text+"): "+p.Description)
	}
	return cmp.Or(strings.Join(texts, "<br>"), "-")
}
