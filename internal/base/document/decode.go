package document

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// maxProblems bounds the problems of one file that are reported at once.
const maxProblems = 100

// An Unmarshaler decodes itself from a node, because it has several notations or parses a text. It
// reports errors with [Decoder.Errorf].
type Unmarshaler interface {
	UnmarshalNode(d *Decoder, n *Node)
}

// A Checker checks what tags can't express, after n was decoded without errors: keys that exclude each
// other, a minimum above a maximum.
type Checker interface {
	CheckNode(d *Decoder, n *Node)
}

// Decode decodes a node of the file into the value that into points to, strictly: a key
// that no field has, a value of another type, and a missing required key are errors, each
// with its line and column, and all of them come at once, joined.
//
// A struct's fields name their keys by tags:
//
//	Method string   `key:"method" oneof:"POST PUT GET"`
//	Delays []time.Duration `key:"delays"`
//	Jitter int      `key:"jitter" min:"0" max:"1000"`
//	Header string   `key:"header,required" pattern:"^[A-Za-z-]+$" want:"the name of a header"`
//	Limit  int      `key:"max_items" was:"most,limit" default:"10"`
//
// The option after the key is required (the key is there, and a string or a list is not
// empty), present (the key is there), nonempty (a string or a list is not empty if the key is
// there) or rest (an [Entries] that takes every key that no other field names). The tag default
// is the value without the key, a whole number or a string. The tag was lists former names
// of the key: an error about one of them names the key. The keys of an
// embedded struct without a tag are those of the struct around it. A field without a tag
// is not decoded. Fields are strings, booleans, integers, durations ([ParseDuration]),
// nodes, structs, and pointers, slices, [Entries] and [Located] of these.
func (f *File) Decode(n *Node, into any) error {
	d := &Decoder{file: f}
	d.Decode(n, into)
	return d.Err()
}

// A Decoder decodes the nodes of one file and collects the errors.
type Decoder struct {
	file     *File
	problems []*Error
}

// NewDecoder returns a decoder for nodes of a file.
func NewDecoder(f *File) *Decoder { return &Decoder{file: f} }

// File is the file that is decoded.
func (d *Decoder) File() *File { return d.file }

// Err joins the errors so far, in the order of the file; nil without errors.
func (d *Decoder) Err() error {
	var all []error
	for _, one := range d.Errors() {
		all = append(all, one)
	}
	return errors.Join(all...)
}

// Errors are the errors so far, in the order of the file.
func (d *Decoder) Errors() []*Error {
	all := slices.Clone(d.problems)
	slices.SortStableFunc(all, func(a, b *Error) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return all
}

// Report adds an error of another check of the file, or each of several joined errors; nil adds
// nothing.
func (d *Decoder) Report(err error) {
	if err == nil {
		return
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range joined.Unwrap() {
			d.Report(one)
		}
		return
	}
	one, ok := errors.AsType[*Error](err)
	if !ok {
		one = d.file.errorAt(d.file.Root.Start, "%v", err)
	}
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, one)
	}
}

// Errorf adds an error at the start of a node.
func (d *Decoder) Errorf(n *Node, format string, args ...any) {
	d.Report(d.file.Errorf(n, format, args...))
}

// Decode decodes a node into the value that into points to, and reports whether that succeeded.
func (d *Decoder) Decode(n *Node, into any) bool {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		panic(fmt.Sprintf("document: decode into %T: want a pointer", into))
	}
	before := len(d.problems)
	d.value(n, v.Elem(), rules{})
	return len(d.problems) == before
}

var (
	durationType = reflect.TypeFor[time.Duration]()
	nodeType     = reflect.TypeFor[Node]()
)

// value decodes a node into a settable value.
func (d *Decoder) value(n *Node, v reflect.Value, r rules) {
	before := len(d.problems)
	switch u := v.Addr().Interface().(type) {
	case wrapper:
		u.decode(d, n, r)
	case Unmarshaler:
		u.UnmarshalNode(d, n)
	default:
		d.plain(n, v, r)
	}
	if c, ok := reflect.TypeAssert[Checker](v.Addr()); ok && len(d.problems) == before {
		c.CheckNode(d, n)
	}
}

// plain decodes a node into a value that doesn't decode itself.
func (d *Decoder) plain(n *Node, v reflect.Value, r rules) {
	switch {
	case v.Type() == nodeType:
		v.Set(reflect.ValueOf(*n))
		return
	case v.Type() == durationType:
		d.duration(n, v)
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if v.Type().Elem() == nodeType { // the node itself, for later errors
			v.Set(reflect.ValueOf(n))
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem(), r)
	case reflect.Struct:
		d.object(n, v, r)
	case reflect.Slice:
		d.array(n, v, r)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Uint64:
		d.scalar(n, v, r)
	default:
		panic(fmt.Sprintf("document: decode into %s: this type has no notation", v.Type()))
	}
}

