package generator

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/jsonschema"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Bodies with the same key differ in nothing that their schema compares: each is written without a
// proof, and outlined from its JSON.
func TestProven_SameKeySameOutline(t *testing.T) {
	t.Parallel()
	catalog, err := schemas.Load(schemas.Linted(os.DirFS("../../schemas")))
	require.NoError(t, err)
	shared, keyed := 0, 0
	for _, fill := range Fills() {
		g, err := New(catalog, Options{Fill: fill})
		require.NoError(t, err)
		for _, eventType := range catalog.Types() {
			outlines := map[uint64]string{}
			compared := map[string]bool{}
			comparedPlaces(eventType.Root(), "", compared)
			for seed := range uint64(60) {
				key, body := keyOf(t, g, eventType, seed)
				if key == 0 {
					continue
				}
				keyed++
				root, _, err := document.JSON(body, document.BodyLimits())
				require.NoError(t, err)
				outline := outlineOf(&root, "", compared)
				if before, ok := outlines[key]; ok {
					shared++
					require.Equal(t, before, outline, "%s, seed %d", eventType.Name, seed)
				}
				outlines[key] = outline
			}
		}
	}
	require.Greater(t, shared, keyed/2, "few bodies share a key")
}

func keyOf(t *testing.T, g *Generator, eventType *schemas.EventType, seed uint64) (uint64, []byte) {
	t.Helper()
	delivered := scenarios.Message{Name: "m", Sent: time.Second, Delivered: time.Second, Read: time.Second}
	w := &encoder{values: values{retained: &retained{}}}
	request := Request{
		Route: eventType.Routes()[0], Run: seed, Seed: seed, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Items: []scenarios.Item{{Event: eventType.Name, At: time.Minute, Message: delivered, Reply: &delivered}},
	}
	p, err := g.program(request.Route, g.account(&request), &request.Items[0], itemSeed(seed, 0))
	require.NoError(t, err)
	body, err := g.write(w, p, &request, 0)
	if err != nil {
		return 0, nil // a value is missing
	}
	return p.proven.key(w), body
}

// outlineOf is a body without the values that the schema doesn't compare.
func outlineOf(n *document.Node, at string, compared map[string]bool) string {
	var b strings.Builder
	switch n.Kind {
	case document.Object:
		for i := range n.Members {
			m := &n.Members[i]
			fmt.Fprintf(&b, "%q:%s,", m.Key, outlineOf(&m.Value, at+document.Pointer(m.Key), compared))
		}
	case document.Array:
		for i := range n.Items {
			b.WriteString(outlineOf(&n.Items[i], at+"/*", compared) + ",")
		}
	default:
		if compared[at] {
			return n.Compact(1 << 10)
		}
	}
	return n.Kind.String() + "{" + b.String() + "}"
}

// A value that was taken back leaves no free part behind.
func TestProven_TakenBackIsCompared(t *testing.T) {
	t.Parallel()
	w := &encoder{}
	w.out = append(w.out, `{"a":"free"`...)
	w.free = append(w.free, freeValue{5, 11})
	w.takeBack(5)
	w.out = append(w.out, `"kept"}`...)
	require.Empty(t, w.free)
	p := newProven(&jsonschema.Schema{})
	kept := p.key(w)
	w.out = []byte(`{"a":"else"}`)
	require.NotEqual(t, kept, p.key(w))
	w.free = []freeValue{{5, 11}}
	free := p.key(w)
	w.out = []byte(`{"a":"free"}`)
	require.Equal(t, free, p.key(w), "only the type counts")
	w.out = []byte(`{"a":123456}`)
	require.NotEqual(t, free, p.key(w), "another type")
}
