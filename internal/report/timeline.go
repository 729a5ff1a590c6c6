package report

import (
	"fmt"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

// A timeline is a drawing of moments: a lane for each actor, time from left to right.
// Moments that overlap are in different rows of their lane.
type timeline struct {
	Width, Height int
	Lanes         []lane
	Marks         []mark
	Ticks         []tick
}

// A lane has as many rows as its moments overlap.
type lane struct {
	Name string
	Y    int
	free []int // the position from which each row is free
}

// A mark is a moment. A highlighted one is a bar with points at both ends, so that color
// isn't the only difference.
type mark struct {
	X, Y, Width int
	Lane        int
	Label, At   string
	Highlighted bool
	Number      int
	row         int
}

type tick struct {
	X    int
	Text string
}

// The measures of a timeline, in pixels.
const (
	timeLeft   = 84
	timeRight  = 40
	timeWidth  = 880
	timeTop    = 26
	laneGap    = 12
	rowHeight  = 20
	markHeight = 14
	numberRoom = 24
	maxRows    = 12 // the last row takes all others, which overlap
)

// Points returns the corners of a highlighted mark.
func (m mark) Points() string {
	const half = markHeight / 2
	return fmt.Sprintf("%d,%d %d,%d %d,%d %d,%d %d,%d %d,%d",
		m.X, m.Y+half, m.X+half, m.Y, m.X+m.Width-half, m.Y, m.X+m.Width, m.Y+half, m.X+m.Width-half, m.Y+markHeight, m.X+half, m.Y+markHeight)
}

// End returns the position of a mark's number.
func (m mark) End() int { return m.X + m.Width + 3 }

func timelineOf(moments []webhook.Moment) *timeline {
	if len(moments) == 0 {
		return nil
	}
	end := time.Millisecond
	for _, m := range moments {
		end = max(end, m.At+m.Duration)
	}
	at := func(d time.Duration) int {
		return timeLeft + int(float64(max(d, 0))/float64(end)*(timeWidth-timeLeft-timeRight-markHeight))
	}
	t := &timeline{Width: timeWidth, Height: timeTop}
	for i, m := range moments {
		x := at(m.At)
		one := mark{
			X: x, Width: max(markHeight, at(m.At+m.Duration)-x), Lane: t.lane(m.Lane),
			Label: Clean(m.Label), At: momentText(m.At), Highlighted: m.Highlighted, Number: i + 1,
		}
		one.row = t.Lanes[one.Lane].take(one.X, one.X+one.Width+numberRoom)
		t.Marks = append(t.Marks, one)
	}
	for i := range t.Lanes {
		t.Lanes[i].Y = t.Height
		t.Height += len(t.Lanes[i].free)*rowHeight + laneGap
	}
	for i := range t.Marks {
		t.Marks[i].Y = t.Lanes[t.Marks[i].Lane].Y + t.Marks[i].row*rowHeight
	}
	step := tickStep(end)
	for d := time.Duration(0); d <= end; d += step {
		t.Ticks = append(t.Ticks, tick{at(d), tickText(d)})
	}
	return t
}

// lane returns the index of a lane, which it adds if necessary.
func (t *timeline) lane(name string) int {
	for i := range t.Lanes {
		if t.Lanes[i].Name == name {
			return i
		}
	}
	t.Lanes = append(t.Lanes, lane{Name: name})
	return len(t.Lanes) - 1
}

// take reserves x to end in the first row where that is free.
func (l *lane) take(x, end int) (row int) {
	for row = range l.free {
		if l.free[row] <= x {
			l.free[row] = end
			return row
		}
	}
	if len(l.free) == maxRows {
		return maxRows - 1
	}
	l.free = append(l.free, end)
	return len(l.free) - 1
}

// tickStep returns a round step that divides the time into at most 6 parts.
func tickStep(end time.Duration) time.Duration {
	step := 100 * time.Microsecond
	for i := 0; end/step > 6; i++ {
		if i%3 == 1 { // 1, 2, 5, 10
			step = step * 5 / 2
		} else {
			step *= 2
		}
	}
	return step
}

func tickText(d time.Duration) string {
	if d >= time.Second {
		return fmt.Sprintf("%g s", d.Seconds())
	}
	return fmt.Sprintf("%g ms", float64(d)/float64(time.Millisecond))
}

func momentText(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	switch {
	case d < 100*time.Millisecond:
		return fmt.Sprintf("%.1f ms", ms)
	case d < time.Second:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.2f s", d.Seconds())
}
