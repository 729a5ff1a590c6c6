package server

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// An agendaStage is an agenda that runs in a bubble, and what it has done.
type agendaStage struct {
	*scheduler
	startedAt time.Time
	end       func()

	mu   sync.Mutex
	done []string
}

func stageAgenda(t *testing.T) *agendaStage {
	t.Helper()
	s := &agendaStage{scheduler: newScheduler(), startedAt: time.Now()}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.run(ctx)
	}()
	s.end = func() {
		cancel()
		<-ended
	}
	return s
}

// does puts a word down, which is done with the time that has gone by since.
func (s *agendaStage) does(word string, after time.Duration) bool {
	return s.add(s.startedAt.Add(after), func() { s.note(word + " " + time.Since(s.startedAt).String()) }, func() { s.note(word + " is dropped") })
}

func (s *agendaStage) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, text)
}

// has waits until nothing is to be done at this time, and wants this done.
func (s *agendaStage) has(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Equal(t, want, s.done)
}

func TestScheduler_RunsInOrderOfTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageAgenda(t)
		defer s.end()
		s.does("late", 2*time.Hour)
		s.does("soon", time.Minute)
		s.does("soon too", time.Minute)
		s.does("overdue", -time.Minute)
		s.has(t, "overdue 0s")
		time.Sleep(59 * time.Second)
		s.has(t, "overdue 0s")
		time.Sleep(3 * time.Hour)
		s.has(t, "overdue 0s", "soon 1m0s", "soon too 1m0s", "late 2h0m0s")
	})
}

// What comes later and is due earlier wakes the one who waits for something else.
func TestScheduler_EarlierEntryFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageAgenda(t)
		defer s.end()
		s.does("in a day", 24*time.Hour)
		synctest.Wait()
		s.does("in a second", time.Second)
		s.does("at once", 0)
		time.Sleep(2 * time.Second)
		s.has(t, "at once 0s", "in a second 1s")
	})
}

func TestScheduler_EntryAddsEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageAgenda(t)
		defer s.end()
		s.add(s.startedAt.Add(time.Second), func() {
			s.does("behind it", 0)
			s.does("after it", 3*time.Second)
		}, nil)
		time.Sleep(time.Minute)
		s.has(t, "behind it 1s", "after it 3s")
	})
}

func TestScheduler_CloseReportsRest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageAgenda(t)
		s.does("done", 0)
		s.does("left", time.Hour)
		s.add(s.startedAt.Add(time.Hour), func() { t.Error("it was done after the end") }, nil)
		synctest.Wait()
		require.Equal(t, 2, s.close())
		require.False(t, s.does("too late", 0))
		s.end()
		s.clear()
		s.has(t, "done 0s", "left is dropped")
		require.Zero(t, s.close(), "what was dropped is left no more")
	})
}

func TestScheduler_CloseStopsBeforeNextEntry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageAgenda(t)
		due := s.startedAt.Add(time.Second)
		s.add(due, func() { s.close() }, nil)
		for range 3 {
			s.add(due, func() { t.Error("it is done after the end") }, nil)
		}
		time.Sleep(time.Minute)
		require.Equal(t, 3, s.close())
		s.end()
	})
}

func TestScheduler_WaitsWhenEmpty(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageAgenda(t)
		defer s.end()
		time.Sleep(5 * time.Hour) // longer than it looks ahead
		s.does("after all", 5*time.Hour)
		s.has(t, "after all 5h0m0s")
	})
}

func TestScheduler_RemovesEntriesOfRun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageAgenda(t)
		defer s.end()
		run, other := &activeRun{}, &activeRun{}
		for i, of := range []*activeRun{run, other, nil, run} {
			word := []string{"run", "other", "nobody", "run again"}[i]
			require.True(t, s.addOf(of, s.startedAt.Add(time.Duration(4-i)*time.Hour), func() { s.note(word) }, func() { s.note(word + " is dropped") }))
		}
		s.remove(run)
		s.has(t, "run again is dropped", "run is dropped")
		time.Sleep(5 * time.Hour)
		s.has(t, "run again is dropped", "run is dropped", "nobody", "other")
		require.Zero(t, s.close())
	})
}
