package app

import (
	"net/http"
	"slices"
	"sync"
)

// These bugs lose something after a 200, or fail for what is new.

// dropItems ignores matching items.
func dropItems(a *App, is func(it item) bool) {
	after(a, func(all []item) []item { return slices.DeleteFunc(all, is) })
}

func isNewBilling(it item) bool {
	return it.kind == kindBilling && text(object(object(it.raw["payload"])["deductions"])["model"]) == "PMP"
}

// knownKindsOnly fails if the outermost name of an event type is unknown.
func knownKindsOnly(a *App, in *received) ([]item, int) {
	body := object(in.json)
	names := []string{text(body["type"])}
	for _, entry := range list(body["entry"]) {
		for _, change := range list(object(entry)["changes"]) {
			names = append(names, text(object(change)["field"]))
		}
	}
	for _, name := range names {
		if !slices.Contains([]string{
			"", "message", "message-event", "billing-event", "user-event", "template-event", "account-event", "onboarding-event", "platform-event", "preference-event",
			"system-event", "messages", "account_update", "message_template_status_update", "message_template_quality_update", "template_category_update", "user_preferences",
			"smb_message_echoes", "billing-event", "calls", "history", "smb_app_state_sync",
		}, name) {
			return nil, http.StatusInternalServerError
		}
	}
	return eachItem(a, in)
}

// ignoreAfterwards ignores an end user after a message of an unknown type.
func ignoreAfterwards() func(*App, *received) ([]item, int) {
	var mu sync.Mutex
	ignored := map[string]bool{}
	return func(a *App, in *received) ([]item, int) {
		mu.Lock()
		defer mu.Unlock()
		all, status := eachItem(a, in)
		return slices.DeleteFunc(all, func(it item) bool {
			endUser := a.behavior.key(it)
			if it.kind == kindMessage && unknownEvent(a, it) {
				ignored[endUser] = true
			}
			return it.kind == kindMessage && ignored[endUser]
		}), status
	}
}

// rememberFirst marks a webhook as handled before it has read the request.
func rememberFirst(read func(*App, http.ResponseWriter, *http.Request) (*received, int)) func(*App, http.ResponseWriter, *http.Request) (*received, int) {
	var mu sync.Mutex
	seen := map[string]bool{}
	return func(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
		id := r.Header.Get("X-Request-Id")
		mu.Lock()
		again := id != "" && seen[id]
		seen[id] = true
		mu.Unlock()
		if again {
			return nil, http.StatusOK
		}
		return read(a, w, r)
	}
}
