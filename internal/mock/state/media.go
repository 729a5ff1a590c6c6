package state

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// Media is a file that was uploaded. It can be fetched for seven days.
type Media struct {
	ID        string    `json:"id"`
	Provider  string    `json:"provider"`
	Type      string    `json:"type,omitempty"`
	Name      string    `json:"name,omitempty"`
	URL       string    `json:"url"`
	Size      int64     `json:"size"`
	SHA256    string    `json:"sha256"`
	CreatedAt time.Time `json:"created_at"`
	ExpiresAt time.Time `json:"expires_at"`
	// Bytes are nil in a snapshot that is only shown.
	Bytes []byte `json:"bytes,omitempty"`
}

const mediaLasts = 7 * day

// putMedia keeps the bytes of the command; the oldest go to make room.
func (s *State) putMedia(c Command) Outcome {
	size := int64(len(c.Body))
	if room := s.mediaRoom(); size > room {
		return failed("too-large", "a file has at most "+strconv.FormatInt(room, 10)+" bytes")
	}
	sum := sha256.Sum256(c.Body)
	m := Media{
		ID: s.newID(c, "media.id", s.media.has), Provider: c.Provider, Type: c.Values["media.type"], Name: c.Values["media.name"],
		Size: size, SHA256: hex.EncodeToString(sum[:]), CreatedAt: c.At, ExpiresAt: c.At.Add(mediaLasts), Bytes: c.Body,
	}
	if m.URL = "/media/" + m.ID; s.rules.MediaURL != nil {
		m.URL = s.rules.MediaURL(m.Provider, m.ID)
	}
	if size == 0 {
		m.Bytes = nil
	}
	s.keepMedia(m)
	return done(m.values())
}

func (s *State) mediaRoom() int64 { return cmp.Or(s.rules.MediaBytes, defaultMediaBytes) }

func (s *State) keepMedia(m Media) {
	s.mediaBytes += int64(len(m.Bytes))
	for s.mediaBytes > s.mediaRoom() {
		s.mediaBytes -= int64(len(s.media.removeOldest().Bytes))
	}
	for _, gone := range s.media.put(m.ID, m) {
		s.mediaBytes -= int64(len(gone.Bytes))
	}
}

func (s *State) getMedia(c Command) Outcome {
	m, ok := s.media.get(c.Values["media.id"])
	switch {
	case !ok || m.Provider != c.Provider:
		return failed("unknown-id", "unknown media ID")
	case !c.At.Before(m.ExpiresAt):
		return failed("expired", "the media expired seven days after it was uploaded; upload it again")
	}
	o := done(m.values())
	o.Body = m.Bytes
	return o
}

func (s *State) deleteMedia(c Command) Outcome {
	m, ok := s.media.get(c.Values["media.id"])
	if !ok || m.Provider != c.Provider {
		return failed("unknown-id", "unknown media ID")
	}
	s.media.remove(m.ID)
	s.mediaBytes -= int64(len(m.Bytes))
	return done(m.values())
}

func (m *Media) values() map[string]value.Value {
	values := map[string]value.Value{
		"media.id":         value.OfID(m.ID),
		"media.url":        value.OfText(m.URL),
		"media.size":       read("media.size", strconv.FormatInt(m.Size, 10)),
		"media.sha256":     value.OfText(m.SHA256),
		"media.expires_at": value.OfTime(m.ExpiresAt),
	}
	if m.Type != "" {
		values["media.type"] = value.OfText(m.Type)
	}
	if m.Name != "" {
		values["media.name"] = value.OfText(m.Name)
	}
	return values
}
