package generator

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// tiers are the messaging limits, the lowest first. TIER_2K replaced TIER_1K.
func (v *values) tiers() []string {
	second := "TIER_2K"
	if v.start.Add(v.item.At).Before(time.Date(2025, 10, 7, 0, 0, 0, 0, time.UTC)) {
		second = "TIER_1K"
	}
	return []string{"TIER_250", second, "TIER_10K", "TIER_100K", "TIER_UNLIMITED"}
}

// tierIndex is the place of a tier, 1K and 2K alike; -1 for an unknown one.
func tierIndex(tiers []string, tier string) int {
	if tier = strings.ToUpper(tier); tier == "TIER_1K" || tier == "TIER_2K" {
		return 1
	}
	return slices.Index(tiers, tier)
}

// A tierChange is a change of the messaging limit: one step up or down, or none.
type tierChange struct{ event, before, after string }

func (v *values) tierChange() tierChange {
	tiers := v.tiers()
	draw := prng.From(v.event, prng.SeedOf("account.tier"))
	events := []string{"UPGRADE", "UPGRADE", "UPGRADE", "ONBOARDING", "DOWNGRADE", "FLAGGED", "UNFLAGGED"}
	event := events[draw.IntN(len(events))]
	if found, _, ok := v.given("account.tier_event"); ok {
		event = strings.ToUpper(found.Text())
	}
	step := map[string]int{"UPGRADE": 1, "ONBOARDING": 1, "DOWNGRADE": -1}[event]
	after, before := -1, -1
	if found, _, ok := v.given("account.tier"); ok {
		after = tierIndex(tiers, found.Text())
	}
	if found, _, ok := v.given("account.previous_tier"); ok {
		before = tierIndex(tiers, found.Text())
	}
	if _, given, _ := v.given("account.tier_event"); !given && (after >= 0 || before >= 0) {
		event, step = "UPGRADE", 1
		switch {
		case after >= 0 && before > after || after == 0:
			event, step = "DOWNGRADE", -1
		case after == before:
			event, step = "UNFLAGGED", 0
		}
	}
	switch {
	case after < 0 && before < 0:
		low, high := max(0, step), len(tiers)-1+min(0, step)
		if after = low + draw.IntN(high-low+1); event == "ONBOARDING" {
			after = 0
		}
		before = after - step
	case after < 0:
		after = before + step
	case before < 0:
		before = after - step
	}
	name := func(i int) string {
		if i < 0 {
			return "TIER_NOT_SET"
		}
		return tiers[min(i, len(tiers)-1)]
	}
	return tierChange{event, name(before), name(after)}
}

func (s *routeFormatter) accountValue(name, rest string) getter {
	only := func(event string, get getter) getter {
		return func(v *values) (value.Value, bool) {
			if v.context.event != "" && v.context.event != event {
				return value.Value{}, false
			}
			return get(v)
		}
	}
	if get := tierValue(rest); get != nil {
		return get
	}
	switch rest {
	case "restriction":
		return only("account.restricted", restriction)
	case "restricted_until":
		return only("account.restricted", func(v *values) (value.Value, bool) { return v.at(v.item.At + 7*24*time.Hour) })
	case "violation":
		return only("account.violation", pickOfEvent(name, []string{"SPAM", "ADULT", "ALCOHOL", "GAMBLING", "SCAM", "UNAUTHORIZED_TRADE"}))
	case "decided_at":
		return func(v *values) (value.Value, bool) {
			switch v.context.event {
			case "account.restricted", "account.verified", "account.violation", "account.linked":
				return value.Value{}, false
			}
			return v.at(v.item.At)
		}
	case "volume_month":
		return func(v *values) (value.Value, bool) { return v.at(v.item.At - 3*time.Second) }
	case "volume_tier":
		return pickOfEvent(name, []string{"0:25000000", "25000001:50000000", "50000001:100000000"})
	case "volume_category":
		return pickOfEvent(name, []string{"UTILITY", "AUTHENTICATION"})
	case "review":
		return pickOfEvent(name, []string{"approved", "approved", "rejected"})
	case "review_reason":
		reasons := pickOfEvent(name, []string{"INVALID_FORMAT", "NAME_END_CLIENT_VIOLATION", "NAME_FORMAT_UNACCEPTABLE", "NAME_NOT_CONSISTENT"})
		return func(v *values) (value.Value, bool) {
			if review, _ := v.lookup("account.review"); !strings.EqualFold(review.Text(), "rejected") {
				return value.Value{}, false
			}
			return reasons(v)
		}
	}
	return nil
}

