package schemas_test

import "testing"

func TestRules_Netcore(t *testing.T) {
	t.Parallel()
	const (
		payload = "/0/message_details/userFile/payload"
		message = "/incoming_message/0"
		status  = "/delivery_status/0"
		price   = status + "/pricing"
	)
	testBrokenRules(t, "netcore", []brokenRule{
		{"C24", "incoming.click reply", []string{`/0/to="919000000011"`}, "/0/to"},
		{"C24", "incoming.click reply", []string{`/0/from="919000000001"`}, "/0/from"},
		{"C24", "incoming.click reply", []string{`/0/from_name="Asha Stores"`}, "/0/from_name"},
		{"K13", "incoming.video no-thumbnail", []string{payload + `/mimeType="image/jpeg"`}, payload + "/mimeType"},
		{"K16", "incoming.image photo", []string{payload + `/mimeType="image/gif"`}, "/0/message_details/userFile/thumbnail"},
		{"N02", "event.clicked nc-bot-id", []string{`/0/click_data/type="REPLY"`}, "/0/click_data/type"},
		{"N03", "event.clicked nc-bot-id", []string{`/0/click_data/suggestionType="reply"`}, "/0/click_data/type"},
		{"N04", "event.clicked sms-fallback", []string{`/0/click_data/suggestionType="url_action"`, `/0/click_data/type="ACTION"`}, "/0/click_data/suggestionType"},
		{"N04", "event.clicked nc-bot-id", []string{`/0/click_data/type="CLICK"`, `/0/click_data/suggestionType`}, "/0/click_data/type"},
		{"N05", "event.failed nc-bot-id", []string{`/0/remarks=""`}, "/0/remarks"},
		{"N05", "event.read empty-fields", []string{`/0/remarks="Absent subscriber"`}, "/0/remarks"},
		{"N06", "event.failed sms-fallback", []string{`/0/remarks="Number is RCS disabled"`}, "/0/remarks"},
		{"N07", "event.delivered sms-fallback", []string{`/0/last_channel=""`}, "/0/last_channel"},
		{"N07", "event.sent sms-fallback", []string{`/0/type="Template"`}, "/0/type"},
		{"N07", "event.sent empty-fields", []string{`/0/last_channel="RCS"`}, "/0/last_channel"},
		{"N07b", "event.clicked sms-fallback", []string{`/0/type="Template"`}, "/0/type"},
		{"N09", "event.sent empty-fields", []string{`/0/message_id="sms-337-7c19a0e4b2d8-kR7vNq2WmZx5TbJd-3fe08b6a1-1731580325"`}, "/0/message_id"},
		{"N10", "event.sent sms-fallback", []string{`/0/message_id="sms-337-7c19-kR7vNq2WmZx5TbJd-3fe08b6a1-1731580325"`}, "/0/message_id"},
		{"N11", "incoming.click reply", []string{`/0/message_details/suggestionResponse/type="ACTION"`}, "/0/message_details/suggestionResponse/metadata"},

		{"C07-whatsapp", "whatsapp/incoming.text observed", []string{message + `/to="919000000011"`}, message + "/to"},
		{"C12-whatsapp", "whatsapp/delivery-status sent", []string{status + `/phoneNumber="919000000011"`}, status + "/phoneNumber"},
		{"I02-whatsapp", "whatsapp/incoming.text observed", []string{message + `/from="919000000012"`}, message + "/message_id"},
		{"K01-whatsapp", "whatsapp/incoming.image observed", []string{message + `/image_type/mime_type="video/mp4"`}, message + "/image_type/mime_type"},
		{"K02-whatsapp", "whatsapp/incoming.video observed", []string{message + `/video_type/mime_type="image/jpeg"`}, message + "/video_type/mime_type"},
		{"K03-whatsapp", "whatsapp/incoming.audio file", []string{message + `/audio_type/mime_type="video/mp4"`}, message + "/audio_type/mime_type"},
		{"K04-whatsapp", "whatsapp/incoming.audio observed", []string{message + `/audio_type/mime_type="audio/mpeg"`}, message + "/audio_type/mime_type"},
		{"K06-whatsapp", "whatsapp/incoming.document observed", []string{message + `/document_type/filename="invoice.xlsx"`}, message + "/document_type/mime_type"},
		{"K08-whatsapp", "whatsapp/incoming.voice observed", []string{message + `/voice_type/sha256="abc"`}, message + "/voice_type/sha256"},
		{"N15-failed", "whatsapp/delivery-status failed", []string{price + `={"billable":true,"category":"utility","pricing_model":"PMP"}`}, price},
		{"P03-whatsapp", "whatsapp/delivery-status sent", []string{price + `/pricing_model="CBP"`}, price + "/type"},
		{"P04-whatsapp", "whatsapp/delivery-status sent", []string{price + `/billable=false`}, price + "/billable"},
		{"P05-whatsapp", "whatsapp/delivery-status sent", []string{price + `/type="free_entry_point"`}, price + "/billable"},
		{"P08-whatsapp", "whatsapp/delivery-status sent", []string{price + `/type="free_customer_service"`, price + `/billable=false`, price + `/category="marketing"`}, price + "/type"},
	})
}
