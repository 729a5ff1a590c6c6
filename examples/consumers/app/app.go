// Package app is an application that receives webhooks of five providers: it replies to each
// message once through the provider's API, and stores the statuses of its replies. It is an
// example: careful.go has what a consumer of webhooks must take care of, and careless.go lists the
// bugs without it.
// Read [App.ServeHTTP] first, then parse.go for the formats of the providers' webhooks, and
// send.go for those of their APIs.
package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// A Config configures an App.
type Config struct {
	// Route is gupshup (or gupshup/v2), gupshup/v3, mobtexting/whatsapp, netcore or
	// tata-omni; "" is gupshup.
	Route string
	// ProviderURL is the base URL of the provider's API; without it, the App sends no replies.
	ProviderURL string
	// Secret verifies signatures, if the provider signs.
	Secret string
	// Client calls the API; nil is a default client.
	Client *http.Client
	// Print gets each webhook as a line; or nil.
	Print io.Writer
	// Bugs and Styles are names of bugs to inject and of alternative behavior: see [Bugs] and
	// [Styles].
	Bugs, Styles []string
}

// An App is an http.Handler: POST /webhooks (or /), GET /state. Close it.
type App struct {
	config   Config
	provider provider
	behavior behavior
	store    *store

	mu      sync.Mutex
	queues  map[string][]func() // the open work for each end user, in order
	working sync.WaitGroup
	burst   overload
}

// New makes an App. An unknown route, bug or style is an error.
func New(c Config) (*App, error) {
	if c.Route == "" || c.Route == "gupshup" {
		c.Route = "gupshup/v2"
	}
	p, ok := providers()[c.Route]
	if !ok {
		return nil, fmt.Errorf("start: no route is named %q; known: gupshup, gupshup/v3, mobtexting/whatsapp, netcore, tata-omni", c.Route)
	}
	if c.Client == nil {
		c.Client = &http.Client{Timeout: apiTimeout}
	}
	a := &App{config: c, provider: p, behavior: careful(), store: newStore(), queues: map[string][]func(){}}
	if err := a.applyStyles(c.Styles); err != nil {
		return nil, err
	}
	known := Bugs()
	for _, name := range c.Bugs {
		i := slices.IndexFunc(known, func(b Bug) bool { return b.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("start: no bug is named %q; known: %s", name, strings.Join(bugNames(), ", "))
		}
		known[i].inject(a)
	}
	return a, nil
}

// Close waits until all work is done.
func (a *App) Close() { a.working.Wait() }

// ServeHTTP receives webhooks and shows the state.
func (a *App) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodGet && r.URL.Path == "/state":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(a.store.view())
	case r.Method == http.MethodPost && (r.URL.Path == "/" || r.URL.Path == "/webhooks"):
		a.webhook(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// webhook reads a webhook and responds; slow work is done after the response.
func (a *App) webhook(w http.ResponseWriter, r *http.Request) {
	in, status := a.behavior.read(a, w, r)
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	if response := challenge(in.json); response != nil {
		a.behavior.handshake(w, response)
		return
	}
	if a.config.Print != nil {
		fmt.Fprintf(a.config.Print, "webhook %s\n", bytes.ReplaceAll(in.body, []byte("\n"), []byte(" ")))
	}
	a.store.count()
	items, status := a.behavior.items(a, in)
	for i := range items {
		items[i].endUser = a.behavior.key(items[i])
	}
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	a.behavior.response(a, w, in, items)
}

// Greet sends a message to an end user.
func (a *App) Greet(phone string) {
	a.later(phone, func() { a.reply(item{phone: phone, endUser: phone, messageType: "text", text: "hello"}) })
}

// handle handles one item, and queues the reply.
func (a *App) handle(in *received, it item) {
	switch it.kind {
	case kindMessage:
		if !a.behavior.first(a, in, it) {
			a.store.duplicate()
			return
		}
		a.store.message(it)
		if word := strings.ToUpper(strings.TrimSpace(it.text)); word == "STOP" || word == "START" {
			a.store.optOut(it.endUser, word == "STOP")
			return
		}
		if it.messageType != "reaction" && (it.phone != "" || a.provider.toUser) && !a.store.optedOut(it.endUser) {
			a.later(it.endUser, func() { a.reply(it) })
		}
	case kindStatus:
		if !a.store.mark(it.ids[0] + " " + it.status) {
			a.store.duplicate()
		}
		a.store.status(it, a.behavior)
	case kindBilling:
		a.store.bill(it)
	case kindContact:
		a.store.optOut(it.endUser, it.status == "opted-out")
	}
}

// later queues work for an end user: it is done in order, one at a time.
func (a *App) later(endUser string, do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting, busy := a.queues[endUser]
	a.queues[endUser] = append(waiting, do)
	if busy {
		return
	}
	a.working.Go(func() {
		for {
			a.mu.Lock()
			if len(a.queues[endUser]) == 0 {
				delete(a.queues, endUser)
				a.mu.Unlock()
				return
			}
			next := a.queues[endUser][0]
			a.queues[endUser] = a.queues[endUser][1:]
			a.mu.Unlock()
			next()
		}
	})
}
