package fault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/wire/fault"
)

func lognormal(t *testing.T, median time.Duration, sigma string) prng.Distribution {
	t.Helper()
	d, err := prng.Lognormal(median, sigma)
	require.NoError(t, err)
	return d
}

func TestParse_RoundTrip(t *testing.T) {
	t.Parallel()
	for spec, canonical := range map[string]string{
		"drop":                                        "drop",
		"duplicate":                                   "duplicate",
		"duplicate:probability=0.2":                   "duplicate:probability=0.2",
		"duplicate:copies=3,probability=0.2":          "duplicate:copies=3,probability=0.2",
		"duplicate:probability=0.200,copies=3":        "duplicate:copies=3,probability=0.2",
		"duplicate:copies=1,after=1s,every=1":         "duplicate",
		"duplicate:2":                                 "duplicate:copies=2",
		"duplicate:lognormal=1s,0.5":                  "duplicate:after=lognormal=1s,0.5",
		"duplicate:2,after=uniform=1s,5s,count=3":     "duplicate:copies=2,after=uniform=1s,5s,count=3",
		"concurrent:copies=4":                         "concurrent:copies=4",
		"reorder":                                     "reorder",
		"reorder:5":                                   "reorder:window=5",
		"reorder:window=2s":                           "reorder:window=2s",
		"delay:2s":                                    "delay:2s",
		"delay:by=2s":                                 "delay:2s",
		"delay:lognormal=200ms,0.6":                   "delay:lognormal=200ms,0.6",
		"delay:lognormal=200ms,0.6,probability=0.5":   "delay:lognormal=200ms,0.6,probability=0.5",
		"delay:probability=0.5,uniform=1s,2s":         "delay:uniform=1s,2s,probability=0.5",
		"delay:7d":                                    "delay:168h0m0s",
		"delay:10s":                                   "delay",
		"truncate:at=10":                              "truncate:at=10",
		"truncate:0":                                  "truncate:at=0",
		"truncate:random":                             "truncate",
		"missing-field:field=/payload/id":             "missing-field:field=/payload/id",
		"missing-field:/payload/id,count=1":           "missing-field:field=/payload/id,count=1",
		"missing-field:/a,b":                          "missing-field:field=/a,,b",
		"missing-field:/a,,count=1,,,count=2":         "missing-field:field=/a,,count=1,,,count=2",
		"null-value:/a=b":                             "null-value:field=/a=b",
		"content-type:text/html; charset=utf-8":       "content-type:value=text/html; charset=utf-8",
		"wrong-key:every=3,until=10m,probability=1.0": "wrong-key:every=3,until=10m0s",
		"drop:probability=0":                          "drop:probability=0",
		"drop:probability=0.000001":                   "drop:probability=0.000001",
	} {
		f, err := fault.Parse(spec)
		require.NoError(t, err, spec)
		require.Equal(t, canonical, f.String(), spec)
		again, err := fault.Parse(f.String())
		require.NoError(t, err, spec)
		require.Equal(t, f, again, spec)
	}
}

func TestParse_RejectsInvalidFaults(t *testing.T) {
	t.Parallel()
	for spec, want := range map[string]string{
		"":                                `read fault "": unknown fault ""; known: bom,`,
		"dupliacte:copies=2":              `read fault "dupliacte:copies=2": unknown fault "dupliacte"; did you mean "duplicate"?`,
		"Drop":                            `did you mean "drop"?`,
		"duplicate:copis=2":               `unknown parameter "copis" of duplicate; did you mean "copies"?`,
		"drop:copies=2":                   `unknown parameter "copies" of drop; known: count, every, probability, until`,
		"drop:2":                          `found "2": write the parameters of drop as NAME=VALUE; known: probability, every, count, until`,
		"drop:":                           `found "": write the parameters of drop`,
		"drop:lognormal=1s,0.5":           `drop has no delay; only duplicate and delay have`,
		"duplicate:copies=0":              `parameter copies: found "0": want a whole number from 1 to 1000000`,
		"duplicate:copies=1000001":        `want a whole number`,
		"duplicate:copies=2,copies=3":     `duplicate parameter copies`,
		"delay:1s,by=2s":                  `duplicate parameter by`,
		"delay:-1s":                       `parameter by: found "-1s"`,
		"delay:lognormal=1s":              `write 2s, uniform=1s,5s or lognormal=200ms,0.6`,
		"delay:uniform=5s,1s":             `min 5s is above max 1s`,
		"drop:probability=1.1":            `found "1.1": want a number from 0 to 1`,
		"drop:probability=20%":            `want a number from 0 to 1`,
		"drop:probability=.5":             `want a number from 0 to 1`,
		"drop:probability=0.1234567":      `with at most 6 decimals`,
		"drop:probability=0.-5":           `want a number from 0 to 1`,
		"drop:chance=0.5":                 `unknown parameter "chance"; it is now "probability"`,
		"drop:every=0":                    `parameter every`,
		"drop:until=0s":                   `want a duration above 0`,
		"drop:until=soon":                 `parameter until: found "soon"`,
		"reorder:1":                       `want 2 or more events, or a duration (for example 5s)`,
		"truncate:-1":                     `want a number of bytes, or random`,
		"missing-field:id":                `want a JSON Pointer (for example /payload/id)`,
		"missing-field:field=":            `want a JSON Pointer`,
		"missing-field:/a,probabilty=0.1": `unknown parameter "probabilty"`,
		"content-type:":                   `want a header value`,
		"content-type:a\r\nX-Evil: 1":     `want a header value in printable ASCII`,
		"drop:" + strings.Repeat("x", 90): `xx…"`,
	} {
		_, err := fault.Parse(spec)
		require.ErrorContains(t, err, want, spec)
		require.ErrorContains(t, err, "read fault ")
	}
}

