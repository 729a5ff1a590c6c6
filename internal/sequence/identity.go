package sequence

import (
	"fmt"
	"strings"
	"time"
)

// identity compares the values of the last item of a message with the earlier ones, and reports whether
// one is wrong. Only values at the same pointer are compared: of another, a provider may mean something
// else.
func (a *Analyzer) identity(m *message, item *Item) bool {
	wrong := a.numberInID(m, item)
	var last *Location
	for k := range item.Values {
		v := &item.Values[k]
		i, known := constants[v.Name]
		if !known || v.Location == last || v.masked || v.Text == "" || v.Name == namePhone && !digits(v.Text) {
			continue
		}
		last = v.Location // of a list, only the first
		wrong = a.constant(m, i, v) || wrong
	}
	return wrong
}

// constant compares a value of the last item with the first one at its pointer in a message.
func (a *Analyzer) constant(m *message, name uint8, v *Value) bool {
	last := len(m.statuses) - 1
	for i := range m.values {
		old := &m.values[i]
		if old.name != name || old.pointer != v.Pointer {
			continue
		}
		if old.text == v.Text || v.Name == namePhone && sameNumber(old.text, v.Text) {
			return false
		}
		rule, text := "D41", "two values of "+v.Name+" in one message"
		switch v.Name {
		case nameMessage:
			rule, text = "D42", "two values of message.id with one message.channel_id"
		case nameChannel:
			rule, text = "D42", "two values of message.channel_id with one message.id"
		case namePhone:
			rule, text = "D43", "one message has two recipients"
		}
		s := &m.statuses[last]
		a.report(rule, "", Finding{Type: s.kind.typeName, Text: text, First: m.statuses[old.status].side(old.text), Second: s.side(v.Text)})
		return true
	}
	if last < maxStatuses && len(m.values) < maxValues {
		m.values = append(m.values, constant{name, uint8(last), v.Pointer, a.kept(v)}) //nolint:gosec // less than maxStatuses
	}
	return false
}

// kept returns a copy of a value, which values of the account share with others.
func (a *Analyzer) kept(v *Value) string {
	if strings.HasPrefix(v.Name, "app.") || strings.HasPrefix(v.Name, "pricing.") || v.Name == "conversation.category" {
		return a.intern(v.Text)
	}
	return strings.Clone(v.Text)
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
			if v.masked {
				a.maskedPhones++
			}
			return
		}
	}
}

// numberInID compares the number in a message ID with the end user's.
func (a *Analyzer) numberInID(m *message, item *Item) bool {
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
		s := &m.statuses[len(m.statuses)-1]
		a.report("D40", "", Finding{Type: s.kind.typeName, Text: "the message ID is of another phone number than the item", First: s.side(number), Second: s.side(phone)})
		return true
	}
	return false
}

// A tupleKey is a value of an account, and the name of another that belongs to it.
type tupleKey struct{ route, name, text, other string }

// held is a value and the item that had it.
type held struct {
	text string
	spot
}

// tupleNames are the names that identify an account.
var tupleNames = [...]string{nameAppID, nameApp, nameAppPhone, namePhoneID, nameAccount}

// tuples are indexes of tupleNames, of which the second has one value for each value of the first.
var tuples = [...][2]int{{0, 1}, {1, 0}, {0, 2}, {2, 0}, {1, 2}, {2, 1}, {3, 2}, {2, 3}, {3, 4}, {2, 4}}

