package journal_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/webhook"
)

// BenchmarkAdd adds and updates a delivery while others follow everything, or one session
// each.
func BenchmarkAdd(b *testing.B) {
	for name, session := range map[string]func(int) string{"all": func(int) string { return "" }, "sessions": func(i int) string { return fmt.Sprint(i) }} {
		for _, followers := range []int{0, 100} {
			b.Run(fmt.Sprintf("followers=%d/%s", followers, name), func(b *testing.B) { benchmarkAdd(b, followers, session) })
		}
	}
}

func benchmarkAdd(b *testing.B, followers int, session func(int) string) {
	l := journal.New(journal.Limit{})
	ctx, cancel := context.WithCancel(b.Context())
	var following sync.WaitGroup
	for i := range followers {
		following.Go(func() {
			for range l.Follow(ctx, journal.Query{Session: session(i)}, 0) {
			}
		})
	}
	body := []byte(`{"type":"delivered"}`)
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		n++
		e := l.Add(journal.Entry{
			Kind: journal.KindDelivery, Session: session(n % 100), Route: "gupshup/v2", At: time.Unix(int64(n), 0), State: journal.StateScheduled,
			Delivery: &webhook.Delivery{Event: webhook.Event{Body: body}},
		})
		l.Update(e.ID, func(e *journal.Entry) { e.State, e.Status = journal.StateSucceeded, 200 })
	}
	b.StopTimer()
	cancel()
	following.Wait()
}

// BenchmarkFind searches a full log for a text that doesn't occur.
func BenchmarkFind(b *testing.B) {
	l := journal.New(journal.Limit{})
	body := make([]byte, 2000)
	for range 10_000 {
		l.Add(journal.Entry{Delivery: &webhook.Delivery{Event: webhook.Event{Body: body}}})
	}
	for b.Loop() {
		l.Find(b.Context(), journal.Query{Text: "nowhere"})
	}
}
