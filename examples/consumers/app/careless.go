package app

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// A Bug is a piece of correct behavior that the application lacks.
type Bug struct {
	Name string
	// Description says what the application does.
	Description string
	inject      func(a *App)
}

// Bugs returns all bugs.
func Bugs() []Bug {
	all := []Bug{
		{"dup", "replies to each copy of a message", func(a *App) {
			a.behavior.first = func(*App, *received, item) bool { return true }
		}},
		{"race", "checks whether a message is new, and stores it only later", func(a *App) { a.behavior.first = checkThenMark }},
		{"headers", "uses the HTTP request ID instead of the message ID", func(a *App) { a.behavior.first = firstRequest }},
		{"order", "accepts any later status, except after a failure", func(a *App) {
			a.behavior.outranks = func(was, is string) bool { return was != "failed" || ranksAbove(was, is) }
		}},
		{"terminal", "overwrites a failure with a late status", func(a *App) {
			a.behavior.outranks = func(was, is string) bool { return was == "failed" || ranksAbove(was, is) }
		}},
		{"early", "drops a status that comes before the API's response", func(a *App) { a.behavior.keep = func() bool { return false } }},
		{"batch", "handles only the first item of a body", func(a *App) { after(a, func(all []item) []item { return all[:min(1, len(all))] }) }},
		{"poison", "drops a body with one faulty item", func(a *App) { a.behavior.items = allOrNothing }},
		{"enum", "drops a body with an unknown value", func(a *App) { a.behavior.items = rejecting(unlistedValue, http.StatusOK) }},
		{"unknown", "rejects an unknown event type", func(a *App) { a.behavior.items = rejecting(unknownEvent, http.StatusBadRequest) }},
		{"field", "rejects an unknown key", func(a *App) { a.behavior.items = knownKeysOnly }},
		{"optional", "fails if an optional property is missing", func(a *App) { a.behavior.items = rejecting(missingKey, http.StatusInternalServerError) }},
		{"identity", "fails for an end user without a phone number", func(a *App) {
			a.behavior.items = rejecting(func(_ *App, it item) bool {
				return it.kind == kindMessage && text(object(it.raw["messages"])["from_user_id"]) != "" && it.phone == ""
			}, http.StatusInternalServerError)
		}},
		{"billing", "fails for billing events with the newer pricing model", func(a *App) {
			a.behavior.items = rejecting(func(_ *App, it item) bool { return isNewBilling(it) }, http.StatusInternalServerError)
		}},
		{"nophone", "ignores an end user without a phone number", func(a *App) {
			dropItems(a, func(it item) bool { return it.kind == kindMessage && it.phone == "" })
		}},
		{"unbilled", "ignores billing events with the newer pricing model", func(a *App) { dropItems(a, isNewBilling) }},
		{"newtype", "fails for an unknown outer event type", func(a *App) { a.behavior.items = knownKindsOnly }},
		{"deaf", "ignores an end user after a message of an unknown type", func(a *App) { a.behavior.items = ignoreAfterwards() }},
		{"attempt", "marks a webhook as handled before it has read it", func(a *App) { a.behavior.read = rememberFirst(a.behavior.read) }},
		{"sig", "doesn't verify signatures", func(a *App) { a.behavior.authentic = func(*App, *received) bool { return true } }},
		{"encoding", "verifies the signature over re-encoded JSON, or loses non-ASCII characters", encoding},
		{"resign", "rejects duplicates", func(a *App) { a.behavior.items = onlyOnce() }},
		{"slow", "responds to a webhook only after the work", func(a *App) { a.behavior.response = workFirst }},
		{"sluggish", "takes more than a second to respond", func(a *App) { delay(a, func() { time.Sleep(1200 * time.Millisecond) }) }},
		{"serial", "handles one webhook at a time", func(a *App) {
			turn := make(chan struct{}, 1)
			delay(a, func() { turn <- struct{}{}; time.Sleep(80 * time.Millisecond); <-turn })
		}},
		{"body", "responds with a body", func(a *App) {
			response := a.behavior.response
			a.behavior.response = func(a *App, w http.ResponseWriter, in *received, items []item) {
				response(a, w, in, items)
				_, _ = io.WriteString(w, "OK")
			}
		}},
	}
	return append(all, byteBugs()...)
}

// byteBugs are about reading webhooks, and about load.
func byteBugs() []Bug {
	return []Bug{
		{"malformed", "accepts a body that isn't JSON", func(a *App) {
			a.behavior.decode = func(body []byte) (any, bool) { v, _ := decode(body); return v, true }
		}},
		{"crash", "crashes on a body that isn't JSON, and stays down", crash},
		{"huge", "fails for a large body", func(a *App) {
			next := a.behavior.read
			a.behavior.read = func(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
				if r.ContentLength > 64<<10 {
					return nil, http.StatusInternalServerError
				}
				return next(a, w, r)
			}
		}},
		{"type", "treats a body with another content type as empty", func(a *App) {
			next := a.behavior.read
			a.behavior.read = func(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
				in, status := next(a, w, r)
				if status == http.StatusUnsupportedMediaType {
					return &received{header: r.Header, json: map[string]any{}}, 0
				}
				return in, status
			}
		}},
		{"handshake", "doesn't respond to a handshake", rejectHandshake},
		{"burst", "never recovers from many concurrent webhooks", func(a *App) { delay(a, a.burst.handle); stayDown(a) }},
	}
}

