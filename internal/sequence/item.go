// Package sequence checks a capture as a whole: it groups the items of a capture by message, and
// finds what no single item shows, for example a message that was read before it was sent.
//
// It has no knowledge of a provider: an [Item] has a canonical event, and values by the names of
// docs/data.md. Its memory is bounded by [Window]. What is missing before the start of a capture or
// after its end is never a finding.
package sequence

import (
	"fmt"
	"hash/maphash"
	"strings"
	"time"
)

// An Item is one recognized notification of a capture. Items without a canonical event take part
// only in the rules about clocks.
type Item struct {
	// Route is the route of the event type; of several routes, the first. Items of two routes
	// are never about one message.
	Route, Type string
	// Event is the canonical event; "" without one.
	Event string
	// Supported are the canonical events of messages that the route has. It is shared.
	Supported []string
	// LinkedDevices means that the end user may have several devices, each with statuses of its
	// own.
	LinkedDevices bool
	// Reasons are the canonical reasons that the error code of the item may mean.
	Reasons []string
	// Values are in the order of the schema.
	Values []Value
	// Received is when the item was received; zero if the capture doesn't have it.
	Received time.Time
	// Hash is equal for equal items, apart from the ID of the delivery.
	Hash  uint64
	Place Place
}

// A Place is where an item is in a capture.
type Place struct {
	// Number counts the items of the capture, from 1.
	Number int `json:"number"`
	// File is a path or "stdin", and Line a line in it; 0 without one.
	File string `json:"file"`
	Line int    `json:"line"`
	// Item is the JSON Pointer of the item in the body.
	Item string `json:"item"`
}

// A Location is where the schema of an item names a value.
type Location struct {
	// Name is a name of docs/data.md; "" for a value that is derived from another, for example a
	// time with an offset.
	Name    string
	Pointer string
	// Format is the format of a time; "" for all other values.
	Format string
}

// A Value is a value that the schema of an item names.
type Value struct {
	// Location is shared by all items of a type, and the values of a list.
	*Location
	// Text is the text of the value without its format, or as it is in the body if it doesn't fit
	// its format.
	Text string
	// Time is set for a time that fits its format, but for a Unix time.
	Time   time.Time
	masked bool
}

// Reads reports whether a rule needs the values of a name.
func Reads(name string) bool {
	if _, known := constants[name]; known {
		return true
	}
	switch name {
	case nameReply, nameChannelReply, namePerson, "event.at":
		return true
	}
	return strings.HasPrefix(name, "message.") && strings.HasSuffix(name, "_at")
}

// The names of values that rules use.
const (
	nameMessage      = "message.id"
	nameChannel      = "message.channel_id"
	nameReply        = "message.reply_to"
	nameChannelReply = "message.reply_channel_id"
	namePhone        = "recipient.phone"
	nameUser         = "recipient.user_id"
	namePerson       = "recipient.name"
	nameApp          = "app.name"
	nameAppID        = "app.id"
	nameAppPhone     = "app.phone"
	namePhoneID      = "app.phone_id"
	nameAccount      = "app.waba"
	nameBot          = "app.bot"
)

// constantNames are the values that never change over the items of one message; the first three have
// rules of their own.
var constantNames = [...]string{
	nameMessage, nameChannel, namePhone,
	nameApp, nameAppID, nameAppPhone, namePhoneID, nameAccount, nameBot, nameUser,
	"message.foreign_id", "message.request_id", "message.tags", "message.template", "message.units", "message.cost",
	"conversation.id", "conversation.category", "pricing.model", "pricing.type", "pricing.billable",
}

// constants are the indexes of constantNames.
var constants = func() map[string]uint8 {
	indexes := map[string]uint8{}
	for i, name := range constantNames {
		indexes[name] = uint8(i)
	}
	return indexes
}()

