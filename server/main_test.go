package server_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	switch {
	case os.Getenv(asSink) != "":
		sink()
	case os.Getenv(asCaller) != "":
		caller()
	default:
		goleak.VerifyTestMain(m)
	}
}
