package schemas_test

import "testing"

func TestRules_TataOmni(t *testing.T) {
	t.Parallel()
	const status = "/statuses/0"
	testBrokenRules(t, "tata-omni", []brokenRule{
		{"C01", "message.text reply", []string{`/contacts/0/wa_id="919000000013"`}, "/contacts/0/wa_id"},
		{"C13", "message.interactive nfm-reply", []string{`/messages/interactive/nfm_reply/response_json="[1]"`}, "/messages/interactive/nfm_reply/response_json"},
		{"C16", "message.location reply", []string{`/messages/location/name`}, "/messages/location/name"},
		{"C17", "message.system number-changed", []string{`/messages/system/wa_id="919000000011"`}, "/messages/from"},
		{"C19", "message.order business-phone-number", []string{`/messages/order/product_items/1/currency="USD"`}, "/messages/order/product_items/0/currency"},
		{"I01", "status.read callback-data", []string{status + `/recipient_id="919000000013"`}, status + "/id"},
		{"I02", "message.text reply", []string{`/messages/from="919000000013"`, `/contacts/0/wa_id="919000000013"`}, "/messages/id"},
		{"K01", "message.image caption", []string{`/messages/image/mime_type="video/mp4"`}, "/messages/image/mime_type"},
		{"K02", "message.video reply", []string{`/messages/video/mime_type="image/jpeg"`}, "/messages/video/mime_type"},
		{"K03", "message.audio reply", []string{`/messages/audio/mime_type="video/mp4"`, `/messages/audio/voice=false`}, "/messages/audio/mime_type"},
		{"K04", "message.audio reply", []string{`/messages/audio/mime_type="audio/mpeg"`, `/messages/audio/voice=true`}, "/messages/audio/mime_type"},
		{"K05", "message.sticker business-phone-number", []string{`/messages/sticker/mime_type="image/png"`}, "/messages/sticker/mime_type"},
		{"K06", "message.document reply", []string{`/messages/document/filename="invoice.xlsx"`}, "/messages/document/mime_type"},
		{"K08", "message.image reply", []string{`/messages/image/sha256="abc"`}, "/messages/image/sha256"},
		{"K08b", "message.video reply", []string{`/messages/video/sha256="abc"`}, "/messages/video/sha256"},
		{"K08c", "message.audio reply", []string{`/messages/audio/sha256="abc"`}, "/messages/audio/sha256"},
		{"K08d", "message.document reply", []string{`/messages/document/sha256="abc"`}, "/messages/document/sha256"},
		{"K08e", "message.sticker business-phone-number", []string{`/messages/sticker/sha256="abc"`}, "/messages/sticker/sha256"},
		{"K21", "message.text referral-video", []string{`/messages/referral/thumbnail_url`}, "/messages/referral/thumbnail_url"},
		{"P03", "status.read callback-data", []string{status + `/pricing/type="regular"`}, status + "/pricing/type"},
		{"P04", "status.sent pmp", []string{status + `/pricing/billable=false`}, status + "/pricing/billable"},
		{"P05", "status.referral_conversion pmp", []string{status + `/pricing/billable=true`}, status + "/pricing/billable"},
		{"P08", "status.sent pmp", []string{status + `/pricing/category="marketing"`, status + `/pricing/type="free_customer_service"`, status + `/pricing/billable=false`}, status + "/pricing/type"},
		{"P10", "status.read callback-data", []string{status + `/pricing/category="marketing"`}, status + "/conversation/origin/type"},
		{"P11", "status.sent callback-data", []string{status + `/conversation/expiration_timestamp="1731580140"`}, status + "/timestamp"},
		{"P13", "status.delivered callback-data", []string{status + `/conversation/expiration_timestamp="1731666600"`}, status + "/conversation/expiration_timestamp"},
		{"R31", "message.text reply", []string{`/contacts=[{"profile":{"name":"Asha"},"wa_id":"919000000011"},{"profile":{"name":"Ravi"},"wa_id":"919000000013"}]`}, "/contacts"},
		{"R34", "message.system number-changed", []string{`/contacts=[{"profile":{"name":"Asha"},"wa_id":"919000000011"}]`}, "/contacts"},
		{"R48", "status.read callback-data", []string{`/id="6d0c7f1a-82b4-4e39-9c61-f0a7be24d583"`}, "/statuses/1/id"},
		{"S01", "status.failed callback-data", []string{status + `/errors`}, status + "/errors"},
		{"S01", "status.failed callback-data", []string{status + `/pricing={"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}`}, status + "/pricing"},
		{"S16", "message.unsupported business-phone-number", []string{`/messages/errors/0/code=131026`}, "/messages/errors/0/code"},
	})
}
