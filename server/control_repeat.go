package server

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"
)

// How long and how many responses are kept for repeated requests.
const (
	repeatsLast   = 24 * time.Hour
	maxRepeats    = 1000
	repeatedBytes = 16 << 20
	maxKey        = 255
)

// repeats respond to a POST with a known Idempotency-Key as they did
// before. Only what was done is kept: a rejected request did
// nothing, and may be mended and sent under its key again.
type repeats struct {
	mu    sync.Mutex
	byKey map[string]*repeat
	// done are those with a response, the oldest first.
	done  []*repeat
	bytes int
}

// A repeat is a request with a key. It has no response while it is in flight.
type repeat struct {
	key      string
	sum      [sha256.Size]byte
	at       time.Time
	response *recorded
}

func newRepeats() *repeats { return &repeats{byKey: map[string]*repeat{}} }

// serve responds to a request by run, or as before.
func (s *repeats) serve(w http.ResponseWriter, a apiRequest, keys []string, run func(http.ResponseWriter)) {
	if err := checkKey(keys); err != nil {
		writeProblem(w, err)
		return
	}
	sum := sha256.Sum256(slices.Concat([]byte(a.Method+" "+a.URL.EscapedPath()+"?"+a.URL.RawQuery+"\n"), a.body))
	mine, before, err := s.begin(a.session+"\n"+keys[0], sum, time.Now())
	switch {
	case err != nil:
		writeProblem(w, err)
	case before != nil:
		w.Header().Set("Idempotent-Replayed", "true")
		before.write(w)
	default:
		response := &recorded{header: http.Header{}}
		defer func() { s.end(mine, response) }() // though it panics, its key is free again
		run(response)
		if response.whole = response.status != 0; response.whole { // otherwise the caller sees that there was no response
			response.write(w)
		}
	}
}

func checkKey(keys []string) error {
	visible := func(c byte) bool { return c > ' ' && c < 0x7f }
	key := keys[0]
	if len(keys) == 1 && key != "" && len(key) <= maxKey && !slices.ContainsFunc([]byte(key), func(c byte) bool { return !visible(c) }) {
		return nil
	}
	return reject(http.StatusBadRequest, "read Idempotency-Key: want one line of 1 to %d visible ASCII characters, for example a UUID", maxKey)
}

// begin says what a key stands for: a request that is under way now and must be
// ended, or one that has a response.
func (s *repeats) begin(key string, sum [sha256.Size]byte, now time.Time) (mine *repeat, before *recorded, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.done) > 0 && now.Sub(s.done[0].at) >= repeatsLast {
		s.forgetOldest()
	}
	switch one := s.byKey[key]; {
	case one == nil:
		mine = &repeat{key: key, sum: sum}
		s.byKey[key] = mine
		return mine, nil, nil
	case one.sum != sum:
		return nil, nil, reject(http.StatusUnprocessableEntity, "read Idempotency-Key: it was used for another request; use a new key")
	case one.response == nil:
		return nil, nil, reject(http.StatusConflict, "read Idempotency-Key: the first request with it is still in progress; retry later")
	default:
		return nil, one.response, nil
	}
}

// end keeps the response to a request that was done, and discards any other.
func (s *repeats) end(one *repeat, a *recorded) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !a.whole || a.status/100 != 2 {
		delete(s.byKey, one.key)
		return
	}
	one.response, one.at = a, time.Now()
	s.done = append(s.done, one)
	s.bytes += a.body.Len()
	for len(s.done) > maxRepeats || s.bytes > repeatedBytes {
		s.forgetOldest()
	}
}

func (s *repeats) forgetOldest() {
	oldest := s.done[0]
	s.done[0] = nil
	s.done = s.done[1:]
	s.bytes -= oldest.response.body.Len()
	delete(s.byKey, oldest.key)
}

// A recorded response is an http.ResponseWriter that keeps what is written.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
	whole  bool
}

func (r *recorded) Header() http.Header { return r.header }

func (r *recorded) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorded) Write(text []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.body.Write(text)
}

func (r *recorded) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body.Bytes()) // the client has gone
}
