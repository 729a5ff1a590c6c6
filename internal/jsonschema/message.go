package jsonschema

import (
	"fmt"
	"math/big"
	"strings"
	"unicode/utf8"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// message says what the keyword of a leaf expects.
func (f *failure) message() string {
	s, v := f.schema, f.value
	switch f.keyword {
	case "minProperties":
		return fmt.Sprintf("at least %d properties, found %d", s.MinProperties, len(v.Members))
	case "maxProperties":
		return fmt.Sprintf("at most %d properties, found %d", s.MaxProperties, len(v.Members))
	case "minItems":
		return fmt.Sprintf("at least %d items, found %d", s.MinItems, len(v.Items))
	case "maxItems":
		return fmt.Sprintf("at most %d items, found %d", s.MaxItems, len(v.Items))
	case "uniqueItems":
		return "items that all differ"
	case "contains":
		return fmt.Sprintf("at least %d items that match the schema in contains", s.MinContains)
	case "maxContains":
		return fmt.Sprintf("at most %d items that match the schema in contains", s.MaxContains)
	case "minLength":
		return fmt.Sprintf("at least %d characters, found %d", s.Bounds.MinLength, utf8.RuneCountInString(v.Text))
	case "maxLength":
		return fmt.Sprintf("at most %d characters, found %d", s.Bounds.MaxLength, utf8.RuneCountInString(v.Text))
	case "minimum":
		return "at least " + decimal(s.Bounds.Min)
	case "exclusiveMinimum":
		return "more than " + decimal(s.Bounds.Min)
	case "maximum":
		return "at most " + decimal(s.Bounds.Max)
	case "exclusiveMaximum":
		return "less than " + decimal(s.Bounds.Max)
	case "multipleOf":
		return "a multiple of " + decimal(s.Bounds.MultipleOf)
	case keywordPattern:
		return "a match of the pattern " + s.Pattern.String()
	case keywordOneOf:
		return "a match of exactly one schema in oneOf"
	case "dependentRequired":
		return dependent(s.DependentRequired, v)
	case keywordPropertyNames:
		return "no keys"
	case "unevaluatedItems":
		return "no further item"
	case keywordEqual, keywordDifferent, keywordSamePhone, keywordInOrder, keywordMediaType, keywordPhoneInID:
		return f.related()
	}
	return ""
}

// dependent names the first missing key, and the key that requires it.
func dependent(dependencies []Dependency, v *document.Node) string {
	for _, d := range dependencies {
		for _, key := range d.Required {
			if v.Get(d.Name) != nil && v.Get(key) == nil {
				return "the key " + document.Quote(key) + ", which is required with " + document.Quote(d.Name)
			}
		}
	}
	return ""
}

func decimal(number *big.Rat) string {
	const digits = 6
	if number.IsInt() {
		return number.RatString()
	}
	return strings.TrimRight(number.FloatString(digits), "0")
}

// related says what a relation expects of its first value, and names the second.
func (f *failure) related() string {
	const longest = 60
	other := fmt.Sprintf("%s (%s)", document.Pointer(f.otherPath...), document.Shorten(f.other.Compact(longest), longest))
	switch f.keyword {
	case keywordEqual, keywordSamePhone:
		return "the value of " + other
	case keywordDifferent:
		return "another value than " + other
	case keywordInOrder:
		return "a time that is not after " + other
	case keywordMediaType:
		return "a type that fits the extension of " + other
	default:
		return "an ID with the number of " + other
	}
}