func TestPlanFaults_ReturnParameters(t *testing.T) {
	t.Parallel()
	duplicate := one(t, "duplicate:copies=3,lognormal=200ms,0.6")
	require.Equal(t, "duplicate", duplicate.Name())
	require.Equal(t, fault.StagePlan, duplicate.Stage())
	require.Equal(t, 3, duplicate.Copies())
	require.Equal(t, lognormal(t, 200*time.Millisecond, "0.6"), duplicate.After())
	require.Zero(t, duplicate.Delay())
	require.Equal(t, prng.Fixed(time.Second), one(t, "duplicate").After())
	require.Equal(t, 2, one(t, "concurrent:2").Copies())
	require.Zero(t, one(t, "concurrent").After())
	require.Equal(t, prng.Fixed(2*time.Second), one(t, "delay:2s").Delay())
	require.Zero(t, one(t, "delay:2s").After())
	require.Equal(t, fault.Window{Events: 3}, one(t, "reorder").Window())
	require.Equal(t, fault.Window{Within: 5 * time.Second}, one(t, "reorder:5s").Window())
	require.Zero(t, one(t, "drop").Copies())
	require.Zero(t, fault.Fault{}.Stage())
}

func TestSignatureFault_Names(t *testing.T) {
	t.Parallel()
	words := map[string]string{
		"wrong-key": "wrong-key", "stale": "stale", "future": "future", "tampered": "tampered",
		"missing-signature": "missing", "doubled-signature": "doubled", "upper-case-signature": "upper-case",
	}
	for _, k := range fault.Kinds() {
		require.Equal(t, words[k.Name], one(t, k.Name).SignatureFault(), k.Name)
		require.Equal(t, words[k.Name] != "", k.Stage == fault.StageSignature, k.Name)
	}
}

// The documented defaults are the actual ones.
func TestKinds_DefaultsAreTrue(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, k := range fault.Kinds() {
		require.NotEmpty(t, k.Description)
		require.False(t, seen[k.Name], "%s is duplicate", k.Name)
		seen[k.Name] = true
		bare := one(t, k.Name)
		require.Equal(t, k.Name, bare.String())
		require.Equal(t, k.Stage, bare.Stage())
		for _, p := range append(k.Parameters, fault.Conditions()...) {
			require.NotEmpty(t, p.Description)
			if p.Default != "" {
				require.Equal(t, bare, one(t, k.Name+":"+p.Name+"="+p.Default), "%s %s", k.Name, p.Name)
			}
		}
	}
	require.Len(t, seen, 25)
}

