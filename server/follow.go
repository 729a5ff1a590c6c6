package server

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/ringback-dev/ringback/internal/journal"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Follow yields the entries of all sessions as they are added or changed, from now on,
// until the context ends.
func (s *Server) Follow(ctx context.Context) iter.Seq[Entry] {
	after := s.journal.Last()
	return func(yield func(Entry) bool) {
		s.journal.Follow(ctx, journal.Query{}, after)(func(e journal.Entry) bool { return yield(entryOf(e)) })
	}
}

// noEndpoint says why a webhook goes to no endpoint, and what to do.
func (s *Server) noEndpoint(route *schemas.Route) string {
	if text, ok := s.noEndpoints.Load(route); ok {
		return text.(string)
	}
	way := "the control API: POST /api/v1/state/commands, subscription.create"
	for _, a := range s.apis.APIs {
		if a.Command == "subscription.create" && slices.Contains(a.Routes, route) {
			way = a.Method + " " + a.Path
			break
		}
	}
	text := fmt.Sprintf("no subscription matches, and --to has no URL for %s; subscribe with %s, or set --to URL", route.Name, way)
	s.noEndpoints.Store(route, text)
	return text
}
