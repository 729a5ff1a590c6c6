package server

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gorilla/mux"

	"github.com/ringback-dev/ringback/internal/base/deadline"
	"github.com/ringback-dev/ringback/internal/base/document"
	"github.com/ringback-dev/ringback/internal/mock/callspec"
)

// Provider is the side that the application sees: the APIs of all providers, at
// the root where one alone claims a path and below /{provider} and /{route}
// always, and the inbox at /in/{route}. At a host of a provider, its API is at the
// root, and no other.
func (s *Server) Provider() http.Handler {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.HandleFunc("/livez", alive).Methods("GET", "HEAD")
	r.HandleFunc("/readyz", s.ready).Methods("GET", "HEAD")
	r.HandleFunc("/in/{route:.+}", s.inSession((*session).inbox))
	r.HandleFunc("/media/{provider}/{id}", s.inSession((*session).media)).Methods("GET", "HEAD")
	r.NotFoundHandler = s.rejectUnknown(r)
	r.MethodNotAllowedHandler = r.NotFoundHandler
	return s.limited(s.callBytes, s.traced(bounded(withoutSessionPrefix(rejectCrossOrigin(s.calls(r))))))
}

// rejectCrossOrigin refuses what a page of another origin makes a browser send, a GET too, for some
// providers send by one: an application has no browser, and a stranger's page may neither
// send nor subscribe itself. Paths that only show something are open.
func rejectCrossOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reads := r.Method == http.MethodGet || r.Method == http.MethodHead
		shows := r.URL.Path == "/livez" || r.URL.Path == "/readyz" || strings.HasPrefix(r.URL.Path, "/media/")
		if !(reads && shows) && !sameOrigin(r) {
			rejectCall(w, r, reject(http.StatusForbidden, "the provider API rejects requests from pages of another origin"))
			return
		}
		next.ServeHTTP(w, r)
	})
}

// calls responds to calls of operations, and passes all other requests to the router.
func (s *Server) calls(router http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.RawPath // withoutSessionPrefix sets it
		known := s.addressOf(r.Host).known
		m, ok := known.find(r.Method, path)
		if r.Method == http.MethodHead { // clients look for the type and size of a file so; other GETs may send something
			m, ok = known.find(http.MethodGet, path)
			ok = ok && m.api.Command == "media.get"
		}
		if ok && !isReserved(path) {
			one, leave := s.enter(sessionOf(r))
			defer leave()
			one.call(m.api, m.prefix, m.vars(path), w, r)
			return
		}
		router.ServeHTTP(w, r)
	})
}

// isReserved reports whether a path belongs to Ringback and not to a provider.
func isReserved(path string) bool {
	return strings.HasPrefix(path, "/in/") || strings.HasPrefix(path, "/media/")
}

// A mount is an API at one prefix.
type mount struct {
	api    *callspec.Operation
	prefix string
}

// mounted lists where the APIs stand. At the root an API has its path only if no
// other one claims the same method and path. What is more special comes first,
// because the router takes the first that fits.
func (s *Server) mounted() []mount {
	claims := map[string]int{}
	for _, a := range s.apis.APIs {
		if a.Alternative {
			continue
		}
		claims[a.Method+" "+a.Path]++
	}
	var all []mount
	for _, a := range s.apis.APIs {
		if a.Alternative {
			continue
		}
		for _, prefix := range a.Mounts {
			all = append(all, mount{a, prefix})
		}
		if claims[a.Method+" "+a.Path] == 1 {
			all = append(all, mount{a, ""})
		}
	}
	sortMounts(all)
	return all
}

// sortMounts puts the mounts with fewer variables first.
func sortMounts(all []mount) {
	variables := func(m mount) int { return strings.Count(m.prefix+m.api.Path, "{") - len(m.api.Vars) } // a closed set is special
	slices.SortStableFunc(all, func(a, b mount) int { return variables(a) - variables(b) })
}

// Control is the side of people and tests.
func (s *Server) Control() http.Handler {
	r := mux.NewRouter().SkipClean(true).UseEncodedPath()
	r.HandleFunc("/livez", alive).Methods("GET", "HEAD")
	r.HandleFunc("/readyz", s.ready).Methods("GET", "HEAD")
	api := newControl(s.options.Catalog, s.options.Library, func(name string) (backend, error) { return named{s, name}, nil })
	api.running = s.running
	api.mount(r)
	r.NotFoundHandler = http.HandlerFunc(noSuchPath)
	side := s.guarded(withoutSessionPrefix(r))
	return s.limited(s.controlBytes, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.serve(side, &traced{ResponseWriter: w, recorded: true}, r)
	}))
}

func alive(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) }

