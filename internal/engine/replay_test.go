package engine_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/webhook"
)

func tapeOf(deliveries ...webhook.Delivery) iter.Seq2[webhook.Delivery, error] {
	return func(yield func(webhook.Delivery, error) bool) {
		for _, d := range deliveries {
			if !yield(d, nil) {
				return
			}
		}
	}
}

func recorded(id string, at time.Time) webhook.Delivery {
	return webhook.Delivery{ID: id, Event: webhook.Event{At: at, Body: []byte(id)}}
}

// A tape has its deliveries in the order in which they ended.
func TestReplay_KeepsIntervals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		tape := tapeOf(
			recorded("b", noon.Add(time.Second)), recorded("a", noon), recorded("with b", noon.Add(time.Second)),
			recorded("d", noon.Add(time.Hour)), recorded("c", noon.Add(time.Minute)),
		)
		c := &consumer{startedAt: time.Now()}
		results := collect(t, engine.Play(t.Context(), engine.Replay{Deliveries: tape}.Jobs(), []engine.Target{{}}, c, engine.Speed{}))
		var ids []string
		for _, r := range results {
			ids = append(ids, r.ID)
		}
		require.Equal(t, []string{"a", "b", "with b", "c", "d"}, ids)
		require.Equal(t, []time.Duration{0, time.Second, time.Second, time.Minute, time.Hour}, c.times)
	})
}

func TestReplay_RecordWithoutTime(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var dues []time.Duration
	for job, err := range (engine.Replay{Deliveries: tapeOf(recorded("a", noon), recorded("b", time.Time{}), recorded("c", noon.Add(time.Second)))}).Jobs() {
		require.NoError(t, err)
		dues = append(dues, job.Due)
	}
	require.Equal(t, []time.Duration{0, 0, time.Second}, dues)
	for job := range (engine.Replay{Deliveries: tapeOf(recorded("a", time.Time{}), recorded("b", time.Time{}))}).Jobs() {
		require.Zero(t, job.Due)
	}
}

// A long tape is not held in memory; one that is out of order beyond what is
// read ahead goes late, but it goes.
func TestReplay_StreamsTape(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	read := 0
	tape := func(yield func(webhook.Delivery, error) bool) {
		for i := range 5000 {
			read++
			at := noon.Add(time.Duration(i) * time.Second)
			if i == 4999 {
				at = noon
			}
			if !yield(recorded(fmt.Sprint(i), at), nil) {
				return
			}
		}
	}
	sent := 0
	for job, err := range (engine.Replay{Deliveries: tape}).Jobs() {
		require.NoError(t, err)
		require.LessOrEqual(t, read-sent, 1001)
		require.NotNil(t, job.Prepare)
		sent++
	}
	require.Equal(t, 5000, sent)
}

func TestReplay_UnreadableTape(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	tape := func(yield func(webhook.Delivery, error) bool) {
		_ = yield(recorded("a", time.Time{}), nil) && yield(webhook.Delivery{}, broken)
	}
	var seen error
	for _, err := range (engine.Replay{Deliveries: tape}).Jobs() {
		seen = errors.Join(seen, err)
	}
	require.ErrorIs(t, seen, broken)
}

// replayed sends a tape and returns what came.
func replayed(t *testing.T, s stage, r engine.Replay, o engine.TargetOptions) []received {
	t.Helper()
	w := wireOf(t, 0)
	deliverJobs(t, s.route, r.Jobs(), w, o, engine.Immediate())
	return w.arrived
}

func TestReplay_KeepsBytes(t *testing.T) {
	t.Parallel()
	s := stageOf(t, "mobtexting/sms")
	o := engine.TargetOptions{Secrets: []string{"old"}}
	first := wireOf(t, 0)
	script := s.script(t, "  - send: message.delivered\n  - send: message.failed\n    illegal: true\n", scenarios.Options{}, "bom", "wrong-key:every=2")
	var tape []webhook.Delivery
	for _, r := range deliver(t, script, first, o, engine.Immediate()) {
		tape = append(tape, r.Delivery)
	}

	again := replayed(t, s, engine.Replay{Deliveries: tapeOf(tape...)}, engine.TargetOptions{})
	require.Equal(t, bare(first.arrived), bare(again), "signatures and all")

	var faults [][]string
	for job, err := range (engine.Replay{Deliveries: tapeOf(tape...), Resign: []string{"Signature"}}).Jobs() {
		require.NoError(t, err)
		made, err := job.Prepare()
		require.NoError(t, err)
		faults = append(faults, made.Faults)
	}
	require.Equal(t, [][]string{{"bom"}, {"bom"}}, faults, "a signature that is made afresh is right")
	resigned := replayed(t, s, engine.Replay{Deliveries: tapeOf(tape...), Resign: []string{"signature"}}, engine.TargetOptions{Secrets: []string{"new"}})
	for i := range resigned {
		require.Equal(t, first.arrived[i].body, resigned[i].body)
		require.Len(t, resigned[i].values("Signature"), 1)
		require.NotEqual(t, first.arrived[i].values("Signature"), resigned[i].values("Signature"))
	}
}

// bare leaves the consumer's own address out.
func bare(arrived []received) []received {
	var all []received
	for _, a := range arrived {
		a.header = slices.DeleteFunc(slices.Clone(a.header), func(f webhook.Header) bool { return f.Name == "Host" })
		all = append(all, a)
	}
	return all
}

// What was captured comes with lines of the connection that it came by.
func TestReplay_OmitsConnectionHeaders(t *testing.T) {
	t.Parallel()
	captured := recorded("", time.Time{})
	captured.Event.Body = []byte("{}")
	for _, name := range []string{
		"Host", "content-length", "Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect", "Proxy-Authorization",
	} {
		captured.Event.Headers = append(captured.Event.Headers, webhook.Header{Name: name, Value: "7"})
	}
	captured.Event.Headers = append(captured.Event.Headers, webhook.Header{Name: "x-Kept", Value: "a"}, webhook.Header{Name: "x-Kept", Value: "b"})
	a := replayed(t, stageOf(t, "netcore"), engine.Replay{Deliveries: tapeOf(captured)}, engine.TargetOptions{})[0]
	require.Equal(t, []webhook.Header{{Name: "Content-Length", Value: "2"}, {Name: "x-Kept", Value: "a"}, {Name: "x-Kept", Value: "b"}}, bare([]received{a})[0].header)
}
