package server

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// tokenCookie carries the token of a browser, which sends no Authorization.
const tokenCookie = "ringback_token"

// guarded lets only those to the control API who may be there: called by a
// name of this machine, not by a page of another origin, and with the token.
func (s *Server) guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/livez" || r.URL.Path == "/readyz": // they tell nothing, and who probes has an address only
			next.ServeHTTP(w, r)
		case !s.knowsHost(r.Host):
			writeProblem(w, reject(http.StatusMisdirectedRequest, "the control API does not accept this Host; add it with --control-host"))
		case !sameOrigin(r):
			writeProblem(w, reject(http.StatusForbidden, "the control API rejects requests from pages of another origin"))
		case !s.mayEnter(r):
			w.Header().Set("WWW-Authenticate", `Bearer realm="ringback"`)
			writeProblem(w, reject(http.StatusUnauthorized, "the control API needs a token: send Authorization: Bearer TOKEN (`ringback serve` prints it)"))
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// knowsHost: names that lead here by DNS are not enough, for a stranger's may
// be made to.
func (s *Server) knowsHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.Trim(name, "[]"))
	if ip := net.ParseIP(name); ip != nil && ip.IsLoopback() || name == "localhost" {
		return true
	}
	return slices.ContainsFunc(s.options.Hosts, func(known string) bool { return strings.EqualFold(known, name) })
}

// sameOrigin reports whether no page of another origin is behind a request.
func sameOrigin(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return false
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

func (s *Server) mayEnter(r *http.Request) bool {
	if s.options.Token == "" {
		return true
	}
	shown, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		if cookie, err := r.Cookie(tokenCookie); err == nil {
			shown = cookie.Value
		}
	}
	return subtle.ConstantTimeCompare([]byte(shown), []byte(s.options.Token)) == 1
}
