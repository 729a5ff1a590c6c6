package testconsumer

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// A Shop is a small consumer in the process of the test: it replies to each order once, by
// Gupshup's API, and shows the state of its replies at /state.
type Shop struct {
	// Careless replies to each copy of a webhook.
	Careless bool
	// Forward is the recipient of the replies; "" is the sender of the order.
	Forward string
	// Failing is the number of webhooks that get status 500 before the first accepted one.
	Failing int
	// Orders has the messages that the shop has seen.
	Orders map[string]bool

	api      string
	client   *http.Client
	mu       sync.Mutex
	statuses map[string]string
	working  sync.WaitGroup
}

// NewShop makes a Shop that calls Gupshup's API at a base URL.
func NewShop(api string, client *http.Client) *Shop {
	return &Shop{api: api, client: client, Orders: map[string]bool{}, statuses: map[string]string{}}
}

// Wait returns when all replies are sent.
func (s *Shop) Wait() { s.working.Wait() }

type shopEvent struct {
	Type    string
	Payload struct {
		ID, GsID, Source, Type string
		Payload                struct{ Text string }
	}
}

// ServeHTTP receives a webhook, or shows the state.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodGet {
		_ = json.NewEncoder(w).Encode(map[string]any{"replies": s.statuses})
		return
	}
	var e shopEvent
	switch err := json.NewDecoder(r.Body).Decode(&e); {
	case err != nil:
		http.Error(w, "not JSON", http.StatusBadRequest)
	case s.Failing > 0:
		s.Failing--
		http.Error(w, "unavailable", http.StatusInternalServerError)
	case e.Type == "message" && (s.Careless || !s.Orders[e.Payload.ID]):
		s.Orders[e.Payload.ID] = true
		s.working.Go(func() { s.reply(e) })
	case e.Type == "message-event" && e.Payload.GsID != "":
		s.statuses[e.Payload.GsID] = e.Payload.Type
	}
}

func (s *Shop) reply(e shopEvent) {
	message := fmt.Sprintf(`{"type":"text","text":"Received: %s","context":{"msgId":%q}}`, e.Payload.Payload.Text, e.Payload.ID)
	form := url.Values{
		"channel": {"whatsapp"}, "source": {"919000000000"}, "destination": {cmp.Or(s.Forward, e.Payload.Source)}, "src.name": {"shop"}, "message": {message},
	}
	request, err := http.NewRequest(http.MethodPost, s.api+"/wa/api/v1/msg", strings.NewReader(form.Encode())) //nolint:noctx // the test ends, and the reply with it
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("apikey", "key")
	if response, err := s.client.Do(request); err == nil {
		_ = response.Body.Close()
	}
}
