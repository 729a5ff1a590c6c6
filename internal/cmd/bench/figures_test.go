package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

func TestMedian(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		values []float64
		want   float64
	}{
		"no values":                 {nil, 0},
		"one":                       {[]float64{3}, 3},
		"odd":                       {[]float64{9, 1, 5}, 5},
		"even":                      {[]float64{4, 1, 2, 9}, 3},
		"an outlier has no effect":  {[]float64{1, 2, 3, 4, 1000}, 3},
		"the order has no effect":   {[]float64{1000, 3, 1, 4, 2}, 3},
		"equal values stay as they": {[]float64{2, 2, 2}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			before := append([]float64(nil), c.values...)
			require.Equal(t, c.want, median(c.values))
			require.Equal(t, before, c.values, "the values keep their order")
		})
	}
}

// A pair that ran under load has both sides slower, and its ratio still counts.
func TestFigureOf_RatioIsOfThePairs(t *testing.T) {
	t.Parallel()
	got := figureOf("validate", "µs", []pair{{2, 4}, {40, 80}, {3, 4}, {2, 5}, {30, 60}})
	require.Equal(t, Figure{Work: "validate", Unit: "µs", Ours: 3, Reference: 5, Ratio: 0.5}, got)
}

func TestFigureOf_WithoutReference(t *testing.T) {
	t.Parallel()
	require.Equal(t, Figure{Work: "idle", Unit: "MiB", Ours: 2}, figureOf("idle", "MiB", []pair{{ours: 1}, {ours: 2}, {ours: 3}}))
}

func TestRegressions(t *testing.T) {
	t.Parallel()
	stored := []Figure{
		{Work: "play", Unit: "µs", Ours: 100, Reference: 50, Ratio: 2},
		{Work: "idle", Unit: "MiB", Ours: 30, Limit: 40},
	}
	for name, c := range map[string]struct {
		now  Figure
		want []string
	}{
		"the same":                            {Figure{Work: "play", Ratio: 2}, nil},
		"better":                              {Figure{Work: "play", Ratio: 0.5}, nil},
		"as much worse as allowed":            {Figure{Work: "play", Ratio: 2.5}, nil},
		"worse":                               {Figure{Work: "play", Ratio: 2.6}, []string{"play: got ratio 2.60, stored 2.00: 30 % more, allowed 25 %"}},
		"an absolute figure isn't compared":   {Figure{Work: "play", Ours: 900, Reference: 450, Ratio: 2}, nil},
		"not stored":                          {Figure{Work: "new", Ratio: 9}, nil},
		"within the limit, though more":       {Figure{Work: "idle", Unit: "MiB", Ours: 40, Limit: 40}, nil},
		"over the limit":                      {Figure{Work: "idle", Unit: "MiB", Ours: 41, Limit: 40}, []string{"idle: got 41.0 MiB, limit 40.0 MiB"}},
		"over the limit, and nothing stored":  {Figure{Work: "peak", Unit: "MiB", Ours: 130, Limit: 120}, []string{"peak: got 130 MiB, limit 120 MiB"}},
		"stored without a ratio, now with it": {Figure{Work: "idle", Ratio: 3}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, regressions([]Figure{c.now}, stored, 0.25))
		})
	}
	require.Empty(t, regressions([]Figure{{Work: "play", Ratio: 2.6}}, stored, 0.5), "the tolerance decides")
}

func TestTable_Aligned(t *testing.T) {
	t.Parallel()
	now := []Figure{
		{Work: "validate, among all types", Unit: "µs", Ours: 23.456, Reference: 234.56, Ratio: 0.1},
		{Work: "serve, peak memory, 20000 calls", Unit: "MiB", Ours: 118.2, Limit: 120},
		{Work: "new", Unit: "ms", Ours: 1.5, Reference: 0.75, Ratio: 2},
	}
	got := table(now, []Figure{{Work: "validate, among all types", Ratio: 0.125}})
	require.Equal(t, strings.Join([]string{
		"work                                ours  reference  ratio  stored",
		"validate, among all types        23.5 µs     235 µs  0.100   0.125",
		"serve, peak memory, 20000 calls  118 MiB  limit 120      -       -",
		"new                              1.50 ms   0.750 ms   2.00       -",
		"",
	}, "\n"), got)
}

func TestTable_WithoutStoredRatios(t *testing.T) {
	t.Parallel()
	got := table([]Figure{{Work: "play", Unit: "µs", Ours: 90, Reference: 60, Ratio: 1.5}}, nil)
	require.Equal(t, "work     ours  reference  ratio\nplay  90.0 µs    60.0 µs   1.50\n", got)
}