// text returns the first value of a name that takes part; "" without one.
func (i *Item) text(name string) string {
	for k := range i.Values {
		if v := &i.Values[k]; v.Name == name && v.Text != "" && !v.masked {
			return v.Text
		}
	}
	return ""
}

// business returns the number of the business. A quoted message may be from the end user, and then
// has the user's number in its place.
func (i *Item) business() string {
	found, depth := "", 0
	person := i.text(namePhone)
	for k := range i.Values {
		v := &i.Values[k]
		if v.Name != nameAppPhone || v.masked || !digits(v.Text) || sameNumber(v.Text, person) {
			continue
		}
		if d := strings.Count(v.Pointer, "/"); found == "" || d < depth {
			found, depth = v.Text, d
		}
	}
	return found
}

// when returns the time of the item, and whether it is one that only this status has. Otherwise it may be
// the time at which the provider made the event, which is later.
func (i *Item) when() (at time.Time, own bool) {
	_, word, _ := strings.Cut(i.Event, ".")
	for _, name := range []string{"message." + word + "_at", "event.at"} {
		for _, zoned := range []bool{true, false} {
			for k := range i.Values {
				if v := &i.Values[k]; v.Name == name && v.zoned() == zoned {
					if at := v.instant(); !at.IsZero() {
						return at, name != "event.at"
					}
				}
			}
		}
	}
	return time.Time{}, false
}

// unit returns "seconds" or "milliseconds" for a Unix time, by its digits: "" for anything else.
func (v *Value) unit() string {
	if !strings.HasPrefix(v.Format, "unix_") || !digits(v.Text) {
		return ""
	}
	switch len(v.Text) {
	case 10:
		return "seconds"
	case 13:
		return "milliseconds"
	}
	return ""
}

// instant returns the time, whatever its unit; zero for a time that can't be right.
func (v *Value) instant() time.Time {
	at := v.Time
	if v.unit() != "" {
		n := int64(0)
		for _, c := range v.Text {
			n = 10*n + int64(c-'0')
		}
		if v.unit() == "seconds" {
			at = time.Unix(n, 0)
		} else {
			at = time.UnixMilli(n)
		}
	}
	if year := at.UTC().Year(); year < 2015 || year > 9999 {
		return time.Time{}
	}
	return at.UTC()
}

// zoned reports whether the format of a time has a zone.
func (v *Value) zoned() bool {
	switch v.Format {
	case "datetime", "datetime_ist", "iso_milli", "date", "day_month_year", "month_day_year", "month_ist", "month_day_clock":
		return false
	}
	return true
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// mark notes which values are masked, and shortens long ones.
func (i *Item) mark() {
	for k := range i.Values {
		v := &i.Values[k]
		v.masked = v.Format == "" && masked(v.Text)
		if len(v.Text) > maxText {
			v.Text = shorten(v.Text)
		}
	}
}

// maxText bounds a value in bytes: a body may have megabytes in an ID.
const maxText = 256

// longTexts is the seed of the hashes that stand for the rest of long values.
var longTexts = maphash.MakeSeed()

// shorten replaces most of a long text, so that different texts stay different.
func shorten(text string) string {
	const head = 64
	return fmt.Sprintf("%s [%d bytes, %016x]", strings.ToValidUTF8(text[:head], ""), len(text), maphash.String(longTexts, text))
}

// masked reports whether parts of a value are replaced: such a value takes no part.
func masked(text string) bool {
	const run = 4 // of x in an ID, which may be Base64
	figures, marks, marksInRow, others := 0, 0, 0, 0
	for _, c := range text {
		switch {
		case c >= '0' && c <= '9':
			figures++
			marksInRow = 0
		case c == 'x' || c == 'X':
			marks++
			if marksInRow++; marksInRow == run {
				return true
			}
		case c == '*' || c == '•' || c == '…':
			return true
		default:
			others++
			marksInRow = 0
		}
	}
	return marks > 0 && figures > 0 && (others == 0 || others == 1 && text[0] == '+')
}
