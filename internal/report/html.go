package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/webhook"
)

//go:embed report.html
var page string

// asHTML is a report as one page that needs no network and no script.
func asHTML(r Report) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"score": scoreText, "slug": slug, "clean": Clean, "link": link, "timeline": timelineOf,
		"took": func(d time.Duration) string { return d.Round(time.Millisecond).String() },
		"date": func(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") },
	}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		Report
		Groups []Group
		Score  Score
		Good   bool
		Why    string
	}{r, r.Groups(), r.Score(), r.Good(), incomplete})
	return b.Bytes(), err
}

// slug is an outcome as a class.
func slug(o webhook.Outcome) string { return strings.ReplaceAll(o.String(), " ", "-") }

// link is where a reference leads; "" if it is only words.
func link(reference string) string {
	if strings.HasPrefix(reference, "https://") || strings.HasPrefix(reference, "http://") {
		return reference
	}
	return ""
}

// A timeline is a drawing of moments: a lane for each who acted, time from left to
// right.
type timeline struct {
	Width, Height int
	Lanes         []lane
	Marks         []mark
	Ticks         []tick
}

type lane struct {
	Name string
	Y    int
}

type mark struct {
	X, Y, Width int
	Label       string
	At          string
	Wrong       bool
	Number      int
}

type tick struct {
	X    int
	Text string
}

// The measures of a timeline, in pixels.
const (
	timeLeft   = 84
	timeRight  = 24
	timeWidth  = 860
	laneHeight = 44
	leastMark  = 10
)

func timelineOf(moments []webhook.Moment) *timeline {
	if len(moments) == 0 {
		return nil
	}
	end := time.Millisecond
	for _, m := range moments {
		end = max(end, m.At+m.Took)
	}
	t := &timeline{Width: timeWidth}
	at := func(d time.Duration) int {
		return timeLeft + int(int64(d)*int64(timeWidth-timeLeft-timeRight-leastMark)/int64(end))
	}
	lanes, free := map[string]int{}, map[string]int{}
	for i, m := range moments {
		if _, known := lanes[m.Lane]; !known {
			lanes[m.Lane] = len(t.Lanes)
			t.Lanes = append(t.Lanes, lane{m.Lane, 30 + len(t.Lanes)*laneHeight})
		}
		x := max(at(m.At), free[m.Lane]) // marks of one instant stand beside each other
		width := max(leastMark, at(m.At+m.Took)-at(m.At))
		x = min(x, timeWidth-timeRight)
		free[m.Lane] = x + width + 3
		t.Marks = append(t.Marks, mark{
			X: x, Y: t.Lanes[lanes[m.Lane]].Y, Width: min(width, timeWidth-x-2), Label: Clean(m.Label), At: spokenMoment(m.At), Wrong: m.Wrong, Number: i + 1,
		})
	}
	t.Height = 30 + len(t.Lanes)*laneHeight + 10
	for i := range 5 {
		d := end * time.Duration(i) / 4
		t.Ticks = append(t.Ticks, tick{at(d), spokenMoment(d)})
	}
	return t
}

func spokenMoment(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
