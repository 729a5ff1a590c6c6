package grade

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/grade"
)

func TestOptions_KeepNamesTheScenarioOfAProbe(t *testing.T) {
	t.Chdir(t.TempDir())
	o := Options{save: "found"}
	require.NoError(t, o.keep(grade.Violation{Name: "lifecycle-gupshup-v2", Probe: "lifecycle"}))
	saved := map[string]string{"lifecycle": "found/lifecycle-gupshup-v2.yaml"}
	require.Equal(t, saved, o.saved)
	require.FileExists(t, saved["lifecycle"])
}
