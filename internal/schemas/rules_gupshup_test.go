package schemas_test

import "testing"

func TestRules_Gupshup(t *testing.T) {
	t.Parallel()
	const (
		account  = "/payload/payload"
		v3       = "/entry/0/changes/0/value"
		message  = v3 + "/messages/0"
		status   = v3 + "/statuses/0"
		contact  = v3 + "/contacts/0"
		call     = v3 + "/calls/0"
		payment  = status + "/payment"
		template = "v2/template-event.status-update "
		update   = "v3/message_template_status_update "

		permission = message + "/interactive/call_permission_reply"
	)
	testBrokenRules(t, "gupshup", []brokenRule{
		{"A01", "v2/account-event.status-event observed-restricted", []string{account + `/restrictionInfo`}, account + "/restrictionInfo"},
		{"A02", "v2/account-event.status-event observed-violation", []string{account + `/violation_type`}, account + "/violation_type"},
		{"A03", "v2/account-event.status-event observed-disable", []string{account + `/violation_type="GAMBLING"`}, account + "/violation_type"},
		{"A04", "v2/account-event.status-event observed-verified", []string{account + `/actionDate="30 May 2024"`}, account + "/actionDate"},
		{"A05", "v2/account-event.status-event observed-ad-account-linked", []string{account + `/ad_account_id`}, account + "/ad_account_id"},
		{"A30", "v2/account-event.tier-event observed", []string{account + `/newTier="TIER_100K"`}, account + "/newTier"},
		{"A32", "v2/account-event.tier-event observed", []string{account + `/currentLimit="TIER_UNLIMITED"`}, account + "/currentLimit"},
		{"A33", "v2/account-event.tier-event observed", []string{account + `/event="downgrade"`}, account + "/currentLimit"},
		{"A41", "v2/account-event.pndn-event rejected", []string{account + `/status="approved"`}, account + "/status"},
		{"C01", "v3/message.text plain", []string{contact + `/wa_id="919000000013"`}, contact + "/wa_id"},
		{"C01-call", "v3/calls connect", []string{contact + `/wa_id="919000000013"`}, contact + "/wa_id"},
		{"C02", "v3/message.text plain", []string{v3 + `/contacts`}, v3 + "/contacts"},
		{"C03", "v3/message.text bsuid", []string{contact + `/user_id="IN.9027716640351182"`}, contact + "/user_id"},
		{"C04", "v3/status.sent bsuid", []string{contact + `/wa_id="919000000013"`}, contact + "/wa_id"},
		{"C05", "v2/message.text text", []string{`/payload/sender/phone="919000000013"`, `/payload/sender/dial_code="9000000013"`}, "/payload/sender/phone"},
		{"C06", "v2/message.text text", []string{`/phone="919000000001"`}, "/phone"},
		{"C07", "v3/message.text plain", []string{v3 + `/metadata/display_phone_number="919000000002"`}, v3 + "/metadata/display_phone_number"},
		{"C07-call", "v3/calls connect", []string{call + `/from="919000000001"`, contact + `/wa_id="919000000001"`}, call + "/from"},
		{"C09", "v3/message.location chosen", []string{message + `/context/id="wamid.HBgMOTE5MDAwMDAwMDAyFQIAERgSOUIyMUU0RDA3QzU1MzhBRjEyAA=="`}, message + "/context/id"},
		{"C13", "v3/message.interactive nfm-reply", []string{message + `/interactive/nfm_reply/response_json="[1]"`}, message + "/interactive/nfm_reply/response_json"},
		{"C13-permission", "v3/message.interactive call-permission-permanent", []string{permission + `/response="reject"`}, permission + "/is_permanent"},
		{"C16", "v3/message.location chosen", []string{message + `/location/name`, message + `/location/url`}, message + "/location/name"},
		{"C16-v2", "v2/message.location place", []string{`/payload/payload/name`}, "/payload/payload/name"},
		{"C17", "v3/message.system number-changed", []string{message + `/system/wa_id="919000000002"`}, message + "/from"},
		{"C19", "v3/message.order assumed", []string{message + `/order/product_items/1/currency="USD"`}, message + "/order/product_items/0/currency"},
		{"G11-amount", "v3/status.payment captured", []string{payment + `/amount/value=100`}, payment + "/amount/value"},
		{"G11-created", "v3/status.payment captured", []string{payment + `/transaction/created_timestamp=1764564064`}, payment + "/transaction/created_timestamp"},
		{"G11-currency", "v3/status.payment captured", []string{payment + `/transaction/currency="USD"`}, payment + "/currency"},
		{"G11-error", "v3/status.payment captured", []string{payment + `/transaction/error={"code":"BAD_REQUEST_ERROR"}`}, payment + "/transaction/error"},
		{"G11-offset", "v3/status.payment captured", []string{payment + `/amount/offset=1000`}, payment + "/amount/offset"},
		{"G11-status", "v3/status.payment failed", []string{payment + `/transaction/status="pending"`, payment + `/transaction/error`}, payment + "/transaction/status"},
		{"G11-updated", "v3/status.payment captured", []string{payment + `/transaction/updated_timestamp=1764564068`}, payment + "/transaction/updated_timestamp"},
		{"I01", "v3/status.sent pmp", []string{status + `/recipient_id="919000000013"`}, status + "/id"},
		{"I02", "v3/message.text plain", []string{message + `/from="919000000013"`, contact + `/wa_id="919000000013"`}, message + "/id"},
		{"K21", "v2/message-event.referral video", []string{"/payload/payload/thumbnail_url"}, "/payload/payload/thumbnail_url"},
		{"K21-inbound", "v3/message.text referral-video", []string{message + "/referral/thumbnail_url"}, message + "/referral/thumbnail_url"},
		{"K01", "v3/message.image observed", []string{message + `/image/mime_type="video/mp4"`}, message + "/image/mime_type"},
		{"K02", "v3/message.video no-url", []string{message + `/video/mime_type="image/jpeg"`}, message + "/video/mime_type"},
		{"K03", "v3/message.audio no-voice", []string{message + `/audio/mime_type="video/mp4"`}, message + "/audio/mime_type"},
		{"K04", "v3/message.audio observed", []string{message + `/audio/mime_type="audio/mpeg"`, message + `/audio/voice=true`}, message + "/audio/mime_type"},
		{"K05", "v3/message.sticker no-url", []string{message + `/sticker/mime_type="image/png"`}, message + "/sticker/mime_type"},
		{"K06", "v3/message.document no-url", []string{message + `/document/filename="invoice.xlsx"`}, message + "/document/mime_type"},
		{"K07", "v3/message.audio observed", []string{message + `/audio/caption="Listen"`}, message + "/audio/caption"},
		{"P02", "v3/status.delivered pmp", []string{status + `/pricing/type`}, status + "/pricing/type"},
		{"P03", "v3/status.sent cbp", []string{status + `/pricing/type="regular"`}, status + "/pricing/type"},
		{"P04", "v3/status.sent pmp", []string{status + `/pricing/billable=false`}, status + "/pricing/billable"},
		{"P08", "v3/status.sent bsuid", []string{status + `/pricing/type="free_customer_service"`, status + `/pricing/billable=false`}, status + "/pricing/type"},
		{"P10", "v3/status.sent cbp", []string{status + `/pricing/category="marketing"`}, status + "/conversation/origin/type"},
		{"P13", "v3/status.delivered cbp", []string{status + `/conversation/expiration_timestamp="1764650400"`}, status + "/conversation/expiration_timestamp"},
		{"P22", "v2/message-event.delivered observed", []string{`/payload/pricing={"policy":"PMP","category":"utility","type":"regular"}`}, "/payload/pricing"},
		{"P23", "v2/message-event.sent pmp-no-conversation", []string{`/payload/pricing/type`}, "/payload/pricing/type"},
		{"P24", "v2/message-event.sent observed", []string{`/payload/pricing/type="regular"`}, "/payload/pricing/type"},
		{"P25", "v2/billing-event cbp", []string{`/payload/deductions/type="regular"`}, "/payload/deductions/type"},
		{"P25-v3", "v3/billing-event cbp", []string{v3 + `/billing/deductions/type="regular"`}, v3 + "/billing/deductions/type"},
		{"P26", "v2/billing-event pmp", []string{`/payload/deductions/type="marketing"`}, "/payload/deductions/type"},
		{"P26-v3", "v3/billing-event pmp", []string{v3 + `/billing/deductions/type="marketing"`}, v3 + "/billing/deductions/type"},
		{"P27", "v2/billing-event pmp", []string{`/payload/deductions/billable=false`}, "/payload/deductions/billable"},
		{"P27-v3", "v3/billing-event pmp", []string{v3 + `/billing/deductions/billable=false`}, v3 + "/billing/deductions/billable"},
		{"P28", "v3/billing-event pmp", []string{v3 + `/billing/references/gs_id`}, v3 + "/billing/references/gs_id"},
		{"R30", "v3/message.text plain", []string{v3 + `/metadata/phone_number_id`}, v3 + "/metadata/phone_number_id"},
		{"R31", "v3/message.text plain", []string{v3 + `/contacts=[{"profile":{"name":"Asha"},"wa_id":"919000000002"},{"profile":{"name":"Ravi"},"wa_id":"919000000013"}]`}, v3 + "/contacts"},
		{"R32", "v3/message.text plain", []string{v3 + `/errors=[{"code":131051,"title":"Message type unknown"}]`}, v3 + "/errors"},
		{"R34", "v3/message.system number-changed", []string{v3 + `/contacts=[{"profile":{"name":"Asha"},"wa_id":"919000000002"}]`}, v3 + "/contacts"},
		{"R36", "v3/message.text plain", []string{v3 + `/statuses=[]`}, v3 + "/statuses"},
		{"R38", "v3/message.text plain", []string{contact + `/profile`}, contact + "/profile"},
		{"R39", "v3/message.text plain", []string{contact + `/wa_id`}, contact + "/wa_id"},
		{"R43", "v3/status.sent bsuid", []string{status + `/id="wamid.HBgMOTE5MDAwMDAwMDAyFQIAERgSOUIyMUU0RDA3QzU1MzhBRjEyAA=="`}, status + "/meta_msg_id"},
		{"R44", "v3/status.sent bsuid", []string{status + `/recipient_user_id`}, status + "/recipient_user_id"},
		{"S01", "v3/status.failed callback-data", []string{status + `/pricing={"billable":true,"pricing_model":"PMP","category":"utility","type":"regular"}`}, status + "/pricing"},
		{"S02", "v3/status.sent pmp", []string{status + `/errors=[{"code":131026,"title":"Message undeliverable"}]`}, status + "/errors"},
		{"S06", "v2/message-event.failed observed", []string{`/payload/pricing={"policy":"PMP","category":"utility","type":"regular"}`}, "/payload/pricing"},
		{"S08", "v2/message-event.enqueued template", []string{`/payload/gsId="b120a366-f0bb-49cf-b2f2-dc05873f9bd0"`}, "/payload/gsId"},
		{"T01", template + "observed", []string{`/payload/rejectedReason="INVALID_FORMAT"`}, "/payload/rejectedReason"},
		{"T02", template + "untyped-rejected", []string{`/payload/rejectedReason`}, "/payload/rejectedReason"},
		{"T03", template + "observed-paused", []string{`/payload/rejectedReason="INVALID_FORMAT"`}, "/payload/rejectedReason"},
		{"T04", template + "observed-rejected-free-text", []string{`/payload/status="deleted"`}, "/payload/rejectedReason"},
		{"T05", template + "untyped-approved", []string{`/payload/status="paused"`, `/payload/description="Your WhatsApp message template has been paused for 3 hours until Apr 25 at 8:07 AM UTC because it had issues."`}, "/payload/status"},
		{"T10", template + "observed-paused", []string{`/payload/description="It is paused."`}, "/payload/description"},
		{"T20", update + "approved", []string{v3 + `/reason="INVALID_FORMAT"`}, v3 + "/reason"},
		{"T21", update + "rejected-promotional", []string{v3 + `/reason="NONE"`}, v3 + "/reason"},
		{"T22", update + "rejected", []string{v3 + `/reason="SCAM"`}, v3 + "/reason"},
		{"T23", update + "paused", []string{v3 + `/reason="SCAM"`}, v3 + "/reason"},
		{"T24", update + "paused", []string{v3 + `/other_info/title="SECOND_PAUSE"`, v3 + `/other_info/description="It has been paused for 3 hours."`}, v3 + "/other_info/description"},
		{"T25", update + "disabled", []string{v3 + `/event="DELETED"`}, v3 + "/event"},
		{"T29", update + "approved", []string{v3 + `/messaging_product="whatsapp"`}, v3 + "/messaging_product"},
		{"T40", "v2/template-event.category-update plain", []string{`/payload/category={"current":"UTILITY","correct":"UTILITY"}`}, "/payload/category/current"},
		{"T41", "v2/template-event.category-update plain", []string{`/payload/category={"old":"UTILITY","new":"UTILITY"}`}, "/payload/category/old"},
		{"T42", "v3/template_category_update will-change", []string{v3 + `/category_update_timestamp`}, v3 + "/category_update_timestamp"},
		{"T43", "v3/template_category_update changed", []string{v3 + `/previous_category="UTILITY"`, v3 + `/new_category="UTILITY"`}, v3 + "/previous_category"},
		{"T45", "v3/message_template_quality_update assumed", []string{v3 + `/previous_quality_score="RED"`, v3 + `/new_quality_score="RED"`}, v3 + "/previous_quality_score"},
		{"V02-call", "v3/calls terminate", []string{call + `/start_time="1764564130"`}, call + "/start_time"},
	})
}
