package schemas_test

import "testing"

func TestRules_Mobtexting(t *testing.T) {
	t.Parallel()
	testBrokenRules(t, "mobtexting", []brokenRule{
		{"C20", "whatsapp.message.in observed", []string{`/payload/recipient/user/first_name="Rahul"`}, "/payload/recipient/user/first_name"},
		{"C20", "vmn.message.in picture-null", []string{`/payload/recipient/user/first_name="Priya"`, `/payload/recipient/user/user_info/gender="male"`}, "/payload/recipient/user/first_name"},
		{"C23", "rcs.message.in observed", []string{`/payload/recipient/user/phone="919000000013"`}, "/payload/recipient/from"},
		{"C25", "contacts.subscriber.subscription all-fields", []string{`/first_name="Rahul"`}, "/first_name"},
		{"C25", "contacts.subscriber.subscription all-fields", []string{`/updated_at="2024-07-16T11:45:35.000000Z"`}, "/created_at"},
		{"C25", "contacts.subscriber.subscription unset-fields", []string{`/updated_at="2024-07-15T11:45:34.000000Z"`, `/status="Subscriber updated successfully"`}, "/created_at"},
		{"K12", "whatsapp.message.in observed-media", []string{`/payload/message/payload/url="https://example.com/files/b215da80.mp4"`}, "/payload/message/payload/url"},
		{"K12", "viber.message.in observed-media", []string{`/payload/message/payload/filename="photo.png"`}, "/payload/message/payload/filename"},
		{"K12", "rcs.message.in document", []string{`/payload/message/payload/filename=""`}, "/payload/message/payload/filename"},
		{"K12", "rcs.message.in observed-media", []string{`/payload/message/type="audio"`, `/payload/message/payload/url="https://example.com/files/b215da80.mp3"`}, "/payload/message/payload/caption"},
		{"R46", "whatsapp.message.status absent-times", []string{`/payload/status="delivered"`}, "/payload/delivered_at"},
		{"R46", "rcs.message.status null-times", []string{`/payload/status="delivered"`}, "/payload/delivered_at"},
		{"Z07", "viber.message.status delivered-not-read", []string{`/payload/read_at="2024-07-09T10:03:41.520115Z"`}, "/payload/read_at"},
		{"Z07", "whatsapp.message.status failed-no-foreign-id", []string{`/payload/delivered_at="2024-07-09T10:03:36.338022Z"`}, "/payload/delivered_at"},
		{"Z07", "rcs.message.status expired", []string{`/payload/read_at="2024-07-09T10:03:36.338022Z"`}, "/payload/read_at"},
		{"Z07", "rcs.message.status delivered-not-read", []string{`/payload/status="read"`}, "/payload/read_at"},
		{"Z08", "whatsapp.message.status delivered-not-read", []string{`/payload/timestamp="2024-07-09T10:03:39.520115Z"`}, "/payload/delivered_at"},
		{"Z08", "whatsapp.message.status null-times", []string{`/payload/timestamp="2024-07-09T10:03:32.338022Z"`}, "/payload/processed_at"},
		{"X04", "sms.message.status observed", []string{`/credits="1.5"`}, "/credits"},
		{"X05", "sms.message.status observed", []string{`/status="AWAITING-DLR"`, `/deliv_at`}, "/deliv_time"},
		{"X06", "sms.message.status undelivered-null-time", []string{`/status="DELIVRD"`}, "/deliv_time"},
		{"X06", "sms.message.status observed", []string{`/deliv_time="2024-07-09 16:27:38"`}, "/submit_time"},
		{"X16", "sms.message.status observed", []string{`/id="4711"`}, "/id"},
		{"V01", "voice.message.out no-answer", []string{`/end_at="2024-07-10 08:27:13"`}, "/start_at"},
		{"V03", "voice.message.out no-answer", []string{`/recording_url="https://example.com/recordings/c-48211.mp3"`}, "/recording_url"},
		{"V03", "voice.message.out c2c-no-answer", []string{`/hangup_by="caller"`}, "/hangup_by"},
		{"V03", "voice.message.out c2c-no-answer", []string{`/billing="19"`}, "/billing"},
		{"V03", "voice.message.out no-answer", []string{`/duration="61"`}, "/duration"},
		{"V04", "voice.message.out no-answer", []string{`/status="ANSWER"`}, "/duration"},
		{"V05", "voice.message.out no-answer", []string{`/billing="0"`, `/date="2024-07-10 08:27:38"`, `/unixtime="1720580258"`, `/status1="NOANSWER"`, `/mid`}, "/mid"},
		{"V06", "voice.message.out no-answer", []string{`/source="C2C"`}, "/date"},
		{"V07", "voice.message.out c2c", []string{`/status2="BUSY"`}, "/status2"},
		{"V07", "voice.message.out c2c-flow", []string{`/billing="0"`}, "/billing"},
		{"V08", "voice.message.out c2c-no-recording", []string{`/status2="ANSWER"`}, "/status2"},
		{"V09", "voice.message.out c2c-received", []string{`/status2="ANSWER"`}, "/status2"},
		{"V10", "voice.message.out c2c-no-answer", []string{`/status1="BUSY"`}, "/status"},
		{"V10", "voice.message.out c2c-no-answer", []string{`/status2="BUSY"`}, "/status2"},
		{"V12", "voice.message.out c2c", []string{`/date="2024-07-10 08:27:36"`}, "/end_at"},
		{"V13", "voice.message.out c2c", []string{`/recording_url="https://example.com/recordings/c-48211.pdf"`}, "/recording_url"},
	})
}
