package generator

import "slices"

// coupledFields are members of an object that have no x-value and depend on each other, for
// example a code and its text. They come from the same example.
type coupledFields struct {
	keys []string
	// instances have a text for each key, "" where the example has none.
	instances [][]string
}

// coupled finds the members of an object that come from one example: those without x-value,
// override or discriminator, if the values of at least one of them come from examples only.
func (c *compiler) coupled(keys []key, at location) coupledFields {
	if c.fill == Empty {
		return coupledFields{}
	}
	var t coupledFields
	unlisted := false
	for _, k := range keys {
		mappings, err := alternatives(k.shapes)
		if err != nil || len(mappings) != 1 || c.reaches(at.key(k.name).pointer) {
			continue
		}
		way := &mappings[0]
		types, contradiction := way.types()
		values, none := way.values()
		if contradiction || none || len(values) > 0 || way.named() != nil || types == nil || slices.Contains(types, "object") || slices.Contains(types, "array") {
			continue
		}
		t.keys = append(t.keys, k.name)
		unlisted = unlisted || len(way.known()) == 0 && !slices.Equal(types, []string{"boolean"})
	}
	if !unlisted || len(t.keys) < 2 {
		return coupledFields{}
	}
	for _, example := range c.samples.objects[at.starred] {
		instance := make([]string, len(t.keys))
		for i, key := range t.keys {
			instance[i] = example[key]
		}
		if slices.ContainsFunc(instance, func(text string) bool { return text != "" }) {
			t.instances = append(t.instances, instance)
		}
	}
	return t
}

// object chooses the example of an object.
func (t coupledFields) object(write writer) writer {
	if len(t.instances) == 0 {
		return write
	}
	return func(w *encoder) bool {
		before := w.instance
		w.instance = t.instances[w.random.IntN(len(t.instances))]
		ok := write(w)
		w.instance = before
		return ok
	}
}

// member writes the value in the chosen example, or calls otherwise without one.
func (t coupledFields) member(key string, otherwise writer) writer {
	index := slices.Index(t.keys, key)
	if len(t.instances) == 0 || index < 0 {
		return otherwise
	}
	return func(w *encoder) bool {
		if text := w.instance[index]; text != "" {
			w.out = append(w.out, text...)
			return true
		}
		return otherwise(w)
	}
}
