package generator

import (
	"hash/maphash"
	"slices"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
)

// A proven remembers which bodies of a program were valid. Two bodies that differ only in free
// values, which the schema limits to a type, are both valid or both invalid: the first is
// validated, and the second is not.
type proven struct {
	// never is true if the schema compares values in a way that a body's text doesn't show.
	never bool
	seed  maphash.Seed
	mu    sync.RWMutex
	texts map[uint64]bool
}

// maxProven limits what a program remembers; further bodies are validated.
const maxProven = 4096

func newProven(root *jsonschema.Schema) *proven {
	p := &proven{seed: maphash.MakeSeed(), texts: map[uint64]bool{}}
	root.Walk(func(s *jsonschema.Schema) {
		p.never = p.never || s.UniqueItems || s.Contains != nil || len(s.PatternProperties) > 0 || s.PropertyNames != nil || s.Additional != nil
	})
	return p
}

// key identifies a body by everything but its free values, of which only the type counts; 0 is a
// body that is always validated.
func (p *proven) key(w *encoder) uint64 {
	if p.never || len(w.values.settings) > 0 {
		return 0
	}
	var h maphash.Hash
	h.SetSeed(p.seed)
	at := 0
	for _, f := range w.free {
		_, _ = h.Write(w.out[at:f.start])
		_ = h.WriteByte(typeByte(w.out[f.start]))
		at = f.end
	}
	_, _ = h.Write(w.out[at:])
	return max(h.Sum64(), 1)
}

// typeByte is the first byte of a JSON value, and the same one for all numbers and for both booleans.
func typeByte(first byte) byte {
	switch {
	case first == '-' || first >= '0' && first <= '9':
		return '0'
	case first == 'f':
		return 't'
	}
	return first
}

// isContainer reports whether a JSON text is an object or an array.
func isContainer(text string) bool { return text[0] == '{' || text[0] == '[' }

func (p *proven) has(key uint64) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.texts[key]
}

func (p *proven) add(key uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if key != 0 && len(p.texts) < maxProven {
		p.texts[key] = true
	}
}

// A freeValue is a part of a body that the schema limits to a type.
type freeValue struct{ start, end int }

// takeBack removes what was written after a length of the body.
func (w *encoder) takeBack(length int) {
	w.out = w.out[:length]
	for len(w.free) > 0 && w.free[len(w.free)-1].end > length {
		w.free = w.free[:len(w.free)-1]
	}
}

// free notes the value at a location as free, unless a schema compares it.
func (c *compiler) free(at location, write writer) writer {
	if c.compared[at.starred] {
		return write
	}
	return func(w *encoder) bool {
		start := len(w.out)
		if !write(w) {
			return false
		}
		w.free = append(w.free, freeValue{start, len(w.out)})
		return true
	}
}

// comparedPlaces are the locations whose values a schema compares: with listed values, a pattern or
// bounds. A value of x-value is always within its bounds.
func comparedPlaces(s *jsonschema.Schema, at string, found map[string]bool) {
	if s == nil {
		return
	}
	if len(s.Values)+len(s.Known) > 0 || s.Pattern != nil || s.Bounds != nil && s.Value == "" {
		found[at] = true
	}
	for _, p := range s.Properties {
		comparedPlaces(p.Schema, at+document.Pointer(p.Name), found)
	}
	for _, p := range s.DependentSchemas {
		comparedPlaces(p.Schema, at, found)
	}
	for _, element := range append(slices.Clip(s.Prefix), s.Items) {
		comparedPlaces(element, at+"/*", found)
	}
	for _, rule := range s.Rules {
		comparedPlaces(rule.Schema, at, found)
	}
	for _, list := range [][]*jsonschema.Schema{s.AnyOf, s.OneOf, s.AllOf, {s.Ref, s.Not, s.If, s.Then, s.Else}} {
		for _, same := range list {
			comparedPlaces(same, at, found)
		}
	}
}

// valuedPlaces are the locations that have a value of the run in some body.
func valuedPlaces(s *jsonschema.Schema, at string, found map[string]bool) {
	s.Sometimes(func(a *jsonschema.Schema) {
		if a.Value != "" {
			found[at] = true
		}
		for _, p := range a.Properties {
			valuedPlaces(p.Schema, at+document.Pointer(p.Name), found)
		}
		for _, element := range append(slices.Clip(a.Prefix), a.Items) {
			if element != nil {
				valuedPlaces(element, at+"/*", found)
			}
		}
	})
}
