package generator

import (
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/value"
)

// templateStatus is the status of a template after a canonical event; "" if it doesn't change.
func templateStatus(event string) string {
	switch word := strings.TrimPrefix(event, "template."); word {
	case "approved", "rejected", "paused", "disabled", "deleted":
		return word
	case "appealed":
		return "in_appeal"
	}
	return ""
}

// status is the status of the template in the event.
func (v *values) templateStatus() string {
	if found, _, ok := v.given("template.status"); ok {
		return strings.ToLower(found.Text())
	}
	if status := templateStatus(v.context.event); status != "" {
		return status
	}
	return "approved"
}

// is makes a getter whose value exists only for templates with a status.
func (v *values) textIf(exists bool, text string) (value.Value, bool) {
	return value.OfText(text), exists
}

// category returns the category of the template: it follows from the name, as a business chooses it.
func (v *values) templateCategory() string {
	if found, _, ok := v.given("template.category"); ok {
		return strings.ToLower(found.Text())
	}
	if found, _, ok := v.given("template.new_category"); ok {
		return otherCategory(strings.ToLower(found.Text()))
	}
	name, _ := v.lookup("template.name")
	return categoryOfName(name.Text())
}

func categoryOfName(name string) string {
	switch {
	case strings.Contains(name, "otp") || strings.Contains(name, "login"):
		return "authentication"
	case strings.Contains(name, "offer") || strings.Contains(name, "cart") || strings.Contains(name, "welcome"):
		return "marketing"
	}
	return "utility"
}

func otherCategory(category string) string {
	if category == "utility" {
		return "marketing"
	}
	return "utility"
}

// The qualities of a template, the best first.
func qualities() []string { return []string{"GREEN", "YELLOW", "RED"} }

// quality returns the quality after and before an event.
func (v *values) quality() (after, before string) {
	list := qualities()
	if found, _, ok := v.given("template.quality"); ok {
		after = strings.ToUpper(found.Text())
	}
	if found, _, ok := v.given("template.previous_quality"); ok {
		before = strings.ToUpper(found.Text())
	}
	step := roll(v.event, saltQuality, 4)
	switch {
	case after != "" && before == "":
		before = map[string]string{"RED": "YELLOW", "YELLOW": "GREEN", "GREEN": "UNKNOWN"}[after]
	case after == "" && before == "":
		changes := [4][2]string{{list[1], list[0]}, {list[2], list[1]}, {list[0], list[1]}, {list[0], "UNKNOWN"}}
		after, before = changes[step][0], changes[step][1]
	case after == "":
		after = map[string]string{"GREEN": "YELLOW", "YELLOW": "RED", "RED": "YELLOW", "UNKNOWN": "GREEN"}[before]
	}
	return after, before
}

// pause returns which pause of the template it is: the first one, or the second one, which is longer.
func (v *values) pause() (second bool, length time.Duration) {
	if found, _, ok := v.given("template.pause"); ok {
		second = found.Text() == "2"
	}
	if second {
		return true, 6 * time.Hour
	}
	return false, 3 * time.Hour
}

func (s *routeFormatter) templateValue(name, rest string) getter {
	switch rest {
	case "name":
		return pick(name, s.words.templates)
	case "language":
		return pick(name, s.words.languages)
	case "category":
		return func(v *values) (value.Value, bool) { return value.OfText(v.templateCategory()), true }
	case "new_category":
		return func(v *values) (value.Value, bool) { return value.OfText(otherCategory(v.templateCategory())), true }
	case "previous_category":
		return func(v *values) (value.Value, bool) {
			return v.textIf(!v.gives1("template.category_change", "alert"), v.templateCategory())
		}
	case "correct_category":
		return func(v *values) (value.Value, bool) {
			return v.textIf(!v.gives1("template.category_change", "change"), otherCategory(v.templateCategory()))
		}
	case "status":
		return func(v *values) (value.Value, bool) { return value.OfText(v.templateStatus()), true }
	case "quality":
		return func(v *values) (value.Value, bool) { after, _ := v.quality(); return value.OfText(after), true }
	case "previous_quality":
		return func(v *values) (value.Value, bool) { _, before := v.quality(); return value.OfText(before), true }
	case "meta_id":
		return s.id(name, "{{random|digits 16}}", ofConversation)
	case "code":
		return s.id(name, "{{template.name}}", ofConversation)
	}
	if get := s.rejectionValue(rest); get != nil {
		return get
	}
	return s.pauseValue(rest)
}

func (s *routeFormatter) rejectionValue(rest string) getter {
	reasons := []string{"INVALID_FORMAT", "INVALID_FORMAT", "TAG_CONTENT_MISMATCH", "PROMOTIONAL", "INCORRECT_CATEGORY", "SCAM"}
	reason := func(v *values) (string, bool) {
		if found, given, ok := v.given("template.reason"); given {
			return found.Text(), ok
		}
		return reasons[roll(v.conversation, saltTemplateReason, len(reasons))], v.templateStatus() == "rejected"
	}
	detail := func(text string) getter {
		return func(v *values) (value.Value, bool) {
			found, ok := reason(v)
			return v.textIf(ok && found == reasons[0], text)
		}
	}
	switch rest {
	case "reason":
		return func(v *values) (value.Value, bool) {
			found, ok := reason(v)
			return v.textIf(ok, found)
		}
	case "status_reason":
		return func(v *values) (value.Value, bool) {
			if found, ok := reason(v); ok && v.templateStatus() == "rejected" {
				return value.OfText(found), true
			}
			return value.OfText("NONE"), true
		}
	case "rejection_reason":
		return detail("Your template has parameters placed next to each other.")
	case "rejection_advice":
		return detail("Separate the parameters with text, and submit the template again.")
	}
	return nil
}

func (s *routeFormatter) pauseValue(rest string) getter {
	paused := func(v *values) bool { return v.templateStatus() == "paused" }
	switch rest {
	case "pause":
		return func(v *values) (value.Value, bool) {
			second, _ := v.pause()
			if second {
				return wholeNumber(2), paused(v)
			}
			return wholeNumber(1), paused(v)
		}
	case "pause_title":
		return func(v *values) (value.Value, bool) {
			if second, _ := v.pause(); second {
				return v.textIf(paused(v), "SECOND_PAUSE")
			}
			return v.textIf(paused(v), "FIRST_PAUSE")
		}
	case "pause_text":
		return func(v *values) (value.Value, bool) {
			name := "template.first_pause_text"
			if second, _ := v.pause(); second {
				name = "template.second_pause_text"
			}
			if !paused(v) {
				return value.Value{}, false
			}
			return v.lookup(name)
		}
	case "first_pause_text", "second_pause_text":
		if _, ok := s.route.ID("template." + rest); ok {
			return s.id("template."+rest, "", ofEvent)
		}
	case "paused_until":
		return func(v *values) (value.Value, bool) {
			_, length := v.pause()
			return v.at(v.item.At + length)
		}
	case "disabled_at":
		return func(v *values) (value.Value, bool) {
			if v.templateStatus() != "disabled" {
				return value.Value{}, false
			}
			return v.at(v.item.At)
		}
	}
	return nil
}
