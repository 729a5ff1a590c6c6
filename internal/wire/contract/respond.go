package contract

import (
	"cmp"
	"net/url"
	"regexp"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// challengeText is a challenge that no browser interprets as markup: it is untrusted, and returned.
var challengeText = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Respond returns the body of a valid response to a request, if that is a handshake: the other
// direction of [Handshake.Request]. Where a consumer must check a value, it must be the token; an
// empty token never is.
func (h Handshake) Respond(method string, query url.Values, body []byte, token string) (response string, ok bool) {
	values := map[string]string{}
	if method != cmp.Or(h.Method, "POST") || !h.readQuery(query, values) || !h.readBody(body, values) {
		return "", false
	}
	if h.Expect != "" && !challengeText.MatchString(values[Challenge]) || h.Guard != "" && (token == "" || values[h.Guard] != token) {
		return "", false
	}
	return h.expected(values), true
}

// readQuery reads the values of a query by its template.
func (h Handshake) readQuery(query url.Values, values map[string]string) bool {
	template, err := url.ParseQuery(h.Query)
	if err != nil {
		return false
	}
	for name := range template {
		if !query.Has(name) || !read(template.Get(name), query.Get(name), values) {
			return false
		}
	}
	return true
}

// readBody reads the values of a body by its template: it has the same members, and no more.
func (h Handshake) readBody(body []byte, values map[string]string) bool {
	if h.Body == "" {
		return true
	}
	template, _, err := document.JSON([]byte(h.Body), document.BodyLimits())
	if err != nil {
		return false
	}
	found, _, err := document.JSON(body, document.BodyLimits())
	if err != nil || len(found.Members) != len(template.Members) {
		return false
	}
	for i := range template.Members {
		m := &template.Members[i]
		v := found.Get(m.Key)
		if v == nil || v.Kind != document.String || !read(m.Value.Text, v.Text, values) {
			return false
		}
	}
	return true
}

// read reads a text by a template that is one value, or a text without any. A value that occurs
// twice must be the same.
func read(template, text string, values map[string]string) bool {
	match := places.FindStringSubmatch(template)
	if match == nil || match[0] != template {
		return template == text
	}
	if before, known := values[match[1]]; known {
		return before == text
	}
	values[match[1]] = text
	return true
}