func bugNames() []string {
	var names []string
	for _, b := range Bugs() {
		names = append(names, b.Name)
	}
	return names
}

// checkThenMark checks and marks in two steps, and another copy comes between them.
func checkThenMark(a *App, in *received, it item) bool {
	if a.store.marked(it.id) {
		return false
	}
	time.Sleep(20 * time.Millisecond)
	a.store.mark(it.id)
	return true
}

// firstRequest identifies a message by the ID of the HTTP request.
func firstRequest(a *App, in *received, it item) bool {
	return a.store.mark(first(in.header.Get("X-Request-Id"), string(in.body)))
}

// after changes the items of a body.
func after(a *App, change func([]item) []item) {
	items := a.behavior.items
	a.behavior.items = func(a *App, in *received) ([]item, int) {
		all, status := items(a, in)
		return change(all), status
	}
}

// allOrNothing drops a body with an unknown item.
func allOrNothing(a *App, in *received) ([]item, int) {
	raw := a.provider.split(in.json)
	all, status := eachItem(a, in)
	if len(raw) > 1 && len(all) < len(raw) {
		return nil, 0
	}
	return all, status
}

// rejecting rejects a body with a matching item; status 200 drops it silently.
func rejecting(wrong func(*App, item) bool, status int) func(*App, *received) ([]item, int) {
	return func(a *App, in *received) ([]item, int) {
		var all []item
		for _, raw := range a.provider.split(in.json) {
			it, ok := a.provider.parse(raw)
			if it.raw == nil {
				it.raw = raw
			}
			if wrong(a, it) {
				return nil, status
			}
			if ok {
				all = append(all, it)
			}
		}
		return all, 0
	}
}

// at returns the value at a path of keys.
func at(v any, path string) any {
	for key := range strings.SplitSeq(path, "/") {
		if l := list(v); len(l) > 0 {
			v = l[0]
		}
		v = object(v)[key]
	}
	return v
}

// strict has properties for which the application accepts only some values.
func strict() map[string]map[string][]string {
	return map[string]map[string][]string{
		"gupshup/v2":          {"version": {"2"}},
		"gupshup/v3":          {"messages/referral/source_type": {"ad", "post", "unknown"}, "statuses/recipient_type": {"individual", "group"}},
		"mobtexting/whatsapp": {"payload/channel": {"whatsapp"}, "payload/channels/name": {"whatsapp"}},
		"netcore":             {"channel": {"RCS", "SMS", "WhatsApp"}, "last_channel": {"", "RCS", "SMS", "WhatsApp"}},
		"tata-omni":           {"statuses/pricing/pricing_model": {"PMP", "CBP"}},
	}
}

func unlistedValue(a *App, it item) bool {
	for path, known := range strict()[a.config.Route] {
		if v := at(it.raw, path); v != nil && !slices.Contains(known, word(v)) {
			return true
		}
	}
	return false
}

// unknownEvent reports whether a message or a status has an unknown type.
func unknownEvent(a *App, it item) bool {
	if event := text(it.raw["event"]); a.config.Route == "mobtexting/whatsapp" {
		return event != "" && event != "whatsapp:message:in" && event != "whatsapp:message:status"
	}
	switch it.kind {
	case kindMessage:
		return !slices.Contains([]string{
			"text", "image", "video", "audio", "file", "document", "application", "sticker", "location", "contact", "contacts", "button", "button_reply", "list_reply", "quick_reply",
			"interactive", "reaction", "click", "order", "system", "unsupported", "edit", "revoke", "template", "voice", "location_request_message", "request_welcome", "ephemeral",
		}, it.messageType)
	case kindStatus:
		if text(object(it.raw["statuses"])["type"]) == "set-callback" { // the provider checks the URL
			return false
		}
		if a.config.Route == "tata-omni" && it.status == "" { // a second element has the ID of the send call
			return false
		}
		return !slices.Contains(append(order(), "mismatch", "pending", "notallowed", "deducted"), it.status)
	}
	return false
}

// documented has the keys of a body, or of each item of a list, that the application accepts.
func documented() map[string][]string {
	gupshup := []string{"app", "appId", "phone", "timestamp", "version", "type", "payload"}
	return map[string][]string{
		"gupshup/v2":          gupshup,
		"gupshup/v3":          append([]string{"object", "entry", "gs_app_id"}, gupshup...),
		"mobtexting/whatsapp": {"event", "payload", "id", "receiver", "type", "value", "created_at", "status"},
		"netcore": {
			"message_id", "from", "from_name", "received_at", "message_type", "message_details", "to", "callbackdata", "channel", "click_data", "event_time", "last_channel", "mobile",
			"nc_bot_id", "remarks", "requestid", "status", "tags", "type",
		},
		"tata-omni": {"contacts", "messages", "statuses", "businessPhoneNumber", "id", "botId", "calls"},
	}
}

