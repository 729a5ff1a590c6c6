package engine_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
)

// A scheduleStage is a lane in a bubble, and what it has done.
type scheduleStage struct {
	*engine.Schedule
	*engine.Lane
	startedAt time.Time

	mu   sync.Mutex
	done []string
}

func stageSchedule() *scheduleStage {
	s := &scheduleStage{Schedule: engine.NewSchedule(), startedAt: time.Now()}
	s.Lane = s.Schedule.Lane()
	return s
}

// does adds a turn, which is noted with the time that has gone by since.
func (s *scheduleStage) does(word string, after time.Duration) *engine.Turn {
	return s.Add(s.startedAt.Add(after), func() { s.note(word + " " + time.Since(s.startedAt).String()) }, func() { s.note(word + " is dropped") })
}

func (s *scheduleStage) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, text)
}

// has waits until nothing is to be done at this time, and wants this done.
func (s *scheduleStage) has(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	require.Equal(t, want, s.done)
}

func TestSchedule_ExecutesInOrderOfTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSchedule()
		s.does("late", 2*time.Hour)
		s.does("soon", time.Minute)
		s.does("soon too", time.Minute)
		s.does("overdue", -time.Minute)
		s.has(t, "overdue 0s")
		time.Sleep(59 * time.Second)
		s.has(t, "overdue 0s")
		time.Sleep(3 * time.Hour)
		s.has(t, "overdue 0s", "soon 1m0s", "soon too 1m0s", "late 2h0m0s")
		require.Zero(t, s.Close())
	})
}

// What is added later and is due earlier comes first.
func TestSchedule_EarlierTurnFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSchedule()
		s.does("in a day", 24*time.Hour)
		synctest.Wait()
		s.does("in a second", time.Second)
		s.does("at once", 0)
		time.Sleep(2 * time.Second)
		s.has(t, "at once 0s", "in a second 1s")
		require.Equal(t, 1, s.Close())
		s.has(t, "at once 0s", "in a second 1s", "in a day is dropped")
	})
}

func TestSchedule_TurnAddsTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSchedule()
		s.Add(s.startedAt.Add(time.Second), func() {
			s.does("behind it", 0)
			s.does("after it", 3*time.Second)
		}, nil)
		time.Sleep(time.Minute)
		s.has(t, "behind it 1s", "after it 3s")
		s.Close()
	})
}

// One that is closed executes nothing more, however much is due.
func TestSchedule_CloseStopsBeforeTheNextTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSchedule()
		running, proceed, closed := make(chan struct{}), make(chan struct{}), make(chan int)
		s.Add(s.startedAt, func() { close(running); <-proceed }, nil)
		for i := range 3 {
			s.does(fmt.Sprint(i), 0)
		}
		s.does("later", time.Hour)
		<-running
		go func() { closed <- s.Close() }()
		synctest.Wait()
		s.has(t)
		close(proceed)
		require.Equal(t, 4, <-closed)
		require.Len(t, s.done, 4, "they are dropped: %v", s.done)
		require.Nil(t, s.does("too late", 0))
		require.Zero(t, s.Close(), "what was dropped is left no more")
	})
}

func TestTurn_Cancel(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSchedule()
		var all []*engine.Turn
		for i := range 5 {
			all = append(all, s.does(fmt.Sprint(i), time.Duration(5-i)*time.Hour))
		}
		require.True(t, all[3].Cancel())
		require.True(t, all[0].Cancel())
		require.False(t, all[0].Cancel(), "it is gone")
		s.has(t, "3 is dropped", "0 is dropped")
		time.Sleep(6 * time.Hour)
		s.has(t, "3 is dropped", "0 is dropped", "4 1h0m0s", "2 3h0m0s", "1 4h0m0s")
		require.False(t, all[1].Cancel(), "it was executed")
		require.Zero(t, s.Close())
	})
}

// A turn that is due, and waits for another, can be canceled too.
func TestTurn_CancelWhenDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSchedule()
		proceed := make(chan struct{})
		s.Add(s.startedAt, func() { <-proceed }, nil)
		due := s.does("due", 0)
		s.does("behind it", 0)
		synctest.Wait()
		require.True(t, due.Cancel())
		close(proceed)
		s.has(t, "due is dropped", "behind it 0s")
		s.Close()
	})
}

// A lane that always has something due leaves the others their turns, though there is one worker
// for all of them.
func TestSchedule_LanesTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageSchedule()
		proceed := make(chan struct{})
		for range runtime.GOMAXPROCS(0) - 1 { // all other workers wait
			s.Schedule.Lane().Add(s.startedAt, func() { <-proceed }, nil)
		}
		synctest.Wait()
		turns, at := 0, -1
		var busy func()
		busy = func() {
			if turns++; turns == 1 {
				s.Schedule.Lane().Add(s.startedAt, func() { at = turns }, nil)
			}
			if turns < 10_000 {
				s.Add(time.Now(), busy, nil)
			}
		}
		s.Add(s.startedAt, busy, nil)
		synctest.Wait()
		require.Equal(t, 10_000, turns)
		require.LessOrEqual(t, at, 2, "the quiet lane had its turn after one of the busy one")
		close(proceed)
		s.Close()
	})
}
