package generator_test

import (
	"encoding/json"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/brianvoe/gofakeit/v7"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// BenchmarkGenerate writes events of every type in turn, on one core, and beside
// it, block by block in the same run, lets a plain walk of the schema with
// gofakeit and json.Marshal do the same. Each pays for its own garbage.
// naive/ours is how many times as long the walk takes.
func BenchmarkGenerate(b *testing.B) {
	const block = 20
	catalog := embedded(b)
	g := maker(b, catalog, generator.Options{})
	var requests []generator.Request
	var shapes []*jsonschema.Schema
	for _, e := range catalog.Types() {
		requests = append(requests, request(routeOf(b, e), 1, item(e.Name)))
		shapes = append(shapes, e.Root())
	}
	walker := naive{gofakeit.NewFaker(prng.New(1), false)}
	write := func(round int) (size int) {
		for n := range requests {
			requests[n].Seed = uint64(round)
			event, err := g.Event(requests[n])
			if err != nil {
				b.Fatal(err)
			}
			size += len(event.Body)
		}
		return size
	}
	walk := func(int) (size int) {
		for n, shape := range shapes {
			body, err := json.Marshal(walker.walk(requests[n].Route, shape))
			if err != nil {
				b.Fatal(err)
			}
			size += len(body)
		}
		return size
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var ours, theirs tally
	ours.run(write, 0, 200) // each example is compiled when it is first chosen
	ours = tally{}
	rounds := 0
	for b.Loop() {
		ours.run(write, rounds, block)
		theirs.run(walk, rounds, block)
		rounds += block
	}
	count := float64(rounds * len(requests))
	b.ReportMetric(float64(theirs.duration)/float64(ours.duration), "naive/ours")
	b.ReportMetric(float64(ours.size)/count, "bytes/event")
	b.ReportMetric(float64(theirs.size)/count, "naive-bytes/event")
	b.ReportMetric(count/ours.duration.Seconds(), "ours/s")
	b.ReportMetric(count/theirs.duration.Seconds(), "naive/s")
}

type tally struct {
	duration time.Duration
	size     int
}

func (t *tally) run(do func(round int) int, from, rounds int) {
	runtime.GC()
	start := cpu()
	for i := range rounds {
		t.size += do(from + i)
	}
	t.duration += cpu() - start
}

// cpu is the processor time that the process has used.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// A naive generator does what a plain walk does: it builds a tree of maps by the
// schema, asks gofakeit for each value, and marshals the tree. It spells ids by
// the route's template, as we do. It has 75 of 100 optional keys, so that it
// writes nearly as much: see bytes/event and naive-bytes/event.
type naive struct{ *gofakeit.Faker }

func (n naive) walk(route *schemas.Route, s *jsonschema.Schema) any {
	switch {
	case len(s.Values) > 0:
		return s.Values[n.IntN(len(s.Values))].Any()
	case len(s.Known) > 0:
		return s.Known[n.IntN(len(s.Known))].Any()
	case s.Value != "":
		return n.value(route, s)
	case slices.Contains(s.Types, "object"):
		object := map[string]any{}
		n.object(route, s, object)
		return object
	case s.Items != nil:
		return []any{n.walk(route, s.Items)}
	case s.Prefix != nil:
		return []any{n.walk(route, s.Prefix[0])}
	case slices.Contains(s.Types, "boolean"):
		return n.Bool()
	case slices.Contains(s.Types, "integer"):
		return n.IntRange(1, 1000)
	}
	return n.Word()
}

func (n naive) object(route *schemas.Route, s *jsonschema.Schema, object map[string]any) {
	for _, p := range s.Properties {
		if slices.Contains(s.Required, p.Name) || n.IntN(100) < 75 {
			object[p.Name] = n.walk(route, p.Schema)
		}
	}
	for _, inner := range s.Parts() {
		n.object(route, inner, object)
	}
	if len(s.OneOf) > 0 {
		n.object(route, s.OneOf[n.IntN(len(s.OneOf))], object)
	}
}

func (n naive) value(route *schemas.Route, s *jsonschema.Schema) any {
	switch kind, _ := value.KindOf(s.Value); kind {
	case value.ID:
		return n.id(route, s.Value)
	case value.Phone:
		return n.Phone()
	case value.Time:
		return n.Date().Unix()
	case value.Number:
		return n.IntRange(1, 1000)
	case value.Bool:
		return n.Bool()
	case value.Money:
		return strconv.FormatFloat(n.Price(0, 10), 'f', 4, 64)
	}
	switch s.Value {
	case "app.name":
		return n.Company()
	case "recipient.name", "fake.full_name":
		return n.Name()
	case "fake.email":
		return n.Email()
	case "media.url", "fake.url", "error.href":
		return n.URL()
	case "fake.sentence", "message.text", "error.reason", "error.title", "media.caption":
		return n.Sentence()
	}
	return n.Word()
}

// id formats an ID by the route's template.
func (n naive) id(route *schemas.Route, name string) string {
	template, ok := route.ID(name)
	if !ok {
		return n.UUID()
	}
	return regexp.MustCompile(`{{([^}|]*)\|?([^}]*)}}`).ReplaceAllStringFunc(template.String(), func(place string) string {
		word, count, _ := strings.Cut(strings.Trim(place[strings.Index(place, "|")+1:], "{}"), " ")
		length, _ := strconv.Atoi(count)
		switch word {
		case "uuid":
			return n.UUID()
		case "digits", "number":
			return n.DigitN(uint(length))
		case "hex":
			return n.Regex("[0-9a-f]{" + count + "}")
		case "base62", "base64url":
			return n.Regex("[0-9A-Za-z]{" + count + "}")
		}
		return n.DigitN(10)
	})
}
