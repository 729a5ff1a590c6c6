package generator

import (
	"errors"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A writer appends a part of a body. It returns false if a required value doesn't exist; the
// caller then removes what it appended.
//
// A compiled writer has no state of its own: all state is in the encoder.
type writer func(w *encoder) bool

// An encoder has the state of a body that is being written.
type encoder struct {
	out []byte
	// free are the parts of out that the schema limits to a type only.
	free   []freeValue
	random prng.Source
	values values
	// misfit is the first value of the run that doesn't fit the keys and may be overruled, and overruled
	// are the values that listed values replace.
	misfit    string
	overruled []string
	// err is why an example can't be compiled.
	err error
	// unfit is true if a part can't be written because the run's values don't fit its keys.
	unfit bool
	// missing is the first value that a location requires and doesn't have.
	missing missingValue
}

// A missingValue is a value that a location requires: there is none, or it is not one of the
// values that the location lists.
type missingValue struct {
	pointer, name string
	given         bool
	listed        []string
}

func (w *encoder) lack(pointer, name string) bool {
	return w.fail(missingValue{pointer: pointer, name: name})
}

func (w *encoder) fail(a missingValue) bool {
	if w.missing.name == "" {
		w.missing = a
	}
	return false
}

// A program writes the bodies of one event type and mapping.
type program struct {
	eventType *schemas.EventType
	formatter *routeFormatter
	write     writer
	context   valueContext
	// locations returns the JSON Pointers that a set can use, sorted.
	locations func() []string
	proven    *proven
}

func literal(text string) writer {
	return func(w *encoder) bool {
		w.out = append(w.out, text...)
		return true
	}
}

// A chain runs writers in order and joins the texts between them.
type chain struct {
	links []link
	text  []byte
}

// A link is a writer and the text before it.
type link struct {
	before string
	write  writer
}

func (c *chain) literal(text string) { c.text = append(c.text, text...) }

func (c *chain) add(next writer) {
	c.links = append(c.links, link{string(c.text), next})
	c.text = nil
}

func (c *chain) writer() writer {
	if len(c.links) == 0 {
		return literal(string(c.text))
	}
	last, links := string(c.text), c.links
	return func(w *encoder) bool {
		for i := range links {
			w.out = append(w.out, links[i].before...)
			if !links[i].write(w) {
				return false
			}
		}
		w.out = append(w.out, last...)
		return true
	}
}

// always is the probability 1, in thousandths.
const always = 1000

// optional writes a member with a probability in thousandths, if its values exist, and always if
// one of them was given.
func optional(permille int, holds contents, write writer) writer {
	return func(w *encoder) bool {
		if permille < always && !w.random.Bool(permille) && !w.values.gives(&holds) {
			return true
		}
		mark, missing := len(w.out), w.missing
		if write(w) {
			return true
		}
		if w.unfit || w.missing.given && w.values.gives(&holds) {
			return false // a given value must not be left out
		}
		w.takeBack(mark)
		w.missing = missing
		return true
	}
}

// comma writes a comma, except at the start of an object.
func comma(w *encoder) bool {
	if w.out[len(w.out)-1] != '{' {
		w.out = append(w.out, ',')
	}
	return true
}

// A branch is one of several writers for a location.
type branch struct {
	write writer
	// stage limits the branch to failures of a stage; "" is no limit.
	stage    string
	contents contents
	// used are the overrides that the branch writes.
	used map[string]bool
	// load makes the branch when it is first needed; nil if it is made already.
	load func() (*branch, error)
}

// get returns the branch, made. One that can't be made doesn't fit.
func (b *branch) get(w *encoder) *branch {
	if b.load == nil {
		return b
	}
	made, err := b.load()
	if err != nil && !errors.Is(err, errContradiction) {
		w.err = err
	}
	return made
}

// choose runs a random branch, or the next one that can be written. Branches with the most given
// values come first.
func choose(branches []branch) writer { return chooseFrom(branches, false) }

// firstOf runs the first branch that can be written. Branches with the most given values come first.
func firstOf(branches []branch) writer { return chooseFrom(branches, true) }

func chooseFrom(branches []branch, ordered bool) writer {
	if len(branches) == 1 && branches[0].stage == "" && branches[0].load == nil {
		return branches[0].write
	}
	return func(w *encoder) bool {
		first := 0
		if !ordered {
			first = w.random.IntN(len(branches))
		}
		mark, missing, unfit := len(w.out), w.missing, false
		maxCount := 0
		if len(w.values.settings) > 0 || w.values.item.Reply != nil {
			for i := range branches {
				maxCount = max(maxCount, w.values.howMany(&branches[i].get(w).contents))
			}
		}
		for _, wanted := range []bool{true, false} {
			for i := range branches {
				b := branches[(first+i)%len(branches)].get(w)
				if b.stage != "" && !w.values.fails(b.stage) || maxCount > 0 && wanted != (w.values.howMany(&b.contents) == maxCount) {
					continue
				}
				w.unfit = false
				if b.write(w) {
					w.missing = missing
					return true
				}
				unfit = unfit || w.unfit
				w.takeBack(mark)
			}
			if maxCount == 0 {
				break
			}
		}
		w.unfit = unfit
		return false
	}
}

// oneOf writes one of several texts, the first one most often.
func oneOf(texts []string) writer {
	if len(texts) == 1 {
		return literal(texts[0])
	}
	return func(w *encoder) bool {
		w.out = append(w.out, texts[skewedCount(&w.random, len(texts))]...)
		return true
	}
}

// skewedCount draws from 0 to n-1; half of the results are 0.
func skewedCount(random *prng.Source, n int) int {
	if n == 1 || random.Bool(500) {
		return 0
	}
	return random.IntN(n)
}

// repeat writes the elements of an array: minCount, and sometimes more, up to maxCount.
func repeat(element writer, minCount, maxCount int) writer {
	return func(w *encoder) bool {
		around := w.values.element
		defer func() { w.values.element = around }()
		n := minCount
		for n < maxCount && w.random.Bool(250) {
			n++
		}
		for i := range n {
			if i > 0 {
				w.out = append(w.out, ',')
			}
			// The values of one element agree: a contact card has one name, however often it
			// contains it.
			w.values.element = w.random.Uint64()
			if !element(w) {
				return false
			}
		}
		return true
	}
}

// ofElement writes an element of an array, whose values agree.
func ofElement(element writer) writer {
	return func(w *encoder) bool {
		around := w.values.element
		w.values.element = w.random.Uint64()
		ok := element(w)
		w.values.element = around
		return ok
	}
}

// orNull writes null with a probability in thousandths, and where there is no value.
func orNull(permille int, write writer) writer {
	return func(w *encoder) bool {
		if permille > 0 && w.random.Bool(permille) {
			w.out = append(w.out, "null"...)
			return true
		}
		mark, missing := len(w.out), w.missing
		if write(w) {
			return true
		}
		if w.unfit {
			return false
		}
		w.takeBack(mark)
		w.out, w.missing = append(w.out, "null"...), missing
		return true
	}
}

// orEmpty writes nothing where there is no value.
func orEmpty(write writer) writer { return orText("", write) }

// orText writes a text where there is no value.
func orText(text string, write writer) writer {
	return func(w *encoder) bool {
		mark, missing := len(w.out), w.missing
		if write(w) {
			return true
		}
		if w.unfit || w.missing.given {
			return false
		}
		w.takeBack(mark)
		w.out, w.missing = append(w.out, text...), missing
		return true
	}
}
