package contracttest

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

	"github.com/ringback-dev/ringback/internal/delivery"
	"github.com/ringback-dev/ringback/webhook"
)

// InProcess is the way to a handler in this process, without a network: nothing of
// it leaves a bubble of testing/synctest. As the RoundTripper of a client it takes
// calls for any host; as an Attempter it delivers webhooks.
type inProcess struct {
	handler http.Handler
	working *sync.WaitGroup
}

func newProcess(h http.Handler) inProcess { return inProcess{h, &sync.WaitGroup{}} }

// longestLeave is how long a handler may go on that nobody waits for any more.
const maxLeave = time.Minute

// wait returns when no handler is at work any more, or after a while without those
// that never end.
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

// RoundTrip answers a request by the handler.
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
		return fail(webhook.FailureRequest, "read URL: it is none")
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
		return fail(webhook.FailureCanceled, "send request: it was stopped")
	case err != nil && bounded.Err() != nil:
		return fail(webhook.FailureTimeout, fmt.Sprintf("send request: no answer within %s", limit))
	case err != nil:
		return fail(webhook.FailureReset, "send request: "+err.Error())
	}
	attempt.Status, attempt.ResponseHeaders, attempt.ResponseBody = a.status, fields(a.sent), a.body.Bytes()
	if attempt.Truncated = len(attempt.ResponseBody) > webhook.MaxResponseBody; attempt.Truncated {
		attempt.ResponseBody = attempt.ResponseBody[:webhook.MaxResponseBody]
	}
	attempt.Timing.Total = time.Since(attempt.At)
	attempt.Timing.FirstByte = attempt.Timing.Total
	return attempt
}

// usualTimeout is how long an attempt may take if the contract does not say it.
const defaultTimeout = 30 * time.Second

// serve runs the handler until it has answered or the context has ended. A handler
// that panics breaks the connection, as it does in net/http.
func (p inProcess) serve(ctx context.Context, r *http.Request) (*response, error) {
	a := &response{header: http.Header{}}
	done := make(chan error, 1)
	p.working.Go(func() {
		ended := errors.New("the handler broke the connection: it ended its goroutine, as FailNow does")
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

// An answer takes what a handler writes.
type response struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
}

func (a *response) Header() http.Header { return a.header }

func (a *response) WriteHeader(status int) {
	if status >= 100 && status < 200 && status != http.StatusSwitchingProtocols {
		return // an answer before the answer, such as 103
	}
	if a.status == 0 {
		a.status, a.sent = status, a.header.Clone()
	}
}

func (a *response) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

// Flush does nothing: nobody reads before the end.
func (a *response) Flush() {}
