package server

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A state that can't be stored is rejected as a whole.
func TestState_RejectsBeyondBounds(t *testing.T) {
	t.Parallel()
	s := newServer(t, nil)
	require.Equal(t, http.StatusOK, steer(t, s, "PUT", "/api/v1/state", `{"contacts":[{"scope":"netcore","phone":"919000000001"}]}`).Code)
	before := steer(t, s, "GET", "/api/v1/state", "").Body.String()
	var contacts []string
	for n := range 10_001 {
		contacts = append(contacts, fmt.Sprintf(`{"scope":"netcore","phone":"%d"}`, 919000000000+n))
	}
	w := steer(t, s, "PUT", "/api/v1/state", `{"contacts":[`+strings.Join(contacts, ",")+`]}`)
	require.Equal(t, http.StatusUnprocessableEntity, w.Code)
	require.Contains(t, w.Body.String(), "/contacts has 10001 entries; at most 10000 can be stored; leave out the oldest")
	require.Equal(t, before, steer(t, s, "GET", "/api/v1/state", "").Body.String(), "nothing has changed")
}
