package value

import (
	"slices"
	"strings"
)

// leftover returns why a value is empty or left over from a document; "" if it is neither.
func (c *Check) leftover(text string) string {
	switch {
	case text == "":
		if c.filled || c.kind == Time || c.kind == Number {
			return "it is empty"
		}
		return ""
	case c.kind == Time && len(text) > len("12345678") && strings.HasPrefix("12345678901234567890", text):
		return "the digits of an example"
	case (c.kind == Time || c.kind == Phone || c.bounds != nil) && isAbsent(text):
		return "a program wrote it instead of a value"
	case (c.kind == Time || c.kind == Phone || c.bounds != nil) && !strings.ContainsAny(text, "0123456789@"):
		return "a word, where a value belongs"
	case c.kind == Phone && IsMasked(text):
		return "its digits are masked"
	case !c.placeholders && c.kind != Time:
		return ""
	case isAbsent(text):
		return "a program wrote it instead of a value"
	case c.words.has(text) || isNotation(text, c.name):
		return "a placeholder that was not filled in"
	}
	return ""
}

// isAbsent reports whether a text is what programs write where a value is missing.
func isAbsent(text string) bool {
	switch text {
	case "null", "NULL", "undefined", "nil", "None", "NaN", "[object Object]", "%s", "string":
		return true
	}
	return false
}

// mayBeLeftover reports whether a text may be left over: it is the filter that nearly all values pass.
func mayBeLeftover(text string) bool {
	switch first := text[0]; {
	case first == '{' || first == '<' || first == '[' || first == '$' || first == '%' || first == 'n' || first == 'u' || first == 's' && len(text) == len("string"):
		return true
	case first >= 'A' && first <= 'Z' || first == '_':
		if isCapitals(text) || len(text) < len("null") || text == "None" {
			return true
		}
	}
	return strings.IndexByte(text, '{') >= 0
}

// isNotation reports whether a text is a placeholder: "{{…}}" anywhere; or as a whole "<…>", "[…]", "{…}", or
// capitals such as MESSAGE_ID. A name in capitals is a placeholder only if it names what belongs there.
func isNotation(text string, name bool) bool {
	if open := strings.Index(text, "{{"); open >= 0 && strings.Contains(text[open:], "}}") {
		return true
	}
	if strings.HasPrefix(text, "${") && strings.HasSuffix(text, "}") {
		return true
	}
	for _, pair := range []string{"<>", "[]", "{}"} {
		if len(text) > 2 && text[0] == pair[0] && text[len(text)-1] == pair[1] {
			return true
		}
	}
	if !isCapitals(text) || len(text) < 2 {
		return false
	}
	if !name {
		return true
	}
	words := strings.Split(text, "_")
	return text == "NAME" || len(words) > 1 && slices.ContainsFunc(words, func(word string) bool {
		return slices.Contains([]string{"NAME", "APP", "USER", "CUSTOMER", "CONTACT", "TEMPLATE", "PHONE", "NUMBER", "EMAIL", "FILE"}, word)
	})
}

// isCapitals reports whether a text has nothing but capital letters and underscores.
func isCapitals(text string) bool {
	for i := range len(text) {
		if c := text[i]; (c < 'A' || c > 'Z') && c != '_' {
			return false
		}
	}
	return true
}

// IsMasked reports whether a phone number has letters or stars in place of some digits: 91XX985XX10X.
func IsMasked(text string) bool {
	masked := false
	for _, r := range strings.TrimPrefix(text, "+") {
		switch {
		case r >= '0' && r <= '9' || isSeparator(r):
		case r == 'x' || r == 'X' || r == '*' || r == '•' || r == '#' || r == '…':
			masked = true
		default:
			return false
		}
	}
	return masked
}
