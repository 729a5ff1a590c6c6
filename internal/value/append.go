package value

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Append appends the JSON of what Format gives. It is Format for those who
// write many values: the common spellings allocate nothing.
func (s Spelling) Append(dst []byte, v Value) ([]byte, error) {
	if v.kind == s.kind {
		switch s.kind {
		case ID:
			if s.word != "number" {
				return AppendString(dst, v.text), nil
			}
		case Text:
			return AppendString(dst, formatText(s.word, v.text)), nil
		case Phone, Time:
			if out, quoted, ok := s.appendPlain(append(dst, '"'), v); ok && quoted {
				return append(out, '"'), nil
			} else if ok {
				return append(dst, out[len(dst)+1:]...), nil
			}
		}
	}
	formatted, err := s.Format(v)
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
func (s Spelling) AppendText(dst []byte, v Value) ([]byte, error) {
	if v.kind == s.kind {
		switch s.kind {
		case ID:
			if s.word != "number" {
				return append(dst, v.text...), nil
			}
		case Phone, Time:
			if out, _, ok := s.appendPlain(dst, v); ok {
				return out, nil
			}
		}
	}
	formatted, err := s.Format(v)
	if err != nil {
		return dst, err
	}
	return fmt.Append(dst, formatted), nil
}

// appendPlain appends the characters of a phone number or a time, and says
// whether they stand in quotes. It is not ok with what Format has to see to.
func (s Spelling) appendPlain(dst []byte, v Value) (out []byte, quoted, ok bool) {
	if s.kind == Time && !inYears(v.at) {
		return dst, false, false
	}
	switch s.word {
	case "msisdn":
		return append(dst, v.text...), true, true
	case "e164":
		return append(append(dst, '+'), v.text...), true, true
	case "msisdn_number":
		return append(dst, v.text...), false, true
	case "unix_s":
		return strconv.AppendInt(dst, v.at.Unix(), 10), false, true
	case "unix_s_string":
		return strconv.AppendInt(dst, v.at.Unix(), 10), true, true
	case "unix_ms":
		return strconv.AppendInt(dst, v.at.UnixMilli(), 10), false, true
	case "unix_ms_string":
		return strconv.AppendInt(dst, v.at.UnixMilli(), 10), true, true
	case "datetime":
		return v.at.AppendFormat(dst, time.DateTime), true, true
	case "rfc3339":
		return v.at.AppendFormat(dst, layoutRFC3339), true, true
	case "rfc3339_micro":
		return v.at.AppendFormat(dst, layoutRFC3339Micro), true, true
	case "date":
		return v.at.AppendFormat(dst, time.DateOnly), true, true
	}
	return dst, false, false
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
			dst = p.spelling.AppendMade(dst, source)
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
		if dst, err = p.spelling.AppendText(dst, found); err != nil {
			return dst, fmt.Errorf("expand template %q: %s: %w", t.text, p.name, err)
		}
	}
	return append(dst, t.after...), nil
}
