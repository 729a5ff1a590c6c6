package state

import (
	"cmp"
	"time"
)

// What the provider itself decides about templates. Unlike a call of the consumer, its event can
// be about a template that was not created here: it counts as an approved one of the consumer.

// validated finds the template of a decision.
func (s *State) validated(c Command) (Template, Outcome) {
	place := s.place(c.Provider, c.Route)
	found := s.templatesOf(place, c.Values, c.At)
	id, name := c.Values["template.id"], templateName(c.Values)
	switch {
	case len(found) == 1:
		return found[0], Outcome{}
	case len(found) > 1 || id+name == "":
		return Template{}, failed("unknown-id", "missing template: set template.id, or template.name and template.language")
	}
	if id == "" {
		id = s.newID(c, "template.id", s.templates.has)
	}
	if s.templates.has(id) {
		return Template{}, noTemplate() // it is one of another channel
	}
	t := Template{ID: id, Scope: place, Name: name, Language: c.Values["template.language"], Status: approved, CreatedAt: c.At, ModifiedAt: c.At}
	t.describe(c)
	return t, Outcome{}
}

// decide changes a template and says so.
func (s *State) decide(c Command, event string, change func(*Template)) Outcome {
	t, o := s.validated(c)
	if o.Failure != "" {
		return o
	}
	change(&t)
	return s.changed(t, s.about(c, event, t))
}

func (s *State) approveTemplate(c Command) Outcome {
	return s.decide(c, "template.approved", func(t *Template) { t.turn(approved, c.At) })
}

func (s *State) rejectTemplate(c Command) Outcome {
	reason := c.Values["template.reason"]
	return s.decide(c, "template.rejected", func(t *Template) {
		t.turn(rejected, c.At)
		t.Reason = reason
	}).with("template.reason", reason)
}

func (s *State) disableTemplate(c Command) Outcome {
	return s.decide(c, "template.disabled", func(t *Template) { t.turn(disabled, c.At) })
}

// pauseTemplate: a template is paused for 3 hours, the second time for 6, and
// the third time it is disabled. A pause of one that is paused counts too.
// https://developers.facebook.com/docs/whatsapp/message-templates/guidelines#template-pausing
func (s *State) pauseTemplate(c Command) Outcome {
	t, o := s.validated(c)
	if o.Failure != "" {
		return o
	}
	if t.Status == disabled {
		return failed("template-disabled", "a disabled template cannot be paused; approve it first")
	}
	waits := []time.Duration{3 * time.Hour, 6 * time.Hour}
	if t.Pauses++; t.Pauses > len(waits) {
		t.turn(disabled, c.At)
		return s.changed(t, s.about(c, "template.disabled", t))
	}
	wait := waits[t.Pauses-1]
	t.await(paused, c.At, wait)
	return s.changed(t, s.about(c, "template.paused", t), later(s.about(c, "template.approved", t), wait))
}

func (s *State) recategorizeTemplate(c Command) Outcome {
	t, o := s.validated(c)
	if o.Failure != "" {
		return o
	}
	old := t.Category
	t.Category = cmp.Or(c.Values["template.new_category"], "MARKETING")
	t.ModifiedAt = c.At
	o = s.changed(t, s.about(c, "template.recategorized", t))
	return o.with("template.category", old).with("template.new_category", t.Category)
}

func (s *State) rateTemplate(c Command) Outcome {
	t, o := s.validated(c)
	if o.Failure != "" {
		return o
	}
	t.Quality, t.ModifiedAt = c.Values["template.quality"], c.At
	return s.changed(t, s.about(c, "template.quality", t)).with("template.quality", t.Quality)
}

// with gives the events of an outcome one more value; "" takes it from them.
func (o Outcome) with(name, text string) Outcome {
	for _, e := range o.Events {
		if delete(e.With, name); text != "" {
			e.With[name] = text
		}
	}
	return o
}
