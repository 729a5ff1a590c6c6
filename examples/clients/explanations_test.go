package clients_test

// An explanation says why a library does something otherwise than it was meant, and
// where the documents show what was meant.
type explanation struct {
	symptoms []string // of observations
	why      string
}

const whyBearer = "As WhatsApp's own API wants it. Gupshup's documents show the token alone (Gupshup partner docs: access-token; [apis.yaml](../schemas/gupshup/apis.yaml), partner), " +
	"and Ringback answers 401. What Gupshup itself answers is not known. The client's `fetch` writes the header anew, and the path."

// explanations are those of each library, the gravest first.
func explanations() map[string][]explanation {
	return map[string][]explanation{kapso: ofKapso(), secreto: ofSecreto(), standard: ofStandard()}
}

func ofKapso() []explanation {
	return []explanation{
		{
			[]string{"loses `/gs_app_id` of {}", "loses `/entry/id` of {}", "loses `/entry/time` of {}"},
			"`normalizeWebhook` gives back what stands in each `value`, in one list for all entries, and nothing of what stands around it: " +
				"neither the app and the account, nor when an account or a template changed. Keep the body beside it.",
		},
		{[]string{"sends `Authorization: Bearer …`"}, whyBearer},
	}
}

func ofSecreto() []explanation {
	return []explanation{
		{
			[]string{"answers 500 to {}: `TypeError: Cannot read properties of undefined (reading 'phone_number_id')`"},
			"It reads `value.metadata.phone_number_id` before it looks what the webhook is. The documents show `enqueued` without metadata (gupshup-webhooks.md: Enqueued - V3), " +
				"and the events of accounts, templates and the platform have none. Gupshup takes a 500 for a failure, and sends again; " +
				"a connectivity-check has to be answered 2xx (Gupshup docs: platform-webhook-event-connectivity-check).",
		},
		{
			[]string{"loses, of two statuses and two messages in one body, the message, the second message, the second status"},
			"It reads the first status or message of the first change of the first entry. WhatsApp sends several in one body (Meta docs: webhooks); " +
				"that Gupshup does is assumed ([provider.yaml](../schemas/gupshup/provider.yaml), batching).",
		},
		{
			[]string{
				"loses `/statuses/gs_id` of {}", "loses `/statuses/meta_msg_id` of {}",
				"loses `/statuses/recipient_participant_id` of {}", "loses `/statuses/type` of {}",
			},
			"`on.status` is called with the keys that the library knows. `gs_id` is the id with which Gupshup answered the call, and no other key has it " +
				"([the schema](../schemas/gupshup/v3/status.sent/schema.json); gupshup-webhooks.md: Sent - V3), so without it nobody knows what was sent. " +
				"It is in `raw`, the whole body, with which the library calls too.",
		},
		{
			[]string{"answers 200 to {}, and tells nothing: `WhatsAppAPIError: Unexpected payload ¯\\_(ツ)_/¯`"},
			"It knows messages, statuses and calls. A body with errors only, what was written in WhatsApp's own app, and preferences are told to nobody.",
		},
		{
			[]string{
				"loses `/errors/code` of {}", "loses `/errors/title` of {}", "loses `/errors/message` of {}", "loses `/errors/error_data/details` of {}",
			},
			"They stand in `value`, beside a message of which WhatsApp does not say what is in it. They are in `raw`.",
		},
		{
			[]string{"loses `/gs_app_id` of {}", "loses `/entry/id` of {}", "loses `/metadata/display_phone_number` of {}"},
			"Of all that says where a webhook belongs, only `phone_number_id` is told. The rest is in `raw`.",
		},
		{
			[]string{"refuses a body with 👍", "accepts a body with 👍, of which the form with `\\ud83d\\udc4d` is signed"},
			"It verifies the body with `\\u` escapes, for Meta's documents say that this form is signed (Secreto31126/whatsapp-api-js#290). A body that comes so is accepted: play with `--fault escape-non-ascii`.",
		},
		{
			[]string{"sends `contacts` as a text that holds JSON"},
			"`Contacts.toJSON` returns JSON, which then becomes a text. The documents show an array (Meta docs: Cloud API messages; [the schema](../schemas/gupshup/apis/v3-message.json)), and Ringback answers 400.",
		},
		{
			[]string{"returns a refusal of the API as an answer, and throws nothing"},
			"`sendMessage` returns the body of any answer, and not its status. A message was sent if the answer has `messages`.",
		},
		{[]string{"sends `Authorization: Bearer …`"}, whyBearer},
	}
}

func ofStandard() []explanation {
	return []explanation{{
		[]string{"fails with `UnicodeDecodeError` at {}"},
		"`verify` decodes the body before it verifies it, and what it raises is no `WebhookVerificationError`. An application that catches only that answers 500; catch `ValueError`, too.",
	}}
}
