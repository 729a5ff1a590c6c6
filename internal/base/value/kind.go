package value

import (
	"maps"
	"slices"
	"strconv"
)

// Kind says what a value is, and so which formats it has.
// The zero Kind is no kind.
type Kind uint8

// The kinds, in the order of docs/data.md.
const (
	ID Kind = iota + 1
	Phone
	Time
	Duration
	Money
	Number
	Text
	Bool
)

var kindWords = [...]string{
	ID:       "id",
	Phone:    "phone",
	Time:     "time",
	Duration: "duration",
	Money:    "money",
	Number:   "number",
	Text:     "text",
	Bool:     "bool",
}

// String is the word of docs/data.md: "id", "phone".
func (k Kind) String() string {
	if !k.known() {
		return "Kind(" + strconv.Itoa(int(k)) + ")"
	}
	return kindWords[k]
}

func (k Kind) known() bool {
	return k >= ID && k <= Bool
}

// KindOf finds the kind of the value with this name. `random`, which only
// templates know, is no value's name.
func KindOf(name string) (Kind, bool) {
	kind, known := kindOfName[name]
	return kind, known
}

// Names lists the names of all values, sorted.
func Names() []string {
	return slices.Sorted(maps.Keys(kindOfName))
}

// FakeID names an id that belongs to nothing else of the run. It has a making
// format always (see Format.Makes), and it stands in schemas only: a template
// has random.
const FakeID = "fake.id"

