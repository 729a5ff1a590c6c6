package api

import (
	"strings"

	"github.com/ringback-dev/ringback/internal/document"
)

// An auth is where a call carries its key. The zero auth asks for none.
type auth struct {
	scheme string // "none", "bearer", "raw-authorization", "header", "query", "any"
	name   string // of header and query
	any    []auth
}

func authSchemes() []string {
	return []string{"none", "bearer", "raw-authorization", "header", "query", "any"}
}

// The states of a call's key, from the best.
const (
	authOK   = "ok"
	wrong    = "wrong"
	missing  = "missing"
	bearer   = "bearer "
	noScheme = "none"
)

func (a auth) asks() bool { return a.scheme != "" && a.scheme != noScheme }

// check says whether the call has a key and whether it is good. A nil accept
// takes any key that is not empty.
func (a auth) check(r *Request, accept func(key string) bool) string {
	if !a.asks() {
		return authOK
	}
	if a.scheme == "any" {
		best := missing
		for _, one := range a.any {
			switch state := one.check(r, accept); {
			case state == authOK:
				return authOK
			case state == wrong:
				best = wrong
			}
		}
		return best
	}
	key, state := a.key(r)
	switch {
	case state != authOK:
		return state
	case key == "":
		return missing
	case accept != nil && !accept(key):
		return wrong
	}
	return authOK
}

// key returns the key. One that stands there in another scheme's manner is wrong.
func (a auth) key(r *Request) (key, state string) {
	switch a.scheme {
	case "header":
		return headerOf(r.Header, a.name), authOK
	case "query":
		return first(r.Query[a.name]), authOK
	}
	line := headerOf(r.Header, "Authorization")
	isBearer := len(line) >= len(bearer) && strings.EqualFold(line[:len(bearer)], bearer)
	switch {
	case line == "":
		return "", missing
	case isBearer != (a.scheme == "bearer"):
		return "", wrong
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

func (p *parser) auth(n *document.Node) auth {
	switch {
	case n == nil:
		return auth{}
	case n.Kind == document.String:
		p.oneOf(n, "scheme", noScheme, "bearer", "raw-authorization")
		return auth{scheme: n.Text}
	case !p.expect(n, document.Object, "a scheme such as bearer or {header: apikey}") || !p.keys(n, "header", "query", "any"):
		return auth{scheme: noScheme}
	}
	for _, key := range []string{"header", "query"} {
		if v := n.Get(key); v != nil {
			return auth{scheme: key, name: p.text(v)}
		}
	}
	a := auth{scheme: "any"}
	all := n.Get("any")
	if all == nil {
		p.wrong(n, "a scheme is missing; known: %s", strings.Join(authSchemes(), ", "))
		return auth{scheme: noScheme}
	}
	p.expect(all, document.Array, "a list of schemes")
	for i := range all.Items {
		a.any = append(a.any, p.auth(&all.Items[i]))
	}
	return a
}
