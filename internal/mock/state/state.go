// Package state is what a provider remembers: who wants its events, who may
// be written to, which templates there are, what was uploaded, what became of
// a message. [State.Do] takes a command and says what follows; [State.Facts]
// answers what the rules of an API ask.
//
// It is pure: no goroutine, no clock, no network. The caller gives the time of
// everything and locks. What happens by itself later, such as the approval of
// a template, is there when the state is asked at that time or a later one.
//
// Everything is bounded: of each kind the oldest goes when there are too many.
package state

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/prng"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// Rules are what a State needs from the providers and from its user. The zero Rules are usable:
// they limit nothing, an unknown route causes no event, and every window is open.
type Rules struct {
	// Route finds a route, or the default route of a provider, by its name:
	// [schemas.Catalog.Route].
	Route func(name string) (*schemas.Route, error)
	// Modes says what a mode or kind of a subscription stands for: names of event
	// types relative to the provider, with * for any characters, and canonical events.
	// "*" alone stands for everything.
	Modes func(provider, mode string) (types []string, ok bool)
	// Limit is how many subscriptions of a kind an app may have, 0 for any number;
	// nil takes the endpoints of the contract.
	Limit func(provider, kind string) int
	// MediaURL says where bytes are fetched; nil gives "/media/{id}".
	MediaURL func(provider, id string) string
	// Review is how long a template waits for its approval; 0 means 5 s.
	Review time.Duration
	// WindowsShut: a person must have written within 24 hours. Otherwise a window
	// of which nothing is known is open.
	WindowsShut bool
	// TemplatesChecked: a template must have been created here. Otherwise one of
	// which nothing is known is an approved one.
	TemplatesChecked bool
	// MediaBytes bounds what is kept of media; 0 means 64 MiB.
	MediaBytes int64
	// Messages is the number of messages that are kept; 0 means 10,000.
	Messages int
	// Files stores the bytes of media; nil keeps them in the State.
	Files Files
}

// Files stores the bytes of media outside the State.
type Files interface {
	Write(content []byte) (name string, err error)
	Read(name string) ([]byte, error)
	Remove(name string)
}

const (
	maxCount          = 10_000 // of each kind
	defaultReview     = 5 * time.Second
	defaultMediaBytes = 64 << 20
	day               = 24 * time.Hour
	// longest bounds a value of a command, in bytes, and longestOfMessage one that
	// is kept of a message, of which the longer are left out.
	longest      = 8 << 10
	maxOfMessage = 2 << 10
)

// A State is the memory of all providers of a session. It is not safe for
// concurrent use.
type State struct {
	rules         Rules
	subscriptions *boundedMap[Subscription]
	contacts      *boundedMap[Contact]
	windows       *boundedMap[ServiceWindow]
	templates     *boundedMap[Template]
	named         map[string][]string // ids of templates by place and name
	media         *boundedMap[Media]
	mediaBytes    int64
	messages      *boundedMap[Message]
	tokens        *boundedMap[Token]
	accounts      map[string]Account // by provider; one that is missing is active
	blocked       *boundedMap[Contact]
	objects       *boundedMap[Object]
	verifications *boundedMap[Verification]
}

// New returns a state in which nothing has happened.
func New(rules Rules) *State {
	s := &State{rules: rules}
	s.Reset()
	return s
}

// Reset forgets everything, and removes the files of media.
func (s *State) Reset() {
	if s.media != nil {
		for _, m := range s.media.all() {
			s.discard(m)
		}
	}
	*s = State{
		rules:         s.rules,
		subscriptions: newBoundedMap[Subscription](maxCount),
		contacts:      newBoundedMap[Contact](maxCount),
		windows:       newBoundedMap[ServiceWindow](maxCount),
		templates:     newBoundedMap[Template](maxCount),
		named:         map[string][]string{},
		media:         newBoundedMap[Media](maxCount),
		messages:      newBoundedMap[Message](cmp.Or(s.rules.Messages, maxCount)),
		tokens:        newBoundedMap[Token](maxCount),
		accounts:      map[string]Account{},
		blocked:       newBoundedMap[Contact](maxCount),
		objects:       newBoundedMap[Object](maxCount),
		verifications: newBoundedMap[Verification](maxCount),
	}
}