var kindOfName = map[string]Kind{
	"app.name":       Text,
	"app.id":         ID,
	"app.client":     ID,
	"app.phone":      Phone,
	"app.phone_id":   ID,
	"app.waba":       ID,
	"app.namespace":  ID,
	"app.bot":        ID,
	"app.bot_name":   Text,
	"app.business":   ID,
	"app.ad_account": ID,
	"run.id":         ID,

	"recipient.phone":          Phone,
	"recipient.name":           Text,
	"recipient.first_name":     Text,
	"recipient.last_name":      Text,
	"recipient.gender":         Text,
	"recipient.email":          Text,
	"recipient.birth_date":     Text,
	"recipient.company":        Text,
	"recipient.created_at":     Time,
	"recipient.opt_status":     Text,
	"recipient.last_at":        Time,
	"recipient.wa_number":      Phone,
	"recipient.new_phone":      Phone,
	"recipient.username":       Text,
	"recipient.user_id":        ID,
	"recipient.parent_user_id": ID,
	"recipient.new_user_id":    ID,
	"recipient.country":        Text,
	"recipient.country_code":   Text,
	"recipient.dial_code":      Text,
	"recipient.contact":        ID,
	"conversation.id":          ID,
	"conversation.expires_at":  Time,
	"conversation.category":    Text,

	"message.id":                  ID,
	"message.channel_id":          ID,
	"message.inbound_channel_id":  ID,
	"message.outbound_channel_id": ID,
	"message.state":               Text,
	"message.form":                Text,
	"message.fallback_id":         ID,
	"message.channel":             Text,
	"message.last_channel":        Text,
	"message.request_id":          ID,
	"message.foreign_id":          Text,
	"message.reply_to":            ID,
	"message.reply_channel_id":    ID,
	"message.reply_sent_at":       Time,
	"message.meta_id":             ID,
	"message.reply_meta_id":       ID,
	"message.tags":                Text,
	"message.type":                Text,
	"message.status":              Text,
	"message.text":                Text,
	"message.template":            Text,
	"message.units":               Number,
	"message.encoding":            Text,
	"message.cost":                Money,
	"message.metadata":            Text,
	"message.choice":              Text,
	"message.postback":            Text,
	"message.suggestion":          Text,
	"message.tap":                 Text,
	"message.place":               Number,
	"message.description":         Text,
	"message.system_type":         Text,
	"message.system_text":         Text,
	"message.submitted_at":        Time,
	"message.enqueued_at":         Time,
	"message.accepted_at":         Time,
	"message.sent_at":             Time,
	"message.delivered_at":        Time,
	"message.read_at":             Time,
	"call.id":                     ID,
	"call.mid":                    ID,
	"call.flow":                   ID,
	"call.source":                 Text,
	"call.bridged_source":         Text,
	"call.status":                 Text,
	"call.bridged_status":         Text,
	"call.leg1":                   Text,
	"call.leg2":                   Text,
	"call.hangup_by":              Text,
	"call.recording_url":          Text,
	"call.billed":                 Duration,
	"call.reported_at":            Time,
	"call.started_at":             Time,
	"call.ended_at":               Time,
	"call.duration":               Duration,

	"pricing.model":    Text,
	"pricing.type":     Text,
	"pricing.billable": Bool,

	"error.code":   Number,
	"error.reason": Text,
	"error.title":  Text,
	"error.href":   Text,

	"template.id":                ID,
	"template.meta_id":           ID,
	"template.name":              Text,
	"template.language":          Text,
	"template.category":          Text,
	"template.new_category":      Text,
	"template.status":            Text,
	"template.reason":            Text,
	"template.quality":           Text,
	"template.previous_quality":  Text,
	"template.previous_category": Text,
	"template.correct_category":  Text,
	"template.category_change":   Text,
	"template.code":              ID,
	"template.status_reason":     Text,
	"template.rejection_reason":  Text,
	"template.rejection_advice":  Text,
	"template.pause":             Number,
	"template.pause_title":       Text,
	"template.pause_text":        Text,
	"template.first_pause_text":  Text,
	"template.second_pause_text": Text,
	"template.paused_until":      Time,
	"template.disabled_at":       Time,
	"template.type":              Text,
	"template.text":              Text,
	"template.header":            Text,
	"template.footer":            Text,
	"template.buttons":           Text,
	"template.media_url":         Text,
	"template.example":           Text,
	"template.created_at":        Time,
	"template.modified_at":       Time,

	"event.at": Time,
	"event.id": ID,

	"request.id":       ID,
	"request.at":       Time,
	"request.messages": Number,

	"subscription.id":          ID,
	"subscription.name":        Text,
	"subscription.url":         Text,
	"subscription.tag":         Text,
	"subscription.kind":        Text,
	"subscription.modes":       Text,
	"subscription.version":     Number,
	"subscription.secret":      Text,
	"subscription.headers":     Text,
	"subscription.active":      Bool,
	"subscription.check":       Bool,
	"subscription.status":      Text,
	"subscription.reason":      Text,
	"subscription.token":       Text,
	"subscription.created_at":  Time,
	"subscription.modified_at": Time,

	"object.id":          ID,
	"object.kind":        Text,
	"object.parent":      Text,
	"object.body":        Text,
	"object.created_at":  Time,
	"object.modified_at": Time,

	"verification.id":         ID,
	"verification.code":       Text,
	"verification.length":     Number,
	"verification.timeout":    Duration,
	"verification.status":     Text,
	"verification.created_at": Time,
	"verification.expires_at": Time,

	"token.value":      Text,
	"token.expires_at": Time,

	"account.name":             Text,
	"account.tier":             Text,
	"account.previous_tier":    Text,
	"account.tier_event":       Text,
	"account.daily_limit":      Number,
	"account.restriction":      Text,
	"account.restricted_until": Time,
	"account.violation":        Text,
	"account.decided_at":       Time,
	"account.review":           Text,
	"account.review_reason":    Text,
	"account.volume_tier":      Text,
	"account.volume_category":  Text,
	"account.volume_month":     Time,
	"account.balance":          Money,

	"media.url":            Text,
	"media.id":             ID,
	"media.type":           Text,
	"media.name":           Text,
	"media.document_name":  Text,
	"media.voice":          Bool,
	"media.size":           Number,
	"media.sha256":         Text,
	"media.caption":        Text,
	"media.expires_at":     Time,
	"media.thumbnail_url":  Text,
	"media.thumbnail_size": Number,

	"fake.first_name":        Text,
	"fake.last_name":         Text,
	"fake.full_name":         Text,
	"fake.username":          Text,
	"fake.company":           Text,
	"fake.sentence":          Text,
	"fake.word":              Text,
	"fake.emoji":             Text,
	"fake.email":             Text,
	"fake.url":               Text,
	"fake.file_name":         Text,
	"fake.street":            Text,
	"fake.city":              Text,
	"fake.state":             Text,
	"fake.zip":               Text,
	"fake.country":           Text,
	"fake.latitude":          Number,
	"fake.longitude":         Number,
	"fake.title":             Text,
	"fake.gender":            Text,
	"referral.image_url":     Text,
	"referral.video_url":     Text,
	"referral.thumbnail_url": Text,
	"location.name":          Text,
	"location.address":       Text,
	"preference.value":       Text,
	"preference.text":        Text,
	"fake.phone":             Phone,
	FakeID:                   ID,
}