// tierValue makes the values of the messaging limit.
func tierValue(rest string) getter {
	text := func(of func(v *values) string) getter {
		return func(v *values) (value.Value, bool) { return value.OfText(of(v)), true }
	}
	switch rest {
	case "tier":
		return text(func(v *values) string { return v.tierChange().after })
	case "previous_tier":
		return text(func(v *values) string { return v.tierChange().before })
	case "tier_event":
		return text(func(v *values) string { return v.tierChange().event })
	case "daily_limit":
		return func(v *values) (value.Value, bool) {
			limits := []string{"250", "2000", "10000", "100000", "-1"}
			tiers := v.tiers()
			if tiers[1] == "TIER_1K" {
				limits[1] = "1000"
			}
			i := roll(v.run, prng.SeedOf("account.daily_limit"), len(tiers))
			if found, _, ok := v.given("account.tier"); ok {
				i = max(tierIndex(tiers, found.Text()), 0)
			}
			number, err := value.OfNumber(limits[i])
			return number, err == nil
		}
	}
	return nil
}

// restriction returns the next restriction of the account, so that a list has each once.
func restriction(v *values) (value.Value, bool) {
	// The schemas list the ban on adding numbers first, each under its own name: it stands for a value they don't list.
	list := []string{"RESTRICTED_BIZ_INITIATED_MESSAGING", "", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"}
	v.restrictions++
	return value.OfText(list[(v.restrictions-1)%len(list)]), true
}

// pickOfEvent chooses one text of a list, by the seed of the event.
func pickOfEvent(name string, list []string) getter {
	salt := prng.SeedOf(name)
	return func(v *values) (value.Value, bool) { return value.OfText(list[roll(v.event, salt, len(list))]), true }
}

// preferenceValue makes the values of what an end user allows.
func preferenceValue(rest string) getter {
	choice := pickOfEvent("preference.value", []string{"stop", "resume"})
	switch rest {
	case "value":
		return choice
	case "text":
		return func(v *values) (value.Value, bool) {
			found, ok := v.lookup("preference.value")
			return value.OfText("User requested to " + found.Text() + " marketing messages"), ok
		}
	}
	return nil
}

// referralValue makes the addresses of the advertisement or post that an end user came from.
func referralValue(rest string) getter {
	url := func(ending string) getter {
		return func(v *values) (value.Value, bool) {
			return value.OfText("https://example.com/ads/" + strconv.Itoa(1000+roll(v.event, saltAd, 9000)) + ending), true
		}
	}
	switch rest {
	case "image_url":
		return url(".jpg")
	case "video_url":
		return url(".mp4")
	case "thumbnail_url":
		return url("-thumbnail.jpg")
	}
	return nil
}

// locationValue makes the name and the address of a place in the city of fake.city.
func (s *routeFormatter) locationValue(rest string) getter {
	w := s.words
	switch rest {
	case "name":
		return func(v *values) (value.Value, bool) {
			return value.OfText(w.apps[roll(v.event, v.element+1, len(w.apps))]), true
		}
	case "address":
		return func(v *values) (value.Value, bool) {
			at := w.cities[roll(v.event, v.element, len(w.cities))]
			road := w.roads[roll(v.event, v.element+2, len(w.roads))]
			house := strconv.Itoa(1 + roll(v.event, v.element+3, 240))
			return value.OfText(house + ", " + road + ", " + at.name + ", " + at.state + " " + at.zip), true
		}
	}
	return nil
}
