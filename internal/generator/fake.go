package generator

import (
	"fmt"
	"strconv"

	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// fakeValue makes a new value at each location. The values of a person agree within one array
// element, so that a contact card has one name.
func (s *routeFormatter) fakeValue(rest string) getter {
	w := s.words
	lists := map[string][]string{
		"company": w.companies, "sentence": w.sentences, "word": w.plain, "emoji": w.emoji, "street": w.streets, "title": w.titles,
	}
	if list, ok := lists[rest]; ok {
		return func(v *values) (value.Value, bool) { return value.OfText(list[v.random.IntN(len(list))]), true }
	}
	endUser := func(v *values) person { return w.person(prng.Seed(v.event, v.element)) }
	of := func(text func(v *values) string) getter {
		return func(v *values) (value.Value, bool) { return value.OfText(text(v)), true }
	}
	where := func(v *values) city { return w.cities[roll(v.event, v.element, len(w.cities))] }
	switch rest {
	case "first_name":
		return of(func(v *values) string { return endUser(v).first })
	case "last_name":
		return of(func(v *values) string { return endUser(v).last })
	case "full_name":
		return of(func(v *values) string { p := endUser(v); return p.full() })
	case "gender":
		return func(v *values) (value.Value, bool) {
			p := endUser(v)
			found := p.shownGender(v.event)
			return value.OfText(found), found != ""
		}
	case "username":
		return of(func(v *values) string { p := endUser(v); return p.handle(v.event) })
	case "email":
		return of(func(v *values) string { p := endUser(v); return p.handle(v.event) + "@example.com" })
	case "url":
		return of(func(v *values) string {
			return "https://example.com/" + w.slugs[v.random.IntN(len(w.slugs))] + "/" + strconv.Itoa(100+v.random.IntN(900))
		})
	case "file_name":
		return of(func(v *values) string {
			return w.slugs[v.random.IntN(len(w.slugs))] + "-" + strconv.Itoa(1+v.random.IntN(99)) + ".pdf"
		})
	case "city":
		return of(func(v *values) string { return where(v).name })
	case "state":
		return of(func(v *values) string { return where(v).state })
	case "zip":
		return of(func(v *values) string { return where(v).zip })
	case "country":
		return of(func(*values) string { return "India" })
	case "latitude":
		return degrees(func(v *values) int { return where(v).latitude })
	case "longitude":
		return degrees(func(v *values) int { return where(v).longitude })
	case "phone":
		return func(v *values) (value.Value, bool) {
			if v.element == 0 {
				return w.phone(v.random.Uint64()), true
			}
			return w.phone(v.element), true
		}
	}
	return nil
}

// degrees formats millionths of a degree, up to a kilometer from the city.
func degrees(of func(v *values) int) getter {
	return func(v *values) (value.Value, bool) {
		at := of(v) + v.random.IntN(20_000) - 10_000
		sign := ""
		if at < 0 {
			sign, at = "-", -at
		}
		number, err := value.OfNumber(fmt.Sprintf("%s%d.%06d", sign, at/1_000_000, at%1_000_000))
		return number, err == nil
	}
}
