package contracttest_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/ringback-dev/ringback/contracttest"
)

// webhooks stands for your handler.
func webhooks(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestWebhooks_AreAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		contracttest.Test(t, http.HandlerFunc(webhooks), "message-delivered", contracttest.Route("gupshup"))
	})
}
