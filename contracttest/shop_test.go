package contracttest_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// A shop is a small application: it answers each order once, by Gupshup's Operation, and
// shows at /state what has become of its answers.
type shop struct {
	api    string
	client *http.Client
	// careless: it answers a webhook as often as it comes.
	careless bool
	// forward is whom it answers instead of who has written; "" if nobody.
	forward string
	// failing is how often it answers 500 before it takes a webhook.
	failing int

	mu       sync.Mutex
	orders   map[string]bool
	statuses map[string]string
	working  sync.WaitGroup
}

func newShop(api string, client *http.Client) *shop {
	return &shop{api: api, client: client, orders: map[string]bool{}, statuses: map[string]string{}}
}

type event struct {
	Type    string
	Payload struct {
		ID, GsID, Source, Type string
		Payload                struct{ Text string }
	}
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Method == http.MethodGet {
		_ = json.NewEncoder(w).Encode(map[string]any{"answers": s.statuses})
		return
	}
	var e event
	switch err := json.NewDecoder(r.Body).Decode(&e); {
	case err != nil:
		http.Error(w, "no JSON", http.StatusBadRequest)
	case s.failing > 0:
		s.failing--
		http.Error(w, "not now", http.StatusInternalServerError)
	case e.Type == "message" && (s.careless || !s.orders[e.Payload.ID]):
		s.orders[e.Payload.ID] = true
		s.working.Go(func() { s.response(e) })
	case e.Type == "message-event" && e.Payload.GsID != "":
		s.statuses[e.Payload.GsID] = e.Payload.Type
	}
}

func (s *shop) response(e event) {
	message := fmt.Sprintf(`{"type":"text","text":"We have got: %s","context":{"msgId":%q}}`, e.Payload.Payload.Text, e.Payload.ID)
	form := url.Values{
		"channel": {"whatsapp"}, "source": {"919000000000"}, "destination": {cmp.Or(s.forward, e.Payload.Source)}, "src.name": {"shop"}, "message": {message},
	}
	request, err := http.NewRequest(http.MethodPost, s.api+"/wa/api/v1/msg", strings.NewReader(form.Encode()))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("apikey", "key")
	if response, err := s.client.Do(request); err == nil {
		_ = response.Body.Close()
	}
}
