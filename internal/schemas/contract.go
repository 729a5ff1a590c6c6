package schemas

import (
	"cmp"
	"slices"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/internal/wire/signature"
)

// A Contract is how a provider delivers on a route and what it expects of a response. Its tags are
// the keys of contract in provider.yaml; an absent key is zero.
type Contract struct {
	document.Remarks
	// Method defaults to POST. A GET has no body: its query has the fields.
	Method string `key:"method" oneof:"POST PUT GET"`
	// ContentType is the media type of the body: JSON, or a form with the same members as fields.
	ContentType string `key:"content_type" pattern:"^application/(x-www-form-urlencoded|([a-z0-9.-]+[+])?json)(; ?[a-z]+=[^ ]+)?$" want:"the media type of a JSON body or a form (for example application/json)"`
	// JSONFields are the fields of a form or query whose value is JSON text.
	JSONFields []string `key:"json_fields"`
	// URLVariables are texts in the URL of an endpoint that are replaced by a value of the event.
	URLVariables request.Variables `key:"url_variables"`
	// Headers are further headers; their values are templates.
	Headers Headers `key:"headers"`
	// Bearer: the secret, if set, is sent as a bearer token.
	Bearer    bool             `key:"bearer"`
	Signature signature.Scheme `key:"signature"`
	Handshake Handshake        `key:"handshake"`
	// Success are the accepted status codes.
	Success     contract.StatusCodes `key:"success"`
	TimeAllowed time.Duration        `key:"time_allowed"`
	// EmptyBody: the provider asks for a response without a body.
	EmptyBody bool   `key:"empty_body"`
	Retry     Retry  `key:"retry"`
	Ordering  string `key:"ordering" oneof:"none queue"`
	SlowAck   string `key:"slow_ack" oneof:"none delays-later-events"`
	// Duplicates: the provider is known to send events twice.
	Duplicates bool `key:"duplicates"`
	// Devices says whose statuses a message has.
	Devices      Devices      `key:"devices"`
	Batching     Batching     `key:"batching"`
	Endpoints    []Endpoint   `key:"endpoints"`
	Subscription Subscription `key:"subscription"`
}

// Batching is the maximum number of items in a body; 0 if unknown.
type Batching struct {
	document.Remarks
	MaxItems int `key:"max_items,required" min:"1" was:"most"`
}

// Devices are those of an end user. If they are linked, each of them may report statuses of its own: a
// message may be delivered twice, and be undeliverable on one of them.
type Devices struct {
	document.Remarks
	Linked bool `key:"linked,required"`
}

// An Endpoint is a kind of URL that a consumer can register, and how many of them.
type Endpoint struct {
	document.Remarks
	Kind  string `key:"kind,required"`
	Limit int    `key:"limit"`
}

// Subscription lists the event types, relative to the provider and with * for any text, that are sent
// without a subscription.
type Subscription struct {
	document.Remarks
	NotRequired []string `key:"not_required,required"`
}

// Encoding is how the events of the route are written as requests.
func (c *Contract) Encoding() request.Encoding {
	return request.Encoding{Method: cmp.Or(c.Method, "POST"), ContentType: c.ContentType, Variables: c.URLVariables}
}

// HasFields reports whether the requests have a form or a query instead of JSON.
func (c *Contract) HasFields() bool { return c.Encoding().HasFields() }

// checkEncoding rejects keys that have no effect together.
func (c *Contract) checkEncoding(d *document.Decoder, n *document.Node) {
	switch {
	case c.Method == request.MethodGet && c.ContentType != "":
		d.Errorf(n.Get("content_type"), "a GET has no body, so content_type has no effect; leave one of the two out")
	case len(c.JSONFields) > 0 && !c.HasFields():
		d.Errorf(n.Get("json_fields"), "json_fields has no effect on a JSON body; leave it out, or set content_type or method")
	}
}

// Schedule is which responses are accepted, and when a delivery is retried. The contract's own keys
// take precedence over its retry profile.
func (c *Contract) Schedule() contract.Schedule {
	s := c.Retry.Schedule
	s.Delays = slices.Clone(s.Delays)
	if len(c.Success) > 0 {
		s.Success = c.Success
	}
	if c.TimeAllowed > 0 {
		s.TimeAllowed = c.TimeAllowed
	}
	s.EmptyBody = s.EmptyBody || c.EmptyBody
	return s
}

// HeadOfLine reports whether an event that fails delays the events behind it.
func (c *Contract) HeadOfLine() bool { return c.Ordering == "queue" || c.Retry.HeadOfLine }

// DelaysLaterEvents reports whether a slow response delays the events that follow.
func (c *Contract) DelaysLaterEvents() bool { return c.SlowAck == "delays-later-events" }

// Headers are further headers of a delivery.
type Headers []Header

// A Header is a header whose value is a template.
type Header struct{ Name, Template string }

// UnmarshalNode reads a mapping of names to templates.
func (h *Headers) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var all document.Mapping[template]
	d.Decode(n, &all)
	for _, one := range all.Each {
		*h = append(*h, Header{one.Name, one.Value.String()})
	}
}

// A template is a text with placeholders for values.
type template struct{ value.Template }

