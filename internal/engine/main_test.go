package engine_test

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/testconsumer"
)

func TestMain(m *testing.M) {
	if !testconsumer.Asked() {
		goleak.VerifyTestMain(m)
	}
}