// A Command is something that a consumer, a scenario or a user wants done.
type Command struct {
	// Name is one of [Commands].
	Name string
	// Provider may be left out if Route is there. A Route that is left out, or
	// that is the name of a provider, means all routes of the provider to
	// subscription.create, and its default route to all others. So does the default
	// route to subscription.create, where the routes are channels.
	Provider, Route string
	// Values are texts by value name, as [value.Read] reads them.
	Values map[string]string
	// Lists are the values that are lists: "subscription.modes".
	Lists map[string][]string
	// Body holds the bytes of media.put, which keeps them.
	Body []byte
	At   time.Time
	// Seed is the seed of IDs.
	Seed uint64
}

// An Outcome says what came of a command.
type Outcome struct {
	// Failure is why it was refused, in neutral words such as "unknown-id"; "" if
	// it was done. Detail says more, for people.
	Failure, Detail string
	// Objects are what the command was about, or what it lists, by value name. A
	// subscription's secret is among its values.
	Objects []map[string]value.Value
	// Body is what media.get gives.
	Body []byte
	// Events follow; those that the route cannot say are left out.
	Events []Event
}

// An Event is a canonical event that follows a command.
type Event struct {
	Event string
	// After is how long after the command it comes. One that comes later may not
	// be true any more by then: ask [State.StillValid].
	After time.Duration
	Route string
	With  map[string]string

	template string // id of the one that it is about
	revision int    // and how often that had changed by then
}

func failed(reason, detail string) Outcome { return Outcome{Failure: reason, Detail: detail} }

// done is the outcome of a command about some objects.
func done(objects ...map[string]value.Value) Outcome { return Outcome{Objects: objects} }

var commands = map[string]func(*State, Command) Outcome{
	"message.send":   (*State).sendMessage,
	"message.status": (*State).messageStatus,

	"contact.opt-in":  (*State).optIn,
	"contact.opt-out": (*State).optOut,
	"contact.get":     (*State).getContact,
	"contact.list":    (*State).listContacts,
	"contact.block":   (*State).blockContact,
	"contact.unblock": (*State).unblockContact,
	"contact.blocked": (*State).listBlocked,
	"window.open":     (*State).openWindow,
	"window.close":    (*State).closeWindow,

	"subscription.create": (*State).createSubscription,
	"subscription.put":    (*State).createSubscription, // see Resolve
	"subscription.get":    (*State).listSubscriptions,
	"subscription.list":   (*State).listSubscriptions,
	"subscription.update": (*State).updateSubscription,
	"subscription.extend": (*State).extendSubscription,
	"subscription.delete": (*State).deleteSubscriptions,

	"template.create":       (*State).createTemplate,
	"template.get":          (*State).getTemplate,
	"template.list":         (*State).listTemplates,
	"template.edit":         (*State).editTemplate,
	"template.delete":       (*State).deleteTemplates,
	"template.approve":      (*State).approveTemplate,
	"template.reject":       (*State).rejectTemplate,
	"template.pause":        (*State).pauseTemplate,
	"template.disable":      (*State).disableTemplate,
	"template.recategorize": (*State).recategorizeTemplate,
	"template.quality":      (*State).rateTemplate,

	"media.put":    (*State).putMedia,
	"media.get":    (*State).getMedia,
	"media.delete": (*State).deleteMedia,

	"object.create": (*State).createObject,
	"object.get":    (*State).getObject,
	"object.list":   (*State).listObjects,
	"object.update": (*State).updateObject,
	"object.put":    (*State).putObject,
	"object.delete": (*State).deleteObject,

	"verification.create": (*State).createVerification,
	"verification.get":    (*State).getVerification,
	"verification.check":  (*State).checkVerification,
	"verification.cancel": (*State).cancelVerification,

	"token.issue":       (*State).issueToken,
	"account.show":      (*State).showAccount,
	"account.restrict":  (*State).restrictAccount,
	"account.reinstate": (*State).reinstateAccount,
	"account.verify":    (*State).verifyAccount,
	"account.disable":   (*State).disableAccount,
	"account.tier":      (*State).tierAccount,
}

// Commands lists the names of all commands, sorted.
func Commands() []string { return slices.Sorted(maps.Keys(commands)) }

// Reads reports whether a command only looks, and changes nothing.
func Reads(command string) bool { return slices.Contains(reading(), command) }