func (d *Decoder) duration(n *Node, v reflect.Value) {
	span, err := ParseDuration(n.Text)
	if err != nil || n.Kind != String {
		d.Errorf(n, `expected a duration from 0s to 366d (for example "90s" or "7d"), found %s`, n.Describe())
		return
	}
	v.SetInt(int64(span))
}

func (d *Decoder) array(n *Node, v reflect.Value, r rules) {
	want := cmp.Or(r.want, "a list")
	if n.Kind != Array {
		d.Errorf(n, "expected %s, found %s", want, n.Describe())
		return
	}
	if (r.required || r.nonempty) && len(n.Items) == 0 {
		d.Errorf(n, "expected %s with at least one entry, found %s", want, n.Describe())
		return
	}
	if v.Type().Elem().Kind() == reflect.Slice {
		r.required, r.nonempty = false, false
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i := range n.Items {
		d.value(&n.Items[i], v.Index(i), r)
	}
}

// object decodes a mapping into a struct. The rules are those of its further keys.
func (d *Decoder) object(n *Node, v reflect.Value, r rules) {
	tags := tagsOf(v.Type())
	if n.Kind != Object {
		d.Errorf(n, "expected a mapping, found %s", n.Describe())
		return
	}
	d.Report(d.file.unknown(n, tags.known, tags.renamed, tags.rest != nil))
	for i := range tags.fields {
		f := &tags.fields[i]
		if f.rest {
			continue
		}
		switch child := n.Get(f.key); {
		case child != nil:
			d.value(child, v.FieldByIndex(f.index), f.rules)
		case f.required && !slices.ContainsFunc(f.was, func(was string) bool { return n.Get(was) != nil }):
			d.Errorf(n, "missing key %q", f.key)
		case f.present:
			d.Errorf(n, "missing key %q; use %s: [] for an empty list", f.key, f.key)
		case f.otherwise != "":
			d.value(defaultNode(f.otherwise), v.FieldByIndex(f.index), f.rules)
		}
	}
	if tags.rest != nil {
		others := *n
		others.Members = slices.DeleteFunc(slices.Clone(n.Members), func(m Member) bool { return slices.Contains(tags.known, m.Key) || tags.renamed[m.Key] != "" })
		d.value(&others, v.FieldByIndex(tags.rest.index), r)
	}
}

// A Located is a value with its node, for errors of later checks.
type Located[T any] struct {
	Value T
	Node  *Node
}

func (l *Located[T]) decode(d *Decoder, n *Node, r rules) {
	l.Node = n
	d.value(n, reflect.ValueOf(&l.Value).Elem(), r)
}

// A wrapper has values that follow the rules of its field.
type wrapper interface {
	decode(d *Decoder, n *Node, r rules)
	schema(b *SchemaBuilder, r rules) Schema
}

// Entries are the members of a mapping with keys of the user's choice, in the order of the
// file.
type Entries[T any] []Entry[T]

// An Entry is one member of a mapping. Key locates the key.
type Entry[T any] struct {
	Name  string
	Key   *Node
	Value T
}

func (e *Entries[T]) decode(d *Decoder, n *Node, r rules) {
	if n.Kind != Object {
		d.Errorf(n, "expected a mapping, found %s", n.Describe())
		return
	}
	*e = make(Entries[T], len(n.Members))
	for i := range n.Members {
		m := &n.Members[i]
		(*e)[i] = Entry[T]{Name: m.Key, Key: &Node{Start: m.KeyStart}}
		d.value(&m.Value, reflect.ValueOf(&(*e)[i].Value).Elem(), r)
	}
}

// Names are the keys, in the order of the file.
func (e Entries[T]) Names() []string {
	names := make([]string, len(e))
	for i := range e {
		names[i] = e[i].Name
	}
	return names
}

// Remarks are the keys that each mapping of a provider's data may have: the source of a fact, or that
// it is assumed, and a note.
type Remarks struct {
	Source  string `key:"source"`
	Assumed bool   `key:"assumed" oneof:"true"`
	Note    string `key:"note"`
}

// A Mapping has keys of the user's choice, and remarks.
type Mapping[T any] struct {
	Remarks
	Each Entries[T] `key:",rest"`
}

// Enum decodes a string that is one of the known values.
func (d *Decoder) Enum(n *Node, known ...string) (word string) {
	d.value(n, reflect.ValueOf(&word).Elem(), rules{oneOf: known})
	return word
}

// OneKey returns the one key that an object has of several; any other number of them is an error.
func (d *Decoder) OneKey(n *Node, keys ...string) string {
	var found []string
	for _, key := range keys {
		if n.Get(key) != nil {
			found = append(found, key)
		}
	}
	if len(found) == 1 {
		return found[0]
	}
	if len(found) == 0 {
		d.Errorf(n, "missing key: one of %s is required", strings.Join(keys, ", "))
	} else {
		d.Errorf(n, "keys %s exclude each other; keep one", strings.Join(found, " and "))
	}
	return ""
}