// knownKeysOnly rejects a body with an undocumented key.
func knownKeysOnly(a *App, in *received) ([]item, int) {
	objects := list(in.json)
	if objects == nil {
		objects = []any{in.json}
	}
	for _, one := range objects {
		for key := range object(one) {
			if !slices.Contains(documented()[a.config.Route], key) {
				return nil, http.StatusBadRequest
			}
		}
	}
	return eachItem(a, in)
}

// missingKey reports whether a message or a status lacks an optional property that is usually
// present.
func missingKey(a *App, it item) bool {
	needed := map[string]map[string]string{
		"gupshup/v2":          {kindMessage: "payload/sender/country_code"},
		"gupshup/v3":          {kindMessage: "contacts/profile"},
		"mobtexting/whatsapp": {kindMessage: "payload/recipient/user/identity"},
		"tata-omni":           {kindStatus: "statuses/conversation"},
	}[a.config.Route][it.kind]
	return needed != "" && (it.messageType == "text" || it.kind == kindStatus && it.status == "sent") && at(it.raw, needed) == nil
}

// encoding re-encodes the JSON before it verifies the signature; if the provider doesn't sign, it
// replaces non-ASCII characters.
func encoding(a *App) {
	if a.provider.signed {
		a.behavior.authentic = func(a *App, in *received) bool {
			var value any
			if json.Unmarshal(in.body, &value) != nil {
				return authentic(a, in)
			}
			again, err := json.Marshal(value)
			return err == nil && (signedAs(a, in.header, again) || !hasEscapes(in.body) && authentic(a, in))
		}
	}
	a.behavior.encode = func(text string) string {
		return strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, text)
	}
}

// hasEscapes reports whether a JSON text has escapes, which can be written in several ways.
func hasEscapes(body []byte) bool { return strings.Contains(string(body), `\u`) }

// onlyOnce rejects a body that it has seen before.
func onlyOnce() func(*App, *received) ([]item, int) {
	var mu sync.Mutex
	seen := map[string]bool{}
	return func(a *App, in *received) ([]item, int) {
		mu.Lock()
		defer mu.Unlock()
		if seen[string(in.body)] {
			return nil, http.StatusConflict
		}
		seen[string(in.body)] = true
		return eachItem(a, in)
	}
}

// workFirst replies to the end user before it responds to the webhook.
func workFirst(a *App, w http.ResponseWriter, in *received, items []item) {
	for _, it := range items {
		if it.kind != kindMessage || it.phone == "" {
			a.handle(in, it)
			continue
		}
		if a.behavior.first(a, in, it) {
			a.store.message(it)
			a.reply(it)
		}
	}
	w.WriteHeader(http.StatusOK)
}

// delay waits before each response.
func delay(a *App, wait func()) {
	response := a.behavior.response
	a.behavior.response = func(a *App, w http.ResponseWriter, in *received, items []item) {
		wait()
		response(a, w, in, items)
	}
}

// crash breaks the connection for a body that isn't JSON, and responds with 503 from then on.
func crash(a *App) {
	var mu sync.Mutex
	broken := false
	next := a.behavior.read
	a.behavior.read = func(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
		mu.Lock()
		defer mu.Unlock()
		if broken {
			return nil, http.StatusServiceUnavailable
		}
		in, status := next(a, w, r)
		if status == http.StatusBadRequest {
			broken = true
			mu.Unlock()
			defer mu.Lock()
			panic(http.ErrAbortHandler)
		}
		return in, status
	}
}

// rejectHandshake responds with 404 to a challenge, and to the events by which Gupshup checks a
// URL.
func rejectHandshake(a *App) {
	a.behavior.handshake = func(w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusNotFound) }
	a.behavior.items = func(a *App, in *received) ([]item, int) {
		if body := string(in.body); strings.Contains(body, `"sandbox-start"`) || strings.Contains(body, `"set-callback"`) || strings.Contains(body, `"platform-event"`) {
			return nil, http.StatusNotFound
		}
		return eachItem(a, in)
	}
}

// An overload is an application that stays down after too many concurrent webhooks.
type overload struct {
	mu   sync.Mutex
	now  int
	down bool
}

// maxAtOnce is the number of concurrent webhooks that the application survives.
const maxAtOnce = 24

// handle takes some time, so that webhooks overlap.
func (o *overload) handle() {
	o.mu.Lock()
	o.now++
	o.down = o.down || o.now > maxAtOnce
	o.mu.Unlock()
	time.Sleep(20 * time.Millisecond)
	o.mu.Lock()
	o.now--
	o.mu.Unlock()
}

// stayDown rejects everything once the application is down.
func stayDown(a *App) {
	next := a.behavior.read
	a.behavior.read = func(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
		a.burst.mu.Lock()
		down := a.burst.down
		a.burst.mu.Unlock()
		if down {
			return nil, http.StatusServiceUnavailable
		}
		return next(a, w, r)
	}
}
