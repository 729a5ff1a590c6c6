package callspec

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/internal/schemas"
	"github.com/ringback-dev/ringback/internal/value"
)

// A line of refuse: when it holds, the call is answered so.
type errorCase struct {
	document.Remarks
	When     when      `key:"when,required"`
	Response *response `key:"response,required" was:"reply"`
}

// A play says what a message plays when it is the first that fits.
type start struct {
	when when
	// scenario is a name, "" for none; magic takes the recipient's.
	scenario string
	magic    bool
	// startValues is given to the scenario; of error the first reason counts that the route has.
	with    map[string]string
	reasons []string
	// responseValues is what the answer says of the message.
	responseValues map[string]string
}

// A when is a word, or conditions all of which must hold. The zero when always holds.
type when struct {
	word       string
	conditions []condition
}

// A condition compares a fact or a value with texts.
type condition struct {
	name string
	any  []string
	// present and absent ask for no text.
	present, absent bool
}

func (w when) matches(c *Call, lookup func(name string) string) bool {
	switch w.word {
	case authMissing:
		return c.Auth == missing
	case authInvalid:
		return c.Auth == authInvalidState
	case requestInvalid:
		return c.Problem != ""
	case requestMediaType:
		return c.Status == unsupportedMediaType
	}
	return !slices.ContainsFunc(w.conditions, func(one condition) bool {
		found := lookup(one.name)
		switch {
		case one.present:
			return found == ""
		case one.absent:
			return found != ""
		}
		return !slices.Contains(one.any, found)
	})
}

// fact looks a name up in the platform's facts, in what was taken for the
// message, and in what the call itself knows.
func (c *Call) fact(message int, facts map[string]string) func(name string) string {
	return func(name string) string {
		if name == factPointer {
			if c.Problem == "" {
				return ""
			}
			return c.Pointer
		}
		if text, ok := facts[name]; ok {
			return text
		}
		if message >= 0 && message < len(c.Messages) {
			return c.Messages[message][name]
		}
		return c.Values[name]
	}
}

// Refused returns the answer of the first refusal that fits; then nothing starts.
// facts are the platform's words about the call as a whole: "account.restricted" and the
// like. Of what the call took, the call knows.
func (c *Call) Rejected(facts map[string]string) (*Reply, bool) {
	message := -1
	if len(c.Messages) == 1 {
		message = 0
	}
	lookup := c.fact(message, facts)
	for _, l := range c.Operation.errors {
		if l.When.matches(c, lookup) {
			return c.replyOf(l.Response, c.Problem), true
		}
	}
	return nil, false
}

// Start returns which scenario a message plays, "" for none, and what is given to it:
// by the name of a value, or "error" with a neutral reason that the call's route has.
// From then on the answer says of the message what the line says of it.
func (c *Call) Start(message int, facts map[string]string) (scenario string, with map[string]string) {
	lookup := c.fact(message, facts)
	for i := range c.Operation.starts {
		p := &c.Operation.starts[i]
		if !p.when.matches(c, lookup) {
			continue
		}
		c.responseValues[message] = p.responseValues
		with = map[string]string{}
		maps.Copy(with, p.with)
		if reason := c.reason(p.reasons); reason != "" {
			with["error"] = reason
		}
		if p.magic {
			return facts[factMagic], with
		}
		return p.scenario, with
	}
	return "", nil
}

// reason is the first of several that the call's route has.
func (c *Call) reason(names []string) string {
	for _, r := range c.Operation.Routes {
		if r.Name != c.Route {
			continue
		}
		for _, name := range names {
			if hasReason(r, name) {
				return name
			}
		}
	}
	return ""
}

func hasReason(r *schemas.Route, name string) bool {
	_, err := r.Reason(name)
	return err == nil
}

// Response is the answer when nothing refused.
func (c *Call) Reply() *Reply { return c.replyOf(c.Operation.response, "") }

// Failed is the answer when the command failed, by its neutral reason: "unknown-id". A
// reason that the data has no answer for is said in plain words, with status 400.
func (c *Call) Failed(reason string) *Reply {
	plainly := strings.ReplaceAll(reason, "-", " ")
	for _, name := range []string{reason, otherFailure} {
		if known := c.Operation.failures[name]; known != nil {
			return c.replyOf(known, plainly)
		}
	}
	return c.replyOf(&response{status: 400, contentType: textType, body: literal(plainly)}, plainly)
}

func (c *Call) replyOf(a *response, reason string) *Reply {
	return &Reply{Status: a.status, Header: a.header, Media: a.media, response: a, call: c, reason: reason}
}

// known is what the call itself knows by the name of a value: what its answer
// says of a message comes before what was taken.
func (c *Call) known(item int, name string) (value.Value, bool) {
	text, found := c.Values[name]
	if item < 0 && len(c.Messages) == 1 {
		item = 0
	}
	if item >= 0 && item < len(c.Messages) {
		if said, ok := c.responseValues[item][name]; ok {
			text, found = said, true
		} else if own, ok := c.Messages[item][name]; ok {
			text, found = own, true
		}
	}
	if name == "request.messages" {
		text, found = strconv.Itoa(len(c.Messages)), true
	}
	kind, _ := value.KindOf(name)
	if !found {
		return value.Value{}, false
	}
	v, err := value.Read(kind, text)
	return v, err == nil
}
