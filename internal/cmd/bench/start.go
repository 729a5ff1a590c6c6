package main

import (
	"context"
	"net/http"
)

// startWorks compare short commands with a hello world in Go.
func (b *bench) startWorks() []work {
	short := func(name string, args ...string) work {
		return work{name: name, unit: "ms", once: func(ctx context.Context) (measured, error) {
			return both(ctx, milliseconds, b.repeated(b.command(args...).run), b.repeated(program{path: b.hello(), dir: b.folder}.run))
		}}
	}
	ready := work{name: "start, serve until /readyz", unit: "ms", memory: "serve, idle memory", limit: maxIdleMemory}
	ready.once = func(ctx context.Context) (measured, error) {
		return both(ctx, milliseconds, b.repeated(b.serveReady), b.repeated(program{path: b.hello(), dir: b.folder}.run))
	}
	return []work{short("start, --version", "--version"), short("start, catalog list", "catalog", "list"), ready}
}

// repeated is the mean of several runs: one is too short to be measured.
func (b *bench) repeated(run func(context.Context) (cost, error)) func(context.Context) (cost, error) {
	return func(ctx context.Context) (cost, error) {
		var sum cost
		for range b.starts {
			c, err := run(ctx)
			if err != nil {
				return cost{}, err
			}
			sum.cpu, sum.memory = sum.cpu+c.cpu, sum.memory+c.memory
		}
		return cost{sum.cpu / float64(b.starts), sum.memory / float64(b.starts)}, nil
	}
}

// serveReady starts a server, asks until it is ready, and stops it.
func (b *bench) serveReady(ctx context.Context) (used cost, err error) {
	s, err := b.serve(ctx)
	if err != nil {
		return cost{}, err
	}
	idle := 0.0
	defer func() { used = s.stop(); used.memory = idle }()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	err = until(ctx, "the server is ready", func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.urls[0]+"/readyz", nil)
		if err != nil {
			return false, err
		}
		return do(client, request) == nil, nil
	})
	idle = s.resident("VmRSS")
	return cost{}, err
}
