package jsonschema

import "github.com/ringback-dev/ringback/internal/base/value"

// valueKeywords reads x-value-format, x-value-offset and x-value-truncate beside x-value.
func (p *parser) valueKeywords(s *Schema) {
	s.Bounds = p.bounds(s)
	kind, ok := value.KindOf(s.Value)
	texts := map[string]string{}
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
}
