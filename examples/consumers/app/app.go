// Package app is an application that takes webhooks of five providers: it answers
// each message once through the provider's API, and remembers what becomes of its
// answers. It is written to be read: what a consumer of webhooks has to care for is a
// habit of careful.go, and careless.go lists what happens without one.
//
// Read [App.ServeHTTP] first, then parse.go for what the providers send and send.go
// for what they are sent.
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

// A Config says which provider the application works with.
type Config struct {
	// Route is gupshup (or gupshup/v2), gupshup/v3, mobtexting/whatsapp, netcore or
	// tata-omni; "" is gupshup.
	Route string
	// ProviderURL is the base URL of the provider's API; "" answers nobody.
	ProviderURL string
	// Secret checks signatures, where the provider signs.
	Secret string
	// Client calls the API; nil is one of its own.
	Client *http.Client
	// Print gets every webhook that was read, one in a line; nil prints none.
	Print io.Writer
	// Bugs are habits that the application lacks, and Styles other good ones, by their
	// names: see [Bugs] and [Styles].
	Bugs, Styles []string
}

// An App is an http.Handler: POST /webhooks (or /), GET /state. Close it.
type App struct {
	config   Config
	provider provider
	behavior behavior
	store    *store

	mu      sync.Mutex
	lines   map[string][]func() // what is to be done for each person, one after the other
	working sync.WaitGroup
	burst   overload
}

// New makes an App, or says which bug or route it does not know.
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
	a := &App{config: c, provider: p, behavior: careful(), store: newStore(), lines: map[string][]func(){}}
	if err := a.inStyle(c.Styles); err != nil {
		return nil, err
	}
	known := Bugs()
	for _, name := range c.Bugs {
		i := slices.IndexFunc(known, func(b Bug) bool { return b.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("start: no bug is named %q; known: %s", name, strings.Join(bugNames(), ", "))
		}
		known[i].spoil(a)
	}
	return a, nil
}

// Close waits until everything is done that was begun.
func (a *App) Close() { a.working.Wait() }

// ServeHTTP takes webhooks and shows the state.
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

// webhook reads, answers, and leaves what takes long for after the answer.
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
		items[i].person = a.behavior.key(items[i])
	}
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	a.behavior.response(a, w, in, items)
}

// Greet sends somebody a message, after everything that is to be done for them.
func (a *App) Greet(phone string) {
	a.later(phone, func() { a.reply(item{phone: phone, person: phone, what: "text", text: "hello"}) })
}

// handle does what one item asks for, and leaves the answer to a person for later.
func (a *App) handle(in *received, it item) {
	switch it.kind {
	case kindMessage:
		if !a.behavior.first(a, in, it) {
			a.store.duplicate()
			return
		}
		a.store.message(it)
		if word := strings.ToUpper(strings.TrimSpace(it.text)); word == "STOP" || word == "START" {
			a.store.optOut(it.person, word == "STOP")
			return
		}
		if it.what != "reaction" && (it.phone != "" || a.provider.toUser) && !a.store.optedOut(it.person) {
			a.later(it.person, func() { a.reply(it) })
		}
	case kindStatus:
		if !a.store.mark(it.ids[0] + " " + it.status) {
			a.store.duplicate()
		}
		a.store.status(it, a.behavior)
	case kindBilling:
		a.store.bill(it)
	case kindContact:
		a.store.optOut(it.person, it.status == "opted-out")
	}
}

// later does something for a person after everything that is to be done for them.
func (a *App) later(person string, do func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	waiting, busy := a.lines[person]
	a.lines[person] = append(waiting, do)
	if busy {
		return
	}
	a.working.Go(func() {
		for {
			a.mu.Lock()
			if len(a.lines[person]) == 0 {
				delete(a.lines, person)
				a.mu.Unlock()
				return
			}
			next := a.lines[person][0]
			a.lines[person] = a.lines[person][1:]
			a.mu.Unlock()
			next()
		}
	})
}
