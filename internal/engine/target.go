package engine

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/wire/contract"
	"github.com/ringback-dev/ringback/internal/wire/fault"
	"github.com/ringback-dev/ringback/internal/wire/request"
	"github.com/ringback-dev/ringback/internal/wire/signature"
	"github.com/ringback-dev/ringback/webhook"
)

// A Target is a consumer's URL, and the contract by which it is called.
// [TargetOf] makes one.
type Target struct {
	Method, URL string
	// Encode writes an event as a request; nil if its body is sent as it is.
	Encode func(webhook.Event) request.Request
	// Header are lines beside those of the Event.
	Header   []webhook.Header
	Schedule contract.Schedule
	// Sign makes the header lines of one attempt; nil signs nothing.
	Sign func(Signing) ([]webhook.Header, error)
	// Outgoing turns what is signed into what goes over the wire, for schemes that
	// wrap it; nil leaves it. It is called once for a delivery, not for each attempt.
	Outgoing func(Signing) Signing
	// Concurrency is how many attempts are under way at once; 0 means 1.
	Concurrency int
	// HeadOfLine: a delivery that waits for its next attempt holds up those
	// behind it, so that there is one at a time, whatever the Concurrency.
	HeadOfLine bool
	// WaitsForResponse: of the events of one end user, each waits until the consumer has responded to
	// the attempt before; a slow response delays those that follow.
	WaitsForResponse bool
	// MustRespond: a run of [Play] ends with an [*Unreachable] when an attempt does not reach
	// the target and the target has not responded in this run.
	MustRespond bool
	// Notices say what a user should know of the target, such as that it is not signed.
	Notices []string

	// scheme is the name of what signs, spoils are the ways to make that wrong,
	// signed the names of its lines; unsigned says why nothing signs.
	scheme, unsigned string
	spoils           []signature.Corruption
	signed           []string
}

// A Signing is what a signature is about.
type Signing struct {
	ID          string
	At          time.Time
	URL         string
	ContentType string
	Body        []byte
	Spoil       string
}

// TargetOptions are what the contract of a route does not say of a target.
type TargetOptions struct {
	URL string
	// Secrets sign, newest first; none leaves the signature out.
	Secrets []string
	// Scheme is one of [signature.Names] that signs instead of the contract's;
	// "" is the contract's.
	Scheme string
	// Bearer is a token that comes beside the signature, if the provider has such.
	Bearer string
	// Retry is one of [contract.Profiles] that holds instead of the contract's
	// terms, "" are those of the contract.
	Retry string
	// StrictAnswers doesn't accept a 2xx response with a body where the contract asks for
	// an empty one: the event is then sent again, as the provider's documentation says.
	StrictResponses bool
	// Header are lines that a user adds.
	Header      []webhook.Header
	Concurrency int
	// Template is a request that the customer composed, in place of the contract's; nil for none.
	Template *request.Template
}

// TargetOf makes the target of a route: its contract says how the consumer is
// called and what it must respond. An invalid option is an error
// now, before anything is sent.
func TargetOf(r *schemas.Route, o TargetOptions) (Target, error) {
	c := r.Contract
	t := Target{Method: cmp.Or(c.Method, "POST"), URL: o.URL, Header: slices.Clone(o.Header), Concurrency: o.Concurrency, HeadOfLine: c.HeadOfLine(), WaitsForResponse: c.DelaysLaterEvents()}
	if err := checkURL(o.URL); err != nil {
		return Target{}, err
	}
	encoding := c.Encoding()
	encoding.Template = o.Template
	if err := r.CheckVariables(encoding.Variables.Paths(o.URL)); err != nil {
		return Target{}, fmt.Errorf("read URL: %w", err)
	}
	t.Encode = encoding.ForURL(o.URL)
	var err error
	if t.Schedule = c.Schedule(); o.Retry != "" {
		profile, err := contract.NamedProfile(o.Retry)
		if err != nil {
			return Target{}, err
		}
		t.Schedule, t.HeadOfLine = profile.Schedule, profile.HeadOfLine
	}
	t.Schedule.Strict = o.StrictResponses
	scheme, err := schemeOf(c.Signature, o.Scheme)
	if err != nil {
		return Target{}, err
	}
	if err := t.sign(r, scheme, o.Secrets); err != nil {
		return Target{}, err
	}
	if err := checkHeader(c, scheme, o.Header); err != nil {
		return Target{}, err
	}
	return t, t.bear(r, o.Bearer, scheme)
}

