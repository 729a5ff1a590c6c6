package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// playText plays a scenario that is given as text.
func (w *world) playText(yaml string) response {
	w.t.Helper()
	order, err := json.Marshal(map[string]any{
		"yaml": yaml, "route": "gupshup/v2", "to": w.consumer.URL + "/run", "with": map[string]string{"recipient.phone": userPhone},
	})
	require.NoError(w.t, err)
	got := w.steer("POST", "/api/v1/runs", string(order))
	require.Equal(w.t, http.StatusCreated, got.status, got.body)
	return got
}

func TestAct_CommandChangesState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	require.Equal(t, http.StatusOK, w.subscribe("/wa/app/123/subscription", "2", "ALL").status)
	w.playText("name: x\nabout: A person opts out.\nsteps: [{do: contact.opt-out}, {send: message.sent}]\n")
	types, bodies := w.validated("/run", 1)
	assert.Equal(t, []string{"gupshup/v2/message-event.sent"}, types)
	assert.Contains(t, bodies[0], userPhone)
	types, _ = w.validated("/hook", 2)
	assert.Equal(t, []string{"gupshup/v2/user-event.sandbox-start", "gupshup/v2/user-event.opted-out"}, types)
	require.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	types, _ = w.validated("/hook", 3)
	assert.Equal(t, "gupshup/v2/message-event.failed", types[2])
}

func TestAct_AwaitsCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	run := w.playText("name: x\nabout: A person writes, and is answered.\nsteps: [{send: inbound.text}, {await: {call: send, within: 1h}}, {send: inbound.location}]\n")
	types, _ := w.validated("/run", 1)
	assert.Equal(t, []string{"gupshup/v2/message.text"}, types)
	assert.Equal(t, "running", w.steer("GET", "/api/v1/runs/"+run.field(t, "id"), "").field(t, "state"))
	require.Equal(t, http.StatusAccepted, w.call(text(userPhone)).status)
	types, _ = w.validated("/run", 2)
	assert.Equal(t, "gupshup/v2/message.location", types[1])
}

func TestAct_AwaitTimesOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	run := w.playText("name: x\nabout: A person writes twice.\nsteps: [{send: inbound.text}, {await: {call: send, within: 1ms}}, {send: inbound.location}]\n")
	types, _ := w.validated("/run", 2)
	assert.Equal(t, "gupshup/v2/message.location", types[1])
	note := w.steer("GET", "/api/v1/wait?kind=note&run="+run.field(t, "id"), "")
	require.Equal(t, http.StatusOK, note.status, note.body)
	assert.Contains(t, note.body, "await send: no such call came within 1ms; the scenario goes on")
}
