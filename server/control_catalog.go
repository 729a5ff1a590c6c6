package server

import (
	_ "embed"
	"encoding/json"
	"net/http"

	"github.com/ringback-dev/ringback/internal/base/document"
)

//go:embed openapi.yaml
var openAPIYAML string

// A routeView is what is known of a route.
type routeView struct {
	Route    string `json:"route"`
	Provider string `json:"provider"`
	Channel  string `json:"channel"`
	// Default: the provider's name alone means this one.
	Default bool     `json:"default"`
	Types   []string `json:"types"`
}

// catalogRoutes lists all routes, by name.
func (c *control) catalogRoutes(http.ResponseWriter, apiRequest) (response, error) {
	var all []routeView
	for _, p := range c.catalog.Providers {
		for _, r := range p.Routes {
			v := routeView{Route: r.Name, Provider: p.Name, Channel: r.Channel, Default: r.Name == p.DefaultRoute, Types: []string{}}
			for _, t := range r.Types() {
				v.Types = append(v.Types, t.Name)
			}
			all = append(all, v)
		}
	}
	return listed(all), nil
}

// A typeView is what the machine formats of `ringback catalog list` say of an event type.
type typeView struct {
	Type      string   `json:"type"`
	Provider  string   `json:"provider"`
	Channel   string   `json:"channel"`
	Direction string   `json:"direction"`
	Events    []string `json:"events"`
	Title     string   `json:"title"`
	Document  string   `json:"document"`
}

func (c *control) catalogEvents(_ http.ResponseWriter, a apiRequest) (response, error) {
	types, err := c.catalog.TypesOf(a.params["provider"])
	if err != nil {
		return response{}, withParameter("provider", reject(http.StatusBadRequest, "%w", err))
	}
	var all []typeView
	for _, t := range types {
		all = append(all, typeView{t.Name, t.Provider.Name, t.Channel(), t.Direction(), orEmpty(t.CanonicalEvents()), t.Title(), t.Document()})
	}
	return listed(all), nil
}

// A scenarioView is what the machine formats of `ringback scenario list` say of
// a scenario.
type scenarioView struct {
	Name          string   `json:"name"`
	Description   string   `json:"description"`
	Provider      string   `json:"provider"`
	Conversations int      `json:"conversations"`
	Events        []string `json:"events"`
}

// catalogScenarios lists the scenarios, those that are no other provider's if one
// is named.
func (c *control) catalogScenarios(_ http.ResponseWriter, a apiRequest) (response, error) {
	provider := a.params["provider"]
	if provider != "" {
		route, err := c.catalog.Route(provider)
		if err != nil {
			return response{}, withParameter("provider", reject(http.StatusBadRequest, "%w", err))
		}
		provider = route.Provider.Name
	}
	var all []scenarioView
	for _, s := range c.scenarios.All() {
		if provider == "" || s.Provider == "" || s.Provider == provider {
			all = append(all, scenarioView{s.Name, s.Description, s.Provider, s.Conversations(), orEmpty(s.Events())})
		}
	}
	return listed(all), nil
}

// openAPI responds with the document that describes the control API.
func openAPI(contentType string) func(http.ResponseWriter, apiRequest) (response, error) {
	return func(w http.ResponseWriter, _ apiRequest) (response, error) {
		text := []byte(openAPIYAML)
		if contentType == "application/json" {
			file, err := document.ReadYAML("openapi.yaml", text)
			if err == nil {
				text, err = json.Marshal(file.Root.Any())
			}
			if err != nil {
				return response{}, reject(http.StatusInternalServerError, "write openapi.json: %w", err)
			}
		}
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(text) // the client has gone
		return response{}, nil
	}
}
