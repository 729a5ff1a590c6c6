package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A Speed says how a plan's time passes. The zero Speed is real time.
type Speed struct {
	// thousandths is how fast the plan's time goes; 0 means 1000.
	thousandths int64
	atOnce      bool
}

// Immediate waits for nothing: each job goes as soon as its target has room.
func Immediate() Speed { return Speed{atOnce: true} }

// ParseSpeed reads "1x", "60x", "0.5x" or "max".
func ParseSpeed(text string) (Speed, error) {
	if text == "max" {
		return Immediate(), nil
	}
	number, found := strings.CutSuffix(text, "x")
	speed, err := strconv.ParseFloat(number, 64)
	if !found || err != nil || !(speed >= 0.001 && speed <= 1_000_000) {
		return Speed{}, fmt.Errorf("read speed: %q is invalid; want 1x, 60x, 0.5x or max", text)
	}
	return Speed{thousandths: int64(speed * 1000)}, nil
}

// Factor is how many times faster than real time a plan's time passes; 0 without waiting.
func (p Speed) Factor() float64 {
	switch {
	case p.atOnce:
		return 0
	case p.thousandths == 0:
		return 1
	}
	return float64(p.thousandths) / 1000
}

// String is what ParseSpeed reads.
func (p Speed) String() string {
	switch {
	case p.atOnce:
		return "max"
	case p.thousandths == 0:
		return "1x"
	}
	return strconv.FormatFloat(float64(p.thousandths)/1000, 'f', -1, 64) + "x"
}

// Real is how long a span of the plan takes: nothing, at once.
func (p Speed) Real(planned time.Duration) time.Duration {
	switch {
	case p.atOnce:
		return 0
	case p.thousandths == 0 || p.thousandths == 1000:
		return planned
	}
	return time.Duration(float64(planned) / float64(p.thousandths) * 1000)
}

// A timer waits for instants, one after the other.
type timer struct{ *time.Timer }

func newTimer() *timer {
	t := time.NewTimer(0)
	t.Stop()
	return &timer{t}
}

// sleepUntil waits for an instant. It reports false if the context ended first.
func (a *timer) sleepUntil(ctx context.Context, at time.Time) bool {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err() == nil
	}
	a.Reset(wait)
	defer a.Stop()
	select {
	case <-a.C:
		return true
	case <-ctx.Done():
		return false
	}
}
