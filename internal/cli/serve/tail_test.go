package serve

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/cli"
)

func TestTail_ShowsRetriesAndCallsWithoutAnOperation(t *testing.T) {
	t.Parallel()
	stream := `data: {"kind":"delivery","at":"2026-03-01T12:00:00Z","route":"mobtexting/sms","event":"message.read","state":"retrying","status":503,"text":"status 503; want 2xx"}

data: {"kind":"call","at":"2026-03-01T12:00:00Z","status":404,"text":"find operation: POST /x: no operation has this path"}
`
	var out bytes.Buffer
	require.NoError(t, (&TailOptions{Factory: &cli.Factory{Streams: cli.Streams{Out: &out}}, format: "pretty"}).follow(strings.NewReader(stream)))
	lines := strings.Split(out.String(), "\n")
	require.Regexp(t, `^\S+  delivery  mobtexting/sms +message\.read +retrying 503 +status 503; want 2xx$`, lines[0])
	require.Regexp(t, `^\S+  call      - +- +404 +find operation: POST /x: no operation has this path$`, lines[1])
}
