package api_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/api"
	"github.com/ringback-dev/ringback/scenarios"
	"github.com/ringback-dev/ringback/schemas"
)

func TestTry(t *testing.T) {
	c, err := schemas.Embedded()
	require.NoError(t, err)
	l, err := scenarios.Embedded()
	require.NoError(t, err)
	s, err := api.Load(c, l)
	require.NoError(t, err)
	for _, a := range s.APIs {
		t.Log(a.Provider.Name, a.Name, a.Method, a.Path, a.Command, a.Mounts)
	}
}
