package generator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/webhook"
)

// A routeFormatter makes and formats the values of a route.
type routeFormatter struct {
	route   *schemas.Route
	words   *words
	getters map[string]getter
	// formats has formatters for the IDs that need no intermediate text.
	formats map[string]formatter
	reasons []schemas.Reason
	// accounts are the kinds of accounts of the route.
	accounts []*schemas.Account
	// domestic: the channel reaches numbers of the provider's country only.
	domestic bool
	// reportsSent: the provider reports that a message was sent.
	reportsSent bool
	// syncFailures: the provider sends a webhook for a synchronous failure, because it sends one
	// for message.enqueued.
	syncFailures bool
	// fixed are the contract's headers with the same value for all events.
	fixed []webhook.Header
}

// A formatter appends the text of a value.
type formatter func(v *values, dst []byte) ([]byte, error)

// A getter returns a value; false if there is none.
type getter func(v *values) (value.Value, bool)

func formatterOf(route *schemas.Route, w *words) *routeFormatter {
	s := &routeFormatter{route: route, words: w, getters: map[string]getter{}, formats: map[string]formatter{}, reasons: route.Reasons(), accounts: route.Accounts()}
	_, none := route.Mappings("message.enqueued")
	s.syncFailures = none == ""
	_, none = route.Mappings("message.sent")
	s.reportsSent = none == ""
	s.domestic = slices.Contains([]string{"sms", "voice", "vmn"}, route.Channel)
	if route.Contract.ContentType != "" {
		s.fixed = []webhook.Header{{Name: "Content-Type", Value: route.Contract.ContentType}}
	}
	for _, name := range value.Names() {
		s.getters[name] = s.getter(name)
	}
	return s
}

// value writes a value in the format of a shape. If the shape lists values and the value is not
// one of them, it writes the first listed value; but it rejects a value that a scenario or a user
// set.
func (s *routeFormatter) value(shape *jsonschema.Schema, listed, excluded []string, strictness strictness) (writer, error) {
	name, format, adjust := shape.Value, shape.Format, shape.Adjust
	get, ok := s.getters[name]
	if !ok {
		return nil, fmt.Errorf("%s: the value %s has no getter", shape.Pointer, name)
	}
	if name == value.FakeID {
		return formatted(format), nil
	}
	moved := adjust != value.Adjust{}
	spell, spelled := s.formats[name], format.Appender()
	if kind, _ := value.KindOf(name); kind != value.ID || listed != nil || format.String() != "plain" {
		spell = nil
	}
	lacking := s.cause(name)
	until := shape.Until
	return func(w *encoder) bool {
		if until > 0 && w.values.item.At-w.values.subject.Submitted > until {
			return w.lack(shape.Pointer, lacking)
		}
		if spell != nil && len(w.values.settings) == 0 {
			out, err := spell(&w.values, append(w.out, '"'))
			if err != nil {
				return w.lack(shape.Pointer, lacking)
			}
			w.out = append(out, '"')
			return true
		}
		found, given, ok := w.values.given(name)
		if !given {
			found, ok = get(&w.values)
		}
		switch {
		case !ok && slices.Contains(listed, "null"):
			w.out = append(w.out, "null"...)
			return true
		case !ok:
			return w.lack(shape.Pointer, lacking)
		}
		if moved {
			found = adjust.Apply(found)
		}
		mark := len(w.out)
		out, err := spelled(w.out, found)
		if err != nil {
			return w.lack(shape.Pointer, name)
		}
		w.out = out
		if listed == nil && contains(excluded, w.out[mark:]) {
			w.unfit = true
			return false
		}
		if listed == nil || contains(listed, w.out[mark:]) {
			return true
		}
		if given { // another variant may list it
			return w.fail(missingValue{shape.Pointer, name, true, listed})
		}
		return w.overrule(name, mark, listed[0], strictness)
	}, nil
}

// overrule replaces a value of the run, which starts at mark, by a listed one, unless the body must
// have other keys.
func (w *encoder) overrule(name string, mark int, listed string, strictness strictness) bool {
	if strictness == lenient || slices.Contains(w.overruled, name) {
		w.out = append(w.out[:mark], listed...)
		return true
	}
	if w.unfit = true; strictness == preferred && w.misfit == "" {
		w.misfit = name
	}
	return false
}

// cause returns the value that the user must set when a value cannot be made: for an ID derived
// from another message, that message.
func (s *routeFormatter) cause(name string) string {
	template, _ := s.route.ID(name)
	for _, inner := range template.Names() {
		if isOfReply(inner) {
			return inner
		}
	}
	return name
}

func contains(listed []string, text []byte) bool {
	return slices.Contains(listed, string(text))
}

