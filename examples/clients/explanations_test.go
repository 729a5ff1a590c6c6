package clients_test

// An explanation explains why a library behaves differently than intended, and where the
// documentation shows the intention.
type explanation struct {
	symptoms []string // of observations
	reason   string
}

const reasonBearer = "WhatsApp's own API requires it. Gupshup's documentation has the token alone (Gupshup partner docs: access-token; [apis.yaml](../schemas/gupshup/apis.yaml), partner), " +
	"and Ringback responds with 401. Gupshup's own response is unknown. The client's `fetch` replaces the header and the path."

// explanations are those of each library, the most severe first.
func explanations() map[string][]explanation {
	return map[string][]explanation{kapso: ofKapso(), secreto: ofSecreto(), standard: ofStandard()}
}

func ofKapso() []explanation {
	return []explanation{
		{
			[]string{"loses `/gs_app_id` of {}", "loses `/entry/id` of {}", "loses `/entry/time` of {}"},
			"`normalizeWebhook` returns the content of each `value`, in one list for all entries, and nothing around it: " +
				"neither the app and the account, nor the time of a change of an account or a template. Keep the body too.",
		},
		{[]string{"sends `Authorization: Bearer …`"}, reasonBearer},
	}
}

func ofSecreto() []explanation {
	return []explanation{
		{
			[]string{"responds with 500 to {}: `TypeError: Cannot read properties of undefined (reading 'phone_number_id')`"},
			"It reads `value.metadata.phone_number_id` before it checks the event type. The documentation has `enqueued` without metadata (gupshup-webhooks.md: Enqueued - V3), " +
				"and the events of accounts, templates and the platform have none. For Gupshup, a 500 is a failure, and it retries; " +
				"a connectivity-check needs a 2xx (Gupshup docs: platform-webhook-event-connectivity-check), and so does set-callback, or the URL can't be set with a check.",
		},
		{
			[]string{"loses, of two statuses and two messages in one body, the message, the second message, the second status"},
			"It reads the first status or message of the first change of the first entry. WhatsApp sends several in one body (Meta docs: webhooks); " +
				"it is assumed that Gupshup does too ([provider.yaml](../schemas/gupshup/provider.yaml), batching).",
		},
		{
			[]string{
				"loses `/statuses/gs_id` of {}", "loses `/statuses/meta_msg_id` of {}",
				"loses `/statuses/recipient_participant_id` of {}", "loses `/statuses/type` of {}",
			},
			"`on.status` is called with the keys that the library knows. `gs_id` is the ID in Gupshup's response to the call, and no other key has it " +
				"([the schema](../schemas/gupshup/v3/status.sent/schema.json); gupshup-webhooks.md: Sent - V3), so without it the application can't identify the message. " +
				"It is in `raw`, the whole body, which the library passes too.",
		},
		{
			[]string{
				"loses `/contacts/user_id` of {}", "loses `/statuses/recipient_user_id` of {}",
				"loses `/statuses/payment/reference_id` of {}", "loses `/statuses/payment/currency` of {}",
				"loses `/statuses/payment/amount/value` of {}", "loses `/statuses/payment/amount/offset` of {}",
				"loses `/statuses/payment/transaction/id` of {}", "loses `/statuses/payment/transaction/type` of {}",
				"loses `/statuses/payment/transaction/currency` of {}", "loses `/statuses/payment/transaction/amount/value` of {}",
				"loses `/statuses/payment/transaction/amount/offset` of {}", "loses `/statuses/payment/transaction/created_timestamp` of {}",
				"loses `/statuses/payment/transaction/updated_timestamp` of {}", "loses `/statuses/payment/transaction/error/code` of {}",
				"loses `/statuses/payment/transaction/error/reason` of {}",
			},
			"It passes the state of a payment, a call or a message on, without the payment, and without the user ID of an end user. Both are in `raw`.",
		},
		{
			[]string{"responds with 200 to {}, and passes nothing on: `WhatsAppAPIError: Unexpected payload ¯\\_(ツ)_/¯`"},
			"It supports messages, statuses and calls. It doesn't pass on bodies with only errors, messages written in WhatsApp's own app, or preferences.",
		},
		{
			[]string{"loses `/gs_app_id` of {}", "loses `/entry/id` of {}", "loses `/metadata/display_phone_number` of {}"},
			"Of the values that identify the account, the library passes only `phone_number_id`. The rest is in `raw`.",
		},
		{
			[]string{"rejects a body with 👍", "accepts a body with 👍, signed in the format with `\\ud83d\\udc4d`"},
			"It verifies the body with `\\u` escapes, because Meta's documentation specifies that this format is signed (Secreto31126/whatsapp-api-js#290). It accepts a body in this format: play with `--fault escape-non-ascii`.",
		},
		{
			[]string{"sends `contacts` as a string with JSON"},
			"`Contacts.toJSON` returns JSON, which is then encoded as a string. The documentation has an array (Meta docs: Cloud API messages; [the schema](../schemas/gupshup/apis/v3-message.json)), and Ringback responds with 400.",
		},
		{
			[]string{"returns a rejection of the API as a response, and throws nothing"},
			"`sendMessage` returns the body of any response, but not its status. A message was sent if the response has `messages`.",
		},
		{[]string{"sends `Authorization: Bearer …`"}, reasonBearer},
	}
}

func ofStandard() []explanation {
	return []explanation{{
		[]string{"fails with `UnicodeDecodeError` at {}"},
		"`verify` decodes the body before it verifies it, and raises an error that isn't a `WebhookVerificationError`. An application that catches only that responds with 500; catch `ValueError` too.",
	}}
}
