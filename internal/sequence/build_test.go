package sequence_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/sequence"
)

// start is the time from which tests count seconds.
var start = time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)

const (
	userPhone    = "919800000112"
	userPhone2   = "919800000113"
	businessCall = "919800000199"
)

var supported = []string{"message.enqueued", "message.sent", "message.delivered", "message.read", "message.failed"}

// A change alters an item.
type change func(*sequence.Item)

// item is an item of the message m1 at a number of seconds after the start.
func item(event string, seconds int, changes ...change) sequence.Item {
	i := sequence.Item{Route: "acme", Type: "acme/" + event, Event: event, Supported: supported}
	_, word, _ := strings.Cut(event, ".")
	name := "message." + word + "_at"
	if strings.HasPrefix(event, "inbound.") || word == "failed" {
		name = "event.at"
	}
	at := start.Add(time.Duration(seconds) * time.Second)
	for _, c := range append([]change{
		id("message.id", "m1"), id("recipient.phone", userPhone), id("app.name", "DemoApp"), timed(name, "unix_s", fmt.Sprint(at.Unix()), at),
	}, changes...) {
		c(&i)
	}
	for _, v := range i.Values {
		for _, c := range v.Text {
			i.Hash = 31*i.Hash + uint64(c)
		}
	}
	return i
}

// id sets a value; "" removes it.
func id(name, text string) change {
	return func(i *sequence.Item) {
		for k := range i.Values {
			if i.Values[k].Name == name {
				i.Values[k].Text = text
				return
			}
		}
		i.Values = append(i.Values, sequence.Value{Location: &sequence.Location{Name: name, Pointer: "/" + name}, Text: text})
	}
}

// at adds a value at a pointer.
func at(pointer, name, text string) change {
	return func(i *sequence.Item) {
		i.Values = append(i.Values, sequence.Value{Location: &sequence.Location{Name: name, Pointer: pointer}, Text: text})
	}
}

// timed adds a time.
func timed(name, format, text string, at time.Time) change {
	return func(i *sequence.Item) {
		i.Values = append(i.Values, sequence.Value{Location: &sequence.Location{Name: name, Pointer: "/" + name + "/" + format, Format: format}, Text: text, Time: at})
	}
}

// without removes the time of an item.
func without(name string) change {
	return func(i *sequence.Item) {
		for k := range i.Values {
			if i.Values[k].Name == name {
				i.Values = append(i.Values[:k:k], i.Values[k+1:]...)
				return
			}
		}
	}
}

func linked(i *sequence.Item) { i.LinkedDevices = true }

func undeliverable(i *sequence.Item) { i.Reasons = []string{"undeliverable"} }

// received sets the receive time in seconds after the start.
func received(seconds int) change {
	return func(i *sequence.Item) { i.Received = start.Add(time.Duration(seconds) * time.Second) }
}

// eventTime is sent with the time of the event only.
func eventTime(seconds int) sequence.Item {
	return item("message.sent", seconds, without("message.sent_at"), alsoEvent(seconds))
}

// alsoEvent adds the time of the event.
func alsoEvent(seconds int) change {
	at := start.Add(time.Duration(seconds) * time.Second)
	return timed("event.at", "unix_ms", fmt.Sprint(at.UnixMilli()), at)
}

// message sets the ID of the message.
func message(text string) change { return id("message.id", text) }

// analyze returns what is found in items, which other tests may share: Add changes their values.
func analyze(o sequence.Options, items ...sequence.Item) sequence.Summary {
	a := sequence.New(o)
	items = slices.Clone(items)
	for i := range items {
		items[i].Values = slices.Clone(items[i].Values)
		items[i].Place.Number, items[i].Place.File, items[i].Place.Line = i+1, "a.ndjson", i+1
		a.Add(items[i])
	}
	return a.End()
}

// wamid is the ID of a WhatsApp message to a number.
func wamid(number string) string {
	const hex = "7F3A0C95D1E2B48860"
	return "wamid." + base64.StdEncoding.EncodeToString([]byte("\x1c\x18"+string(rune(len(number)))+number+"\x15\x02\x00\x11\x18\x12"+hex+"\x00"))
}

// brief lists what is found, without the usual counts: "drift D13", "note D30", "count D01 2".
func brief(s sequence.Summary) []string {
	all := []string{}
	for _, f := range s.Drift {
		all = append(all, "drift "+f.ID)
	}
	for _, f := range s.Notes {
		all = append(all, "note "+f.ID)
	}
	for _, c := range s.Counts {
		all = append(all, fmt.Sprintf("count %s %d", c.ID, c.Count))
	}
	return all
}
