package engine_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ringback-dev/ringback/internal/engine"
	"github.com/ringback-dev/ringback/internal/engine/script"
	"github.com/ringback-dev/ringback/internal/generator"
	"github.com/ringback-dev/ringback/internal/scenarios"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/shipped"
	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

var update = flag.Bool("update", false, "write the golden files anew")

const frozenFile = "testdata/frozen.tsv"

// A frozenConsumer accepts each request and keeps a digest of it: when it came, its
// method, its headers as they are sent, and its body.
type frozenConsumer struct {
	startedAt time.Time

	mu      sync.Mutex
	digests []string
}

func (c *frozenConsumer) Attempt(_ context.Context, r delivery.Request) webhook.Attempt {
	var at [8]byte
	binary.BigEndian.PutUint64(at[:], uint64(time.Since(c.startedAt)))
	all := sha256.New()
	all.Write(at[:])
	fmt.Fprintf(all, "%s %s\n", r.Method, r.URL)
	for _, h := range r.Header {
		fmt.Fprintf(all, "%s: %s\n", h.Name, h.Value)
	}
	all.Write(r.Body)
	// The time leads, so that sorting restores the order that concurrency loses.
	digest := hex.EncodeToString(append(at[:], all.Sum(nil)...))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.digests = append(c.digests, digest)
	return webhook.Attempt{At: time.Now(), RequestHeaders: r.Header, Status: 200}
}

// sum is one digest of all requests, and their number.
func (c *frozenConsumer) sum() string {
	slices.Sort(c.digests)
	sum := sha256.Sum256([]byte(strings.Join(c.digests, "\n")))
	return fmt.Sprintf("%d %x", len(c.digests), sum[:12])
}

// frozen plays a scenario on a route in real time, in a bubble where days take no time.
// It returns "" where the route can't play it.
func frozen(t *testing.T, catalog *schemas.Catalog, g *generator.Generator, route *schemas.Route, one *scenarios.Scenario, seed uint64) string {
	t.Helper()
	// A campaign of a thousand conversations shows no more than one of twenty.
	plan, err := one.Plan(script.RouteOf(route), scenarios.Options{Seed: seed, Conversations: min(one.Conversations(), 20)})
	if err != nil {
		return ""
	}
	var secrets []string
	if route.Contract.Signature.Signs() {
		secrets = []string{"secret-of-the-test"}
	}
	target, err := engine.TargetOf(route, engine.TargetOptions{URL: "http://consumer.invalid/webhooks", Secrets: secrets, Concurrency: 64})
	require.NoError(t, err)
	var consumer *frozenConsumer
	synctest.Test(t, func(t *testing.T) {
		consumer = &frozenConsumer{startedAt: time.Now()}
		script := script.Script{Catalog: catalog, Generator: g, Route: route, Plan: plan, Start: time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)}
		for _, err := range engine.Play(t.Context(), script.Jobs(), []engine.Target{target}, consumer, engine.Speed{}) {
			require.NoError(t, err)
		}
	})
	return consumer.sum()
}

// What every scenario sends on every route is frozen for three seeds: times, methods,
// headers and bodies. A change that is meant is written by -update, and its commit gives
// the reason.
func TestSentWebhooks_EqualFrozenDigests(t *testing.T) {
	t.Parallel()
	catalog, err := shipped.Catalog()
	require.NoError(t, err)
	library, err := shipped.Library()
	require.NoError(t, err)
	g, err := generator.New(catalog, generator.Options{})
	require.NoError(t, err)
	var lines []string
	for _, one := range library.All() {
		for _, name := range catalog.Routes() {
			route, err := catalog.Route(name)
			require.NoError(t, err)
			if route.Name != name {
				continue
			}
			var sums strings.Builder
			for seed := uint64(1); seed <= 3; seed++ {
				fmt.Fprint(&sums, "\t", frozen(t, catalog, g, route, one, seed))
			}
			if sums.String() != "\t\t\t" { // the route can play it
				lines = append(lines, one.Name+"\t"+name+sums.String()+"\n")
			}
		}
	}
	slices.Sort(lines)
	got := strings.Join(lines, "")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(frozenFile, []byte(got), 0o644))
	}
	want, err := os.ReadFile(frozenFile)
	require.NoError(t, err, "go test ./internal/engine -update writes it")
	require.Equal(t, string(want), got, "what is sent has changed; if that is meant: go test ./internal/engine -update")
}