// The page shows the stored run, and the stored run has no figure that isn't measured any more.
func TestDocs_ShowTheStoredRun(t *testing.T) {
	t.Parallel()
	stored, err := readReport("../../../docs/benchmarks.json")
	require.NoError(t, err)
	require.NotEmpty(t, stored.Figures)
	page, err := os.ReadFile("../../../docs/benchmarks.md")
	require.NoError(t, err)
	require.Contains(t, string(page), "```text\n"+table(stored.Figures, nil)+"```\n", "copy the table that -update printed to docs/benchmarks.md")
	measured := map[string]bool{}
	for _, w := range (&bench{sizes: defaultSizes(), progress: io.Discard}).works() {
		measured[w.name], measured[w.memory] = true, true
	}
	for _, f := range stored.Figures {
		require.True(t, measured[f.Work], "%s isn't measured", f.Work)
	}
}

// The names of the works fit into 80 columns with the widest figures.
func TestTable_Width(t *testing.T) {
	t.Parallel()
	b := &bench{sizes: sizes{calls: 20_000}, progress: io.Discard}
	var widest []Figure
	for _, w := range b.works() {
		widest = append(widest, Figure{Work: w.name, Unit: "µs", Ours: 99_999, Reference: 99_999, Ratio: 999})
		if w.memory != "" {
			widest = append(widest, Figure{Work: w.memory, Unit: "MiB", Ours: 9_999, Limit: w.limit})
		}
	}
	for line := range strings.Lines(table(widest, widest)) {
		require.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
}

func TestWorks_NamesAreUnique(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{"": true}
	for _, w := range (&bench{progress: io.Discard}).works() {
		require.False(t, seen[w.name], w.name)
		seen[w.name] = true
		require.NotEqual(t, w.once == nil, w.skipped == "", "%s is measured, or it says why not", w.name)
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	got := merge([]Figure{{Work: "a", Ratio: 1}, {Work: "b", Ratio: 2}}, []Figure{{Work: "b", Ratio: 3}, {Work: "c", Ratio: 4}})
	require.Equal(t, []Figure{{Work: "a", Ratio: 1}, {Work: "b", Ratio: 3}, {Work: "c", Ratio: 4}}, got)
}

func TestTestingBenchmark_Read(t *testing.T) {
	t.Parallel()
	const out = "BenchmarkGenerate-2  \t 3\t 12 ns/op\t 5.0 naive/ours\t 20000 ours/s\nBenchmarkValidate/known-2\t 2\t 0.25 v5\t 9000 cpu-ns/body\nPASS\n"
	got, err := testingBenchmark{ratio: "naive/ours", ours: "ours/s", inverse: true}.read(out)
	require.NoError(t, err)
	require.Equal(t, pair{50, 250}, got)
	got, err = testingBenchmark{ratio: "v5", ours: "cpu-ns/body"}.read(out)
	require.NoError(t, err)
	require.Equal(t, pair{9, 36}, got)
	_, err = testingBenchmark{pattern: "Other", ratio: "x/other", ours: "cpu-ns/body"}.read(out)
	require.EqualError(t, err, "read the output of Other: want the metrics x/other and cpu-ns/body")
}

func TestParse(t *testing.T) {
	t.Parallel()
	o, err := parse([]string{"-pairs", "3", "-tolerance", "10", "-update"}, io.Discard)
	require.NoError(t, err)
	require.Equal(t, options{pairs: 3, compare: "docs/benchmarks.json", update: true, tolerance: 10}, o)
	for _, args := range [][]string{{"-pairs", "0"}, {"play"}, {"-unknown"}} {
		_, err := parse(args, io.Discard)
		require.Error(t, err, args)
	}
}

func TestConclude(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "benchmarks.json")
	stored := Report{Figures: []Figure{{Work: "play", Unit: "µs", Ratio: 2}}}
	worse := Report{Machine: "m", Pairs: 5, Figures: []Figure{{Work: "play", Unit: "µs", Ratio: 3}}}
	var out strings.Builder
	err := conclude(options{compare: path, tolerance: 25}, worse, stored, &out)
	require.ErrorContains(t, err, "1 of 1 figures are worse")
	require.Contains(t, out.String(), "play: got ratio 3.00, stored 2.00")
	require.NoFileExists(t, path)

	require.NoError(t, conclude(options{compare: path, tolerance: 25, update: true}, worse, stored, &out))
	require.Contains(t, out.String(), table(worse.Figures, nil), "what to copy to the page")
	got, err := readReport(path)
	require.NoError(t, err)
	require.Equal(t, worse, got)
	require.NoError(t, conclude(options{compare: path, tolerance: 25}, worse, got, &out), "what is accepted isn't worse")
}
