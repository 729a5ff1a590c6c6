package jsonschema

import (
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// valueKeywords reads x-value-format, x-value-offset and x-value-truncate beside x-value.
func (p *parser) valueKeywords(s *Schema) {
	s.Bounds = p.bounds(s)
	kind, ok := value.KindOf(s.Value)
	texts := map[string]string{}
	for _, key := range []string{"x-value-exceptions", "x-value-ahead", "x-value-until"} {
		if n := s.Node.Get(key); n != nil && s.Node.Get("x-value") == nil {
			p.errorf(n, "%s needs x-value beside it", key)
		}
	}
	for _, key := range []string{"x-value-format", "x-value-offset", "x-value-truncate"} {
		n := s.Node.Get(key)
		switch {
		case n == nil:
		case s.Node.Get("x-value") == nil:
			p.errorf(n, "%s needs x-value beside it", key)
		case ok && kind != value.Time && key != "x-value-format":
			p.errorf(n, "%s changes a time, but %s is of kind %s", key, s.Value, kind)
		default:
			texts[key] = p.nonEmptyText(n)
		}
	}
	if !ok {
		return
	}
	var err error
	if s.Format, err = value.ParseFormat(kind, texts["x-value-format"]); err != nil {
		p.errorf(s.Node.Get("x-value-format"), "%v", err)
	} else if s.Format.MadeFrom() {
		p.errorf(s.Node.Get("x-value-format"), "%q makes a new ID, which belongs in ids of provider.yaml; leave x-value-format out here", texts["x-value-format"])
	} else if makes := s.Format.Makes(); makes && s.Value != value.FakeID {
		p.errorf(s.Node.Get("x-value-format"), "%q makes a new ID, which belongs in ids of provider.yaml; leave x-value-format out here", texts["x-value-format"])
	} else if !makes && s.Value == value.FakeID {
		p.errorf(s.Node.Get("x-value"), "%s needs a format; add x-value-format, for example \"uuid\" or \"hex 32\"", s.Value)
	}
	plus, err := value.ParseAdjust(kind, texts["x-value-offset"], "")
	if err != nil {
		p.errorf(s.Node.Get("x-value-offset"), "%v", err)
	}
	cut, err := value.ParseAdjust(kind, "", texts["x-value-truncate"])
	if err != nil {
		p.errorf(s.Node.Get("x-value-truncate"), "%v", err)
	}
	s.Adjust = value.Adjust{Offset: plus.Offset, Truncate: cut.Truncate}
	p.exceptions(s, kind)
}

// exceptions reads what a provider is known to write beside the format of x-value. An exception that
// accepts nothing else has no effect, which only its own examples can show: see the linter.
func (p *parser) exceptions(s *Schema, kind value.Kind) {
	if n := s.Node.Get("x-value-exceptions"); n != nil {
		for i, text := range p.distinct(n) {
			whole := n.Items[i]
			whole.Text = "^(?:" + text + ")$"
			if pattern := p.pattern(&whole); pattern != nil {
				s.Exceptions.Patterns = append(s.Exceptions.Patterns, pattern)
			}
		}
		if s.check(value.Words{}) == nil {
			p.errorf(n, "%s may be any %s, so x-value-exceptions has no effect; leave it out", s.Value, kind)
		}
	}
	if n := s.Node.Get("x-value-ahead"); n != nil {
		ahead, err := time.ParseDuration(p.text(n))
		if err != nil || ahead <= 0 || kind != value.Time {
			p.errorf(n, "x-value-ahead needs a time and a duration above zero, for example 168h")
		}
		s.Exceptions.Ahead = ahead
	}
	if n := s.Node.Get("x-value-until"); n != nil {
		until, err := time.ParseDuration(p.text(n))
		if err != nil || until <= 0 {
			p.errorf(n, "x-value-until needs a duration above zero, for example 168h")
		}
		s.Until = until
	}
}

// MayBeEmpty reports whether an empty text can be right as the value of x-value.
func (s *Schema) MayBeEmpty() bool {
	check := s.check(value.Words{})
	return check == nil || check.Accepts("", value.Span{})
}

// check is the check of x-value; nil without one, and for values that can be anything.
func (s *Schema) check(words value.Words) *value.Check {
	if s.Value == "" || s.Format == (value.Format{}) {
		return nil
	}
	exceptions := s.Exceptions
	for _, list := range [][]document.Node{s.Values, s.Known} {
		for i := range list {
			exceptions.Listed = append(exceptions.Listed, list[i].Text)
		}
	}
	check := value.NewCheck(s.Value, s.Format, s.Adjust.Offset, exceptions, words)
	if !check.Checks() {
		return nil
	}
	return &check
}
