// Package control is the client of the control API of `ringback serve`. Its types and
// methods are generated from server/openapi.yaml.
package control

//go:generate go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config oapi-codegen.yaml ../../server/openapi.yaml

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// maxProblem bounds the body of an error response.
const maxProblem = 64 << 10

// A Client calls the control API.
type Client struct {
	base, token string
	http        *http.Client
}

// New makes a Client of the server at a base URL ("http://127.0.0.1:8081"). Session
// "" is the default one; token "" sends no Authorization.
func New(server, session, token string, client *http.Client) *Client {
	base := strings.TrimSuffix(server, "/")
	if session != "" {
		base += "/s/" + url.PathEscape(session)
	}
	return &Client{base: base + "/api/v1", token: token, http: client}
}

// An Error is a response with an error status. Problem is zero if the body isn't one.
type Error struct {
	Status  int
	Problem Problem
}

// Error is the problem's detail, or the status.
func (e *Error) Error() string {
	switch {
	case e.Problem.Detail != "":
		return e.Problem.Detail
	case e.Problem.Title != "":
		return e.Problem.Title
	}
	return fmt.Sprintf("the server responded with status %d", e.Status)
}

// A request is what a generated method sends.
type request struct {
	method, path  string // %s in the path is the id
	id            string
	query, header map[string]string
	body          any
}

// set adds a parameter, unless its value is zero. What a pointer points to may be zero.
func set(to *map[string]string, name string, value any) {
	v := reflect.ValueOf(value)
	if v.IsZero() {
		return
	}
	if *to == nil {
		*to = map[string]string{}
	}
	(*to)[name] = fmt.Sprint(reflect.Indirect(v))
}

// send returns a response without an error status. The caller closes its body.
func (c *Client) send(ctx context.Context, r *request) (*http.Response, error) {
	path := strings.ReplaceAll(r.path, "%s", url.PathEscape(r.id))
	query := url.Values{}
	for name, value := range r.query {
		query.Set(name, value)
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var body io.Reader = http.NoBody
	if r.body != nil {
		text, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("write request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	sent, err := http.NewRequestWithContext(ctx, r.method, c.base+path, body)
	if err != nil {
		return nil, fmt.Errorf("read URL: %w", err)
	}
	for name, value := range r.header {
		sent.Header.Set(name, value)
	}
	if r.body != nil {
		sent.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		sent.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(sent)
	if err != nil {
		return nil, err
	}
	if response.StatusCode < http.StatusMultipleChoices {
		return response, nil
	}
	defer response.Body.Close()
	failed := &Error{Status: response.StatusCode}
	if text, err := io.ReadAll(io.LimitReader(response.Body, maxProblem)); err == nil && json.Unmarshal(text, &failed.Problem) != nil {
		failed.Problem = Problem{}
	}
	return nil, failed
}

// do sends a request, and decodes the response into a value that isn't nil.
func (c *Client) do(ctx context.Context, r *request, into any) error {
	response, err := c.send(ctx, r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return fmt.Errorf("read response: %w", err)
	}
	return nil
}