// tuplesOf compares the IDs of the account of an item with those of earlier items.
func (a *Analyzer) tuplesOf(item *Item, of *account, here spot) {
	var values [len(tupleNames)]string
	for i, name := range tupleNames {
		values[i] = item.text(name)
	}
	values[2] = item.business()
	if of.tuple == values {
		return // as in the last item of the account
	}
	for i := range values {
		of.tuple[i] = a.intern(values[i])
	}
	for _, pair := range tuples {
		one, other := values[pair[0]], values[pair[1]]
		if one == "" || other == "" {
			continue
		}
		key := tupleKey{item.Route, tupleNames[pair[0]], one, tupleNames[pair[1]]}
		old, found := a.tuples.get(key)
		if !found {
			key.text, key.route = a.intern(one), here.kind.route
			a.tuples.put(key, held{a.intern(other), here})
			continue
		}
		if old.text != other {
			a.report("D45", "", Finding{
				Type: item.Type, Text: fmt.Sprintf("%s %s has two values of %s", key.name, one, key.other), First: old.side(old.text), Second: here.side(other),
			})
			return
		}
	}
}

// A person is an end user, by phone number.
type person struct {
	phone string
	user  held
	// names are those of a day.
	names []held
	day   int64
}

// A business is the phone number of a business.
type business struct {
	spot
	reported bool
}

// personOf compares an item with earlier ones of its end user.
func (a *Analyzer) personOf(item *Item, here spot, at time.Time) {
	if number := item.business(); number != "" && !a.business.has(accountKey{item.Route, number}) {
		a.business.put(accountKey{here.kind.route, a.intern(number)}, &business{spot: here})
	}
	phone, user := item.text(namePhone), item.text(nameUser)
	if !digits(phone) {
		return
	}
	if b, found := a.business.get(accountKey{item.Route, phone}); found && !b.reported {
		b.reported = true
		a.report("D48", "", Finding{Type: item.Type, Text: "the end user has the phone number of the business", First: b.side(phone), Second: here.side(phone)})
	}
	if item.Event == "inbound.system" { // the number or the user ID may have changed
		a.persons.remove(a.idHash(item.Route, namePhone, phone))
		a.owners.remove(a.idHash(item.Route, nameUser, user))
		return
	}
	name := item.text(namePerson)
	if !strings.HasPrefix(item.Event, "inbound.") || at.IsZero() {
		name = ""
	}
	if user == "" && name == "" {
		return
	}
	key := a.idHash(item.Route, namePhone, phone)
	p, found := a.persons.get(key)
	if !found {
		p = &person{phone: strings.Clone(phone)}
		a.persons.put(key, p)
	}
	if user != "" {
		a.userOf(item, p, user, here)
	}
	if name != "" {
		a.namesOf(item, p, held{name, here}, at)
	}
}

// userOf compares the user ID with the one that the phone number had, and the reverse.
func (a *Analyzer) userOf(item *Item, p *person, user string, here spot) {
	if p.user.text == user {
		return
	}
	if p.user.text != "" {
		a.report("D44", "", Finding{Type: item.Type, Text: "one phone number has two user IDs", First: p.user.side(p.user.text), Second: here.side(user)})
	}
	p.user = held{strings.Clone(user), here}
	key := a.idHash(item.Route, nameUser, user)
	if old, found := a.owners.get(key); !found {
		a.owners.put(key, held{p.phone, here})
	} else if !sameNumber(old.text, p.phone) {
		a.report("D44", "", Finding{Type: item.Type, Text: "one user ID has two phone numbers", First: old.side(old.text), Second: here.side(p.phone)})
	}
}

// namesOf counts the names of a person in a day.
func (a *Analyzer) namesOf(item *Item, p *person, name held, at time.Time) {
	const most, day = 3, 24 * 3600
	if today := at.Unix() / day; p.day != today {
		p.day, p.names = today, nil
	}
	for i := range p.names {
		if p.names[i].text == name.text {
			return
		}
	}
	name.text = strings.Clone(name.text)
	if len(p.names) > most {
		return
	}
	if p.names = append(p.names, name); len(p.names) == most+1 {
		a.report("D47", "", Finding{
			Type: item.Type, Text: "one phone number has more than 3 names in a day", First: p.names[0].side(p.names[0].text), Second: name.side(name.text),
		})
	}
}
