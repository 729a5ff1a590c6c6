package contract

import (
	_ "embed"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Handshake is how a provider checks an endpoint before its first use. Query, Body and Expect
// are templates with values {{name}}, which are escaped for their context.
type Handshake struct {
	// Method defaults to POST.
	Method string `key:"method" oneof:"POST GET HEAD"`
	Query  string `key:"query"`
	Body   string `key:"body"`
	// Expect is the body of a valid response: byte for byte, but a JSON object is compared as
	// JSON. Of the response to HEAD, only the status is checked.
	Expect string `key:"expect"`
	// Status is the status code of a valid response, for example "200"; the default is 2xx.
	Status StatusCode `key:"status"`
	// Guard names the value that the consumer must check. The handshake also runs with an invalid
	// one, and the response must not contain the challenge; if empty, it does not.
	Guard string `key:"guard"`
}

//go:embed handshakes.yaml
var handshakesYAML string

// A namedHandshake is an entry of handshakes.yaml.
type namedHandshake struct {
	Source string `key:"source,required"`
	Handshake
}

// loadHandshakes returns the shipped handshakes. They are read once and shared: don't change them.
var loadHandshakes = sync.OnceValues(func() (all document.Entries[namedHandshake], err error) {
	file, err := document.ReadYAML("handshakes.yaml", []byte(handshakesYAML))
	if err != nil {
		return nil, err
	}
	err = file.Decode(&file.Root, &all)
	return all, err
})

// NamedHandshake returns a shipped handshake: meta, rbm, validation-key or head.
func NamedHandshake(name string) (Handshake, error) {
	all, err := loadHandshakes()
	if err != nil {
		return Handshake{}, err
	}
	for _, one := range all {
		if one.Name == name {
			return one.Value.Handshake, nil
		}
	}
	return Handshake{}, fmt.Errorf("read handshake: unknown handshake %s; %s", document.Quote(name), document.OneOf(name, all.Names()))
}

var places = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// Names returns the values that the handshake needs, sorted.
func (h Handshake) Names() []string {
	names := map[string]bool{}
	for _, match := range places.FindAllStringSubmatch(h.Query+h.Body+h.Expect, -1) {
		names[match[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Problem returns the key of the handshake that can't have an effect, and why; "" if there is none.
func (h Handshake) Problem() (key, why string) {
	sent := Handshake{Query: h.Query, Body: h.Body}.Names()
	switch {
	case h.Method == head && h.Expect != "":
		return "expect", "the response to HEAD has no body; leave expect out, or change method"
	case h.Method != head && h.Expect == "":
		return "method", "missing key expect: add the body of a valid response (for example {{" + Challenge + "}}); only HEAD has none"
	case h.Guard == "":
		return "", ""
	case !slices.Contains(sent, h.Guard):
		return "guard", fmt.Sprintf("guard %q is not in query or body; add {{%s}} to one of them", h.Guard, h.Guard)
	case h.Guard == Challenge || !slices.Contains(sent, Challenge):
		return "guard", "guard needs a challenge that isn't returned without it; add {{" + Challenge + "}} to query or body"
	}
	return "", ""
}

// Challenge is the name of the value that is new in each handshake.
const Challenge = "challenge"

// head is the method of a request whose response has no body.
const head = "HEAD"

// Check validates the handshake and its values.
func (h Handshake) Check(values map[string]string) error {
	for _, name := range h.Names() {
		if values[name] == "" {
			return fmt.Errorf("check handshake: {{%s}} has no value; set it", name)
		}
	}
	if _, why := h.Problem(); why != "" {
		return fmt.Errorf("check handshake: %s", why)
	}
	return nil
}

// Request returns the URL and the body of the request that checks an endpoint. body is nil for a
// handshake without one.
func (h Handshake) Request(to string, values map[string]string) (at string, body []byte) {
	if query := fill(h.Query, values, url.QueryEscape); query != "" {
		at, _, _ := strings.Cut(to, "#") // a fragment is never sent
		mark := "?"
		if strings.Contains(at, "?") {
			mark = "&"
		}
		to = at + mark + query
	}
	if h.Body != "" {
		body = []byte(fill(h.Body, values, inJSON))
	}
	return to, body
}

// CheckResponse returns what is invalid in the response to a valid request, or "".
func (h Handshake) CheckResponse(a webhook.Attempt, values map[string]string) string {
	s := Schedule{}
	if h.Status != "" {
		s.Success = []string{string(h.Status)}
	}
	if ok, reason := s.Accepted(a); !ok {
		return reason
	}
	if h.Expect == "" {
		return ""
	}
	if h.expectsJSON() {
		return sameJSON(a.ResponseBody, h.expected(values))
	}
	want, got := h.expected(values), string(a.ResponseBody)
	switch {
	case got == want:
		return ""
	case strings.TrimSpace(got) == want:
		return "response has white space around the challenge; want the challenge byte for byte"
	case strings.Trim(got, `"`) == want:
		return "response has the challenge in quotes; want it byte for byte"
	}
	return "response is not the challenge; want it byte for byte"
}

// expectsJSON reports whether a valid response is a JSON object.
func (h Handshake) expectsJSON() bool {
	return strings.HasPrefix(h.Expect, "{") && !strings.HasPrefix(h.Expect, "{{")
}

// expected is the body of a valid response.
func (h Handshake) expected(values map[string]string) string {
	if h.expectsJSON() {
		return fill(h.Expect, values, inJSON)
	}
	return fill(h.Expect, values, asIs)
}

// CheckWrongToken returns what is invalid in the response to a request with an invalid guard, or
// "".
func (h Handshake) CheckWrongToken(a webhook.Attempt, values map[string]string) string {
	if challenge := values[Challenge]; challenge != "" && strings.Contains(string(a.ResponseBody), challenge) {
		return "response has the challenge despite an invalid " + h.Guard + "; check it first and respond 403"
	}
	return ""
}

// sameJSON checks that a response has every expected member; it may have more.
func sameJSON(got []byte, want string) string {
	found, _, err := document.JSON(got, document.BodyLimits())
	if err != nil {
		return "response is not JSON; want " + want
	}
	expected, _, err := document.JSON([]byte(want), document.BodyLimits())
	if err != nil {
		return "expect is not JSON; correct the handshake"
	}
	for i := range expected.Members {
		m := &expected.Members[i]
		if v := found.Get(m.Key); v == nil || !v.Equal(&m.Value) {
			return fmt.Sprintf("response lacks %s at /%s; want %s", m.Value.Describe(), m.Key, want)
		}
	}
	return ""
}

func fill(template string, values map[string]string, escape func(string) string) string {
	return places.ReplaceAllStringFunc(template, func(place string) string {
		return escape(values[place[2:len(place)-2]])
	})
}

func asIs(text string) string { return text }

func inJSON(text string) string {
	quoted := document.Quote(text)
	return quoted[1 : len(quoted)-1]
}

// A StatusCode is an HTTP status code in a file, for example 200 or "200"; "" if missing.
type StatusCode string

// UnmarshalNode reads a number, or a string that is one.
func (c *StatusCode) UnmarshalNode(d *document.Decoder, n *document.Node) {
	code, err := strconv.Atoi(n.Text)
	if n.Kind != document.Number && n.Kind != document.String || err != nil || code < 100 || code > 599 {
		d.Errorf(n, "expected a status code (for example 200), found %s", n.Describe())
		return
	}
	*c = StatusCode(n.Text)
}
