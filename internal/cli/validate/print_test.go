package validate

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/wire/capture"
	"github.com/ringback-dev/ringback/webhook"
)

func TestInFile_AddsPositionOfBody(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name                  string
		bodyLine, bodyColumn  int
		line, column          int
		wantLine, wantColumns int
	}{
		{"a body that is its file", 1, 1, 3, 7, 3, 7},
		{"the first line of a line", 12, 1, 1, 7, 12, 7},
		{"the first line of a body in a line", 12, 5, 1, 7, 12, 11},
		{"a later line of a body in a line", 12, 5, 3, 7, 14, 7},
		{"a body in a tape", 0, 0, 3, 7, 3, 7},
		{"a finding without a place", 12, 5, 0, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			line, column := inFile(capture.Body{Line: c.bodyLine, Column: c.bodyColumn}, webhook.Finding{Line: c.line, Column: c.column})
			require.Equal(t, []int{c.wantLine, c.wantColumns}, []int{line, column})
		})
	}
}

// A verdict's findings may be shared; printing must not move them.
func TestLineOf_KeepsVerdict(t *testing.T) {
	t.Parallel()
	item := webhook.Item{Verdict: webhook.Verdict{Findings: []webhook.Finding{{Line: 1, Column: 2}}}}
	line := lineOf(capture.Body{Source: "a:7", Line: 7, Column: 1}, item)
	require.Equal(t, 7, line.Findings[0].Line)
	require.Equal(t, 1, item.Verdict.Findings[0].Line)
}

// A stream of findings that are all of one kind, or all of another, is cut.
func TestPrettyWriter_LimitsFindings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		kinds int
		want  int
	}{
		{"one kind", 1, maxShown},
		{"few kinds", 10, 10 * maxShown},
		{"a kind each", 5000, maxKinds},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			p := printerOf("pretty", &out)
			for i := range 5000 {
				f := webhook.Finding{Level: webhook.LevelDrift, Rule: "unknown-field", Pointer: fmt.Sprintf("/key%d", i%c.kinds)}
				item := webhook.Item{Verdict: webhook.Verdict{Level: webhook.LevelDrift, Type: "acme/x", Findings: []webhook.Finding{f}}}
				require.NoError(t, p.body(capture.Body{Source: "a"}, []webhook.Item{item}))
			}
			require.NoError(t, p.end())
			require.NoError(t, p.flush())
			require.Equal(t, c.want, strings.Count(out.String(), "unknown-field at /key"))
			require.Contains(t, out.String(), fmt.Sprintf("… and %d more findings", 5000-c.want))
		})
	}
}
