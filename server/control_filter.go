package server

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/journal"
)

// How long a page is.
const (
	defaultPage = 50
	maxPage     = 500
)

// filterNames are the parameters that choose entries of the journal.
func filterNames() []string {
	return []string{"run", "route", "event", "type", "operation", "id", "phone", "state", "status", "text", "since", "until", "after"}
}

// query is what the parameters ask of the journal. A name that fits nothing,
// because it does not exist, is rejected: it would go unnoticed.
func (c *control) query(a apiRequest, kind journal.Kind) (journal.Query, error) {
	p := a.params
	q := journal.Query{
		Session: a.session, Kind: kind, Run: p["run"], Route: p["route"], Event: p["event"], Type: p["type"], Operation: p["operation"], ID: p["id"],
		Phone: p["phone"], State: p["state"], Status: p["status"], Text: p["text"], Cursor: p["cursor"],
	}
	if kind == "" {
		q.Kind = journal.Kind(p["kind"])
	}
	var err error
	now := time.Now()
	if q.Since, err = p.moment("since", now); err != nil {
		return q, err
	}
	if q.Until, err = p.moment("until", now); err != nil {
		return q, err
	}
	if p["after"] != "" {
		if q.After, err = strconv.ParseUint(p["after"], 10, 64); err != nil {
			return q, p.bad("after", "want the seq of an entry")
		}
	}
	if q.Limit, err = p.number("limit", defaultPage, 1, maxPage); err != nil {
		return q, err
	}
	if err := c.names(p); err != nil {
		return q, err
	}
	if err := q.Check(); err != nil {
		return q, reject(http.StatusBadRequest, "read query: %w", err)
	}
	return q, nil
}

// names rejects unknown routes, events and types.
func (c *control) names(p params) error {
	types := func() []string {
		var names []string
		for _, t := range c.catalog.Types() {
			names = append(names, t.Name)
		}
		return names
	}
	for _, one := range []struct {
		param string
		known func() []string
	}{{"route", c.catalog.Routes}, {"event", canonical.Events}, {"type", types}} {
		name := p[one.param]
		if name == "" || strings.ContainsRune(name, '*') && one.param != "route" {
			continue
		}
		if known := one.known(); !slices.Contains(known, name) {
			return withParameter(one.param, reject(http.StatusBadRequest, "read %s: unknown name %s; %s", one.param, document.Quote(document.Shorten(name, 60)), nearOf(name, known, "GET "+controlPrefix+"/catalog/event-types lists all")))
		}
	}
	return nil
}

// nearOf is the nearest known name, or all of them if they are few; otherwise elsewhere.
func nearOf(name string, known []string, elsewhere string) string {
	const few = 40
	if hint := document.OneOf(name, known); len(known) <= few || !strings.HasPrefix(hint, "known:") {
		return hint
	}
	return elsewhere
}
