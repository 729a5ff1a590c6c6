package app

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// A Style is the second of two correct ways to do something.
type Style struct {
	Name string
	// Description says what the application does, and what it does otherwise.
	Description string
	apply       func(a *App)
}

// Styles returns all styles.
func Styles() []Style {
	return []Style{
		{"any-type", "reads a body with any content type, instead of rejecting it with 415", func(a *App) { a.behavior.anyType = true }},
		{"any-size", "reads a body of any size, instead of rejecting a large one with 413", func(a *App) { a.behavior.maxBody = 64 << 20 }},
		{"keep", "responds with 200 to an unreadable body and keeps it, instead of rejecting it with 400", keepUnread},
		{"name", "addresses end users by name, or by a default if the name is missing", func(a *App) {
			a.behavior.replyText = func(it item, text string) string { return "Hello " + first(it.name, "there") + ". " + text }
		}},
		{"user-id", "identifies end users by user ID, and replies to it, even if there is a phone number", func(a *App) {
			a.behavior.key = func(it item) string {
				if a.provider.toUser {
					return first(it.user, it.phone)
				}
				return first(it.phone, it.user)
			}
		}},
		{"response-body", "responds with a body, as frameworks do, instead of an empty one", func(a *App) {
			response := a.behavior.response
			a.behavior.response = func(a *App, w http.ResponseWriter, in *received, items []item) {
				response(a, w, in, items)
				_, _ = io.WriteString(w, `{"status":"ok"}`)
			}
		}},
	}
}

// applyStyles switches styles on.
func (a *App) applyStyles(names []string) error {
	known := Styles()
	for _, name := range names {
		i := slices.IndexFunc(known, func(s Style) bool { return s.Name == name })
		if i < 0 {
			var all []string
			for _, s := range known {
				all = append(all, s.Name)
			}
			return fmt.Errorf("start: no style is named %q; known: %s", name, strings.Join(all, ", "))
		}
		known[i].apply(a)
	}
	return nil
}

// keepUnread accepts and keeps bodies that can't be read.
func keepUnread(a *App) {
	next := a.behavior.read
	a.behavior.read = func(a *App, w http.ResponseWriter, r *http.Request) (*received, int) {
		in, status := next(a, w, r)
		if status == http.StatusBadRequest && in != nil {
			a.store.setAside(in.body)
			return nil, http.StatusOK
		}
		return in, status
	}
}
