package state

import (
	"encoding/json"
	"maps"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// An Object is a thing of which the provider keeps only what it was given, such as a sender or a
// short link.
type Object struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	// Kind is the word of the data: "sender". Parent is the ID of the object that it belongs to.
	Kind   string `json:"kind"`
	Parent string `json:"parent,omitempty"`
	// Body is an object in JSON.
	Body       string    `json:"body"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
}

func (s *State) createObject(c Command) Outcome {
	o := Object{Provider: c.Provider, Kind: c.Values["object.kind"], Parent: c.Values["object.parent"], CreatedAt: c.At, ModifiedAt: c.At}
	taken := func(id string) bool { return s.objects.has(key(o.Provider, o.Kind, id)) }
	if o.ID = c.Values["object.id"]; o.ID == "" {
		o.ID = s.newID(c, "object.id", taken)
	}
	if taken(o.ID) {
		return failed("object-exists", "another "+o.Kind+" has this ID")
	}
	o.Body = mergedBody("{}", c.Values["object.body"])
	s.objects.put(o.key(), o)
	return done(o.values())
}

func (o *Object) key() string { return key(o.Provider, o.Kind, o.ID) }

// mergedBody is an object in JSON with the keys of another; what isn't an object has none.
func mergedBody(body, other string) string {
	all, more := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if json.Unmarshal([]byte(body), &all) != nil || json.Unmarshal([]byte(other), &more) != nil {
		return body
	}
	maps.Copy(all, more)
	text, err := json.Marshal(all)
	if err != nil {
		return body
	}
	return string(text)
}

// object is the one that a command is about.
func (s *State) object(c Command) (Object, bool) {
	if c.Values["object.id"] == "" {
		return Object{}, false
	}
	o, ok := s.objects.get(key(c.Provider, c.Values["object.kind"], c.Values["object.id"]))
	return o, ok && (c.Values["object.parent"] == "" || o.Parent == c.Values["object.parent"])
}

func noObject(c Command) Outcome {
	return failed("unknown-id", "unknown ID of a "+c.Values["object.kind"])
}

func (s *State) getObject(c Command) Outcome {
	o, ok := s.object(c)
	if !ok {
		return noObject(c)
	}
	return done(o.values())
}

func (s *State) listObjects(c Command) Outcome {
	var all Outcome
	for _, o := range s.objects.all() {
		parent, id := c.Values["object.parent"], c.Values["object.id"]
		if o.Provider == c.Provider && o.Kind == c.Values["object.kind"] && (parent == "" || parent == o.Parent) && (id == "" || id == o.ID) {
			all.Objects = append(all.Objects, o.values())
		}
	}
	return all
}

func (s *State) updateObject(c Command) Outcome {
	o, ok := s.object(c)
	if !ok {
		return noObject(c)
	}
	o.Body, o.ModifiedAt = mergedBody(o.Body, c.Values["object.body"]), c.At
	if len(o.Body) > longest {
		return failed("value-invalid", "the "+o.Kind+" would have more than 8 KiB")
	}
	s.objects.put(o.key(), o)
	return done(o.values())
}

// putObject creates an object, or updates the one with its ID.
func (s *State) putObject(c Command) Outcome {
	if _, ok := s.object(c); ok {
		return s.updateObject(c)
	}
	return s.createObject(c)
}

func (s *State) deleteObject(c Command) Outcome {
	o, ok := s.object(c)
	if !ok {
		return noObject(c)
	}
	s.objects.remove(o.key())
	return done(o.values())
}

func (o *Object) values() map[string]value.Value {
	values := map[string]value.Value{
		"object.id": value.OfID(o.ID), "object.kind": value.OfText(o.Kind), "object.body": value.OfText(o.Body),
		"object.created_at": value.OfTime(o.CreatedAt), "object.modified_at": value.OfTime(o.ModifiedAt),
	}
	if o.Parent != "" {
		values["object.parent"] = value.OfText(o.Parent)
	}
	return values
}
