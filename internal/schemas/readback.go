package schemas

import (
	"slices"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// CanonicalEvents returns the canonical events that a body of a type has on the route, those with the
// most conditions first. The body has one item. A status that stands for a canonical reason fits every
// event that has such a status.
func (r *Route) CanonicalEvents(t *EventType, body *document.Node) []string {
	var events []string
	for _, rule := range t.canonical() {
		if rule.route == r && (rule.fits(body) || rule.fitsStatus(body)) && !slices.Contains(events, rule.event) {
			events = append(events, rule.event)
		}
	}
	return events
}

func (r *Route) isStatus(n *document.Node) bool {
	return n.Kind == document.String && n.Text != "" && slices.ContainsFunc(r.Reasons(), func(reason Reason) bool { return reason.Status == n.Text })
}

// ReasonsIn returns the canonical reasons that the body of a failure fits, by its status, or else by
// its code and texts; nil if the body has none of these.
func (r *Route) ReasonsIn(t *EventType, body *document.Node) []string {
	statuses := map[string]bool{}
	for _, rule := range r.Provider.mappings {
		for _, c := range rule.where {
			if found := body.At(document.Tokens(c.pointer)); rule.typeName == t.relative && r.appliesTo(rule.route) && found != nil && r.isStatus(found) {
				statuses[found.Text] = true
			}
		}
	}
	values := t.ValuesIn(body)
	known := false
	same := func(name, want string) bool {
		got, ok := values[name]
		known = known || ok
		return !ok || got.Text() == want
	}
	var names []string
	for _, reason := range r.Reasons() {
		if len(statuses) > 0 && statuses[reason.Status] ||
			len(statuses) == 0 && same("error.code", reason.Code) && same("error.reason", reason.Text) && same("error.title", reason.Title) {
			names = append(names, reason.Name)
		}
	}
	if len(statuses) == 0 && !known {
		return nil
	}
	return names
}

// HasValue reports whether bodies of the type may have a value of the run, as [EventType.Values]
// reads it.
func (t *EventType) HasValue(name string) bool { return t.valueNames()[name] }