func (s *Server) ready(w http.ResponseWriter, _ *http.Request) {
	journaled(w)
	if !s.Ready() {
		w.Header().Set("Retry-After", seconds(retryLater))
		http.Error(w, "the server ends", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}

func noSuchPath(w http.ResponseWriter, _ *http.Request) {
	writeProblem(w, reject(http.StatusNotFound, "find path: unknown path; GET /api/v1/openapi.json lists all"))
}

// unknown rejects a call to a path that no operation has: an application with a wrong
// base URL is found by it.
func (s *session) unknown(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	called := maps.Clone(s.providers)
	s.mu.Unlock()
	at := s.addressOf(r.Host)
	hint := "the base URL of a provider's API is that of this server, and nothing else"
	if at.provider != "" {
		called, hint = nil, "the mock of "+at.provider+" has no such path; `ringback provider show "+at.provider+"` lists its hosts"
	}
	if near := nearestOperation(at.mounts, called, r.Method, r.URL.Path); near != "" {
		hint = "did you mean " + document.Quote(near) + "?"
	}
	rejectCall(w, r, reject(http.StatusNotFound, "find operation: %s %s: no operation has this path; %s", shortMethod(r.Method), document.Shorten(r.URL.Path, maxHinted), hint))
}

// rejectUnknown rejects a call with an unknown path, or with a method that its path doesn't have: the
// response then lists the methods, which the router's own doesn't.
func (s *Server) rejectUnknown(router *mux.Router) http.Handler {
	unknown := s.inSession((*session).unknown)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		known := s.addressOf(r.Host).known
		var allowed []string
		for _, method := range []string{"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"} {
			other := *r
			other.Method = method
			_, ok := known.find(method, r.URL.RawPath)
			if match := (mux.RouteMatch{}); ok || router.Match(&other, &match) && match.MatchErr == nil {
				allowed = append(allowed, method)
			}
		}
		if allowed == nil {
			unknown(w, r)
			return
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		path := document.Shorten(r.URL.Path, maxHinted)
		rejectCall(w, r, reject(http.StatusMethodNotAllowed, "find operation: %s %s: the path has no such method; did you mean %s?",
			shortMethod(r.Method), path, document.Quote(oneOf(allowed, r.Method)+" "+path)))
	})
}

// inSession finds the session that a request is about.
func (s *Server) inSession(serve func(*session, http.ResponseWriter, *http.Request)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		one, leave := s.enter(sessionOf(r))
		defer leave()
		serve(one, w, r)
	}
}

// withoutSessionPrefix takes /s/{session} off the path, after it has made one slash of
// several: the router responds to those with a redirect, which loses a POST's body.
func withoutSessionPrefix(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, path, ok := cutSession(r.URL.EscapedPath())
		if len(path) > maxPath { // nothing is as long, and to compare it with all takes its time
			rejectCall(w, r, reject(http.StatusNotFound, "find operation: no operation has a path of %d bytes", len(path)))
			return
		}
		if !ok {
			rejectCall(w, r, reject(http.StatusNotFound, "find session: invalid name; want 1 to 64 letters, digits, dots, dashes and underscores"))
			return
		}
		plain, err := url.PathUnescape(path)
		if err != nil {
			rejectCall(w, r, reject(http.StatusBadRequest, "read path: invalid escape"))
			return
		}
		if t, ok := w.(*traced); ok {
			t.session, t.path = cmp.Or(session, defaultSession), plain
		}
		other := r.WithContext(context.WithValue(r.Context(), sessionKey{}, session))
		u := *r.URL
		u.Path, u.RawPath = plain, path
		other.URL = &u
		next.ServeHTTP(w, other)
	})
}

// cutSession parts an escaped path into the session, "" if none is named, and the
// rest. It reports false if no session can have the name.
func cutSession(escaped string) (session, path string, ok bool) {
	if len(escaped) > maxPath {
		return "", escaped, false
	}
	path = escaped
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	rest, named := strings.CutPrefix(path, "/s/")
	if !named {
		return "", path, true
	}
	session, path, _ = strings.Cut(rest, "/")
	odd := strings.ContainsFunc(session, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-')
	})
	return session, "/" + path, session != "" && len(session) <= maxSession && !odd
}

// maxPath is how long the path of a request may be.
const maxPath = 2 << 10

// maxSession is how long the name of a session may be.
const maxSession = 64

// largestCall bounds the body of a call to the provider API.
const largestCall = 16 << 20

// limited bounds the time of a client, and the bytes of all bodies that an API holds.
func (s *Server) limited(bodies *deadline.InFlight, next http.Handler) http.Handler {
	return s.limits.Handler(bodies.Handler(next))
}

func bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != http.NoBody {
			r.Body = http.MaxBytesReader(w, r.Body, largestCall)
		}
		next.ServeHTTP(w, r)
	})
}
