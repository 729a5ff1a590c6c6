package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// wiremockStub is a stub that responds to a call whose body matches a JSON Schema with what a send
// API responds.
const wiremockStub = `{
	"request": {"method": "POST", "urlPath": "/partner/app/demo/v3/message", "bodyPatterns": [{"schemaVersion": "V202012", "matchesJsonSchema": %s}]},
	"response": {"status": 200, "headers": {"Content-Type": "application/json"}, "jsonBody": {
		"messaging_product": "whatsapp", "contacts": [{"input": "1", "wa_id": "1"}], "messages": [{"id": "1"}]
	}}
}`

// wiremockSchema is the schema by which ringback serve validates the same call.
const wiremockSchema = "schemas/gupshup/apis/v3-message.json"

// wiremockWarmUp is how many times the measured calls WireMock gets before: its JVM compiles what
// runs often.
const wiremockWarmUp = 3

// wiremockWorks compare a call without webhooks with one to WireMock, which validates its body too.
func (b *bench) wiremockWorks() []work {
	all := []work{
		b.wiremockWork("serve, against WireMock", "--no-request-journal"),
		b.wiremockWork("serve, against it, journal"),
	}
	if why := wiremockMissing(); why != "" {
		for i := range all {
			all[i].skipped, all[i].once = why, nil
		}
	}
	return all
}

// wiremockMissing is why WireMock can't be measured here.
func wiremockMissing() string {
	if os.Getenv("WIREMOCK_JAR") == "" {
		return "WIREMOCK_JAR isn't set to the jar of wiremock-standalone"
	}
	if _, err := processorTime(os.Getpid()); err != nil {
		return "this system doesn't report the CPU time of a running process"
	}
	_, why := find("java")
	return why
}

func (b *bench) wiremockWork(name string, flags ...string) work {
	return work{name: name, unit: "µs", once: func(ctx context.Context) (measured, error) {
		each := microseconds / float64(b.calls)
		ours, err := b.serveCalls(ctx, "")
		if err != nil {
			return measured{}, err
		}
		reference, err := b.wiremockCalls(ctx, flags)
		return measured{pair{ours.cpu * each, reference.cpu * each}, ours.memory}, err
	}}
}

// wiremockCalls starts WireMock, warms it up, and returns what the calls took then.
func (b *bench) wiremockCalls(ctx context.Context, flags []string) (cost, error) {
	port, err := freePort(ctx)
	if err != nil {
		return cost{}, err
	}
	args := append([]string{"-jar", os.Getenv("WIREMOCK_JAR"), "--port", port, "--bind-address", "127.0.0.1", "--disable-banner"}, flags...)
	c := program{path: "java", args: args, dir: b.folder}.command(ctx)
	if err := c.Start(); err != nil {
		return cost{}, err
	}
	s := &server{command: c}
	defer s.stop()
	url := "http://127.0.0.1:" + port
	schema, err := os.ReadFile(filepath.Join(b.repository, filepath.FromSlash(wiremockSchema)))
	if err != nil {
		return cost{}, err
	}
	if err := stubbed(ctx, url, fmt.Sprintf(wiremockStub, schema)); err != nil {
		return cost{}, err
	}
	for range wiremockWarmUp {
		if err := send(ctx, url, b.calls); err != nil {
			return cost{}, err
		}
	}
	before, err := processorTime(c.Process.Pid)
	if err != nil {
		return cost{}, err
	}
	if err := send(ctx, url, b.calls); err != nil {
		return cost{}, err
	}
	after, err := processorTime(c.Process.Pid)
	return cost{cpu: after - before}, err
}

// stubbed gives WireMock its stub, as soon as it listens.
func stubbed(ctx context.Context, url, stub string) error {
	var refused error
	err := until(ctx, "WireMock has its stub", func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/__admin/mappings", strings.NewReader(stub))
		if err == nil {
			refused = do(http.DefaultClient, request)
		}
		return refused == nil, err
	})
	return errors.Join(err, refused)
}

// freePort is one that nothing listens on yet.
func freePort(ctx context.Context) (string, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// ticks are the units of /proc/PID/stat in a second, on all architectures of Linux that Go has.
const ticks = 100

// processorTime reads what a running process has used so far, in seconds.
func processorTime(pid int) (float64, error) {
	name := filepath.Join("/proc", strconv.Itoa(pid), "stat")
	text, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(text), ") ") // what is before may have spaces
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0, fmt.Errorf("read %s: want 13 fields after the name, got %d", name, len(fields))
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", name, err)
	}
	return (user + system) / ticks, nil
}
