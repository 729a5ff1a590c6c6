package server_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"

	"github.com/ringback-dev/ringback/internal/testconsumer"
)

func TestMain(m *testing.M) {
	switch {
	case testconsumer.Asked():
	case os.Getenv(asCaller) != "":
		caller()
	default:
		goleak.VerifyTestMain(m)
	}
}
