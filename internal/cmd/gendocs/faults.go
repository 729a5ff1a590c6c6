package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/ringback-dev/ringback/internal/wire/fault"
)

func faultsPage() string {
	var b strings.Builder
	b.WriteString(`# Faults

A fault changes an event or its transport as it happens in production. On the command line, it is ` + "`--fault NAME:setting=value,…`" + `; the name of the
first setting is optional (` + "`truncate:10`" + `). In a scenario it is ` + "`faults:`" + ` of a step ([scenarios](scenarios.md#faults)). The delivery and the output
list each injected fault: where and how. You can combine faults; those of one event are injected in the order in which you give them.

` + generated + `
`)
	stages := []struct {
		stage fault.Stage
		about string
	}{
		{fault.StagePlan, "The plan: whether, when and how often an event is sent"},
		{fault.StageBody, "The body: every other byte stays the same"},
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
	b.WriteString("## Conditions: settings of every fault\n\n| setting | type | default | meaning |\n|---|---|---|---|\n")
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
			text += ", default " + p.Default
		}
		texts = append(texts, text+"): "+p.Description)
	}
	return cmp.Or(strings.Join(texts, "<br>"), "-")
}
