package capture_test

import (
	"runtime/debug"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400) // as the command sets it: much is loaded once, and stays
	goleak.VerifyTestMain(m)
}
