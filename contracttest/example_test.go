package contracttest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/ringback-dev/ringback/contracttest"
)

// Grade an application that handles each copy of a webhook.
func ExampleGrade() {
	provider, err := contracttest.NewProvider("gupshup")
	if err != nil {
		panic(err)
	}
	app := newShop(provider.URL(), provider.Client())
	app.Careless = true
	results, err := contracttest.Grade(context.Background(), app,
		contracttest.WithProvider(provider), contracttest.State("/state"), contracttest.Only("concurrent", "early-status", "batch"))
	if err != nil {
		panic(err)
	}
	for _, r := range results {
		fmt.Println(r.ID, r.Outcome)
	}
	fmt.Println(results[0].Reason)
	// Output:
	// P3 fail
	// P7 pass
	// P8 not applicable
	// send (Received: Where is my order?) was called 5 times; in the baseline once
}

// An application that rejects a webhook without faults can't be graded.
func ExampleGrade_rejected() {
	_, err := contracttest.Grade(context.Background(), http.NotFoundHandler(), contracttest.Route("gupshup"))
	fmt.Println(errors.Is(err, contracttest.ErrRejected))
	// Output:
	// true
}

// Test an order, from the question to the delivered reply. In a test, the first argument is
// its *testing.T.
func ExampleTest() {
	provider, err := contracttest.NewProvider("gupshup")
	if err != nil {
		panic(err)
	}
	app := newShop(provider.URL(), provider.Client())
	seen := contracttest.Test(printer{}, app, `
steps:
  - {send: inbound.text, message: order, faults: duplicate}
  - {await: {call: send, message: m}}
  - {send: message.delivered}
expect:
  calls: {call: send, count: 2, reply_to: order, within: 1s}
  state: {at: "/replies/{{message.id}}", equals: delivered}
`, contracttest.WithProvider(provider), contracttest.State("/state"))
	for _, d := range seen.Deliveries {
		fmt.Println(d.Event.Type, d.Attempts[0].Status)
	}
	// Output:
	// contract test: the consumer called send once; want twice within 1s
	// gupshup/v2/message.text 200
	// gupshup/v2/message.text 200
	// gupshup/v2/message-event.delivered 200
}

// Call the mock of a provider as an application does, and read what it recorded.
func ExampleNewProvider() {
	provider, err := contracttest.NewProvider("gupshup/v3")
	if err != nil {
		panic(err)
	}
	body := strings.NewReader(`{"messaging_product":"whatsapp","to":"919000000002","type":"text","text":{"body":"Hello"}}`)
	request, err := http.NewRequest(http.MethodPost, provider.URL()+"/partner/app/example/v3/message", body)
	if err != nil {
		panic(err)
	}
	request.Header.Set("Authorization", "token")
	request.Header.Set("Content-Type", "application/json")
	response, err := provider.Client().Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	call := provider.Calls()[0]
	fmt.Println(call.Operation, call.Status, call.Values["recipient.phone"], call.Values["message.text"])
	// Output:
	// partner.send 200 919000000002 Hello
}

// List the probes of Grade.
func ExampleProbes() {
	probes, err := contracttest.Probes()
	if err != nil {
		panic(err)
	}
	fmt.Println(probes[1].ID, probes[1].Name, probes[1].Group)
	// Output:
	// P1 duplicate duplicates
}

// A printer is a test that prints the first line of each failure.
type printer struct{}

func (printer) Helper()                   {}
func (printer) Context() context.Context  { return context.Background() }
func (printer) Logf(string, ...any)       {}
func (printer) Fatalf(f string, a ...any) { fmt.Printf(f+"\n", a...) }

func (printer) Errorf(f string, a ...any) {
	line, _, _ := strings.Cut(fmt.Sprintf(f, a...), "\n")
	fmt.Println(line)
}
