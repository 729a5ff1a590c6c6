package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
)

// vegetaDuration is how long vegeta attacks: it has no number of requests.
const vegetaDuration = "1s"

// playWorks compare a delivery by ringback play, which generates and validates each event, with
// clients that post one body again and again.
func (b *bench) playWorks() []work {
	bare := work{name: "play, against net/http", unit: "µs", once: func(ctx context.Context) (measured, error) {
		return b.playOnce(ctx, func(ctx context.Context, to string, sent count) (perRequest float64, err error) {
			c, err := b.own("reference-post", to, fmt.Sprint(sent.Requests), fmt.Sprint(sent.Bytes/sent.Requests)).run(ctx)
			return c.cpu / float64(sent.Requests), err
		})
	}}
	vegeta := work{name: "play, against vegeta", unit: "µs"}
	path, why := find("vegeta")
	if vegeta.skipped = why; why == "" {
		vegeta.once = func(ctx context.Context) (measured, error) {
			return b.playOnce(ctx, func(ctx context.Context, to string, sent count) (float64, error) {
				return b.attack(ctx, path, to, sent)
			})
		}
	}
	return []work{bare, vegeta}
}

// playOnce measures play, and then what posts bodies of the same size to the same receiver.
func (b *bench) playOnce(ctx context.Context, reference func(ctx context.Context, to string, sent count) (float64, error)) (measured, error) {
	receiver, err := b.own("receive").start(ctx, "listening at")
	if err != nil {
		return measured{}, err
	}
	defer receiver.stop()
	to := receiver.urls[0]
	ours, err := b.command("play", "campaign", "--to", to, "--count", strconv.Itoa(b.conversations), "--speed", "max", "--seed", "1", "--quiet").run(ctx)
	if err != nil {
		return measured{}, err
	}
	sent, err := received(ctx, to)
	if err != nil {
		return measured{}, err
	}
	if sent.Requests < int64(b.conversations) {
		return measured{}, fmt.Errorf("play %d conversations: the receiver got only %d webhooks", b.conversations, sent.Requests)
	}
	perRequest, err := reference(ctx, to, sent)
	return measured{pair: pair{ours.cpu * microseconds / float64(sent.Requests), perRequest * microseconds}}, err
}

// attack is vegeta, as fast as it can.
func (b *bench) attack(ctx context.Context, path, to string, sent count) (float64, error) {
	body := b.input("body")
	if err := os.WriteFile(body, bytes.Repeat([]byte("a"), int(sent.Bytes/sent.Requests)), 0o644); err != nil {
		return 0, err
	}
	workers := strconv.Itoa(atOnce)
	c, err := program{path: path, dir: b.folder, input: "POST " + to + "\n", args: []string{
		"attack", "-rate=0", "-workers=" + workers, "-max-workers=" + workers, "-duration=" + vegetaDuration,
		"-header=Content-Type: application/json", "-body=" + body, "-output=" + os.DevNull,
	}}.reference().run(ctx)
	if err != nil {
		return 0, err
	}
	all, err := received(ctx, to)
	if err == nil && all.Requests == sent.Requests {
		err = fmt.Errorf("attack %s: vegeta sent nothing", to)
	}
	return c.cpu / float64(max(1, all.Requests-sent.Requests)), err
}

// received asks a receiver for its count.
func received(ctx context.Context, url string) (count, error) {
	var c count
	err := getJSON(ctx, url, &c)
	return c, err
}

func getJSON(ctx context.Context, url string, v any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := new(http.Client).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: got %s", url, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(v)
}

// find is a program on PATH, or why it can't be used.
func find(name string) (path, skipped string) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", name + " isn't on PATH"
	}
	return path, ""
}
