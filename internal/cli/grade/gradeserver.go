package grade

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/ringback-dev/ringback/internal/cli"
	"github.com/ringback-dev/ringback/internal/control"
	"github.com/ringback-dev/ringback/internal/grade"
	"github.com/ringback-dev/ringback/webhook"
)

// pollEvery is the interval of polling the control API for new calls.
const pollEvery = 50 * time.Millisecond

// maxFailures is the number of failures in a row after which the server counts as unreachable.
const maxFailures = 10

// A remote is the control API of a running server.
type remote struct {
	client *control.Client
	seen   map[string]bool
}

// watchServer passes every call to the server from now on to the provider, and
// ends the grade if the server is gone.
func (o *Options) watchServer(ctx context.Context, provider *grade.Provider, working *sync.WaitGroup, lost context.CancelCauseFunc) error {
	base, err := cli.ServerURL(o.server)
	if err != nil {
		return err
	}
	way, err := o.Client()
	if err != nil {
		return err
	}
	client := &http.Client{Transport: way, Timeout: 10 * time.Second, CheckRedirect: cli.NoRedirect}
	r := &remote{client: control.New(base.String(), "", o.token, client), seen: map[string]bool{}}
	provider.Elsewhere()
	if _, err := r.calls(ctx); err != nil { // what was before is not about this grade
		way.Close()
		return cli.Exit(cli.ExitEnvironment, fmt.Errorf("use the server of --server: %w", err))
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
			if failures == maxFailures && ctx.Err() == nil { // unseen calls must not be graded
				lost(cli.Exit(cli.ExitEnvironment, fmt.Errorf("use the server of --server: %w", err)))
				return
			}
		}
	})
	return nil
}

// calls are those that were not there before, the oldest first.
func (r *remote) calls(ctx context.Context) ([]grade.Call, error) {
	news, err := r.unseen(ctx)
	if err != nil {
		return nil, err
	}
	var all []grade.Call
	for _, id := range slices.Backward(news) {
		one, err := r.client.GetCall(ctx, id, nil)
		if err != nil {
			return all, r.failure(err)
		}
		r.seen[id] = true
		all = append(all, callOf(&one))
	}
	return all, nil
}

// unseen are the ids of those that were not there before, the newest first.
func (r *remote) unseen(ctx context.Context) ([]string, error) {
	var news []string
	for cursor := ""; ; {
		page, err := r.client.ListCalls(ctx, &control.ListCallsParams{Limit: 200, Cursor: cursor})
		if err != nil {
			return nil, r.failure(err)
		}
		for _, v := range page.Data {
			if r.seen[v.ID] {
				return news, nil
			}
			news = append(news, v.ID)
		}
		if page.Next == "" {
			return news, nil
		}
		cursor = page.Next
	}
}

// failure is why the server didn't respond as it should.
func (r *remote) failure(err error) error {
	if failed, ok := errors.AsType[*control.Error](err); ok {
		return fmt.Errorf("its control API responded with status %d; set --control-token if it needs one", failed.Status)
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return cli.NetworkCause(failed.Err)
	}
	return err
}

// callOf is a call as of now: the server's clock may differ.
func callOf(e *control.Entry) grade.Call {
	c := grade.Call{
		At: time.Now(), Responded: time.Now(), Operation: e.Operation, Method: e.Call.Method, Path: e.Call.Path, Values: e.Values, Status: e.Status,
		Body: orBase64(e.Call.Body, e.Call.BodyBase64), Response: orBase64(e.Call.Response, e.Call.ResponseBase64),
	}
	for _, line := range e.Call.Headers {
		if len(line) == 2 {
			c.Header = append(c.Header, webhook.Header{Name: line[0], Value: line[1]})
		}
	}
	return c
}

func orBase64(text string, decoded []byte) []byte {
	if decoded != nil {
		return decoded
	}
	return []byte(text)
}
