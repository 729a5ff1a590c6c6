package contracttest_test

import (
	"context"
	"fmt"

	"github.com/ringback-dev/ringback/contracttest"
)

// Whether an application takes what production sends is one call. This one answers
// every copy of a webhook.
func ExampleGrade() {
	provider, err := contracttest.NewProvider("gupshup")
	if err != nil {
		panic(err)
	}
	app := newShop(provider.URL(), provider.Client())
	app.careless = true
	results, err := contracttest.Grade(context.Background(), contracttest.Options{
		Handler: app, Provider: provider, StateURL: "/state", Only: []string{"concurrent", "early-status", "batch"}, Seed: 1,
	})
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
	// send (We have got: Where is my order?) was called 5 times; in the plain run once
}

// A test of an order, from the question to the answer that is delivered. In a test,
// the first argument is its *testing.T.
func ExampleTest() {
	provider, err := contracttest.NewProvider("gupshup")
	if err != nil {
		panic(err)
	}
	app := newShop(provider.URL(), provider.Client())
	contracttest.Test(printer{}, app, `
steps:
  - {send: inbound.text, message: order, faults: duplicate}
  - {await: {call: send, message: m}}
  - {send: message.delivered}
expect:
  calls: {call: send, count: 2, reply_to: order, within: 1s}
  state: {at: "/answers/{{message.id}}", equals: delivered}
`, contracttest.WithProvider(provider), contracttest.State("/state"))
	// Output:
	// the consumer called send once; want twice within 1s
}

// A printer is a test that prints the first line of what fails.
type printer struct{}

func (printer) Helper()                   {}
func (printer) Context() context.Context  { return context.Background() }
func (printer) Logf(string, ...any)       {}
func (printer) Fatalf(f string, a ...any) { fmt.Printf(f+"\n", a...) }

func (printer) Errorf(_ string, a ...any) {
	var reason, evidence string
	text := fmt.Sprint(a...)
	if _, err := fmt.Sscanf(text, "contract test: %s", &evidence); err == nil {
		reason = text[len("contract test: "):]
	}
	for i, r := range reason {
		if r == '\n' {
			reason = reason[:i]
			break
		}
	}
	fmt.Println(reason)
}
