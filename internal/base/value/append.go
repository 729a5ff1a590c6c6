package value

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Append appends the JSON of what Text gives.
func (s Format) Append(dst []byte, v Value) ([]byte, error) { return s.Appender()(dst, v) }

// Appender returns Append for those who write many values: what can be decided
// once is, and the common formats allocate nothing.
func (s Format) Appender() func(dst []byte, v Value) ([]byte, error) {
	fallback := s.appendFormatted
	checked := func(fast func(dst []byte, v Value) []byte) func([]byte, Value) ([]byte, error) {
		return func(dst []byte, v Value) ([]byte, error) {
			if v.kind != s.kind || v.kind == Time && !inYears(v.at) {
				return fallback(dst, v)
			}
			return fast(dst, v), nil
		}
	}
	quoted := func(fast func(dst []byte, v Value) []byte) func([]byte, Value) ([]byte, error) {
		return checked(func(dst []byte, v Value) []byte { return append(fast(append(dst, '"'), v), '"') })
	}
	if fast := s.plain(); fast != nil {
		if s.word == "msisdn_number" || s.word == "unix_s" || s.word == "unix_ms" {
			return checked(fast)
		}
		return quoted(fast)
	}
	switch {
	case s.kind == ID && s.word != "number", s.kind == Text && s.word == "plain":
		return checked(func(dst []byte, v Value) []byte { return AppendString(dst, v.text) })
	case s.kind == Text:
		return checked(func(dst []byte, v Value) []byte { return AppendString(dst, formatText(s.word, v.text)) })
	}
	return fallback
}

func (s Format) appendFormatted(dst []byte, v Value) ([]byte, error) {
	formatted, err := s.Text(v)
	if err != nil {
		return dst, err
	}
	switch formatted := formatted.(type) {
	case string:
		return AppendString(dst, formatted), nil
	case json.Number:
		return append(dst, formatted...), nil
	default:
		return fmt.Append(dst, formatted), nil // a bool
	}
}

// AppendText appends what a template shows of a value: the same characters
// without quotes or escapes.
func (s Format) AppendText(dst []byte, v Value) ([]byte, error) {
	if v.kind == s.kind {
		if s.kind == ID && s.word != "number" {
			return append(dst, v.text...), nil
		}
		if fast := s.plain(); fast != nil && (v.kind != Time || inYears(v.at)) {
			return fast(dst, v), nil
		}
	}
	formatted, err := s.Text(v)
	if err != nil {
		return dst, err
	}
	return fmt.Append(dst, formatted), nil
}

// plain returns what appends the characters of a phone number or a time,
// without quotes; nil for what Text has to see to.
func (s Format) plain() func(dst []byte, v Value) []byte {
	layout := func(layout string) func([]byte, Value) []byte {
		return func(dst []byte, v Value) []byte { return v.at.AppendFormat(dst, layout) }
	}
	switch s.word {
	case "msisdn", "msisdn_number":
		return func(dst []byte, v Value) []byte { return append(dst, v.text...) }
	case "e164":
		return func(dst []byte, v Value) []byte { return append(append(dst, '+'), v.text...) }
	case "unix_s", "unix_s_string":
		return func(dst []byte, v Value) []byte { return strconv.AppendInt(dst, v.at.Unix(), 10) }
	case "unix_ms", "unix_ms_string":
		return func(dst []byte, v Value) []byte { return strconv.AppendInt(dst, v.at.UnixMilli(), 10) }
	case "datetime":
		return layout(time.DateTime)
	case "datetime_ist":
		return func(dst []byte, v Value) []byte { return v.at.Add(offsetIST).AppendFormat(dst, time.DateTime) }
	case "rfc3339":
		return layout(layoutRFC3339)
	case "rfc3339_micro":
		return layout(layoutRFC3339Micro)
	case "date":
		return layout(time.DateOnly)
	}
	return nil
}

// AppendString appends a text as JSON. Characters beyond ASCII stay as they
// are; what is no UTF-8 becomes U+FFFD.
func AppendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	clean := 0
	for i := 0; i < len(text); {
		c := text[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRuneInString(text[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(append(dst, text[clean:i]...), escaped(c)...)
		i++
		clean = i
	}
	return append(append(dst, text[clean:]...), '"')
}

// escaped is a byte that cannot stand in a JSON string.
func escaped(c byte) string {
	switch {
	case c == '"':
		return `\"`
	case c == '\\':
		return `\\`
	case c == '\n':
		return `\n`
	case c == '\r':
		return `\r`
	case c == '\t':
		return `\t`
	case c < ' ':
		return fmt.Sprintf(`\u%04x`, c)
	}
	return "\ufffd"
}

// Append is [Template.Expand] for those who write many texts.
func (t Template) Append(dst []byte, lookup func(name string) (Value, bool), source Source) ([]byte, error) {
	var err error
	for i := range t.places {
		p := &t.places[i]
		dst = append(dst, p.before...)
		if p.name == random && source != nil {
			dst = p.format.AppendMade(dst, source)
			continue
		}
		found, ok := lookup(p.name)
		switch {
		case p.name == random:
			return dst, fmt.Errorf("expand template %q: random has no source", t.text)
		case !ok && p.optional:
			continue
		case !ok:
			return dst, fmt.Errorf("expand template %q: %s has no value", t.text, p.name)
		}
		if p.format.MadeFrom() && found.kind == Phone && source != nil {
			dst = p.format.AppendMadeFrom(dst, found, source)
			continue
		}
		if dst, err = p.format.AppendText(dst, found); err != nil {
			return dst, fmt.Errorf("expand template %q: %s: %w", t.text, p.name, err)
		}
	}
	return append(dst, t.after...), nil
}
