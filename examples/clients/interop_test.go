package clients_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A findings has all observations of one library.
type findings struct {
	library  library
	observed map[string][]observation // by the subtest that observed it
	results  map[string]string        // the verifier's result of each trial
}

// docs/interop.md documents how the libraries work with Ringback. Its tables are generated from
// observations: run the test with -update when they change.
func TestInterop_IsDocumented(t *testing.T) {
	all := observeAll(t)
	require.False(t, t.Failed(), "a failed observation is not documented")
	for _, f := range all {
		if f.observed == nil {
			t.Skipf("docs/interop.md is not checked, as %s was not observed", f.library.name)
		}
	}
	const path, mark = "../../docs/interop.md", "<!-- What follows is made by TestInterop_IsDocumented. -->\n"
	page, err := os.ReadFile(path)
	require.NoError(t, err)
	before, _, found := strings.Cut(string(page), mark)
	require.True(t, found)
	want := before + mark + tables(t, all)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(page), "run the test with -update")
}

// observeAll observes the libraries in parallel. Each is a test of its own, which is skipped if
// the library is not installed.
func observeAll(t *testing.T) []findings {
	t.Helper()
	var all []findings
	for _, l := range append(cloudAPI(t), verifier(t)) {
		all = append(all, findings{library: l})
	}
	t.Run("of", func(t *testing.T) {
		for i := range all {
			t.Run(all[i].library.name, func(t *testing.T) {
				t.Parallel()
				all[i].library.needed(t)
				all[i].observe(t)
			})
		}
	})
	return all
}

func (f *findings) observe(t *testing.T) {
	t.Helper()
	f.observed = map[string][]observation{}
	t.Run("signatures", func(t *testing.T) { f.observed["signatures"], f.results = observeSignatures(t, f.library) })
	if f.library.name == standard {
		return
	}
	t.Run("documents", func(t *testing.T) { f.observed["documents"] = observeDocumented(t, f.library) })
	t.Run("batch", func(t *testing.T) { f.observed["batch"] = observeBatch(t, f.library) })
	t.Run("sending", func(t *testing.T) { f.observed["sending"] = observeSending(t, f.library) })
}

// tables is the generated part of the page.
func tables(t *testing.T, all []findings) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| library | version | client | observed by |\n|---|---|---|---|\n")
	for _, f := range all {
		client := "examples/clients/" + f.library.command[1]
		fmt.Fprintf(&b, "| `%s` | %s | [%s](../%s) | `TestInterop_IsDocumented/of/%s` |\n", f.library.name, f.library.version, client, client, f.library.name)
	}
	b.WriteString("\n## What the libraries reject, lose or do differently\n\nThe last column is the subtest that observed it. JSON Pointers start at `value`, except those of `/entry` and `/gs_app_id`; they have no array indexes.\n")
	b.WriteString(explained(t, all))
	b.WriteString("\n## Results of each documented body\n\nAccepted: the response is 2xx, and the library passes the event to the application.\n\n")
	b.WriteString(byEvent(t, all))
	b.WriteString("\n## Results of signatures\n\nRingback signs with `--signature meta`, and with `--signature standard` for Standard Webhooks.\n\n")
	b.WriteString(bySignature(t, all))
	return b.String()
}

// explained has a row for each explanation. Every observation needs one, and every explanation an
// observation.
func explained(t *testing.T, all []findings) string {
	t.Helper()
	events := countEvents(t)
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "\n### %s %s\n\n| behavior | reason | observed by |\n|---|---|---|\n", f.library.name, f.library.version)
		subjects := map[string][]string{}
		by := map[string]string{}
		for test, seen := range f.observed {
			for _, o := range seen {
				subjects[o.symptom] = append(subjects[o.symptom], o.subject)
				by[o.symptom] = test
			}
		}
		for _, e := range explanations()[f.library.name] {
			var what []string
			for _, symptom := range e.symptoms {
				require.NotEmpty(t, subjects[symptom], "%s: not observed: %s", f.library.name, symptom)
				what = append(what, strings.ReplaceAll(symptom, "{}", summary(subjects[symptom], events)))
				delete(subjects, symptom)
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(what, ";<br>"), e.reason, by[e.symptoms[0]])
		}
		require.Empty(t, slices.Collect(maps.Keys(subjects)), "%s: observed without an explanation", f.library.name)
	}
	return b.String()
}

func countEvents(t *testing.T) map[string]int {
	t.Helper()
	events := map[string]int{}
	for _, d := range allDocumented(t, v3(t)) {
		events[d.event]++
	}
	return events
}

// summary lists the event types of examples, or counts them if there are many. Other subjects are
// single.
func summary(subjects []string, events map[string]int) string {
	found := map[string]int{}
	for _, s := range subjects {
		event, _, _ := strings.Cut(s, "/")
		if events[event] == 0 {
			return s
		}
		found[event]++
	}
	if len(found) > 12 {
		return fmt.Sprintf("%d bodies of %d event types", len(subjects), len(found))
	}
	var parts []string
	for event, n := range found {
		if n < events[event] {
			event = fmt.Sprintf("%s (%d of %d)", event, n, events[event])
		}
		parts = append(parts, event)
	}
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}

// byEvent counts the results of the examples of each event type.
func byEvent(t *testing.T, all []findings) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| event type | " + kapso + " | " + secreto + " | documents |\n|---|---|---|---|\n")
	events := countEvents(t)
	for _, kind := range v3(t).Types() {
		event := strings.TrimPrefix(kind.Name, "gupshup/v3/")
		if events[event] == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s |", event)
		for _, f := range all[:2] {
			fmt.Fprintf(&b, " %s |", became(f.observed["documents"], event, events[event]))
		}
		fmt.Fprintf(&b, " %s |\n", kind.Document())
	}
	return b.String()
}

// became describes the results of the n examples of an event type.
func became(seen []observation, event string, n int) string {
	rejected, notPassed := 0, 0
	for _, o := range seen {
		switch {
		case !strings.HasPrefix(o.subject, event+"/"):
		case strings.Contains(o.symptom, ", and passes nothing on"):
			notPassed++
		case strings.HasPrefix(o.symptom, "responds with "):
			rejected++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{n - rejected - notPassed, "accepted"}, {notPassed, "not passed on"}, {rejected, "rejected"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	return strings.Join(parts, ", ")
}

// bySignature has a row for each trial, in their order; a library without an entry doesn't support
// the scheme.
func bySignature(t *testing.T, all []findings) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| webhook | " + kapso + " | " + secreto + " | " + standard + " |\n|---|---|---|---|\n")
	var rows []string
	for _, scheme := range []string{"standard", "meta"} {
		for _, try := range trials(t, v3(t), scheme) {
			if !slices.Contains(rows, try.description) {
				rows = append(rows, try.description)
			}
		}
	}
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |", row)
		for _, f := range all {
			fmt.Fprintf(&b, " %s |", f.results[row])
		}
		b.WriteString("\n")
	}
	return b.String()
}
