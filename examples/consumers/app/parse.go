package app

import (
	"encoding/json"
	"slices"
	"strings"
)

// Kinds of items.
const (
	kindMessage = "message"
	kindStatus  = "status"
	kindBilling = "billing"
	kindContact = "contact"
)

// An item is one item of a body, in a form that is the same for all providers.
type item struct {
	kind string
	// id is a message's own ID; ids are all IDs by which a status names its message, and ref is
	// our own reference.
	id  string
	ids []string
	ref string
	// phone is the end user's number and user their user ID, each "" if missing; endUser is the
	// one that identifies them, and name is their display name.
	phone, user, endUser, name string
	// messageType is the type of a message: text, image. text is its text.
	messageType, text string
	// status is a message's status, code the reason of a failure.
	status, code string
	raw          map[string]any
}

// A provider has the formats of one route.
type provider struct {
	signed bool
	// split returns the items of a body; parse parses one, and returns false if the application
	// doesn't need it.
	split func(body any) []map[string]any
	parse func(raw map[string]any) (item, bool)
	send  func(a *App, it item, text string) (id string, status int, err error)
	// toUser: a message can be sent to a user ID too.
	toUser bool
}

func providers() map[string]provider {
	return map[string]provider{
		"gupshup/v2":          {split: whole, parse: parseGupshup2, send: sendGupshup2},
		"gupshup/v3":          {split: splitGupshup3, parse: parseGupshup3, send: sendGupshup3, toUser: true},
		"mobtexting/whatsapp": {split: whole, parse: parseMobtexting, send: sendMobtexting, signed: true},
		"netcore":             {split: splitList, parse: parseNetcore, send: sendNetcore},
		"tata-omni":           {split: splitTata, parse: parseTata, send: sendTata},
	}
}

// object returns a zero value for an unexpected type, like the functions below: a body can have
// any shape.
func object(v any) map[string]any { o, _ := v.(map[string]any); return o }
func list(v any) []any            { l, _ := v.([]any); return l }

func text(v any) string { t, _ := v.(string); return t }

// word returns a string or a number as text, for codes that can be either.
func word(v any) string {
	if n, ok := v.(json.Number); ok {
		return n.String()
	}
	return text(v)
}

func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

func whole(body any) []map[string]any { return []map[string]any{object(body)} }

func splitList(body any) []map[string]any {
	var all []map[string]any
	for _, one := range list(body) {
		all = append(all, object(one))
	}
	return all
}

// said returns the text of a message, or its equivalent.
func said(content map[string]any) string {
	return first(text(content["text"]), text(content["body"]), text(content["caption"]), text(content["title"]))
}

func parseGupshup2(raw map[string]any) (item, bool) {
	payload := object(raw["payload"])
	inner := object(payload["payload"])
	it := item{raw: raw, status: text(payload["type"])}
	switch text(raw["type"]) {
	case "message":
		it.kind, it.id, it.phone, it.messageType, it.text = kindMessage, text(payload["id"]), text(payload["source"]), text(payload["type"]), said(inner)
		it.user, it.name = text(object(payload["sender"])["userId"]), text(object(payload["sender"])["name"])
	case "message-event":
		it.kind, it.code = kindStatus, word(inner["code"])
		it.ids = ids(text(payload["gsId"]), text(payload["id"]), text(inner["whatsappMessageId"]))
	case "billing-event":
		references := object(payload["references"])
		it.kind, it.ids = kindBilling, ids(text(references["gsId"]), text(references["gs_id"]), text(references["id"]))
	case "user-event":
		it.kind, it.phone = kindContact, text(payload["phone"])
	}
	return it, isComplete(it)
}

func ids(all ...string) []string {
	return slices.DeleteFunc(all, func(id string) bool { return id == "" })
}

// isComplete reports whether an item has what it needs.
func isComplete(it item) bool {
	switch it.kind {
	case kindMessage:
		return it.id != "" && it.messageType != "" && first(it.phone, it.user) != ""
	case kindStatus, kindBilling:
		return len(it.ids) > 0
	case kindContact:
		return it.phone != "" && (it.status == "opted-out" || it.status == "opted-in")
	}
	return false
}

func splitGupshup3(body any) []map[string]any {
	if o := object(body); o["entry"] == nil { // a billing event may have the envelope of version 2
		return whole(body)
	}
	var all []map[string]any
	for _, entry := range list(object(body)["entry"]) {
		for _, change := range list(object(entry)["changes"]) {
			value := object(object(change)["value"])
			if billing := object(value["billing"]); billing != nil {
				all = append(all, map[string]any{"type": "billing-event", "payload": billing})
			}
			for _, kind := range []string{"messages", "statuses"} {
				for _, one := range list(value[kind]) {
					all = append(all, map[string]any{kind: one, "contacts": value["contacts"]})
				}
			}
		}
	}
	return all
}

