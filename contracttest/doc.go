// Package contracttest tests an application that receives webhooks: it plays a messaging
// provider to the application, observes its calls and its state, and reports what is wrong.
//
//	func TestOrder_IsConfirmedOnce(t *testing.T) {
//		provider := contracttest.ProviderFor(t, "gupshup")
//		shop := shop.New(provider.URL(), provider.Client())
//		contracttest.Test(t, shop, `
//	steps:
//	  - {send: inbound.text, message: order, with: {message.text: "Two of those"}, faults: duplicate}
//	  - {await: {call: send, message: m}}
//	  - {send: message.delivered}
//	expect:
//	  calls: {call: send, count: 1, reply_to: order}
//	`, contracttest.WithProvider(provider))
//	}
//
// A handler that does its work twice still responds with 200. The [Provider] that the
// application calls records the second call.
//
// [Test] runs one scenario and checks its expectations. [Grade] runs all [Probes]: they
// check whether duplicates, late and early statuses, batches, unknown event types and
// malformed bodies change what the application does.
//
// In a bubble of testing/synctest, with a handler in the same process and the client of the
// Provider, days of retries pass in milliseconds. A bubble is optional.
package contracttest
