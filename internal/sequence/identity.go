package sequence

import (
	"fmt"
	"strings"
	"time"
)

// identity compares the values of an item with those of its message, and reports whether one is wrong.
func (a *Analyzer) identity(m *message, item *Item) bool {
	wrong := a.numberInID(item)
	for _, name := range []string{nameMessage, nameChannel} {
		other := nameMessage
		if name == nameMessage {
			other = nameChannel
		}
		wrong = a.constant(m, item, name, item.text(name), "D42", fmt.Sprintf("two values of %s with one %s", name, other)) || wrong
	}
	if phone := item.text(namePhone); digits(phone) {
		wrong = a.constant(m, item, namePhone, phone, "D43", "one message has two recipients") || wrong
	}
	done := ""
	for k := range item.Values {
		name := item.Values[k].Name
		if !constants[name] || strings.Contains(done, name+" ") {
			continue
		}
		done += name + " "
		text := item.text(name)
		if name == nameAppPhone {
			text = item.business()
		}
		wrong = a.constant(m, item, name, text, "D41", "two values of "+name+" in one message") || wrong
	}
	return wrong
}

// constant compares a value with the first one of its name in a message.
func (a *Analyzer) constant(m *message, item *Item, name, text, rule, description string) bool {
	if text == "" {
		return false
	}
	for i := range m.values {
		old := &m.values[i]
		if old.name != name {
			continue
		}
		if old.text == text || (name == namePhone || name == nameAppPhone) && sameNumber(old.text, text) {
			return false
		}
		a.report(rule, "", Finding{Type: item.Type, Text: description, First: Side{old.place, old.text}, Second: Side{item.Place, text}})
		return true
	}
	m.values = append(m.values, constant{a.intern(name), a.intern(text), item.Place})
	return false
}

// masking counts what shows whether the capture is masked.
type masking struct{ phones, maskedPhones, ids, brokenIDs int }

// isMasked reports whether the rules about identity are left out.
func (m *masking) isMasked() bool {
	return 2*m.maskedPhones > m.phones || m.readable()
}

// readable reports whether the phone numbers are masked, but not in the IDs.
func (m *masking) readable() bool { return 2*m.brokenIDs > m.ids }

func (a *Analyzer) countMasked(item *Item) {
	for k := range item.Values {
		if v := &item.Values[k]; v.Name == namePhone && v.Text != "" {
			a.phones++
			if masked(v.Text) {
				a.maskedPhones++
			}
			return
		}
	}
}

// numberInID compares the number in a message ID with the end user's.
func (a *Analyzer) numberInID(item *Item) bool {
	phone := item.text(namePhone)
	if !digits(phone) {
		return false
	}
	for k := range item.Values {
		v := &item.Values[k]
		if v.Name != nameChannel {
			continue
		}
		number := numberIn(v.Text)
		if number == "" {
			continue
		}
		a.ids++
		if sameNumber(number, phone) {
			return false
		}
		a.brokenIDs++
		a.report("D40", "", Finding{
			Type: item.Type, Text: "the message ID is of another phone number than the item", First: Side{item.Place, number}, Second: Side{item.Place, phone},
		})
		return true
	}
	return false
}

// A tupleKey is a value of an account, and the name of another that belongs to it.
type tupleKey struct{ route, name, text, other string }

// held is the value that belongs to it.
type held struct {
	text  string
	place Place
}

// tuples are the names of which the second has one value for each value of the first.
var tuples = [...][2]string{
	{nameAppID, nameApp}, {nameApp, nameAppID}, {nameAppID, nameAppPhone}, {nameAppPhone, nameAppID}, {nameApp, nameAppPhone}, {nameAppPhone, nameApp},
	{namePhoneID, nameAppPhone}, {nameAppPhone, namePhoneID}, {namePhoneID, nameAccount}, {nameAppPhone, nameAccount},
}

