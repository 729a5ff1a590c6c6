// The test sends a message through the mock and waits until it is read.
package await

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/ringback-dev/ringback/server"
)

func TestMessage_IsRead(t *testing.T) {
	mock, err := server.New(server.Options{Speed: server.Immediate})
	if err != nil {
		t.Fatal(err)
	}
	defer mock.Close()
	provider := httptest.NewServer(mock.Provider())
	defer provider.Close()
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer endpoint.Close()
	session := mock.Session("")
	if _, err := session.Subscribe(t.Context(), "gupshup/v2", endpoint.URL); err != nil {
		t.Fatal(err)
	}
	form := url.Values{"channel": {"whatsapp"}, "source": {"919000000001"}, "destination": {"919000000002"}, "src.name": {"DemoApp"}, "message": {`{"type":"text","text":"hi"}`}}
	call, _ := http.NewRequestWithContext(t.Context(), "POST", provider.URL+"/wa/api/v1/msg", strings.NewReader(form.Encode()))
	call.Header = http.Header{"Apikey": {"any"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	if response, err := http.DefaultClient.Do(call); err != nil || response.StatusCode != http.StatusAccepted {
		t.Fatal(response, err)
	}
	if _, err := session.Wait(t.Context(), server.Query{Event: "message.read", State: "succeeded"}); err != nil {
		t.Fatal(err)
	}
}
