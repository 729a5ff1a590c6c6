package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/contracttest"
	"github.com/ringback-dev/ringback/webhook"
)

// pollEvery is how often the control side is asked for new calls.
const pollEvery = 50 * time.Millisecond

// mostFailures is after how many failures in a row the server counts as gone.
const maxFailures = 10

// A calledView is a call as the control side shows it.
type calledView struct {
	Seq    uint64            `json:"seq"`
	ID     string            `json:"id"`
	API    string            `json:"api"`
	Status int               `json:"status"`
	Values map[string]string `json:"values"`
	Call   struct {
		Method       string     `json:"method"`
		Path         string     `json:"path"`
		Header       [][]string `json:"header"`
		Body         string     `json:"body"`
		BodyBase64   string     `json:"body_base64"`
		Response     string     `json:"answer"`
		AnswerBase64 string     `json:"answer_base64"`
	} `json:"call"`
}

// A remote is the control side of a server that runs already.
type remote struct {
	base, token string
	client      *http.Client
	seen        map[string]bool
}

// watchServer tells the provider of every call that the server answers from now on, and
// ends the grade if the server is gone.
func (o *gradeOptions) watchServer(ctx context.Context, provider *contracttest.Provider, working *sync.WaitGroup, lost context.CancelCauseFunc) error {
	way, err := o.client()
	if err != nil {
		return err
	}
	r := &remote{base: strings.TrimSuffix(o.server, "/"), token: o.token, client: &http.Client{Transport: way, Timeout: 10 * time.Second, CheckRedirect: noRedirect}, seen: map[string]bool{}}
	provider.Elsewhere()
	if _, err := r.calls(ctx); err != nil { // what was before is not about this grade
		way.Close()
		return exit{exitEnvironment, fmt.Errorf("use the server of --server: %w", err)}
	}
	working.Go(func() {
		defer way.Close()
		failures := 0
		ticker := time.NewTicker(pollEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			calls, err := r.calls(ctx)
			for _, c := range calls {
				provider.Observe(c)
			}
			if failures++; err == nil {
				failures = 0
			}
			if failures == maxFailures && ctx.Err() == nil { // what nobody sees must not be judged
				lost(exit{exitEnvironment, fmt.Errorf("use the server of --server: %w", err)})
				return
			}
		}
	})
	return nil
}

// calls are those that were not there before, the oldest first.
func (r *remote) calls(ctx context.Context) ([]contracttest.Call, error) {
	news, err := r.unseen(ctx)
	if err != nil {
		return nil, err
	}
	var all []contracttest.Call
	for _, id := range slices.Backward(news) {
		var one calledView
		if err := r.get(ctx, "/api/v1/calls/"+url.PathEscape(id), &one); err != nil {
			return all, err
		}
		r.seen[id] = true
		all = append(all, one.call())
	}
	return all, nil
}

// unseen are the ids of those that were not there before, the newest first.
func (r *remote) unseen(ctx context.Context) ([]string, error) {
	var news []string
	for cursor := ""; ; {
		var page struct {
			Items []calledView `json:"items"`
			Next  string       `json:"next"`
		}
		if err := r.get(ctx, "/api/v1/calls?limit=200"+cursor, &page); err != nil {
			return nil, err
		}
		for _, v := range page.Items {
			if r.seen[v.ID] {
				return news, nil
			}
			news = append(news, v.ID)
		}
		if page.Next == "" {
			return news, nil
		}
		cursor = "&cursor=" + url.QueryEscape(page.Next)
	}
}

// call is a call as of now: the server's clock may be another one.
func (v calledView) call() contracttest.Call {
	c := contracttest.Call{
		At: time.Now(), Responded: time.Now(), Operation: v.API, Method: v.Call.Method, Path: v.Call.Path, Values: v.Values, Status: v.Status,
		Body: orBase64(v.Call.Body, v.Call.BodyBase64), Response: orBase64(v.Call.Response, v.Call.AnswerBase64),
	}
	for _, line := range v.Call.Header {
		if len(line) == 2 {
			c.Header = append(c.Header, webhook.Header{Name: line[0], Value: line[1]})
		}
	}
	return c
}

func orBase64(text, inBase64 string) []byte {
	if body, err := base64.StdEncoding.DecodeString(inBase64); err == nil && inBase64 != "" {
		return body
	}
	return []byte(text)
}

func (r *remote) get(ctx context.Context, path string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, nil)
	if err != nil {
		return errors.New("its URL is none that can be called")
	}
	if r.token != "" {
		request.Header.Set("Authorization", "Bearer "+r.token)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return networkReason(errors.Unwrap(err))
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("its control side answers %d; give --control-token if it wants one", response.StatusCode)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