// formatted writes an ID without relations to other values.
func formatted(format value.Format) writer {
	quoted := !strings.HasPrefix(format.String(), "number")
	return func(w *encoder) bool {
		if !quoted {
			w.out = format.AppendMade(w.out, &w.random)
			return true
		}
		w.out = append(format.AppendMade(append(w.out, '"'), &w.random), '"')
		return true
	}
}

// id makes the getter of an ID, from the route's template or the fallback. Its random part
// depends on the owner of the value, so that all bodies agree.
func (s *routeFormatter) id(name string, fallback string, randomOf func(v *values) uint64) getter {
	template, ok := s.route.ID(name)
	if !ok {
		template = mustTemplate(fallback)
	}
	kind, _ := value.KindOf(name)
	of := value.OfID
	if kind == value.Text {
		of = value.OfText
	}
	salt, alone := prng.SeedOf(name), len(template.Names()) == 0
	spell := func(v *values, dst []byte) ([]byte, error) {
		before := v.source
		v.source = prng.From(randomOf(v), salt)
		defer func() { v.source = before }() // the template may contain another ID
		if v.account != nil {
			if own, ok := v.account.ID(name); ok {
				return own.Append(dst, v.lookup, &v.source)
			}
		}
		if alone {
			return template.Append(dst, nil, &v.source)
		}
		return template.Append(dst, v.lookup, &v.source)
	}
	s.formats[name] = spell
	return func(v *values) (value.Value, bool) {
		scratch := v.scratch
		v.scratch = nil // the other ID needs its own buffer
		text, err := spell(v, scratch[:0])
		v.scratch = text[:0]
		if err != nil {
			return value.Value{}, false
		}
		return of(string(text)), true
	}
}

// mustTemplate parses a template of this package.
func mustTemplate(text string) value.Template {
	template, err := value.ParseTemplate(text)
	if err != nil {
		panic(fmt.Sprintf("invalid template in the generator: %v", err))
	}
	return template
}

// json writes the value of a set. A string that is a single template has the type of the value.
func (s *routeFormatter) json(n *document.Node, pointer string) (writer, error) {
	var out chain
	if err := s.chain(&out, n, pointer); err != nil {
		return nil, err
	}
	return out.writer(), nil
}

func (s *routeFormatter) chain(out *chain, n *document.Node, pointer string) error {
	switch n.Kind {
	case document.Object:
		out.literal("{")
		for i := range n.Members {
			if i > 0 {
				out.literal(",")
			}
			out.literal(string(value.AppendString(nil, n.Members[i].Key)) + ":")
			if err := s.chain(out, &n.Members[i].Value, pointer+document.Pointer(n.Members[i].Key)); err != nil {
				return err
			}
		}
		out.literal("}")
	case document.Array:
		out.literal("[")
		for i := range n.Items {
			if i > 0 {
				out.literal(",")
			}
			if err := s.chain(out, &n.Items[i], pointer); err != nil {
				return err
			}
		}
		out.literal("]")
	case document.String:
		return s.text(out, n.Text, pointer)
	default:
		out.literal(n.Compact(maxSample))
	}
	return nil
}

func (s *routeFormatter) text(out *chain, text, pointer string) error {
	template, err := value.ParseTemplate(text)
	if err != nil {
		return fmt.Errorf("set %s: %w", pointer, err)
	}
	if !strings.Contains(text, "{{") {
		out.literal(string(value.AppendString(nil, text)))
		return nil
	}
	if name, format, ok := template.Single(); ok {
		written, err := s.value(&jsonschema.Schema{Pointer: pointer, Value: name, Format: format}, nil, nil, lenient)
		out.add(written)
		return err
	}
	names := template.Names()
	out.add(func(w *encoder) bool {
		plain, err := template.Append(nil, w.values.lookup, &w.random)
		if err != nil {
			return w.lack(pointer, strings.Join(names, ", "))
		}
		w.out = value.AppendString(w.out, string(plain))
		return true
	})
	return nil
}

// reason returns the route's error for a canonical reason, or nil.
func (s *routeFormatter) reason(name string) *schemas.Reason {
	for i := range s.reasons {
		if s.reasons[i].Name == name {
			return &s.reasons[i]
		}
	}
	return nil
}

// isStatus reports whether a text is the status of a canonical reason.
func (s *routeFormatter) isStatus(word string) bool {
	return slices.ContainsFunc(s.reasons, func(r schemas.Reason) bool { return r.Status != "" && r.Status == word })
}

// fold parses JSON.
func fold(text string) (*document.Node, error) {
	root, _, err := document.JSON(bytes.TrimSpace([]byte(text)), document.BodyLimits())
	if err != nil {
		return nil, err
	}
	return &root, nil
}
