package validate

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/report"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/inbox"
	"github.com/ringback-dev/ringback/webhook"
)

func TestWriteRow_AlignsColumns(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 10, 0, 0, 7e6, time.Local)
	verdict := func(level webhook.Level, provider, event string) webhook.Item {
		return webhook.Item{Verdict: webhook.Verdict{Level: level, Provider: provider, Type: event}}
	}
	second := verdict(webhook.LevelDrift, "netcore", "netcore/event.read")
	second.Pointer = "/1"
	for _, c := range []struct {
		item     webhook.Item
		size     int64
		duration time.Duration
		want     string
	}{
		{verdict(webhook.LevelOK, "netcore", "netcore/event.sent"), 431, 420 * time.Microsecond, "10:00:00.007  netcore  event.sent    ok                431 B    0.4 ms"},
		{verdict(webhook.LevelUnknown, "", ""), 5 << 20, 11 * time.Second, "10:00:00.007  -        (unre…nized)  unknown         5.0 MiB    11.0 s"},
		{verdict(webhook.LevelError, "netcore", ""), 0, time.Hour, "10:00:00.007  netcore  (unre…nized)  error               0 B  3600.0 s"},
		{second, 1 << 10, 999 * time.Millisecond, "10:00:00.007  netcore  event.read    drift           1.0 KiB  999.0 ms  /1"},
	} {
		var out bytes.Buffer
		writeRow(&out, report.Style{}, columns{provider: 7, event: 12}, inbox.Received{Event: webhook.Event{At: at}, Size: c.size, Duration: c.duration}, c.item)
		require.Equal(t, c.want+"\n", out.String())
	}
}

func TestColumnsOf_Widths(t *testing.T) {
	t.Parallel()
	netcore, acme := &schemas.Provider{Name: "netcore"}, &schemas.Provider{Name: "acme"}
	types := []*schemas.EventType{
		{Name: "netcore/event.sent", Provider: netcore}, {Name: "acme/an-event-with-a-rather-long-name", Provider: acme},
	}
	for terminal, want := range map[int]columns{
		0: {7, 32}, 200: {7, 32}, 80: {7, 22}, 20: {7, 16},
	} {
		require.Equal(t, want, columnsOf(types, terminal), fmt.Sprint(terminal))
	}
}