// checkURL wants a URL that can be called. It does not quote it: a URL may hold
// a password.
func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("read URL: want http:// or https:// and a host")
	}
	return nil
}

// schemeOf is the contract's scheme, or another one by its name.
func schemeOf(contract signature.Scheme, name string) (signature.Scheme, error) {
	if name != "" {
		return signature.Named(name)
	}
	return contract, nil
}

// sign makes the target sign, or says why it does not.
func (t *Target) sign(r *schemas.Route, scheme signature.Scheme, texts []string) error {
	switch {
	case scheme.Unsigned() && len(texts) > 0:
		return fmt.Errorf("read secret: %s has no signature; leave the secret out, or set a signature scheme", r.Name)
	case scheme.Unsigned():
		t.unsigned = r.Name + " signs nothing"
		return nil
	case len(texts) == 0:
		t.unsigned = fmt.Sprintf("%s signs by %s, but no secret is given", r.Name, scheme.Name())
		t.Notices = append(t.Notices, t.unsigned+": the events go unsigned")
		return nil
	}
	secrets, err := scheme.Secrets(texts...)
	if err != nil {
		return err
	}
	for _, warning := range secrets.Warnings() {
		t.Notices = append(t.Notices, "of the secrets: "+warning)
	}
	message := func(s Signing) signature.Message {
		return signature.Message{ID: s.ID, At: s.At, URL: s.URL, ContentType: s.ContentType, Body: s.Body}
	}
	t.Sign = func(s Signing) ([]webhook.Header, error) { return scheme.Sign(message(s), secrets, spoilOf(s.Spoil)) }
	t.Outgoing = func(s Signing) Signing {
		m := scheme.Outgoing(message(s))
		s.URL, s.Body = m.URL, m.Body
		return s
	}
	t.scheme, t.spoils, t.signed = scheme.Name(), scheme.Corruptions(), scheme.Headers()
	return nil
}

// Signed are the names of the header lines that the signature makes.
func (t *Target) Signed() []string { return t.signed }

// spoilOf turns the word of a fault into the one of the signature. They are the
// same but for a doubled signature, which the fault means as a second header
// line: that is there in every scheme, and wrong in every one.
func spoilOf(word string) signature.Corruption {
	if word == string(signature.Doubled) {
		return signature.Repeated
	}
	return signature.Corruption(word)
}

// Check returns the faults that cannot be injected for the target: those that corrupt a
// signature that it does not have.
func (t *Target) Check(faults ...fault.Fault) error {
	for _, f := range faults {
		spoil := f.SignatureFault()
		switch {
		case spoil == "" || slices.Contains(t.spoils, spoilOf(spoil)):
		case t.Sign == nil:
			return fmt.Errorf("apply fault %s: %s", f.Name(), t.unsigned)
		default:
			return fmt.Errorf("apply fault %s: signature scheme %s does not support it", f.Name(), t.scheme)
		}
	}
	return nil
}

// checkHeader rejects headers that are set elsewhere: by the connection, the
// signature or the contract.
func checkHeader(c schemas.Contract, scheme signature.Scheme, lines []webhook.Header) error {
	made := []string{"Content-Type"}
	for _, h := range c.Headers {
		made = append(made, h.Name)
	}
	for _, f := range lines {
		if err := signature.CheckHeader(f, scheme); err != nil {
			return err
		}
		if slices.ContainsFunc(made, func(name string) bool { return strings.EqualFold(name, f.Name) }) {
			return fmt.Errorf("check header %s: the provider's contract sets it; leave it out", document.Quote(f.Name))
		}
	}
	return nil
}

// bear adds the bearer token.
func (t *Target) bear(r *schemas.Route, token string, scheme signature.Scheme) error {
	if token == "" {
		return nil
	}
	if !r.Contract.Bearer {
		return fmt.Errorf("read bearer token: %s sends no bearer token; leave it out, or use the signature scheme bearer", r.Name)
	}
	bearer, err := signature.Named("bearer")
	if err != nil {
		return err
	}
	secrets, err := bearer.Secrets(token)
	if err != nil {
		return err
	}
	lines, err := bearer.Sign(signature.Message{At: time.Unix(0, 0)}, secrets, "")
	if err != nil {
		return err
	}
	for _, f := range t.Header {
		if err := signature.CheckHeader(f, bearer); err != nil {
			return err
		}
	}
	t.Header = append(t.Header, lines...)
	return signature.CheckHeader(lines[0], scheme)
}
