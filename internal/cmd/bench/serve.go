package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// What ringback serve may take at most, in MiB.
const (
	maxIdleMemory = 40
	maxMemory     = 120
)

// timeout is how long a server may take for what it has been asked.
const timeout = time.Minute

// serveWorks compare a call to the mock with one to a server that responds with a fixed body.
func (b *bench) serveWorks() []work {
	alone := work{name: "serve, call without webhooks", unit: "µs", once: func(ctx context.Context) (measured, error) { return b.serveOnce(ctx, "") }}
	delivered := work{name: "serve, call with its webhooks", unit: "µs", memory: fmt.Sprintf("serve, peak memory, %d calls", b.calls), limit: maxMemory}
	delivered.once = func(ctx context.Context) (measured, error) {
		receiver, err := b.own("receive").start(ctx, "listening at")
		if err != nil {
			return measured{}, err
		}
		defer receiver.stop()
		return b.serveOnce(ctx, receiver.urls[0])
	}
	return append([]work{alone, delivered}, b.wiremockWorks()...)
}

// serveOnce measures the processes from their start until all is done: the calls, and the webhooks
// if there is a receiver.
func (b *bench) serveOnce(ctx context.Context, receiver string) (measured, error) {
	each := microseconds / float64(b.calls)
	ours, err := b.serveCalls(ctx, receiver)
	if err != nil {
		return measured{}, err
	}
	reference, err := b.own("reference-serve").start(ctx, "listening at")
	if err != nil {
		return measured{}, err
	}
	err = send(ctx, reference.urls[0], b.calls)
	return measured{pair{ours.cpu * each, reference.stop().cpu * each}, ours.memory}, err
}

// serveCalls calls ringback serve as fast as it responds, and returns what it used, with its peak memory.
func (b *bench) serveCalls(ctx context.Context, receiver string) (used cost, err error) {
	var to []string
	if receiver != "" {
		to = []string{"--to", receiver}
	}
	s, err := b.serve(ctx, append(to, "--speed", "max")...)
	if err != nil {
		return cost{}, err
	}
	peak := 0.0
	defer func() { used = s.stop(); used.memory = peak }()
	if err = send(ctx, s.urls[0], b.calls); err == nil && receiver != "" {
		err = delivered(ctx, receiver, int64(b.calls)*webhooks)
	} else if err == nil {
		err = done(ctx, s.urls[1])
	}
	peak = s.resident("VmHWM")
	return cost{}, err
}

// webhooks is how many follow a call: the message is enqueued, sent, delivered and read.
const webhooks = 4

// delivered waits until a receiver has got so many webhooks.
func delivered(ctx context.Context, receiver string, want int64) error {
	return until(ctx, "all webhooks have come", func() (bool, error) {
		c, err := received(ctx, receiver)
		if c.Requests > want {
			err = fmt.Errorf("call the mock: its receiver got %d webhooks, want %d", c.Requests, want)
		}
		return c.Requests == want, err
	})
}

// serve starts ringback serve; its URLs are those of the provider API and the control API.
func (b *bench) serve(ctx context.Context, flags ...string) (*server, error) {
	args := append([]string{"serve", "--listen", "127.0.0.1:0", "--control-listen", "127.0.0.1:0", "--no-control-token"}, flags...)
	return b.command(args...).start(ctx, "provider API at", "control API at")
}

// done waits until nothing is scheduled any more.
func done(ctx context.Context, control string) error {
	return until(ctx, "nothing is scheduled", func() (bool, error) {
		var page struct{ Data []struct{} }
		err := getJSON(ctx, control+"/api/v1/deliveries?state=scheduled&limit=1", &page)
		return len(page.Data) == 0, err
	})
}

// until asks again and again, with pauses that cost the processors little.
func until(ctx context.Context, what string, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		if ok, err := ask(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait until %s: %w", what, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// users is how many end users get messages. The numbers are of no country's mobile phones, and end
// in what makes their messages be delivered and read.
const users = 1000

// send makes n calls to a send API.
func send(ctx context.Context, url string, n int) error {
	return post(n, func(i int) (*http.Request, error) {
		body := fmt.Sprintf(`{"messaging_product":"whatsapp","recipient_type":"individual","to":"9100%04d0002","type":"text","text":{"body":"hello"}}`, i%users)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/partner/app/demo/v3/message", strings.NewReader(body))
		if err == nil {
			request.Header.Set("Authorization", "key")
			request.Header.Set("Content-Type", "application/json")
		}
		return request, err
	})
}
