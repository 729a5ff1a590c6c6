package engine_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/scenarios"
)

// A runStage is a run whose strategy notes what it is asked, with the time since the start.
type runStage struct {
	schedule  *engine.Schedule
	lane      *engine.Lane
	startedAt time.Time

	mu    sync.Mutex
	notes []string
}

func stageRun() *runStage {
	s := &runStage{schedule: engine.NewSchedule(), startedAt: time.Now()}
	s.lane = s.schedule.Lane()
	return s
}

// noted waits until nothing is to be done at this time, and returns what was noted.
func (s *runStage) noted() []string {
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

func (s *runStage) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, fmt.Sprint(time.Since(s.startedAt), " ", text))
}

// run makes a run that notes what is sent, and how it ends.
func (s *runStage) run(jobs iter.Seq2[script.Job, error]) *engine.Run {
	r := &engine.Run{StartedAt: s.startedAt, Strategy: engine.Strategy{
		Send: func(group []script.Job) {
			text := "send"
			for _, job := range group {
				text += " " + job.ID
			}
			s.note(text)
		},
		Act: func(_ *scenarios.PlannedEvent, resume func(time.Duration)) { s.note("act"); resume(0) },
		End: func(err error) { s.note(fmt.Sprint("end ", err)) },
	}}
	r.Next, r.Close = iter.Pull2(jobs)
	return r
}

func action(due time.Duration) script.Job {
	return script.Job{Due: due, Cue: &scenarios.PlannedEvent{Action: &scenarios.Action{}}}
}

func released(id string, due time.Duration, release int) script.Job {
	j := job(id, due)
	j.Release = release
	return j
}

func TestRun_SendsGroupsAtTheirTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageRun()
		broken := errors.New("broken")
		r := s.run(func(yield func(script.Job, error) bool) {
			for _, j := range []script.Job{job("a", 0), job("b", time.Second), released("c", time.Second, 1), released("d", time.Second, 1), released("e", time.Second, 2), action(time.Minute), job("f", time.Minute), released("g", time.Hour, 3)} {
				if !yield(j, nil) {
					return
				}
			}
			yield(script.Job{}, broken)
		})
		require.True(t, s.lane.Start(r))
		time.Sleep(2 * time.Hour)
		require.Equal(t, []string{"0s send a", "1s send b", "1s send c d", "1s send e", "1m0s act", "1m0s send f", "1h0m0s send g", "1h0m0s end broken"}, s.noted())
		require.Zero(t, s.schedule.Close())
	})
}

// A run that waits for its consumer counts from the event before, and one that waits for a call is
// late by as long.
func TestRun_CountsFromThePreviousEvent(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"from the start":         {"0s send a", "1h0m0s act", "1h30m0s send b", "3h30m0s send c", "3h30m0s end <nil>"},
		"from the one before it": {"10m0s send a", "1h10m0s act", "1h50m0s send b", "4h0m0s send c", "4h0m0s end <nil>"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := stageRun()
				r := s.run(jobsOf(job("a", 0), action(time.Hour), job("b", time.Hour), job("c", 3*time.Hour)))
				r.FromPrevious = name != "from the start"
				r.Act = func(_ *scenarios.PlannedEvent, resume func(time.Duration)) {
					s.note("act")
					time.AfterFunc(30*time.Minute, func() {
						if r.FromPrevious {
							resume(0)
							return
						}
						resume(30 * time.Minute)
					})
				}
				if r.FromPrevious {
					r.Ready = func(_ []script.Job, resume func()) bool {
						time.Sleep(10 * time.Minute)
						return true
					}
				}
				s.lane.Start(r)
				time.Sleep(10 * time.Hour)
				require.Equal(t, want, s.noted())
				s.schedule.Close()
			})
		})
	}
}

// Of two runs that have much to send, none waits for the end of the other.
func TestRun_TakesTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageRun()
		var order []int
		var runs []*engine.Run
		for i := range 2 {
			var jobs []script.Job
			for n := range 1000 {
				jobs = append(jobs, job(fmt.Sprint(n), time.Duration(n)*time.Hour))
			}
			r := s.run(jobsOf(jobs...))
			r.Speed = engine.Immediate()
			r.Send = func([]script.Job) { order = append(order, i) }
			runs = append(runs, r)
		}
		s.lane.Add(s.startedAt, func() { // nothing of the one goes before the other
			for _, r := range runs {
				s.lane.Start(r)
			}
		}, nil)
		synctest.Wait()
		require.Len(t, order, 2000)
		longest, same := 0, 0
		for i := range order {
			if i > 0 && order[i] != order[i-1] {
				same = 0
			}
			same++
			longest = max(longest, same)
		}
		require.LessOrEqual(t, longest, 16)
		s.schedule.Close()
	})
}

// What a run has put down beside its jobs ends with it.
func TestRun_StopEndsEverything(t *testing.T) {
	t.Parallel()
	for name, stop := range map[string]func(*runStage, *engine.Run){
		"stopped":  func(_ *runStage, r *engine.Run) { r.Stop() },
		"shutdown": func(s *runStage, _ *engine.Run) { s.schedule.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := stageRun()
				r := s.run(jobsOf(job("a", 0), job("b", time.Hour)))
				r.Speed = pace(t, "10x")
				s.lane.Start(r)
				r.After(10*time.Second, func() { s.note("beside it") }, func() { s.note("dropped") })
				r.After(100*time.Second, func() { s.note("too late") }, func() { s.note("dropped") })
				time.Sleep(2 * time.Second)
				stop(s, r)
				require.ElementsMatch(t, []string{"0s send a", "1s beside it", "2s end <nil>", "2s dropped"}, s.noted())
				r.After(0, func() { s.note("after the end") }, func() { s.note("dropped") })
				synctest.Wait()
				require.Len(t, s.noted(), 5)
				require.Contains(t, s.noted()[4], "dropped")
				time.Sleep(time.Hour)
				require.Len(t, s.noted(), 5)
				s.schedule.Close()
			})
		})
	}
}

// Whoever knows a run may stop it before it starts: it ends without having sent anything.
func TestRun_StopBeforeStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageRun()
		r := s.run(jobsOf(job("a", 0)))
		r.Stop()
		r.Stop()
		require.True(t, r.Stopped())
		require.True(t, s.lane.Start(r), "the schedule isn't closed")
		require.Equal(t, []string{"0s end <nil>"}, s.noted())
		s.schedule.Close()
	})
}

// A run that waits for room ends when it is stopped, as soon as it would go on.
func TestRun_StopsWhileItWaitsForRoom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := stageRun()
		r := s.run(jobsOf(job("a", 0)))
		var goOn func()
		r.Ready = func(_ []script.Job, resume func()) bool { goOn = resume; return false }
		s.lane.Start(r)
		synctest.Wait()
		r.Stop()
		require.Empty(t, s.noted())
		goOn()
		require.Equal(t, []string{"0s end <nil>"}, s.noted())
		s.schedule.Close()
	})
}
