// A small consumer of Gupshup's version 2 webhooks: GET /state shows what it knows of messages.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"
	"unicode/utf8"
)

// progress is the order of a message's statuses: it never goes back, though webhooks may come late.
var progress = []string{"enqueued", "sent", "failed", "delivered", "read", "deleted"}

type store struct {
	mu                   sync.Mutex
	received, duplicates int
	seen                 map[string]bool   // id and status; a real consumer keeps them in its database
	statuses             map[string]string // by the id that the API answered
}

func (s *store) receive(event any) {
	text := func(value any) string { s, _ := value.(string); return s }
	object, _ := event.(map[string]any)
	payload, _ := object["payload"].(map[string]any)
	id, status := cmp.Or(text(payload["gsId"]), text(payload["id"])), text(payload["type"])
	s.mu.Lock()
	defer s.mu.Unlock()
	s.received++
	if object["type"] != "message-event" || id == "" || !slices.Contains(progress, status) {
		return // an event that this consumer does not need, or not yet
	}
	if s.seen[id+" "+status] {
		s.duplicates++
	}
	s.seen[id+" "+status] = true
	if slices.Index(progress, status) > slices.Index(progress, s.statuses[id]) {
		s.statuses[id] = status
	}
}

func (s *store) webhook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	var event any
	if err != nil || !utf8.Valid(body) || json.Unmarshal(body, &event) != nil {
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	s.receive(event) // quick; anything slow belongs behind the answer, which is 200 and empty
}

func (s *store) state(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]int{}
	for _, status := range s.statuses {
		counts[status]++
	}
	json.NewEncoder(w).Encode(map[string]any{"received": s.received, "duplicates": s.duplicates, "by_status": counts})
}

func main() {
	s := &store{seen: map[string]bool{}, statuses: map[string]string{}}
	http.HandleFunc("POST /", s.webhook)
	http.HandleFunc("GET /state", s.state)
	l, err := net.Listen("tcp", "127.0.0.1:"+cmp.Or(os.Getenv("PORT"), "3000"))
	if err == nil {
		fmt.Printf("listening on http://%s\n", l.Addr())
		err = (&http.Server{ReadTimeout: 10 * time.Second}).Serve(l)
	}
	log.Fatal(err)
}
