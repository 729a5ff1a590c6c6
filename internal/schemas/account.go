package schemas

import (
	"fmt"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
)

// An Account is what the webhooks of one account have in common, of what differs between accounts: the
// variant, the optional keys of the envelope, and how end users are identified.
type Account struct {
	Name, Description string
	// Weight is how often an account is like this, compared with the others of the route.
	Weight int
	// since and until limit the days on which such accounts exist; the zero time is no limit.
	since, until time.Time
	// Present and Absent are JSON Pointers, with * for each index of an array, of optional keys that
	// all bodies have, and of those that none has.
	Present, Absent []string
	// ids are how its IDs are written, if not as those of the route.
	ids map[string]value.Template
	// examples and without are patterns of the examples that are of such an account, and of those that
	// are not: "v3/status.*/bsuid". withoutVariants are variants that its bodies don't have.
	examples, without, withoutVariants []string
	route                              string
}

// A declaredAccount is an account in provider.yaml, or in a file of its own.
type declaredAccount struct {
	document.Remarks
	Name        string                     `key:"name,required"`
	Description string                     `key:"description,required"`
	Weight      int                        `key:"weight" min:"1" default:"1"`
	Since       day                        `key:"since"`
	Until       day                        `key:"until"`
	Present     []string                   `key:"present"`
	Absent      []string                   `key:"absent"`
	Examples    []namePattern              `key:"examples"`
	Without     []namePattern              `key:"without_examples"`
	NoVariants  []string                   `key:"without_variants"`
	IDs         document.Entries[template] `key:"ids"`
}

// A day is written 2026-04-01.
type day time.Time

func (t *day) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var text string
	if !d.Decode(n, &text) {
		return
	}
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		d.Errorf(n, "expected a day, for example 2026-04-01, found %q", text)
	}
	*t = day(at)
}

// account returns the account of a route.
func (a *declaredAccount) account(route string) *Account {
	made := &Account{
		Name: a.Name, Description: a.Description, Weight: max(a.Weight, 1), since: time.Time(a.Since), until: time.Time(a.Until),
		Present: a.Present, Absent: a.Absent, withoutVariants: a.NoVariants, route: route,
	}
	for _, id := range a.IDs {
		if made.ids == nil {
			made.ids = map[string]value.Template{}
		}
		made.ids[id.Name] = id.Value.Template
	}
	for _, pattern := range a.Examples {
		made.examples = append(made.examples, string(pattern))
	}
	for _, pattern := range a.Without {
		made.without = append(made.without, string(pattern))
	}
	return made
}

// accounts reads the kinds of accounts, which are listed by route.
func (p *providerParser) accounts(declared mapping) {
	for i := range declared.Each {
		one := &declared.Each[i]
		p.routeWord(one.Name, one.Key)
		var list []declaredAccount
		p.d.Decode(&one.Value, &list)
		for k := range list {
			n := &one.Value.Items[k]
			for _, id := range list[k].IDs {
				if kind, ok := value.KindOf(id.Name); !ok || kind != value.ID {
					p.d.Errorf(id.Key, "unknown ID %q; %s", id.Name, document.OneOf(id.Name, value.Names()))
				}
			}
			if slices.ContainsFunc(p.provider.accounts, func(a *Account) bool { return a.route == one.Name && a.Name == list[k].Name }) {
				p.d.Errorf(n, "account %q is in the list twice; rename one of the two", list[k].Name)
			}
			p.provider.accounts = append(p.provider.accounts, list[k].account(one.Name))
		}
	}
}

// Accounts returns the kinds of accounts that the data lists for the route; nil if all are alike.
func (r *Route) Accounts() []*Account {
	var all []*Account
	for _, a := range r.Provider.accounts {
		if a.route == r.suffix() {
			all = append(all, a)
		}
	}
	return all
}

// ExistsAt reports whether there are such accounts at a time.
func (a *Account) ExistsAt(at time.Time) bool {
	return !at.Before(a.since) && (a.until.IsZero() || at.Before(a.until.AddDate(0, 0, 1)))
}

// ID returns how an ID of such an account is written, if not as others of the route.
func (a *Account) ID(name string) (value.Template, bool) {
	t, ok := a.ids[name]
	return t, ok
}

// Likes reports whether an example is one that such an account has rather than others. The example is
// named by its type and file: "v3/status.sent/bsuid".
func (a *Account) Likes(example string) bool { return matchesAny(a.examples, example) }

// Has reports whether an example, by its name and variant, can be of such an account.
func (a *Account) Has(example, variant string) bool {
	return !matchesAny(a.without, example) && !slices.Contains(a.withoutVariants, variant)
}

func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return canonical.Match(pattern, name) })
}

// ReadAccount reads the file of an account: what an entry of accounts in provider.yaml has.
func ReadAccount(name string, source []byte) (*Account, error) {
	file, err := document.ReadYAML(name, source)
	if err != nil {
		return nil, fmt.Errorf("read account %w", err)
	}
	var declared declaredAccount
	if err := file.Decode(&file.Root, &declared); err != nil {
		return nil, fmt.Errorf("read account %w", err)
	}
	return declared.account(""), nil
}
