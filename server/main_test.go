package server_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/sink"
)

func TestMain(m *testing.M) {
	switch {
	case sink.Asked():
	case os.Getenv(asCaller) != "":
		caller()
	default:
		goleak.VerifyTestMain(m)
	}
}