func (t *template) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var text string
	if !d.Decode(n, &text) {
		return
	}
	for _, match := range templateName.FindAllStringSubmatch(text, -1) {
		if _, ok := value.KindOf(match[1]); !ok && match[1] != "random" {
			d.Errorf(n, "unknown value %q; %s", match[1], document.OneOf(match[1], append(value.Names(), "random")))
			return
		}
	}
	var err error
	if t.Template, err = value.ParseTemplate(text); err != nil {
		d.Errorf(n, "%v", err)
	}
}

// A Retry is when a delivery is retried. The zero Retry never does.
type Retry struct {
	contract.Schedule
	HeadOfLine bool
}

// UnmarshalNode reads the name of a retry profile, or a mapping with one under profile,
// or one with the keys of a profile.
func (r *Retry) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var keys struct {
		document.Remarks
		Profile document.Located[string] `key:"profile"`
		contract.Schedule
	}
	if n.Kind == document.String {
		keys.Profile = document.Located[string]{Value: n.Text, Node: n}
	} else if !d.Decode(n, &keys) {
		return
	}
	for _, key := range []string{"success", "time_allowed", "empty_body"} {
		if v := n.Get(key); v != nil {
			d.Errorf(v, "%s belongs beside retry, not in it", key)
		}
	}
	if keys.Profile.Node == nil {
		r.Schedule = keys.Schedule
		return
	}
	onlyReference(d, n, "profile")
	profile, err := contract.NamedProfile(keys.Profile.Value)
	if err != nil {
		d.Errorf(keys.Profile.Node, "%v", err)
	}
	r.Schedule, r.HeadOfLine = profile.Schedule, profile.HeadOfLine
}

// onlyReference rejects keys that have no effect beside a reference to a shipped definition, under
// key; others have one.
func onlyReference(d *document.Decoder, n *document.Node, key string, others ...string) {
	for i := range n.Members {
		if m := &n.Members[i]; m.Key != key && !slices.Contains(others, m.Key) && !slices.Contains(document.Keys(document.Remarks{}), m.Key) {
			d.Errorf(&m.Value, "key %s has no effect beside %s; leave out one of the two", m.Key, key)
		}
	}
}

// A Handshake is how a provider checks a URL before first use. Kind is "none",
// "event" (it sends the event type Event) or "challenge".
type Handshake struct {
	Kind, Event string
	Challenge   contract.Handshake
	// Async: a new subscription is pending until the check of its URL has ended, and then active or
	// refused. Otherwise the call that creates it waits for the check, and is rejected if it fails.
	Async bool
}

// UnmarshalNode reads the name of a handshake, or a mapping with a name, with an event type, or with
// the keys of a handshake.
func (h *Handshake) UnmarshalNode(d *document.Decoder, n *document.Node) {
	var keys struct {
		document.Remarks
		Name  document.Located[string] `key:"name"`
		Type  string                   `key:"type" was:"event"`
		Stage string                   `key:"stage" oneof:"sync async"`
		contract.Handshake
	}
	if n.Kind == document.String {
		keys.Name = document.Located[string]{Value: n.Text, Node: n}
	} else if !d.Decode(n, &keys) {
		return
	}
	async := keys.Stage == "async"
	switch {
	case keys.Name.Node != nil:
		onlyReference(d, n, "name", "stage")
		challenge, err := contract.NamedHandshake(keys.Name.Value)
		if err != nil {
			d.Errorf(keys.Name.Node, "%v", err)
		}
		*h = Handshake{Kind: "challenge", Challenge: challenge, Async: async}
		if challenge == (contract.Handshake{}) {
			*h = Handshake{Kind: "none"}
			onlyReference(d, n, "name")
		}
	case keys.Type != "":
		onlyReference(d, n, "type", "stage")
		*h = Handshake{Kind: "event", Event: keys.Type, Async: async}
	case keys.Method == "":
		d.Errorf(n, "missing key: want name, type, or method with what the response must be")
	default:
		*h = Handshake{Kind: "challenge", Challenge: keys.Handshake, Async: async}
		if key, why := keys.Problem(); why != "" {
			d.Errorf(n.Get(key), "%s", why)
		}
	}
}

// declaredContract is contract in provider.yaml: common keys at the top, and under routes,
// by a route's last word, what differs.
type declaredContract struct {
	Contract
	Routes document.Mapping[Contract] `key:"routes"`
}

// contract checks the contract as it is written, and gives each route its own: the keys of
// the route take precedence over the common ones.
func (p *providerParser) contract(n *document.Node) {
	if n == nil {
		return
	}
	var declared declaredContract
	p.d.Decode(n, &declared)
	declared.checkEncoding(p.d, n)
	for _, one := range declared.Routes.Each {
		p.routeWord(one.Name, one.Key)
	}
	if p.d.Err() != nil {
		return
	}
	for _, r := range p.provider.Routes {
		merged := *n
		own := n.Get("routes").Get(r.suffix())
		method := own.Get("method")
		bodyless := method != nil && method.Text == request.MethodGet // the common content_type is that of other routes
		merged.Members = slices.DeleteFunc(slices.Clone(n.Members), func(m document.Member) bool {
			return m.Key == "routes" || m.Key == "content_type" && bodyless || own.Get(m.Key) != nil
		})
		if own != nil {
			merged.Members = append(merged.Members, own.Members...)
		}
		if p.d.Decode(&merged, &r.Contract) && own != nil {
			r.Contract.checkEncoding(p.d, &merged)
		}
	}
}
