package callspec

import (
	"strings"

	"github.com/ringback-dev/ringback/internal/base/document"
)

// An auth is where a call carries its key. The zero auth asks for none.
type auth struct {
	scheme string   // "none", "bearer", "raw-authorization", "header", "query", "body", "any"
	name   string   // of header and query
	tokens []string // of body: where the key is in it
	any    []auth
}

// The states of a call's key, from the best.
const (
	authOK           = "ok"
	authInvalidState = "invalid"
	missing          = "missing"
	bearer           = "bearer "
	noScheme         = "none"
)

func (a auth) asks() bool { return a.scheme != "" && a.scheme != noScheme }

// check says whether the call has a key and whether it is good. The body is nil if it can't be
// decoded. A nil accept takes any key that is not empty.
func (a auth) check(r *Request, body *document.Node, accept func(key string) bool) string {
	if !a.asks() {
		return authOK
	}
	if a.scheme == "any" {
		best := missing
		for _, one := range a.any {
			switch state := one.check(r, body, accept); {
			case state == authOK:
				return authOK
			case state == authInvalidState:
				best = authInvalidState
			}
		}
		return best
	}
	key, state := a.key(r, body)
	switch {
	case state != authOK:
		return state
	case key == "":
		return missing
	case accept != nil && !accept(key):
		return authInvalidState
	}
	return authOK
}

// key returns the key. One that stands there in another scheme's manner is wrong.
func (a auth) key(r *Request, body *document.Node) (key, state string) {
	switch a.scheme {
	case "header":
		return headerOf(r.Header, a.name), authOK
	case "query":
		return first(r.Query[a.name]), authOK
	case "body":
		if body != nil {
			if found := body.At(a.tokens); found != nil && found.Kind == document.String {
				return found.Text, authOK
			}
		}
		return "", authOK
	}
	line := headerOf(r.Header, "Authorization")
	isBearer := len(line) >= len(bearer) && strings.EqualFold(line[:len(bearer)], bearer)
	switch {
	case line == "":
		return "", missing
	case isBearer != (a.scheme == "bearer"):
		return "", authInvalidState
	case isBearer:
		return strings.TrimSpace(line[len(bearer):]), authOK
	}
	return line, authOK
}

// headerOf returns a header's first value; its name is matched in any case.
func headerOf(header map[string][]string, name string) string {
	if values, ok := header[name]; ok {
		return first(values)
	}
	for key, values := range header {
		if strings.EqualFold(key, name) {
			return first(values)
		}
	}
	return ""
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// UnmarshalNode reads a scheme: bearer, {header: apikey}, {any: [...]}.
func (a *auth) UnmarshalNode(d *document.Decoder, n *document.Node) {
	if n.Kind == document.String {
		a.scheme = d.Enum(n, noScheme, "bearer", "raw-authorization")
		return
	}
	var declared struct {
		document.Remarks
		Header string                   `key:"header"`
		Query  string                   `key:"query"`
		Body   document.Located[string] `key:"body"`
		Any    []auth                   `key:"any" want:"a list of schemes"`
	}
	a.scheme = noScheme
	if !d.Decode(n, &declared) {
		return
	}
	switch key := d.OneKey(n, "header", "query", "body", "any"); key {
	case "header", "query":
		*a = auth{scheme: key, name: declared.Header + declared.Query}
	case "body":
		if !document.IsPointer(declared.Body.Value) {
			d.Errorf(declared.Body.Node, "expected a JSON Pointer (for example /access_token), found %s", declared.Body.Node.Describe())
		}
		*a = auth{scheme: key, tokens: document.Tokens(declared.Body.Value)}
	case "any":
		*a = auth{scheme: key, any: declared.Any}
	}
}
