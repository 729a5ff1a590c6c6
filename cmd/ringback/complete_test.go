package main

import (
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"
)

// Wherever a flag takes one of a few words, or a name that Ringback has, the shell offers it.
func TestComplete_EveryFlagWithKnownValues(t *testing.T) {
	t.Parallel()
	known, count := valuesOfFlags(), 0
	for _, c := range everyCommand(commandTree()) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			_, few := f.Value.(*choice)
			if !few && known[f.Name] == nil && known[c.Name()+"."+f.Name] == nil {
				return
			}
			count++
			offered, found := c.GetFlagCompletionFunc(f.Name)
			require.True(t, found, "%s --%s", c.CommandPath(), f.Name)
			list, _ := offered(c, nil, "")
			require.NotEmpty(t, list, "%s --%s", c.CommandPath(), f.Name)
		})
	}
	require.Greater(t, count, 50)
}

// Each entry of the table is for a flag that exists.
func TestComplete_TableNamesFlagsThatExist(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, c := range everyCommand(commandTree()) {
		c.Flags().VisitAll(func(f *pflag.Flag) { there[f.Name], there[c.Name()+"."+f.Name] = true, true })
	}
	for name := range valuesOfFlags() {
		require.True(t, there[name], "no command has a flag %s", name)
	}
}
