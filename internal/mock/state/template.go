package state

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// The states of a template.
const (
	pending  = "pending"
	approved = "approved"
	rejected = "rejected"
	paused   = "paused"
	disabled = "disabled"
)

func templateStatuses() []string { return []string{pending, approved, rejected, paused, disabled} }

// A Template is a message that the provider has to approve before it is sent.
type Template struct {
	ID string `json:"id"`
	// Scope is the provider's channel: "gupshup/whatsapp".
	Scope    string `json:"scope"`
	Name     string `json:"name"`
	Language string `json:"language,omitempty"`
	Category string `json:"category,omitempty"`
	// Status is pending, approved, rejected, paused or disabled.
	Status  string `json:"status"`
	Reason  string `json:"reason,omitempty"`
	Quality string `json:"quality,omitempty"`
	// Values are what else was said of it, by value name.
	Values map[string]string `json:"values,omitempty"`
	// Pauses counts them: the third disables.
	Pauses int `json:"pauses,omitempty"`
	// ApprovedAt is when it will be approved by itself; zero if it will not.
	ApprovedAt time.Time `json:"approved_at,omitzero"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
	// Revision counts the changes, so that an event that was due later is known
	// to be overtaken.
	Revision int `json:"revision"`
}

// settled is the template as it stands at a time: what was due is done.
func (t Template) settled(at time.Time) Template {
	if !t.ApprovedAt.IsZero() && !at.Before(t.ApprovedAt) {
		t.Status, t.Reason, t.ModifiedAt, t.ApprovedAt = approved, "", t.ApprovedAt, time.Time{}
	}
	return t
}

// turn gives a template another status at once.
func (t *Template) turn(status string, at time.Time) {
	t.Status, t.Reason, t.ApprovedAt, t.ModifiedAt = status, "", time.Time{}, at
	t.Revision++
}

// await gives it a status until it is approved by itself.
func (t *Template) await(status string, at time.Time, wait time.Duration) {
	t.turn(status, at)
	t.ApprovedAt = at.Add(wait)
}

func (s *State) keepTemplate(t Template) {
	if !s.templates.has(t.ID) {
		s.index(t)
	}
	for _, gone := range s.templates.put(t.ID, t) {
		s.forget(gone)
	}
}

func (s *State) index(t Template) {
	k := key(t.Scope, t.Name)
	s.named[k] = append(s.named[k], t.ID)
}

func (s *State) forget(t Template) {
	k := key(t.Scope, t.Name)
	s.named[k] = slices.DeleteFunc(s.named[k], func(id string) bool { return id == t.ID })
	if len(s.named[k]) == 0 {
		delete(s.named, k)
	}
}

// templateName is what a command or a message calls the template.
func templateName(values map[string]string) string {
	return cmp.Or(values["template.name"], values["message.template"])
}

// templatesOf finds the templates that values name, by ID, or by name and
// language; without these all, oldest first.
func (s *State) templatesOf(place string, values map[string]string, at time.Time) []Template {
	id, name, language := values["template.id"], templateName(values), values["template.language"]
	var ids []string
	switch {
	case id != "":
		ids = []string{id}
	case name != "":
		ids = s.named[key(place, name)]
	default:
		for id := range s.templates.all() {
			ids = append(ids, id)
		}
	}
	var found []Template
	for _, id := range ids {
		t, ok := s.templates.get(id)
		if ok && t.Scope == place && (language == "" || id == values["template.id"] || t.Language == language) {
			found = append(found, t.settled(at))
		}
	}
	slices.SortStableFunc(found, func(a, b Template) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return found
}

// createTemplate begins a review, unless the command says which status the
// template has.
func (s *State) createTemplate(c Command) Outcome {
	t := Template{Scope: s.place(c.Provider, c.Route), Name: templateName(c.Values), Language: c.Values["template.language"], CreatedAt: c.At}
	if t.Name == "" {
		return failed("name-missing", "template.name is missing")
	}
	for _, other := range s.templatesOf(t.Scope, map[string]string{"template.name": t.Name}, c.At) {
		if other.Language == t.Language {
			return failed("template-exists", "another template has this name and language; change the name, or edit that template")
		}
	}
	if t.ID = c.Values["template.id"]; t.ID == "" {
		t.ID = s.newID(c, "template.id", s.templates.has)
	}
	if s.templates.has(t.ID) {
		return failed("template-exists", "another template has this ID")
	}
	t.describe(c)
	if status := strings.ToLower(c.Values["template.status"]); status != pending && slices.Contains(templateStatuses(), status) {
		t.turn(status, c.At)
		return s.changed(t)
	}
	return s.review(c, t)
}

// describe takes over what a command says of a template.
func (t *Template) describe(c Command) {
	t.Category = cmp.Or(c.Values["template.category"], t.Category)
	values := map[string]string{}
	maps.Copy(values, t.Values)
	for name, text := range c.Values {
		if strings.HasPrefix(name, "template.") && isValue(name) && !slices.Contains(templateFields(), name) {
			values[name] = text
		}
	}
	if t.Values = values; len(values) == 0 {
		t.Values = nil
	}
}

// templateFields are the values that have a field of their own.
func templateFields() []string {
	return []string{
		"template.id", "template.name", "template.language", "template.category", "template.new_category", "template.status",
		"template.reason", "template.quality",
	}
}

// review begins the wait for an approval.
func (s *State) review(c Command, t Template) Outcome {
	wait := cmp.Or(s.rules.Review, defaultReview)
	t.await(pending, c.At, wait)
	return s.changed(t, later(s.about(c, "template.approved", t), wait))
}

// changed keeps a template and says what follows.
func (s *State) changed(t Template, events ...[]Event) Outcome {
	s.keepTemplate(t)
	o := done(t.values())
	o.Events = slices.Concat(events...)
	return o
}

func later(events []Event, after time.Duration) []Event {
	for i := range events {
		events[i].After = after
	}
	return events
}

// about is an event about a template as it will be kept.
func (s *State) about(c Command, event string, t Template) []Event {
	with := map[string]string{}
	for name, text := range map[string]string{
		"template.id": t.ID, "template.name": t.Name, "template.language": t.Language, "template.category": t.Category,
	} {
		if text != "" {
			with[name] = text
		}
	}
	if id := t.Values["template.meta_id"]; id != "" {
		with["template.meta_id"] = id
	}
	events := s.events(c, event, with)
	for i := range events {
		events[i].template, events[i].revision = t.ID, t.Revision
	}
	return events
}

// Tick does for all templates what is due by then. It is needed before [State.Export]
// only: everything else that is asked at a time is answered by that time anyway.
func (s *State) Tick(at time.Time) {
	for id, t := range s.templates.all() {
		s.templates.put(id, t.settled(plain(at)))
	}
}

// StillValid reports whether an event that was to come later is still true: what
// it is about has not changed otherwise since the command. at is when it comes.
func (s *State) StillValid(e Event, _ time.Time) bool {
	if e.After == 0 || e.template == "" {
		return true
	}
	t, ok := s.templates.get(e.template)
	return ok && t.Revision == e.revision
}

func noTemplate() Outcome {
	return failed("unknown-id", "unknown template ID, or unknown name and language; template.list lists them")
}

func (s *State) listTemplates(c Command) Outcome {
	var o Outcome
	for _, t := range s.templatesOf(s.place(c.Provider, c.Route), c.Values, c.At) {
		if status := c.Values["template.status"]; status == "" || strings.EqualFold(status, t.Status) {
			o.Objects = append(o.Objects, t.values())
		}
	}
	if o.Objects == nil && c.Values["template.id"] != "" {
		return noTemplate()
	}
	return o
}

// getTemplate gives the template with the ID. One of which nothing is known is an approved one, as it
// is to a message, unless templates are checked or the ID is none that the provider gives.
func (s *State) getTemplate(c Command) Outcome {
	id := c.Values["template.id"]
	found := s.templatesOf(s.place(c.Provider, c.Route), map[string]string{"template.id": id}, c.At)
	if len(found) > 0 && id != "" {
		return done(found[0].values())
	}
	if s.rules.TemplatesChecked || !uuid.MatchString(id) {
		return noTemplate()
	}
	t := Template{
		ID: id, Name: "template_" + id[:uuidStart], Language: "en", Category: "UTILITY", Status: approved, CreatedAt: c.At, ModifiedAt: c.At,
		Values: map[string]string{"template.text": "Hello {{1}}", "template.type": "TEXT"},
	}
	return done(t.values())
}

// uuidStart is the length of the first group of a UUID.
const uuidStart = 8

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (s *State) editTemplate(c Command) Outcome {
	found := s.templatesOf(s.place(c.Provider, c.Route), c.Values, c.At)
	if len(found) != 1 {
		return noTemplate()
	}
	t := found[0]
	t.describe(c)
	return s.review(c, t)
}

// deleteTemplates deletes the one with the id, or those with the name, in all
// languages if none is given.
func (s *State) deleteTemplates(c Command) Outcome {
	found := s.templatesOf(s.place(c.Provider, c.Route), c.Values, c.At)
	if len(found) == 0 || c.Values["template.id"]+templateName(c.Values) == "" {
		return noTemplate()
	}
	var o Outcome
	for _, t := range found {
		s.templates.remove(t.ID)
		s.forget(t)
		o.Objects = append(o.Objects, t.values())
		o.Events = append(o.Events, s.about(c, "template.deleted", t)...)
	}
	return o
}

func (t *Template) values() map[string]value.Value {
	values := valuesOf(t.Values)
	for name, text := range map[string]string{
		"template.name": t.Name, "template.language": t.Language, "template.category": t.Category,
		"template.status": t.Status, "template.reason": t.Reason, "template.quality": t.Quality,
	} {
		if text != "" {
			values[name] = value.OfText(text)
		}
	}
	values["template.id"] = value.OfID(t.ID)
	values["template.created_at"] = value.OfTime(t.CreatedAt)
	values["template.modified_at"] = value.OfTime(t.ModifiedAt)
	return values
}
