package grade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/wire/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// An inProcess calls a handler in this process without a network, so a bubble of testing/synctest
// has all of it. As a RoundTripper it serves calls to any host; as an Attempter it delivers
// webhooks.
type inProcess struct {
	handler http.Handler
	working *sync.WaitGroup
}

func newProcess(h http.Handler) inProcess { return inProcess{h, &sync.WaitGroup{}} }

// maxLeave is how long a handler may go on after its caller has left.
const maxLeave = time.Minute

// wait returns when all handlers have ended, or after maxLeave.
func (p inProcess) wait() {
	ended := make(chan struct{})
	go func() {
		p.working.Wait()
		close(ended)
	}()
	timer := time.NewTimer(maxLeave)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
}

// RoundTrip calls the handler with a request.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	served := r.Clone(r.Context())
	served.RequestURI, served.RemoteAddr = r.URL.RequestURI(), "127.0.0.1:0"
	if served.Body == nil {
		served.Body = http.NoBody
	}
	a, err := p.serve(r.Context(), served)
	if r.Body != nil {
		_ = r.Body.Close()
	}
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", a.status, http.StatusText(a.status)), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.sent, Body: io.NopCloser(bytes.NewReader(a.body.Bytes())), ContentLength: int64(a.body.Len()), Request: r,
	}, nil
}

// Attempt delivers a webhook.
func (p inProcess) Attempt(ctx context.Context, r delivery.Request) webhook.Attempt {
	attempt := webhook.Attempt{At: time.Now(), RequestHeaders: r.Header}
	fail := func(class webhook.Failure, why string) webhook.Attempt {
		attempt.Failure, attempt.Error, attempt.Timing.Total = class, why, time.Since(attempt.At)
		return attempt
	}
	target, err := url.Parse(r.URL)
	if err != nil {
		return fail(webhook.FailureRequest, "read URL: invalid")
	}
	limit := r.Timeout
	if limit == 0 {
		limit = defaultTimeout
	}
	bounded, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	request := (&http.Request{
		Method: r.Method, URL: target, Host: target.Host, RequestURI: target.RequestURI(), RemoteAddr: "127.0.0.1:0",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(bytes.NewReader(r.Body)), ContentLength: int64(len(r.Body)),
	}).WithContext(bounded)
	for _, f := range r.Header {
		request.Header.Add(f.Name, f.Value)
	}
	a, err := p.serve(bounded, request)
	switch {
	case err != nil && ctx.Err() != nil:
		return fail(webhook.FailureCanceled, "send request: canceled")
	case err != nil && bounded.Err() != nil:
		return fail(webhook.FailureTimeout, fmt.Sprintf("send request: no response within %s", limit))
	case err != nil:
		return fail(webhook.FailureReset, "send request: "+err.Error())
	}
	attempt.Status, attempt.ResponseHeaders, attempt.ResponseBody = a.status, delivery.Fields(a.sent), a.body.Bytes()
	if attempt.Truncated = len(attempt.ResponseBody) > webhook.MaxResponseBody; attempt.Truncated {
		attempt.ResponseBody = attempt.ResponseBody[:webhook.MaxResponseBody]
	}
	attempt.Timing.Total = time.Since(attempt.At)
	attempt.Timing.FirstByte = attempt.Timing.Total
	return attempt
}

// defaultTimeout is the limit of an attempt if the contract has none.
const defaultTimeout = 30 * time.Second

// serve runs the handler until it has responded or the context ends. A handler that panics breaks
// the connection, as in net/http.
func (p inProcess) serve(ctx context.Context, r *http.Request) (*responseRecorder, error) {
	a := &responseRecorder{header: http.Header{}}
	done := make(chan error, 1)
	p.working.Go(func() {
		ended := errors.New("the handler broke the connection: it exited its goroutine, as FailNow does")
		defer func() {
			if broken := recover(); broken != nil {
				ended = fmt.Errorf("the handler broke the connection: it panicked: %v", broken)
			}
			done <- ended
		}()
		p.handler.ServeHTTP(a, r)
		a.WriteHeader(http.StatusOK)
		ended = nil
	})
	select {
	case err := <-done:
		return a, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// A responseRecorder records what a handler writes.
type responseRecorder struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
}

func (a *responseRecorder) Header() http.Header { return a.header }

func (a *responseRecorder) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		return // an informational response, for example 103
	}
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
	}
}

func (a *responseRecorder) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush does nothing: the response is read at the end.
func (a *responseRecorder) Flush() {}
