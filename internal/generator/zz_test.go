package generator_test

import (
	"fmt"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	top "github.com/ringback-dev/ringback/schemas"
	"os"
	"strings"
	"testing"
	"time"
)

func TestZZ(t *testing.T) {
	c, err := schemas.Load(schemas.Linted(top.Files()))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range strings.Fields(os.Getenv("ZZ")) {
		parts := strings.Split(one, "=")
		fill := "typical"
		if len(parts) > 2 {
			fill = parts[2]
		}
		g, err := generator.New(c, generator.Options{Fill: generator.Fill(fill), Variant: os.Getenv("ZV")})
		if err != nil {
			t.Fatal(err)
		}
		r, err := c.Route(parts[0])
		if err != nil {
			t.Fatal(err)
		}
		for seed := uint64(0); seed < 6; seed++ {
			e, err := g.Event(generator.Request{Route: r, Run: seed, Seed: seed, Start: time.Date(2026, 11, 30, 10, 0, 0, 0, time.UTC), Items: []scenarios.Item{{Event: parts[1], Message: scenarios.Message{Name: "m", Delivered: scenarios.NotYet, Read: scenarios.NotYet}}}})
			fmt.Println(one, seed, string(e.Body), err)
		}
	}
}
