package engine_test

import (
	"runtime/debug"
	"testing"

	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/base/testconsumer"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // as the command sets it: much is loaded once, and stays
	if !testconsumer.Asked() {
		goleak.VerifyTestMain(m)
	}
}
