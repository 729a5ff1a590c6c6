package callspec

import (
	"maps"
	"slices"
)

// The closed lists of the format. docs/apis.md is their law.

// send is the command of calls with plays.
const send = "message.send"

// urlRejected is the failure of a call that sets a URL, if the URL fails its handshake.
const urlRejected = "url-rejected"

// commandFailures are the commands of the platform that a call can give, and
// the reasons for which each may fail.
func commandFailures() map[string][]string {
	return map[string][]string{
		"contact.opt-in":      nil,
		"contact.opt-out":     nil,
		"contact.get":         nil,
		"contact.list":        nil,
		"contact.block":       nil,
		"contact.unblock":     nil,
		"contact.blocked":     nil,
		"object.create":       {"object-exists"},
		"object.get":          {"unknown-id"},
		"object.list":         nil,
		"object.update":       {"unknown-id"},
		"object.put":          nil,
		"object.delete":       {"unknown-id"},
		"verification.create": nil,
		"verification.get":    {"unknown-id"},
		"verification.check":  {"unknown-id", "code-invalid", "expired", "already-verified"},
		"verification.cancel": {"unknown-id", "already-verified"},
		"message.status":      {"unknown-id"},
		"subscription.create": {"limit-reached", "tag-taken", "url-invalid", urlRejected, "kind-unknown", "mode-unknown", "version-unknown", "headers-invalid"},
		"subscription.put":    {"limit-reached", "url-invalid", urlRejected, "kind-unknown", "mode-unknown", "version-unknown", "headers-invalid"},
		"subscription.get":    {"unknown-id"},
		"subscription.list":   nil,
		"subscription.update": {"unknown-id", "tag-taken", "url-invalid", urlRejected, "kind-unknown", "mode-unknown", "version-unknown", "headers-invalid"},
		"subscription.extend": {"unknown-id", "mode-unknown"},
		"subscription.delete": {"unknown-id"},
		"template.create":     {"template-exists"},
		"template.list":       nil,
		"template.get":        {"unknown-id"},
		"template.edit":       {"unknown-id"},
		"template.delete":     {"unknown-id"},
		"media.put":           {"too-large"},
		"media.get":           {"unknown-id", "expired"},
		"media.delete":        {"unknown-id"},
		"token.issue":         nil,
		"account.show":        nil,
	}
}

// repeatable are the commands that a call can give for each of several.
func repeatable() []string {
	return []string{send, "contact.opt-in", "contact.opt-out", "contact.block", "contact.unblock"}
}

// otherFailure stands for the failures of which nothing else is said.
const otherFailure = "other"

func commands() []string { return slices.Sorted(maps.Keys(commandFailures())) }

// failures are all reasons for which a command may fail.
func failures() []string {
	var all []string
	for _, reasons := range commandFailures() {
		all = append(all, reasons...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Facts are what the platform knows beside the values of a call.
const (
	factMagic   = "recipient.magic"
	factPointer = "request.pointer"
	factMissing = "request.missing"
)

func facts() []string {
	return []string{
		"recipient.opted_out", "recipient.opted_in", factMagic, "window.open", "template.known", "template.status",
		"account.restricted", factPointer, factMissing,
	}
}

// The words that a when may be.
const (
	authMissing      = "auth.missing"
	authInvalid      = "auth.invalid"
	requestInvalid   = "request.invalid"
	requestMediaType = "request.media-type"
)

func whenNames() []string {
	return []string{authMissing, authInvalid, requestInvalid, requestMediaType}
}

// The codecs, and the media type of each.
const (
	codecJSON      = "json"
	codecForm      = "form"
	codecQuery     = "query"
	codecMultipart = "multipart"
	codecXML       = "xml"
	codecNone      = "none"
)

func codecs() []string {
	return []string{codecJSON, codecForm, codecQuery, codecMultipart, codecXML, codecNone}
}

// lists are the values that may be lists in a request.
func lists() []string { return []string{"subscription.modes"} }

// elements are what a response can list.
func elements() []string {
	return []string{"message", "subscription", "template", "media", "contact", "object"}
}

// routeName is the name in a take that stands for no value, but for the route
// that the call is about.
const routeName = "route"

const methodWords = "GET, POST, PUT, PATCH or DELETE"

func methods() []string { return []string{"GET", "POST", "PUT", "PATCH", "DELETE"} }
