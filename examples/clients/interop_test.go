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

// Findings are all that was seen of one library.
type findings struct {
	library library
	seen    map[string][]observation // by the subtest that saw it
	said    map[string]string        // of a verifier, to each trial
}

// docs/interop.md says what the libraries make of Ringback. Its tables are made here, of
// what is observed, so that they stay true: run the test with -update when it changes.
func TestInterop_IsDocumented(t *testing.T) {
	all := observeAll(t)
	require.False(t, t.Failed(), "what failed is not documented")
	for _, f := range all {
		if f.seen == nil {
			t.Skipf("docs/interop.md is not checked, because %s was not observed", f.library.name)
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

// observeAll observes the libraries beside each other. Each is a test of its own, which
// is skipped where the library is not installed.
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
	f.seen = map[string][]observation{}
	t.Run("signatures", func(t *testing.T) { f.seen["signatures"], f.said = observeSignatures(t, f.library) })
	if f.library.name == standard {
		return
	}
	t.Run("documents", func(t *testing.T) { f.seen["documents"] = observeDocumented(t, f.library) })
	t.Run("batch", func(t *testing.T) { f.seen["batch"] = observeBatch(t, f.library) })
	t.Run("sending", func(t *testing.T) { f.seen["sending"] = observeSending(t, f.library) })
}

// tables are the part of the page that is made.
func tables(t *testing.T, all []findings) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("\n| library | version | client | seen by |\n|---|---|---|---|\n")
	for _, f := range all {
		client := "examples/clients/" + f.library.command[1]
		fmt.Fprintf(&b, "| `%s` | %s | [%s](../%s) | `TestInterop_IsDocumented/of/%s` |\n", f.library.name, f.library.version, client, client, f.library.name)
	}
	b.WriteString("\n## What they refuse, lose or do otherwise\n\nThe last column is the subtest that saw it. Places begin at `value`, but those of `/entry` and `/gs_app_id`.\n")
	b.WriteString(explained(t, all))
	b.WriteString("\n## What becomes of each documented body\n\nAccepted is answered 2xx, and told to the application.\n\n")
	b.WriteString(byEvent(t, all))
	b.WriteString("\n## What they say to signatures\n\nRingback signs with `--signature meta`, and with `--signature standard` for Standard Webhooks.\n\n")
	b.WriteString(bySignature(t, all))
	return b.String()
}

// explained has a row for each explanation. Whatever was observed has one, and no
// explanation is of something that was not.
func explained(t *testing.T, all []findings) string {
	t.Helper()
	events := countEvents(t)
	var b strings.Builder
	for _, f := range all {
		fmt.Fprintf(&b, "\n### %s %s\n\n| what | why | seen by |\n|---|---|---|\n", f.library.name, f.library.version)
		subjects := map[string][]string{}
		by := map[string]string{}
		for test, seen := range f.seen {
			for _, o := range seen {
				subjects[o.symptom] = append(subjects[o.symptom], o.subject)
				by[o.symptom] = test
			}
		}
		for _, e := range explanations()[f.library.name] {
			var what []string
			for _, symptom := range e.symptoms {
				require.NotEmpty(t, subjects[symptom], "%s: nobody observed that it %s", f.library.name, symptom)
				what = append(what, strings.ReplaceAll(symptom, "{}", summary(subjects[symptom], events)))
				delete(subjects, symptom)
			}
			fmt.Fprintf(&b, "| %s | %s | %s |\n", strings.Join(what, ";<br>"), e.why, by[e.symptoms[0]])
		}
		require.Empty(t, slices.Collect(maps.Keys(subjects)), "%s: observed, and not explained", f.library.name)
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

// summary names examples by their events, or counts them if those are many. Of anything
// else there is one.
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

// byEvent counts, for each event type, what became of its examples.
func byEvent(t *testing.T, all []findings) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| event | " + kapso + " | " + secreto + " | documents |\n|---|---|---|---|\n")
	events := countEvents(t)
	for _, kind := range v3(t).Types() {
		event := strings.TrimPrefix(kind.Name, "gupshup/v3/")
		if events[event] == 0 {
			continue
		}
		fmt.Fprintf(&b, "| %s |", event)
		for _, f := range all[:2] {
			fmt.Fprintf(&b, " %s |", became(f.seen["documents"], event, events[event]))
		}
		fmt.Fprintf(&b, " %s |\n", kind.Document())
	}
	return b.String()
}

// became says what became of the n examples of an event.
func became(seen []observation, event string, n int) string {
	rejected, untold := 0, 0
	for _, o := range seen {
		switch {
		case !strings.HasPrefix(o.subject, event+"/"):
		case strings.Contains(o.symptom, ", and tells nothing"):
			untold++
		case strings.HasPrefix(o.symptom, "answers "):
			rejected++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		word string
	}{{n - rejected - untold, "accepted"}, {untold, "not told"}, {rejected, "refused"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
		}
	}
	return strings.Join(parts, ", ")
}

// bySignature has a row for each trial, in their order; a library without an entry does
// not know the scheme that has it.
func bySignature(t *testing.T, all []findings) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| signed | " + kapso + " | " + secreto + " | " + standard + " |\n|---|---|---|---|\n")
	var rows []string
	for _, scheme := range []string{"standard", "meta"} {
		for _, try := range trials(t, v3(t), scheme) {
			if !slices.Contains(rows, try.about) {
				rows = append(rows, try.about)
			}
		}
	}
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s |", row)
		for _, f := range all {
			fmt.Fprintf(&b, " %s |", f.said[row])
		}
		b.WriteString("\n")
	}
	return b.String()
}
