package document

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// rules are what the tags of a field require of a scalar, or of each element of a list.
type rules struct {
	// nonempty is required of a value that is there, present of the key, required of both.
	required, nonempty, present bool
	oneOf                       []string
	min, max                    string
	// pattern is a regular expression, and want says in words what it requires.
	pattern, want string
	compiled      *regexp.Regexp // the pattern; nil without one
}

// A field is a struct's field that has a key.
type field struct {
	rules
	key string
	// was are former names of the key.
	was []string
	// otherwise is the value without the key, or "".
	otherwise string
	rest      bool
	index     []int
}

// tags are what the tags of a struct say.
type tags struct {
	fields  []field
	known   []string          // the keys, without that of rest
	renamed map[string]string // former name → key
	rest    *field            // nil without one
}

// tagsByType keeps the tags of each type that was decoded: files have the same types again and again.
var tagsByType sync.Map // reflect.Type → *tags

func tagsOf(of reflect.Type) *tags {
	if found, ok := tagsByType.Load(of); ok {
		return found.(*tags)
	}
	t := &tags{fields: fieldsOf(of, nil), renamed: map[string]string{}}
	for i := range t.fields {
		f := &t.fields[i]
		if f.rest {
			t.rest = f
			continue
		}
		t.known = append(t.known, f.key)
		for _, was := range f.was {
			t.renamed[was] = f.key
		}
	}
	found, _ := tagsByType.LoadOrStore(of, t)
	return found.(*tags)
}

// fieldsOf are the fields that have a key, those of embedded structs included. A tag that
// can't be read is a mistake in our code, so it panics.
func fieldsOf(t reflect.Type, prefix []int) []field {
	var all []field
	for i := range t.NumField() {
		f := t.Field(i)
		index := append(slices.Clone(prefix), i)
		tag, tagged := f.Tag.Lookup("key")
		if !tagged {
			if f.Anonymous && f.Type.Kind() == reflect.Struct {
				all = append(all, fieldsOf(f.Type, index)...)
			}
			continue
		}
		if !f.IsExported() {
			panic(fmt.Sprintf("document: field %s.%s has a key and is not exported", t, f.Name))
		}
		key, option, _ := strings.Cut(tag, ",")
		one := field{key: key, was: formerNames(f), otherwise: f.Tag.Get("default"), index: index, rest: option == "rest", rules: rules{
			required: option == "required", nonempty: option == "nonempty", present: option == "present", oneOf: strings.Fields(f.Tag.Get("oneof")),
			min: f.Tag.Get("min"), max: f.Tag.Get("max"), pattern: f.Tag.Get("pattern"), want: f.Tag.Get("want"),
		}}
		if !slices.Contains([]string{"", "rest", "required", "nonempty", "present"}, option) {
			panic(fmt.Sprintf("document: field %s.%s has the unknown option %q", t, f.Name, option))
		}
		if one.pattern != "" {
			one.compiled = regexp.MustCompile(one.pattern)
		}
		all = append(all, one)
	}
	return all
}

func formerNames(f reflect.StructField) []string {
	was, tagged := f.Tag.Lookup("was")
	if !tagged {
		return nil
	}
	return strings.Split(was, ",")
}

// Keys are the keys of a struct that [File.Decode] decodes into.
func Keys(of any) []string {
	return slices.Clone(tagsOf(reflect.TypeOf(of)).known)
}

// scalar decodes a string, a boolean or a number by its rules.
func (d *Decoder) scalar(n *Node, v reflect.Value, r rules) {
	switch v.Kind() {
	case reflect.String:
		d.text(n, v, r)
	case reflect.Bool:
		if n.Kind != Bool || len(r.oneOf) > 0 && !slices.Contains(r.oneOf, n.Text) {
			d.Errorf(n, "expected %s, found %s", boolText(r), n.Describe())
			return
		}
		v.SetBool(n.Text == "true")
	default:
		d.number(n, v, r)
	}
}

func boolText(r rules) string {
	if len(r.oneOf) > 0 {
		return strings.Join(r.oneOf, " or ") + ", or no such key"
	}
	return "true or false"
}

func (d *Decoder) text(n *Node, v reflect.Value, r rules) {
	switch {
	case len(r.oneOf) > 0 && (n.Kind != String || !slices.Contains(r.oneOf, n.Text)):
		d.Errorf(n, "unexpected %s; %s", n.Describe(), OneOf(n.Text, r.oneOf))
	case n.Kind != String:
		d.Errorf(n, "expected %s, found %s", cmp.Or(r.want, "a string"), n.Describe())
	case (r.required || r.nonempty) && n.Text == "":
		d.Errorf(n, "expected a string that is not empty")
	case r.compiled != nil && !r.compiled.MatchString(n.Text):
		d.Errorf(n, "expected %s, found %s", cmp.Or(r.want, "a string that matches "+r.pattern), n.Describe())
	default:
		v.SetString(n.Text)
	}
}

const maxWholeNumber = 1_000_000_000

// number decodes a whole number from min to max, by default from 0 to [maxWholeNumber].
func (d *Decoder) number(n *Node, v reflect.Value, r rules) {
	low, high := bound(r.min, 0), bound(r.max, maxWholeNumber)
	number, err := strconv.ParseInt(n.Text, 10, 64)
	if err != nil || n.Kind != Number || number < low || number > high {
		d.Errorf(n, "expected a whole number from %d to %d, found %s", low, high, n.Describe())
		return
	}
	if v.Kind() == reflect.Uint64 {
		v.SetUint(uint64(number))
		return
	}
	v.SetInt(number)
}

func bound(text string, otherwise int64) int64 {
	if text == "" {
		return otherwise
	}
	number, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic(fmt.Sprintf("document: tag with the bound %q: %v", text, err))
	}
	return number
}

// defaultNode is the node of a default: a whole number or a string.
func defaultNode(text string) *Node {
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return &Node{Kind: Number, Text: text}
	}
	return &Node{Kind: String, Text: text}
}
