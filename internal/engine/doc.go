// Package engine is the one engine behind everything that sends. It takes jobs in the order of
// their time, makes their events, delivers them by their target's contract, and gives the
// deliveries back:
//
//   - a [Schedule] executes what is due, by lanes that take turns
//   - a [Run] takes the jobs of one plan through a lane, and asks its [Strategy] what to do at an
//     action, and where what is due goes
//   - an [Endpoint] delivers to one target: concurrency, retries, results
//
// [Play] is the strategy of `ringback play`, with one run and its targets; package server has
// many runs, and package grade waits for the consumer between two events. [Virtual] only makes
// what would be sent, with the plan's times, and never waits. None of them validates or grades.
//
// Jobs come from a [script.Script], which plays a plan, or a [Replay] of a tape; a
// [Stats] of the results is the summary.
package engine