func reading() []string {
	return []string{
		"message.status", "subscription.get", "subscription.list", "template.get", "template.list", "media.get", "account.show",
		"contact.get", "contact.list", "contact.blocked", "object.get", "object.list", "verification.get",
	}
}

// Do carries out a command. What a provider would refuse is an Outcome with a
// Failure, and then nothing has changed.
func (s *State) Do(c Command) Outcome {
	c = s.Resolve(c)
	do, ok := commands[c.Name]
	if !ok {
		return failed("unknown-command", "unknown command "+document.Quote(c.Name)+"; "+document.OneOf(c.Name, Commands()))
	}
	c, o := s.prepared(c)
	if o.Failure != "" {
		return o
	}
	return do(s, c)
}

// prepared is a command with its provider and a plain time, or why it can't be carried out.
func (s *State) prepared(c Command) (Command, Outcome) {
	if s.rules.Route != nil {
		route, err := s.rules.Route(cmp.Or(c.Route, c.Provider))
		if err != nil {
			return c, failed("unknown-route", err.Error())
		}
		if c.Provider != "" && c.Provider != route.Provider.Name {
			return c, failed("unknown-route", "route "+route.Name+" does not belong to "+c.Provider)
		}
		c.Provider = route.Provider.Name
	}
	if o := c.check(); o.Failure != "" {
		return c, o
	}
	c.Provider = cmp.Or(c.Provider, c.Route)
	c.At = plain(c.At)
	return c, Outcome{}
}

// check bounds what can come to be kept.
func (c Command) check() Outcome {
	for name, text := range c.Values {
		if len(text) > longest && !strings.HasPrefix(name, "message.") {
			return failed("value-invalid", name+" has more than "+strconv.Itoa(longest)+" bytes")
		}
	}
	return Outcome{}
}

// plain is a time without a zone and without what only this process knows of it.
func plain(at time.Time) time.Time { return at.UTC().Round(0) }

func (s *State) route(provider, name string) *schemas.Route {
	if s.rules.Route == nil {
		return nil
	}
	route, err := s.rules.Route(cmp.Or(name, provider))
	if err != nil {
		return nil
	}
	return route
}

// place is where people and templates belong: to the channel of a provider,
// whatever version of its API is spoken.
func (s *State) place(provider, name string) string {
	if route := s.route(provider, name); route != nil {
		return route.Provider.Name + "/" + route.Channel
	}
	return cmp.Or(name, provider)
}

// events returns the canonical event of a command, if its route has it.
func (s *State) events(c Command, name string, with map[string]string) []Event {
	e := Event{Event: name, Route: cmp.Or(c.Route, c.Provider), With: with}
	if route := s.route(c.Provider, c.Route); route != nil {
		e.Route = route.Name
		if ways, _ := route.Mappings(name); ways == nil {
			return nil
		}
	}
	return []Event{e}
}

// newID makes an id as the route spells it, or a UUID if it does not or has no
// more. Ids that are taken are passed over, since a seed may come twice.
func (s *State) newID(c Command, name string, taken func(id string) bool) string {
	const tries = 100
	random := prng.From(c.Seed, prng.SeedOf(name))
	if route := s.route(c.Provider, c.Route); route != nil {
		template, ok := route.ID(name)
		for range tries {
			id, err := template.Expand(c.lookup, &random)
			if !ok || err != nil {
				break
			}
			if !taken(id) {
				return id
			}
		}
	}
	for {
		if id := newUUID(&random); !taken(id) {
			return id
		}
	}
}

func newUUID(random *prng.Source) string {
	format, err := value.ParseFormat(value.ID, "uuid")
	if err != nil {
		panic(err) // the spelling is a constant
	}
	return format.Make(random)
}

// isValue reports whether there is a value of this name: no other is kept of a
// message or template.
func isValue(name string) bool {
	_, ok := value.KindOf(name)
	return ok
}

func (c Command) lookup(name string) (value.Value, bool) {
	text, ok := c.Values[name]
	if !ok {
		return value.Value{}, false
	}
	v := read(name, text)
	kind, known := value.KindOf(name)
	return v, !known || v.Kind() == kind
}

// read makes a value of what is kept of it; a text that is none of the name's
// kind stays a text.
func read(name, text string) value.Value {
	if kind, known := value.KindOf(name); known {
		if v, err := value.Read(kind, text); err == nil {
			return v
		}
	}
	return value.OfText(text)
}
