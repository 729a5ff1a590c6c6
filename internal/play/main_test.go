package play_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/sink"
)

func TestMain(m *testing.M) {
	if !sink.Asked() {
		goleak.VerifyTestMain(m)
	}
}
