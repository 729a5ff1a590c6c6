package server

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/inbox"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/webhook"
)

// isInbox reports whether the path of a URL is one of the inbox.
func isInbox(text string) bool {
	u, err := url.Parse(text)
	if err != nil {
		return false
	}
	_, path, ok := cutSession(u.EscapedPath())
	return ok && strings.HasPrefix(path, "/in/")
}

// inbox accepts any webhook, keeps it byte for byte and validates it.
func (s *session) inbox(w http.ResponseWriter, r *http.Request) {
	route := pathVar(r, "route")
	scope := schemas.Scope{Route: route}
	validator, err := s.options.Catalog.Validator(scope)
	if err != nil {
		rejectCall(w, r, reject(http.StatusNotFound, "%w", err))
		return
	}
	if err := s.mayBegin("receive webhook"); err != nil { // a provider sends it again
		rejectCall(w, r, err)
		return
	}
	c := &inbox.Consumer{
		Status: cmp.Or(s.options.Inbox.Status, http.StatusOK), Delay: s.options.Inbox.Delay, VerifyToken: s.options.Inbox.VerifyToken,
		Handshakes: s.options.Catalog.Challenges(route), Timeout: s.limits.Body, Log: s.plainLog(),
		OnReceived: func(a inbox.Received) {
			journaled(w)
			s.arrived(route, validator, a)
		},
		Rejected: func(why error) {
			if t, ok := w.(*traced); ok {
				t.text = why.Error()
			}
		},
	}
	c.ServeHTTP(w, r)
}

func (s *session) arrived(route string, validator *schemas.Validator, a inbox.Received) {
	entry := journal.Entry{Kind: journal.KindReceived, Session: s.name, Route: route, At: a.Event.At, Status: a.Status}
	a.Event.Route = route
	if !a.TooLarge() {
		content, err := request.Content(a.Event)
		if entry.Verdicts = validator.Body(content, a.Event.At); err != nil {
			entry.Verdicts = []webhook.Item{schemas.Unreadable(err.Error())}
		}
		if name := entry.Verdicts[0].Verdict.Type; name != "" {
			a.Event.Type = name
			entry.Type = a.Event.Type
			if t, err := s.options.Catalog.Type(a.Event.Type); err == nil {
				entry.Values = idsOf(t, content)
			}
		}
	}
	entry.Delivery = &webhook.Delivery{Event: a.Event, Attempts: []webhook.Attempt{{At: a.Event.At, Status: a.Status, Timing: webhook.Timing{Total: a.Duration}}}}
	s.journal.Add(entry)
}
