// Package contracttest tests an application that takes webhooks: it plays a
// provider to it, watches what it does, and says what it got wrong.
//
//	func TestAnOrderIsConfirmedOnce(t *testing.T) {
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
// A handler that does a thing twice still answers 200. The [Provider] that the
// application calls sees the second call.
//
// [Test] plays one scenario and judges what it expects. [Grade] tries all [Probes]:
// whether duplicates, late and early statuses, batches, unknown events and broken
// bodies change what the application does from what it does when nothing is wrong.
// [Check] is what both say of a [Observation], without acting.
//
// In a bubble of testing/synctest, with a handler in the same process and the client
// of the Provider, days of retries pass in milliseconds; nothing needs one.
package contracttest