// tuplesOf compares the IDs of the account of an item with those of earlier items.
func (a *Analyzer) tuplesOf(item *Item) {
	business := item.business()
	text := func(name string) string {
		if name == nameAppPhone {
			return business
		}
		return item.text(name)
	}
	for _, pair := range tuples {
		one, other := text(pair[0]), text(pair[1])
		if one == "" || other == "" {
			continue
		}
		key := tupleKey{item.Route, pair[0], one, pair[1]}
		old, found := a.tuples.get(key)
		if !found {
			key.text = a.intern(one)
			a.tuples.put(key, held{a.intern(other), item.Place})
			continue
		}
		if old.text != other {
			a.report("D45", "", Finding{
				Type: item.Type, Text: fmt.Sprintf("%s %s has two values of %s", pair[0], one, pair[1]), First: Side{old.place, old.text}, Second: Side{item.Place, other},
			})
			return
		}
	}
}

// A person is an end user, by phone number.
type person struct {
	phone string
	// user is the user ID.
	user held
	// names are those of a day.
	names []held
	day   int64
}

// A business is the phone number of a business.
type business struct {
	place    Place
	reported bool
}

// An owner is who has a user ID.
type owner struct{ phone held }

// personOf compares an item with earlier ones of its end user.
func (a *Analyzer) personOf(item *Item, at time.Time) {
	phone, user := item.text(namePhone), item.text(nameUser)
	if number := item.business(); number != "" {
		if key := item.Route + " " + number; !a.business.has(key) {
			a.business.put(key, &business{place: item.Place})
		}
	}
	if !digits(phone) {
		return
	}
	if b, found := a.business.get(item.Route + " " + phone); found && !b.reported {
		b.reported = true
		a.report("D48", "", Finding{Type: item.Type, Text: "the end user has the phone number of the business", First: Side{b.place, phone}, Second: Side{item.Place, phone}})
	}
	key := item.Route + " " + phone
	p, found := a.persons.get(key)
	if !found {
		p = &person{phone: strings.Clone(phone)}
		a.persons.put(key, p)
	}
	if item.Event == "inbound.system" { // the number or the user ID may have changed
		p.user = held{}
		a.owners.remove(item.Route + " " + user)
		return
	}
	if user != "" {
		a.userOf(item, p, user)
	}
	if name := item.text(namePerson); name != "" && strings.HasPrefix(item.Event, "inbound.") && !at.IsZero() {
		a.namesOf(item, p, name, at)
	}
}

// userOf compares the user ID with the one that the phone number had, and the reverse.
func (a *Analyzer) userOf(item *Item, p *person, user string) {
	if p.user.text != "" && p.user.text != user {
		a.report("D44", "", Finding{
			Type: item.Type, Text: "one phone number has two user IDs", First: Side{p.user.place, p.user.text}, Second: Side{item.Place, user},
		})
	}
	p.user = held{strings.Clone(user), item.Place}
	key := item.Route + " " + user
	o, found := a.owners.get(key)
	if !found {
		o = &owner{}
		a.owners.put(key, o)
	}
	if o.phone.text != "" && !sameNumber(o.phone.text, p.phone) {
		a.report("D44", "", Finding{
			Type: item.Type, Text: "one user ID has two phone numbers", First: Side{o.phone.place, o.phone.text}, Second: Side{item.Place, p.phone},
		})
	}
	o.phone = held{p.phone, item.Place}
}

// namesOf counts the names of a person in a day.
func (a *Analyzer) namesOf(item *Item, p *person, name string, at time.Time) {
	const most = 3
	if day := at.Unix() / (24 * 3600); p.day != day {
		p.day, p.names = day, nil
	}
	for i := range p.names {
		if p.names[i].text == name {
			return
		}
	}
	if p.names = append(p.names, held{strings.Clone(name), item.Place}); len(p.names) != most+1 {
		return
	}
	a.report("D47", "", Finding{
		Type: item.Type, Text: "one phone number has more than 3 names in a day", First: Side{p.names[0].place, p.names[0].text}, Second: Side{item.Place, name},
	})
}