func parseGupshup3(raw map[string]any) (item, bool) {
	if raw["type"] != nil {
		return parseGupshup2(raw)
	}
	return parseMeta(raw, object(raw["messages"]), object(raw["statuses"]))
}

// parseMeta parses the format of WhatsApp's own API, which Tata uses too.
func parseMeta(raw, message, status map[string]any) (item, bool) {
	it := item{raw: raw}
	switch {
	case message != nil:
		it.kind, it.id, it.messageType, it.user = kindMessage, text(message["id"]), text(message["type"]), text(message["from_user_id"])
		content := object(message[it.messageType])
		it.text = said(content)
		if it.messageType == "interactive" {
			it.text = said(object(content[text(content["type"])]))
		}
		if from := text(message["from"]); isNumber(from) {
			it.phone = from
		} else {
			it.user = first(it.user, from)
		}
		for _, contact := range list(raw["contacts"]) {
			it.user = first(it.user, text(object(contact)["user_id"]), text(object(contact)["wa_id"]))
			it.name = first(it.name, text(object(object(contact)["profile"])["name"]))
		}
	case status != nil:
		it.kind, it.status, it.ref = kindStatus, text(status["status"]), text(status["custom_callback_data"])
		it.phone, it.user = text(status["recipient_id"]), text(status["recipient_user_id"])
		it.ids = ids(text(status["gs_id"]), text(status["id"]), text(status["meta_msg_id"]))
		it.code = word(status["code"])
		for _, one := range list(status["errors"]) {
			it.code = first(it.code, word(object(one)["code"]))
		}
	}
	return it, isComplete(it)
}

// isNumber reports whether a text is a phone number.
func isNumber(text string) bool { return text != "" && strings.Trim(text, "+0123456789") == "" }

func parseMobtexting(raw map[string]any) (item, bool) {
	payload := object(raw["payload"])
	it := item{raw: raw}
	switch event := text(raw["event"]); {
	case event == "whatsapp:message:in":
		message, from := object(payload["message"]), object(payload["recipient"])
		it.kind, it.id, it.phone, it.messageType = kindMessage, text(payload["id"]), text(from["from"]), text(message["type"])
		it.text, it.name = said(object(message["payload"])), text(object(from["user"])["name"])
	case event == "whatsapp:message:status":
		it.kind, it.status, it.ids, it.ref = kindStatus, text(payload["status"]), ids(text(payload["id"])), text(payload["foreign_id"])
	case event == "" && strings.HasPrefix(text(raw["status"]), "Unsubscriber created"):
		it.kind, it.phone, it.status = kindContact, text(raw["receiver"]), "opted-out"
	}
	return it, isComplete(it)
}

func parseNetcore(raw map[string]any) (item, bool) {
	it := item{raw: raw}
	if raw["message_type"] != nil {
		details := object(raw["message_details"])
		it.kind, it.id, it.phone, it.messageType = kindMessage, text(raw["message_id"]), text(raw["to"]), text(raw["message_type"])
		it.text = first(said(details), said(object(details["suggestionResponse"])))
		return it, isComplete(it)
	}
	it.kind, it.ids, it.ref = kindStatus, ids(text(raw["message_id"])), text(raw["callbackdata"])
	it.status, it.code = strings.ToLower(text(raw["status"])), text(raw["remarks"])
	return it, raw["status"] != nil && isComplete(it)
}

// splitTata returns the single message, which isn't in a list, or the list of statuses.
func splitTata(body any) []map[string]any {
	o := object(body)
	all := []map[string]any{}
	if message := object(o["messages"]); message != nil {
		all = append(all, map[string]any{"messages": message, "contacts": o["contacts"], "body": o})
	}
	for _, status := range list(o["statuses"]) {
		all = append(all, map[string]any{"statuses": status, "body": o})
	}
	return all
}

func parseTata(raw map[string]any) (item, bool) {
	return parseMeta(raw, object(raw["messages"]), object(raw["statuses"]))
}

// challenge returns the response to a handshake; nil if the body isn't one.
func challenge(body any) []byte {
	o := object(body)
	if o["validation_key"] == nil || text(o["challenge"]) == "" {
		return nil
	}
	response, err := json.Marshal(map[string]any{"challenge": o["challenge"]})
	if err != nil {
		return nil
	}
	return response
}
