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

	// file is the name of the bytes in Rules.Files, "" if they are here; kept is their number.
	file string
	kept int64
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
	if err := s.keepMedia(m); err != nil {
		return failed("too-large", err.Error())
	}
	return done(m.values())
}

func (s *State) mediaRoom() int64 { return cmp.Or(s.rules.MediaBytes, defaultMediaBytes) }

// keepMedia stores media; the oldest go to make room.
func (s *State) keepMedia(m Media) error {
	m.kept = int64(len(m.Bytes))
	for s.mediaBytes+m.kept > s.mediaRoom() {
		s.discard(s.media.removeOldest())
	}
	if s.rules.Files != nil && m.kept > 0 {
		name, err := s.rules.Files.Write(m.Bytes)
		if err != nil {
			return err
		}
		m.file, m.Bytes = name, nil
	}
	s.mediaBytes += m.kept
	for _, gone := range s.media.put(m.ID, m) {
		s.discard(gone)
	}
	return nil
}

// discard removes the bytes of media that is no longer kept.
func (s *State) discard(m Media) {
	s.mediaBytes -= m.kept
	if m.file != "" {
		s.rules.Files.Remove(m.file)
	}
}

// content returns the bytes of media.
func (s *State) content(m Media) ([]byte, error) {
	if m.file == "" {
		return m.Bytes, nil
	}
	return s.rules.Files.Read(m.file)
}

func (s *State) getMedia(c Command) Outcome {
	m, ok := s.media.get(c.Values["media.id"])
	switch {
	case !ok || m.Provider != c.Provider:
		return failed("unknown-id", "unknown media ID")
	case !c.At.Before(m.ExpiresAt):
		return failed("expired", "the media expired seven days after it was uploaded; upload it again")
	}
	content, err := s.content(m)
	if err != nil {
		return failed("unknown-id", err.Error())
	}
	o := done(m.values())
	o.Body = content
	return o
}

func (s *State) deleteMedia(c Command) Outcome {
	m, ok := s.media.get(c.Values["media.id"])
	if !ok || m.Provider != c.Provider {
		return failed("unknown-id", "unknown media ID")
	}
	s.media.remove(m.ID)
	s.discard(m)
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
