package callspec

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/base/value"
	"github.com/ringback-dev/ringback/internal/schemas"
)

// An errorCase is an entry of errors: the response if its condition matches.
type errorCase struct {
	document.Remarks
	When     when      `key:"when,required"`
	Response *response `key:"response,required" was:"reply"`
}

// A start is an entry of starts: the scenario of a message, if it is the first entry that matches.
type start struct {
	when when
	// scenario is a name, or "" for none; magic means the recipient's scenario.
	scenario string
	magic    bool
	// with are the scenario's values; of the reasons for error, the first that the route has counts.
	with    map[string]string
	reasons []string
	// responseValues are the message's values in the response.
	responseValues map[string]string
}

// A when is a keyword, or conditions that must all match. The zero when always matches.
type when struct {
	word       string
	conditions []condition
}

// A condition compares a fact or a value with texts.
type condition struct {
	name string
	any  []string
	// present and absent compare no text.
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

// fact looks up a name in the facts, in the values of the message, and in those of the call.
func (c *Call) fact(message int, facts map[string]string) func(name string) string {
	return func(name string) string {
		if name == factPointer {
			if c.Problem == "" {
				return ""
			}
			return c.Pointer
		}
		if name == factMissing {
			return strconv.FormatBool(c.Problem != "" && c.scene.body.At(document.Tokens(c.Pointer)) == nil)
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

// Rejected returns the response of the first error that matches; then no scenario starts. facts are
// about the call as a whole, for example "account.restricted".
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

// Start returns the scenario of a message, "" for none, and its values: by name, or "error" with a
// canonical reason that the call's route has. It sets the message's values in the response.
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

// reason is the first reason that the call's route has.
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

// Reply is the response to a call that succeeds.
func (c *Call) Reply() *Reply { return c.replyOf(c.Operation.response, "") }

// Failed is the response to a command that failed, by its canonical reason: "unknown-id". A reason
// without a response in the data becomes plain text with status 400.
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
	a = a.chosen(c.scene)
	return &Reply{Status: a.status, Header: a.header, Media: a.media, response: a, call: c, reason: reason}
}

// known is a value of the call by name: response values take precedence over parameters.
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
