package contract

import (
	_ "embed"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
	"github.com/ringback-dev/ringback/webhook"
)

// A Handshake is how a sender tries a consumer's URL. Query, Body and Expect
// are templates with places {{name}}, filled with values that are escaped for
// where they stand.
type Handshake struct {
	// Method is POST if empty.
	Method string `key:"method" oneof:"POST GET HEAD"`
	Query  string `key:"query"`
	Body   string `key:"body"`
	// Expect is the body of the right answer: byte for byte, but a JSON object is
	// compared as JSON. Empty means that the status counts alone.
	Expect string `key:"expect"`
	// Status is the status code wanted, such as "200"; empty means 2xx.
	Status string `key:"status" pattern:"^[1-5][0-9][0-9]$" want:"a status code (for example 200)"`
	// Guard names the value that the consumer must check. It is tried with a wrong
	// one too, and the challenge must not come back; empty leaves that out.
	Guard string `key:"guard"`
}

//go:embed handshakes.yaml
var handshakesYAML string

// NamedHandshake returns a handshake that is shipped: meta, rbm, validation-key, head.
func NamedHandshake(name string) (Handshake, error) {
	file, err := document.ReadYAML("handshakes.yaml", []byte(handshakesYAML))
	if err != nil {
		return Handshake{}, err
	}
	var all document.Entries[struct {
		Source string `key:"source,required"`
		Handshake
	}]
	if err := file.Decode(&file.Root, &all); err != nil {
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

// Names lists the values that the handshake asks for, sorted.
func (h Handshake) Names() []string {
	names := map[string]bool{}
	for _, match := range places.FindAllStringSubmatch(h.Query+h.Body+h.Expect, -1) {
		names[match[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// Check finds what is wrong with the handshake and the values for it.
func (h Handshake) Check(values map[string]string) error {
	names := h.Names()
	for _, name := range names {
		if values[name] == "" {
			return fmt.Errorf("shake hands: {{%s}} has no value; give it", name)
		}
	}
	if h.Guard != "" && !slices.Contains(names, h.Guard) {
		return fmt.Errorf("shake hands: guard %q stands in no template; known: %s", h.Guard, strings.Join(names, ", "))
	}
	return nil
}

// Request makes the URL and the body of the call that checks a consumer's URL; there is no
// body if the handshake has none.
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

// CheckResponse says what is wrong with the answer to the right call; "" if nothing is.
func (h Handshake) CheckResponse(a webhook.Attempt, values map[string]string) string {
	s := Schedule{}
	if h.Status != "" {
		s.Success = []string{h.Status}
	}
	if ok, why := s.Accepted(a); !ok {
		return why
	}
	if h.Expect == "" {
		return ""
	}
	if strings.HasPrefix(h.Expect, "{") && !strings.HasPrefix(h.Expect, "{{") {
		return sameJSON(a.ResponseBody, fill(h.Expect, values, inJSON))
	}
	want, got := fill(h.Expect, values, asIs), string(a.ResponseBody)
	switch {
	case got == want:
		return ""
	case strings.TrimSpace(got) == want:
		return "answer has white space around the challenge; want the challenge byte for byte"
	case strings.Trim(got, `"`) == want:
		return "answer has the challenge in quotes; want it byte for byte"
	}
	return "answer is not the challenge; want it byte for byte"
}

// CheckWrongToken says what is wrong with the answer to a call with a wrong guard.
func (h Handshake) CheckWrongToken(a webhook.Attempt, values map[string]string) string {
	if challenge := values["challenge"]; challenge != "" && strings.Contains(string(a.ResponseBody), challenge) {
		return "answer gives the challenge back for a wrong " + h.Guard + "; compare it first and answer 403"
	}
	return ""
}

// sameJSON wants every member that is expected; more are allowed.
func sameJSON(got []byte, want string) string {
	found, _, err := document.JSON(got, document.BodyLimits())
	if err != nil {
		return "answer is no JSON; want " + want
	}
	expected, _, err := document.JSON([]byte(want), document.BodyLimits())
	if err != nil {
		return "expected answer is no JSON; correct the handshake"
	}
	for i := range expected.Members {
		m := &expected.Members[i]
		if v := found.Get(m.Key); v == nil || !v.Equal(&m.Value) {
			return fmt.Sprintf("answer has not %s at /%s; want %s", m.Value.Describe(), m.Key, want)
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
