package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"

	"github.com/ringback-dev/ringback/server"
)

// Example sends a message by the provider's API, and waits until its webhooks are delivered.
func Example() {
	mock, err := server.New(server.Options{Speed: server.Immediate})
	if err != nil {
		panic(err)
	}
	defer mock.Close()
	provider := httptest.NewServer(mock.Provider())
	defer provider.Close()
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer endpoint.Close()

	ctx, session := context.Background(), mock.Session("")
	if _, err := session.Subscribe(ctx, "gupshup/v2", endpoint.URL); err != nil {
		panic(err)
	}
	form := url.Values{"channel": {"whatsapp"}, "source": {"919000000001"}, "destination": {"919000000002"}, "src.name": {"DemoApp"}, "message": {`{"type":"text","text":"hi"}`}}
	request, _ := http.NewRequestWithContext(ctx, http.MethodPost, provider.URL+"/wa/api/v1/msg", strings.NewReader(form.Encode()))
	request.Header = http.Header{"Apikey": {"any"}, "Content-Type": {"application/x-www-form-urlencoded"}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	read, err := session.Wait(ctx, server.Query{Event: "message.read", State: "succeeded"})
	fmt.Println(response.StatusCode, read.Event, read.Status, err)
	// Output: 202 message.read 200 <nil>
}
