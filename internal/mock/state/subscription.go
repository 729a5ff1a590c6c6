package state

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/canonical"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// A Subscription is a URL that wants events.
type Subscription struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	// Route is the one whose events it is for, or the provider for all of its routes.
	Route string `json:"route"`
	// App is the one that it belongs to; "" if unknown.
	App string `json:"app,omitempty"`
	// Name is for people.
	Name string `json:"name,omitempty"`
	URL  string `json:"url"`
	// Kind is one of the contract's endpoints: "incoming"; "" takes any event.
	Kind    string `json:"kind,omitempty"`
	Tag     string `json:"tag,omitempty"`
	Version string `json:"version,omitempty"`
	Secret  string `json:"secret,omitempty"`
	// Modes are words of the provider or neutral ones; none wants everything.
	Modes  []string    `json:"modes,omitempty"`
	Header [][2]string `json:"headers,omitempty"`
	// Active is false if it is switched off.
	Active bool `json:"active"`
	// Status is pending until the provider has checked the URL, then active or, for Reason, refused.
	// Without a check, it is active.
	Status string `json:"status,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Token is what the consumer must check in a handshake, such as a validation key.
	Token      string    `json:"token,omitempty"`
	CreatedAt  time.Time `json:"created_at"`
	ModifiedAt time.Time `json:"modified_at"`
}

const (
	// modesName is the list that a command gives; as a value it has commas.
	modesName = "subscription.modes"
	maxModes  = 100
)

func (s *State) createSubscription(c Command) Outcome {
	sub, o := s.newSubscription(c)
	if o.Failure != "" {
		return o
	}
	s.subscriptions.put(sub.ID, sub)
	return done(sub.values())
}

// newSubscription is the one that a command creates.
func (s *State) newSubscription(c Command) (Subscription, Outcome) {
	sub := Subscription{Provider: c.Provider, Route: s.wide(c), App: c.Values["app.id"], Active: true, Status: statusActive, CreatedAt: c.At}
	if o := s.change(&sub, c); o.Failure != "" {
		return sub, o
	}
	if limit := s.limit(sub); limit > 0 && s.count(sub) >= limit {
		return sub, failed("limit-reached", "the limit of "+strconv.Itoa(limit)+" subscriptions is reached; delete one")
	}
	sub.ID = s.newID(c, "subscription.id", s.subscriptions.has)
	return sub, Outcome{}
}

// wide is the route of a new subscription. A call that names no route comes with
// the default one; where routes are channels and not versions, it is then meant for all of them,
// for the modes say which events of which channel are wanted.
func (s *State) wide(c Command) string {
	route := s.route(c.Provider, c.Route)
	if route != nil && route.Name == route.Provider.DefaultRoute && versionOf(route) == "" &&
		slices.ContainsFunc(route.Provider.Routes, func(other *schemas.Route) bool { return other.Channel != route.Channel }) {
		return c.Provider
	}
	return cmp.Or(c.Route, c.Provider)
}

func (s *State) updateSubscription(c Command) Outcome {
	sub, o := s.changedSubscription(c)
	if o.Failure != "" {
		return o
	}
	s.subscriptions.put(sub.ID, sub)
	return done(sub.values())
}

// changedSubscription is a subscription as a command changes it.
func (s *State) changedSubscription(c Command) (Subscription, Outcome) {
	sub, ok := s.subscriptions.get(c.Values["subscription.id"])
	if !ok || !sub.belongsTo(c) {
		return sub, noSubscription()
	}
	return sub, s.change(&sub, c)
}

// extendSubscription adds modes to those that a subscription has. One without any
// got everything so far, and from now on what was added.
func (s *State) extendSubscription(c Command) Outcome {
	sub, ok := s.subscriptions.get(c.Values["subscription.id"])
	if !ok || !sub.belongsTo(c) {
		return noSubscription()
	}
	before := slices.Clone(sub.Modes)
	if o := s.changeModes(&sub, c); o.Failure != "" {
		return o
	}
	for _, mode := range before {
		if !slices.Contains(sub.Modes, mode) {
			sub.Modes = append(sub.Modes, mode)
		}
	}
	if len(sub.Modes) > maxModes {
		return failed("value-invalid", "a subscription has at most "+strconv.Itoa(maxModes)+" modes")
	}
	sub.ModifiedAt = c.At
	s.subscriptions.put(sub.ID, sub)
	return done(sub.values())
}

func noSubscription() Outcome {
	return failed("unknown-id", "unknown subscription ID; subscription.list lists them")
}

// listSubscriptions gives the one with the id, if one is given, else all of the app.
func (s *State) listSubscriptions(c Command) Outcome {
	var o Outcome
	for _, sub := range s.asked(c) {
		o.Objects = append(o.Objects, sub.values())
	}
	if o.Objects == nil && (c.Values["subscription.id"] != "" || c.Name == "subscription.get") {
		return noSubscription()
	}
	return o
}

// deleteSubscriptions deletes those with the id or the tag, and without these
// all of the app.
func (s *State) deleteSubscriptions(c Command) Outcome {
	subs := s.asked(c)
	if subs == nil && c.Values["subscription.id"]+c.Values["subscription.tag"] != "" {
		return noSubscription()
	}
	var o Outcome
	for _, sub := range subs {
		s.subscriptions.remove(sub.ID)
		o.Objects = append(o.Objects, sub.values())
	}
	return o
}

// asked are the subscriptions that a command is about.
func (s *State) asked(c Command) []Subscription {
	var subs []Subscription
	id, tag := c.Values["subscription.id"], c.Values["subscription.tag"]
	for _, sub := range s.subscriptions.all() {
		if sub.belongsTo(c) && (id == "" || sub.ID == id) && (tag == "" || sub.Tag == tag) {
			subs = append(subs, sub)
		}
	}
	return subs
}

// belongsTo: a command that names no app means those of all.
func (sub *Subscription) belongsTo(c Command) bool {
	app := c.Values["app.id"]
	return sub.Provider == c.Provider && (app == "" || sub.App == app)
}

func (s *State) limit(sub Subscription) int {
	if s.rules.Limit != nil {
		return s.rules.Limit(sub.Provider, sub.Kind)
	}
	route := s.route(sub.Provider, sub.Route)
	if route == nil {
		return 0
	}
	endpoints := route.Contract.Endpoints
	for _, e := range endpoints {
		if e.Kind == sub.Kind || sub.Kind == "" && len(endpoints) == 1 {
			return e.Limit
		}
	}
	return 0
}

// count counts the subscriptions of the same app and kind.
func (s *State) count(sub Subscription) int {
	n := 0
	for _, other := range s.subscriptions.all() {
		if other.Provider == sub.Provider && other.App == sub.App && other.Kind == sub.Kind {
			n++
		}
	}
	return n
}

// change gives a subscription what the command says of it.
func (s *State) change(sub *Subscription, c Command) Outcome {
	before := sub.URL
	for name, place := range map[string]*string{
		"subscription.name": &sub.Name, "subscription.url": &sub.URL, "subscription.kind": &sub.Kind,
		"subscription.tag": &sub.Tag, "subscription.secret": &sub.Secret, "subscription.version": &sub.Version,
		"subscription.token": &sub.Token,
	} {
		if text, ok := c.Values[name]; ok {
			*place = text
		}
	}
	sub.ModifiedAt = c.At
	for _, o := range []Outcome{
		checkURL(sub.URL), s.changeKind(sub), s.changeModes(sub, c), changeHeader(sub, c), changeActive(sub, c), changeCheck(c), s.changeVersion(sub, c), s.checkTag(sub),
	} {
		if o.Failure != "" {
			return o
		}
	}
	if _, given := c.Values["subscription.url"]; given && (sub.URL != before || sub.Status != statusActive) {
		s.judge(sub, c)
	}
	return Outcome{}
}

// checkURL does not quote the URL: it may hold a password.
func checkURL(text string) Outcome {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return failed("url-invalid", "invalid URL; want http:// or https:// and a host")
	}
	return Outcome{}
}

func (s *State) checkTag(sub *Subscription) Outcome {
	if sub.Tag == "" {
		return Outcome{}
	}
	for _, other := range s.subscriptions.all() {
		if other.Tag == sub.Tag && other.ID != sub.ID && other.Provider == sub.Provider && other.App == sub.App {
			return failed("tag-taken", "another subscription of the app has tag "+document.Quote(sub.Tag))
		}
	}
	return Outcome{}
}

// changeKind rejects a kind of endpoint that the provider does not have, if it
// distinguishes kinds.
func (s *State) changeKind(sub *Subscription) Outcome {
	route := s.route(sub.Provider, sub.Route)
	if sub.Kind == "" || route == nil || len(route.Contract.Endpoints) == 0 {
		return Outcome{}
	}
	var kinds []string
	for _, e := range route.Contract.Endpoints {
		kinds = append(kinds, e.Kind)
	}
	if !slices.Contains(kinds, sub.Kind) {
		return failed("kind-unknown", "unknown kind of URL "+document.Quote(sub.Kind)+"; "+document.OneOf(sub.Kind, kinds))
	}
	return Outcome{}
}

func (s *State) changeModes(sub *Subscription, c Command) Outcome {
	modes, given := c.Lists[modesName]
	if text, ok := c.Values[modesName]; ok && !given {
		given = true
		modes = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
	}
	if !given {
		return Outcome{}
	}
	if len(modes) > maxModes {
		return failed("value-invalid", "a subscription has at most "+strconv.Itoa(maxModes)+" modes")
	}
	for _, mode := range modes {
		if _, ok := s.meaning(sub.Provider, mode); !ok || len(mode) > longest {
			return failed("mode-unknown", sub.Provider+" has no mode "+document.Quote(mode))
		}
	}
	sub.Modes = slices.Clone(modes)
	return Outcome{}
}

// meaning is what a mode stands for: what the rules declare, or a canonical event.
func (s *State) meaning(provider, mode string) (types []string, ok bool) {
	if s.rules.Modes == nil {
		return []string{mode}, true
	}
	if types, ok := s.rules.Modes(provider, mode); ok {
		return types, true
	}
	return []string{mode}, canonical.Is(mode)
}

func changeActive(sub *Subscription, c Command) Outcome {
	text, given := c.Values["subscription.active"]
	if !given {
		return Outcome{}
	}
	active, err := strconv.ParseBool(text)
	if err != nil {
		return failed("value-invalid", "subscription.active: want true or false")
	}
	sub.Active = active
	return Outcome{}
}

// changeHeader reads the further header lines of deliveries, a JSON object of
// strings. Their values are secrets, so they are not quoted.
func changeHeader(sub *Subscription, c Command) Outcome {
	text, given := c.Values["subscription.headers"]
	if !given {
		return Outcome{}
	}
	var lines map[string]string
	if err := json.Unmarshal([]byte(text), &lines); err != nil {
		return failed("headers-invalid", `headers: want a JSON object of strings, for example {"X-Key": "…"}`)
	}
	sub.Header = nil
	for _, name := range slices.Sorted(maps.Keys(lines)) {
		if !isToken(name) || strings.ContainsFunc(lines[name], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return failed("headers-invalid", "header "+document.Quote(name)+" is not allowed")
		}
		sub.Header = append(sub.Header, [2]string{name, lines[name]})
	}
	return Outcome{}
}

// isToken: a header name by RFC 9110.
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

// versionOf returns the version of a route's name, for example "2" of gupshup/v2; "" if it has none.
func versionOf(route *schemas.Route) string {
	if version, ok := strings.CutPrefix(path.Base(route.Name), "v"); ok && isNumber(version) {
		return version
	}
	return ""
}

// changeVersion: where the routes of a provider are its versions, the version
// of the payload says which route a subscription is for.
func (s *State) changeVersion(sub *Subscription, c Command) Outcome {
	route := s.route(sub.Provider, "")
	if _, given := c.Values["subscription.version"]; !given || sub.Version == "" || route == nil {
		return Outcome{}
	}
	var versions []string
	for _, r := range route.Provider.Routes {
		if version := versionOf(r); version != "" {
			versions = append(versions, version)
			if version == strings.TrimPrefix(sub.Version, "v") {
				sub.Route = r.Name
				return Outcome{}
			}
		}
	}
	if versions == nil {
		return Outcome{}
	}
	return failed("version-unknown", "unknown version "+document.Quote(sub.Version)+"; "+document.OneOf(sub.Version, versions))
}

func isNumber(text string) bool {
	_, err := strconv.ParseUint(text, 10, 16)
	return err == nil
}

func (sub *Subscription) values() map[string]value.Value {
	values := map[string]value.Value{
		"subscription.id":          value.OfID(sub.ID),
		"subscription.url":         value.OfText(sub.URL),
		modesName:                  value.OfText(strings.Join(sub.Modes, ",")),
		"subscription.active":      value.OfBool(sub.isActive()),
		"subscription.status":      value.OfText(sub.Status),
		"subscription.created_at":  value.OfTime(sub.CreatedAt),
		"subscription.modified_at": value.OfTime(sub.ModifiedAt),
		"subscription.route":       value.OfText(sub.Route),
	}
	for name, text := range map[string]string{
		"subscription.name": sub.Name, "subscription.kind": sub.Kind, "subscription.tag": sub.Tag,
		"subscription.version": sub.Version, "subscription.secret": sub.Secret,
		"subscription.reason": sub.Reason,
	} {
		if text != "" {
			values[name] = value.OfText(text)
		}
	}
	if sub.App != "" {
		values["app.id"] = value.OfID(sub.App)
	}
	return values
}
