package settings

import (
	"testing"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

func TestFromEnvironment_FlagTakesPrecedence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, variable, value string
		args                  []string
		want, problem         string
	}{
		{name: "the default", want: "error"},
		{name: "the environment", variable: "RINGBACK_FAIL_ON", value: "drift", want: "drift"},
		{name: "the flag first", variable: "RINGBACK_FAIL_ON", value: "drift", args: []string{"--fail-on", "none"}, want: "none"},
		{name: "the flag's default, given", variable: "RINGBACK_FAIL_ON", value: "drift", args: []string{"--fail-on=error"}, want: "error"},
		{name: "a flag saves from a wrong variable", variable: "RINGBACK_FAIL_ON", value: "never", args: []string{"--fail-on", "none"}, want: "none"},
		{name: "another's variable", variable: "FAIL_ON", value: "drift", want: "error"},
		{name: "a wrong value", variable: "RINGBACK_FAIL_ON", value: "never", want: "error",
			problem: `read RINGBACK_FAIL_ON: "never" is not one of error, drift, none`},
		{name: "an empty value", variable: "RINGBACK_FAIL_ON", want: "error", problem: `read RINGBACK_FAIL_ON: "" is not one of error, drift, none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var got string
			flags := pflag.NewFlagSet("validate", pflag.ContinueOnError)
			cli.Enum(flags, &got, "fail-on", "", "error", "drift", "none")
			require.NoError(t, flags.Parse(c.args))
			err := FromEnvironment(flags, func() []Setting { return nil }, func(name string) (string, bool) { return c.value, name == c.variable })
			if c.problem == "" {
				require.NoError(t, err)
			} else {
				require.EqualError(t, err, c.problem)
			}
			require.Equal(t, c.want, got)
		})
	}
}

// Several wrong variables are named at once.
func TestFromEnvironment_ReportsAllProblems(t *testing.T) {
	t.Parallel()
	var format, failOn string
	flags := pflag.NewFlagSet("validate", pflag.ContinueOnError)
	cli.Enum(flags, &format, "format", "", "pretty", "json")
	cli.Enum(flags, &failOn, "fail-on", "", "error", "drift")
	err := FromEnvironment(flags, func() []Setting { return nil }, func(string) (string, bool) { return "x", true })
	require.EqualError(t, err, "read RINGBACK_FAIL_ON: \"x\" is not one of error, drift\nread RINGBACK_FORMAT: \"x\" is not one of pretty, json")
}