func TestRead_AcceptsNamesMappingsAndLists(t *testing.T) {
	t.Parallel()
	for source, want := range map[string][]string{
		"drop":                        {"drop"},
		"{delay: {by: 2s, count: 1}}": {"delay:2s,count=1"},
		"{duplicate: {copies: 2, probability: 0.2}}":                  {"duplicate:copies=2,probability=0.2"},
		"{duplicate: {after: {lognormal: {median: 6s, sigma: 0.8}}}}": {"duplicate:after=lognormal=6s,0.8"},
		"{duplicate: {uniform: {min: 1s, max: 2s}, copies: 2}}":       {"duplicate:copies=2,after=uniform=1s,2s"},
		"{duplicate: 2}": {"duplicate:copies=2"},
		"{delay: 2s}":    {"delay:2s"},
		"{delay: {lognormal: {median: 200ms, sigma: 0.6}, probability: 0.5}}": {"delay:lognormal=200ms,0.6,probability=0.5"},
		"{delay: {by: 3s}}": {"delay:3s"},
		"{drop: {}}":        {"drop"},
		"{missing-field: {field: '/a,count=1', every: 2}}":                            {"missing-field:field=/a,,count=1,every=2"},
		"[drop, {truncate: {at: 10}}, {reorder: {window: 5s}}, {stale: {until: 1d}}]": {"drop", "truncate:at=10", "reorder:window=5s", "stale:until=24h0m0s"},
	} {
		file, err := document.ReadYAML("s.yaml", []byte("fault: "+source+"\n"))
		require.NoError(t, err)
		all, err := fault.Read(file, file.Root.Get("fault"))
		require.NoError(t, err, source)
		var specs []string
		for _, f := range all {
			specs = append(specs, f.String())
		}
		require.Equal(t, want, specs, source)
	}
}

func TestRead_ReportsErrorWithLocation(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"dorp":                             `s.yaml:1:8: read fault "dorp": unknown fault "dorp"; did you mean "drop"?`,
		"'delay:2s,count=1'":               `s.yaml:1:8: read fault "delay:2s,count=1": the command line takes this notation; write a mapping: {delay: {…}}`,
		"'drop:'":                          `s.yaml:1:8: read fault "drop:": the command line takes this notation; write a mapping: {drop: {…}}`,
		"'dorp:2'":                         `s.yaml:1:8: read fault "dorp:2": unknown fault "dorp"; did you mean "drop"?`,
		"{dorp: {}}":                       `s.yaml:1:8: unknown fault "dorp"; did you mean "drop"?`,
		"[]":                               `s.yaml:1:8: expected a fault, found an empty array`,
		"[[drop]]":                         `s.yaml:1:9: expected a fault (for example drop`,
		"7":                                `expected a fault (for example drop`,
		"{drop: {}, delay: 2s}":            `expected a fault (for example drop`,
		"{drop: {chance: 0.5}}":            `s.yaml:1:15: unknown parameter "chance"; it is now "probability"`,
		"{drop: true}":                     `s.yaml:1:15: expected the parameters of drop, found boolean true`,
		"{drop: 2s}":                       `s.yaml:1:15: found "2s": write the parameters of drop`,
		"{duplicate: {copis: 2}}":          `s.yaml:1:21: unknown key "copis"; did you mean "copies"?`,
		"{duplicate: {copies: 0}}":         `s.yaml:1:29: parameter copies: found "0"`,
		"{duplicate: {copies: [1]}}":       `s.yaml:1:29: expected the copies of duplicate, found array [1]`,
		"{duplicate: {probability: 2e-1}}": `parameter probability: found "2e-1"`,
		"{delay: {by: soon}}":              `s.yaml:1:21: expected a duration`,
		"{delay: {by: 1s, fixed: 2s}}":     `duplicate parameter by`,
		"{delay: {uniform: {min: 1s, max: 2s}, fixed: 2s}}": `keys fixed and uniform exclude each other; keep one`,
		"{delay: {lognormal: {median: 1s}}}":                `missing key "sigma"`,
		"{reorder: {fixed: 1s}}":                            `unknown key "fixed"`,
	} {
		file, err := document.ReadYAML("s.yaml", []byte("fault: "+source+"\n"))
		require.NoError(t, err)
		_, err = fault.Read(file, file.Root.Get("fault"))
		require.ErrorContains(t, err, want, source)
	}
}

func FuzzParse(f *testing.F) {
	for _, spec := range []string{
		"drop", "duplicate:copies=3,probability=0.2", "delay:lognormal=200ms,0.6,every=2", "truncate:at=10", "reorder:window=2s,until=1d",
		"missing-field:field=/a,,count=1,,,b,count=2", "content-type:value=text/html; charset=utf-8", "duplicate:after=uniform=1s,5s",
	} {
		f.Add(spec)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		parsed, err := fault.Parse(spec)
		if err != nil {
			require.Zero(t, parsed)
			return
		}
		again, err := fault.Parse(parsed.String())
		require.NoError(t, err, parsed.String())
		require.Equal(t, parsed, again)
		require.Equal(t, parsed.String(), again.String())
	})
}
