package root

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/cli/settings"
	"github.com/ringback-dev/ringback/internal/coverage"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/internal/wire/signature"
)

// values offers values of a flag that continue the beginning of one. More reports
// whether something has to follow what is offered, so that the shell adds no space.
type values func(set *cli.Factory, begun string) (offered []string, more bool)

// valuesOfFlags are the values of flags by name; those that are files, numbers or
// texts of the user have none. A name of a command's own flag goes first, as in flagGroups.
func valuesOfFlags() map[string]values {
	return map[string]values{
		"provider": func(set *cli.Factory, _ string) ([]string, bool) {
			return fromCatalog(set, (*schemas.Catalog).Routes), false
		},
		"event":       oneOf(canonical.Events()...),
		"type":        func(set *cli.Factory, _ string) ([]string, bool) { return fromCatalog(set, cli.TypeNames), false },
		"only":        probesOffered,
		"skip":        probesOffered,
		"fault":       func(_ *cli.Factory, begun string) ([]string, bool) { return faultsOffered(begun) },
		"report":      reportsOffered,
		"min":         sharesOffered,
		"signature":   func(*cli.Factory, string) ([]string, bool) { return signature.Names(), false },
		"retry":       func(*cli.Factory, string) ([]string, bool) { return retryNames(), false },
		"speed":       oneOf("1x", "60x", "max"),
		"allow":       oneOf("local", "public"),
		"variant":     func(set *cli.Factory, _ string) ([]string, bool) { return fromCatalog(set, variantNames), false },
		"with":        func(*cli.Factory, string) ([]string, bool) { return ending("=", append(value.Names(), "error")), true },
		"tail.status": oneOf("2xx", "4xx", "5xx"),
		"serve.to": func(set *cli.Factory, _ string) ([]string, bool) {
			return ending("=", fromCatalog(set, (*schemas.Catalog).Routes)), true
		},
		"inbox-status":  oneOf("200", "404", "500", "503"),
		"listen.status": oneOf("200", "404", "500", "503"),
	}
}

// complete teaches the shell what the flags of a command take, and of those below it.
func complete(c *cobra.Command, set *cli.Factory, all map[string]values) {
	for _, b := range c.Commands() {
		complete(b, set, all)
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		offered := all[c.Name()+"."+f.Name]
		if offered == nil {
			offered = all[f.Name]
		}
		if few, ok := f.Value.(*cli.EnumFlag); ok {
			offered = oneOf(few.Words...)
		}
		if _, known := c.GetFlagCompletionFunc(f.Name); known || offered == nil {
			return
		}
		if err := c.RegisterFlagCompletionFunc(f.Name, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
			return offer(set, offered, begun)
		}); err != nil {
			panic(err) // the flag is there, and was not completed before
		}
	})
}

// offer is what the shell shows of the values that begin as the user has begun. After
// NAME=, where no value is known, it may be a file.
func offer(set *cli.Factory, all values, begun string) ([]string, cobra.ShellCompDirective) {
	list, more := all(set, begun)
	list = slices.DeleteFunc(slices.Clone(list), func(text string) bool { return more && text == begun || !strings.HasPrefix(text, begun) })
	switch {
	case len(list) == 0 && strings.Contains(begun, "="):
		return nil, cobra.ShellCompDirectiveDefault
	case more:
		return list, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
	return list, cobra.ShellCompDirectiveNoFileComp
}

// oneOf are values that need no catalog.
func oneOf(texts ...string) values {
	return func(*cli.Factory, string) ([]string, bool) { return texts, false }
}

// ending adds an end to each text.
func ending(end string, texts []string) []string {
	all := make([]string, len(texts))
	for i, text := range texts {
		all[i] = text + end
	}
	return all
}

// fromCatalog are names of the catalog. If the catalog can't be read, there are none:
// the command reports the error when it runs.
func fromCatalog(set *cli.Factory, names func(*schemas.Catalog) []string) []string {
	catalog, err := set.Catalog()
	if err != nil {
		return nil
	}
	return names(catalog)
}

// variantNames are the variants of all event types.
func variantNames(c *schemas.Catalog) []string {
	var names []string
	for _, t := range c.Types() {
		names = append(names, generator.Variants(t)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func retryNames() []string {
	profiles, err := contract.Profiles()
	if err != nil {
		return nil
	}
	var names []string
	for _, p := range profiles {
		names = append(names, p.Name)
	}
	return names
}

// lastOf cuts a list with commas before its last element.
func lastOf(begun string) (before string) { return begun[:strings.LastIndexByte(begun, ',')+1] }

// described is a value with what it means. Bash writes a comma with a backslash, and
// finds no described value that begins as the user has begun without one.
func described(text, about string) string {
	if strings.Contains(text, ",") {
		return text
	}
	return cobra.CompletionWithDesc(text, about)
}

// probesOffered are groups, names and IDs of probes, without those already listed.
func probesOffered(_ *cli.Factory, begun string) ([]string, bool) {
	probes, err := grade.Probes()
	if err != nil {
		return nil, false
	}
	before := lastOf(begun)
	given := strings.Split(before, ",")
	var list []string
	add := func(name, about string) {
		if !slices.Contains(given, name) {
			list = append(list, described(before+name, about))
		}
	}
	var groups []string
	for _, p := range probes {
		if !slices.Contains(groups, p.Group) {
			groups = append(groups, p.Group)
			add(p.Group, "all probes of the group")
		}
		if !slices.Contains(groups, p.Name) {
			add(p.Name, p.ID+": "+p.Description)
		}
	}
	for _, p := range probes {
		add(p.ID, p.Name+": "+p.Description)
	}
	return list, false
}

// faultsOffered are the names of faults, and behind a name its settings.
func faultsOffered(begun string) ([]string, bool) {
	name, _, named := strings.Cut(begun, ":")
	var list []string
	for _, k := range fault.Kinds() {
		if !named {
			list = append(list, described(k.Name, k.Description))
			continue
		}
		if k.Name != name {
			continue
		}
		before := begun[:max(strings.IndexByte(begun, ':'), strings.LastIndexByte(begun, ','))+1]
		for _, p := range slices.Concat(k.Parameters, fault.Conditions()) {
			if !strings.Contains(begun[:len(before)], ","+p.Name+"=") && !strings.Contains(begun[:len(before)], ":"+p.Name+"=") {
				list = append(list, described(before+p.Name+"="+p.Default, cmp.Or(p.Description, p.Type)))
			}
		}
	}
	return list, true
}

// reportsOffered are the kinds of reports, each before the file that it goes to.
func reportsOffered(_ *cli.Factory, _ string) ([]string, bool) {
	return ending("=", report.Kinds()), true
}

// sharesOffered are the directions of --min.
func sharesOffered(_ *cli.Factory, begun string) ([]string, bool) {
	var list []string
	for _, d := range coverage.Directions() {
		list = append(list, lastOf(begun)+string(d)+"=")
	}
	return list, true
}

// commandNames are the commands below the one that the words lead to.
func commandNames(root *cobra.Command, args []string) []string {
	at, _, err := root.Find(args)
	if err != nil {
		return nil
	}
	var names []string
	for _, b := range settings.Below(at) {
		names = append(names, cobra.CompletionWithDesc(b.Name(), b.Short))
	}
	return names
}
